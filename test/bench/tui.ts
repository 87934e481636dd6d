/**
 * What the screens cost: processor time of a daemon that downloads at full speed with a screen
 * attached and without one, in turns, and the time to the first screen against that of bare Node.
 *
 * Each download is that of a fresh customer with a daemon of its own, from one seller over loopback
 * and onto a real disk. Its end is told by the daemon's own hook, on both sides.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Input, numberOption, stringOption, type Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { DIST, doneOf, floodgate, Program } from '../integration/programs.js'
import { formatRows, type Row, spread } from './figures.js'
import { cpuSeconds } from './process-time.js'
import { type Kind, Shop } from './shop.js'
import { Terminal } from './terminal.js'

const MIB = 1024 * 1024
const PIECE_BYTES = 1024 * 1024
const SIZE_MIB = 512
const PAIRS = 5
const STARTS = 10
/** What the screen of transfers says, and only when it is drawn. */
const SCREEN = /Transfers/

/** Processor seconds of one download. */
interface Measured {
  readonly daemon: number
  /** The process that draws; 0 without a screen. */
  readonly screen: number
}

type Pair = { readonly attached: Measured; readonly detached: Measured }

const screenOf = (home: string): Terminal =>
  new Terminal([process.execPath, join(DIST, 'client/main.js'), 'tui', '--home', home])

/** One download by a fresh daemon; with a screen on it, or not. */
async function download(shop: Shop, kind: Kind, attached: boolean): Promise<Measured> {
  const { home, meets, out } = await shop.customer()
  const daemon = new Program('floodgate', home, ['daemon', ...meets, '--on-done', 'true'])
  await daemon.until('ready')
  const screen = attached ? screenOf(home) : undefined
  try {
    await screen?.shown(SCREEN)
    const { pid = 0 } = daemon
    const before = { daemon: cpuSeconds(pid), screen: screen ? cpuSeconds(screen.pid) : 0 }
    const args = ['get', shop.torrent(kind), '--out', out, '--yes', '--detach']
    doneOf(await floodgate(home, ...args))
    await daemon.until('log', ({ text }) => /^on-done ran/.test(String(text)))
    return {
      daemon: cpuSeconds(pid) - before.daemon,
      screen: screen ? cpuSeconds(screen.pid) - before.screen : 0,
    }
  } finally {
    await screen?.leave('q')
    await daemon.stop()
    shop.forget(out)
  }
}

async function measurePair(shop: Shop, kind: Kind, attachedFirst: boolean): Promise<Pair> {
  const first = await download(shop, kind, attachedFirst)
  const second = await download(shop, kind, !attachedFirst)
  return attachedFirst
    ? { attached: first, detached: second }
    : { attached: second, detached: first }
}

function rowsOf(kind: Kind, pairs: readonly Pair[], given: Row['setting']): Row[] {
  const who = `ours-${kind}`
  const row = (setting: Row['setting'], metric: Row['metric'], samples: number[]): Row => {
    const unit = metric === 'ratio' ? '1' : 's'
    return { who, setting: { ...given, ...setting }, metric, unit, ...spread(samples) }
  }
  const against = 'detached'
  return [
    row(
      { of: 'daemon', screen: 'detached' },
      'cpu',
      pairs.map(({ detached }) => detached.daemon),
    ),
    row(
      { of: 'daemon', screen: 'attached' },
      'cpu',
      pairs.map(({ attached }) => attached.daemon),
    ),
    row(
      { of: 'screen', screen: 'attached' },
      'cpu',
      pairs.map(({ attached }) => attached.screen),
    ),
    row(
      { of: 'cpu of the daemon', against },
      'ratio',
      pairs.map(({ attached, detached }) => attached.daemon / detached.daemon),
    ),
    row(
      { of: 'cpu of both', against },
      'ratio',
      pairs.map(({ attached, detached }) => (attached.daemon + attached.screen) / detached.daemon),
    ),
  ]
}

/** Seconds to the end of `node -e 0`, and to the first screen: attached, and with its own home. */
async function measureStarts(shop: Shop, count: number): Promise<Row[]> {
  const { home, meets } = await shop.customer()
  const { home: own } = await shop.customer()
  const daemon = new Program('floodgate', home, ['daemon', ...meets])
  await daemon.until('ready')
  const samples = { bare: [] as number[], attached: [] as number[], own: [] as number[] }
  try {
    while (samples.bare.length < count) {
      samples.bare.push((await new Terminal([process.execPath, '-e', '0']).ended()) / 1000)
      for (const [name, place] of [
        ['attached', home],
        ['own', own],
      ] as const) {
        const screen = screenOf(place)
        samples[name].push((await screen.shown(SCREEN)) / 1000)
        await screen.leave('q')
      }
    }
  } finally {
    await daemon.stop()
  }
  const { bare } = samples
  const row = (what: string, seconds: readonly number[]): Row => ({
    ...{ who: 'ours', setting: { what, starts: count }, metric: 'time', unit: 's' },
    ...spread(seconds),
  })
  const more = (seconds: readonly number[]) => seconds.map((each, at) => each - (bare[at] ?? 0))
  return [
    row('node -e 0', bare),
    row('first screen, attached', samples.attached),
    row('first screen, home opened', samples.own),
    row('first screen, attached, beyond node -e 0', more(samples.attached)),
    row('first screen, home opened, beyond node -e 0', more(samples.own)),
  ]
}

async function run({ report, values }: Input): Promise<{ rows: Row[] }> {
  const sizeMib = must(numberOption(values, 'mib', { min: 1, max: 65_536 })) ?? SIZE_MIB
  const count = must(numberOption(values, 'pairs', { min: 1, max: 1000 })) ?? PAIRS
  const starts = must(numberOption(values, 'starts', { min: 1, max: 1000 })) ?? STARTS
  const inside = stringOption(values, 'dir') ?? tmpdir()
  const shop = await Shop.open(inside, sizeMib * MIB, PIECE_BYTES)
  try {
    const rows: Row[] = await measureStarts(shop, starts)
    for (const kind of ['free', 'paid'] as const) {
      await download(shop, kind, true)
      const pairs: Pair[] = []
      while (pairs.length < count) {
        const pair = await measurePair(shop, kind, pairs.length % 2 === 0)
        pairs.push(pair)
        const ratio = pair.attached.daemon / pair.detached.daemon
        report.event(
          { event: 'pair', bench: 'tui', pair: pairs.length, kind, ...pair },
          `pair ${pairs.length} of ${count}, ${kind}: ${ratio.toFixed(3)} times`,
        )
      }
      rows.push(...rowsOf(kind, pairs, { mib: sizeMib, pairs: count }))
    }
    return { rows }
  } finally {
    await shop.close()
  }
}

export const tui: Verb<undefined> = {
  name: 'tui',
  summary: 'what a screen costs a download at full speed, and how soon it is there',
  usage: '[--mib N] [--pairs N] [--starts N] [--dir DIR]',
  options: {
    mib: { type: 'string', value: 'N', help: `size of the file in MiB (${SIZE_MIB})` },
    pairs: { type: 'string', value: 'N', help: `measured pairs, free and paid (${PAIRS})` },
    starts: { type: 'string', value: 'N', help: `starts that are timed (${STARTS})` },
    dir: { type: 'string', value: 'DIR', help: 'disk to work on; the temporary folder by default' },
  },
  run: async (input) => {
    const { rows } = await run(input)
    for (const line of formatRows(rows)) input.report.line(line)
    return { bench: 'tui', rows }
  },
}
