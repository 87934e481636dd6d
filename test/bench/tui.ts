/**
 * What the screens cost: processor time of a daemon that downloads at full speed with a screen
 * attached and without one, and the time to the first screen against that of bare Node.
 *
 * Two downloads of the same file differ by more than a screen costs: the machine, the compiler and
 * the collector are in another state each time. So a screen comes and goes while one daemon
 * downloads, and slices of a few seconds beside each other are compared: processor time for each
 * gigabyte that came. The order turns round from pair to pair (with, without, without, with), so
 * that what drifts falls on both. Each download is that of a fresh customer, from one seller over
 * loopback and onto a real disk.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { type Input, numberOption, stringOption, type Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { DIST, doneOf, floodgate, Program } from '../integration/programs.js'
import { until } from '../until.js'
import { formatRows, interval, type Row, type Spread, spread } from './figures.js'
import { cpuSeconds } from './process-time.js'
import { type Kind, Shop } from './shop.js'
import { Terminal } from './terminal.js'

const MIB = 1024 * 1024
const PIECE_BYTES = 1024 * 1024
const SIZE_MIB = 4096
const PAIRS = 20
const SLICE_MS = 2000
const STARTS = 10
/** What the screen of transfers says, and only when it is drawn. */
const SCREEN = /Transfers/
/** Updates are read once: everything comes first, and nothing is waited for. */
const NEVER_MS = 60_000
/** At the start of a download, and after a screen came or went, this long is not counted. */
const SETTLE_MS = 500

/** Processor seconds for each gigabyte (10^9 bytes) that came in a slice. */
interface Slice {
  readonly daemon: number
  /** The process that draws; 0 without a screen. */
  readonly screen: number
}

type Pair = { readonly attached: Slice; readonly detached: Slice }

const screenOf = (home: string): Terminal =>
  new Terminal([process.execPath, join(DIST, 'client/main.js'), 'tui', '--home', home])

/** A daemon that downloads, and the screen on it while there is one. */
class Download {
  readonly #home: string
  readonly #daemon: Program
  readonly #api: LocalApi
  #screen: Terminal | undefined

  private constructor(home: string, daemon: Program) {
    this.#home = home
    this.#daemon = daemon
    this.#api = must(attach(placeOf(homeAt(home), process.env)))
  }

  /** Starts one, and waits until pieces come. */
  static async begin(shop: Shop, kind: Kind, limit: readonly string[]) {
    const { home, meets, out } = await shop.customer()
    const daemon = new Program('floodgate', home, ['daemon', ...meets, ...limit])
    await daemon.until('ready')
    const download = new Download(home, daemon)
    try {
      const args = ['get', shop.torrent(kind), '--out', out, '--yes', '--detach']
      doneOf(await floodgate(home, ...args))
      const comes = async () => (await download.#row()).have > 0
      await until('the first piece', comes, { everyMs: SETTLE_MS })
      return { download, out }
    } catch (error) {
      await download.stop()
      throw error
    }
  }

  /** The content as the daemon shows it now: the one that it has. */
  #row(): Promise<Transfer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#api.updates(
        NEVER_MS,
        ({ transfer }) => {
          if (transfer === undefined) return
          cancel()
          resolve(transfer)
        },
        (problem) => reject(new Error(problem?.message ?? 'the daemon told of no content')),
      )
    })
  }

  /** One slice; undefined when the download ended in it. */
  async slice(attached: boolean, ms: number): Promise<Slice | undefined> {
    if (attached && this.#screen === undefined) {
      this.#screen = screenOf(this.#home)
      await this.#screen.shown(SCREEN)
    }
    if (!attached) await this.#leave()
    await sleep(SETTLE_MS)
    const before = await this.#mark()
    await sleep(ms)
    const after = await until('bytes in a slice', async () => {
      const mark = await this.#mark()
      return (mark.left === 0 || mark.bytes > before.bytes) && mark
    })
    if (after.left === 0) return undefined
    const gigabytes = (after.bytes - before.bytes) / 1e9
    return {
      daemon: (after.daemon - before.daemon) / gigabytes,
      screen: (after.screen - before.screen) / gigabytes,
    }
  }

  async #mark() {
    const { downloaded, left } = await this.#row()
    const screen = this.#screen === undefined ? 0 : cpuSeconds(this.#screen.pid)
    return { bytes: downloaded, left, daemon: cpuSeconds(this.#daemon.pid ?? 0), screen }
  }

  async #leave(): Promise<void> {
    await this.#screen?.leave('q')
    this.#screen = undefined
  }

  async stop(): Promise<void> {
    await this.#leave()
    await this.#daemon.stop()
  }
}

/** How slices are taken. */
interface Slicing {
  readonly ms: number
  readonly count: number
  /** Options of the daemon that bound the rate. */
  readonly limit: readonly string[]
  readonly told: (pair: Pair, number: number) => void
}

/** So many pairs, over as many downloads as they need. */
async function measurePairs(shop: Shop, kind: Kind, how: Slicing): Promise<Pair[]> {
  const pairs: Pair[] = []
  while (pairs.length < how.count) {
    const { download, out } = await Download.begin(shop, kind, how.limit)
    const before = pairs.length
    try {
      while (pairs.length < how.count) {
        const attachedFirst = pairs.length % 2 === 0
        const first = await download.slice(attachedFirst, how.ms)
        const second = first && (await download.slice(!attachedFirst, how.ms))
        if (first === undefined || second === undefined) break
        const pair = attachedFirst
          ? { attached: first, detached: second }
          : { attached: second, detached: first }
        pairs.push(pair)
        how.told(pair, pairs.length)
      }
    } finally {
      await download.stop()
      shop.forget(out)
    }
    if (pairs.length === before) throw new Error('a download ended before two slices: --mib more')
  }
  return pairs
}

function rowsOf(kind: Kind, pairs: readonly Pair[], given: Row['setting']): Row[] {
  const who = `ours-${kind}`
  const row = (setting: Row['setting'], metric: Row['metric'], figures: Spread): Row => {
    const unit = metric === 'ratio' ? '1' : 's'
    return { who, setting: { ...given, ...setting }, metric, unit, ...figures }
  }
  const daemons = pairs.map(({ attached, detached }) => attached.daemon / detached.daemon)
  const both = pairs.map(
    ({ attached, detached }) => (attached.daemon + attached.screen) / detached.daemon,
  )
  const cpu = (of: string, screen: string, samples: number[]): Row =>
    row({ of, screen, per: 'GB' }, 'cpu', spread(samples))
  const against = 'detached'
  const sure = { against, median: 'within, 95 %' }
  return [
    cpu(
      'daemon',
      'detached',
      pairs.map(({ detached }) => detached.daemon),
    ),
    cpu(
      'daemon',
      'attached',
      pairs.map(({ attached }) => attached.daemon),
    ),
    cpu(
      'screen',
      'attached',
      pairs.map(({ attached }) => attached.screen),
    ),
    row({ of: 'cpu of the daemon', against }, 'ratio', spread(daemons)),
    row({ of: 'cpu of both', against }, 'ratio', spread(both)),
    row({ of: 'cpu of the daemon', ...sure }, 'ratio', interval(daemons, Math.random)),
    row({ of: 'cpu of both', ...sure }, 'ratio', interval(both, Math.random)),
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
  const ms = must(numberOption(values, 'slice', { min: 10, max: 60_000 })) ?? SLICE_MS
  const starts = must(numberOption(values, 'starts', { min: 1, max: 1000 })) ?? STARTS
  const rate = stringOption(values, 'limit')
  const limit = rate === undefined ? [] : ['--down-limit', rate]
  const inside = stringOption(values, 'dir') ?? tmpdir()
  const shop = await Shop.open(inside, sizeMib * MIB, PIECE_BYTES)
  try {
    const rows: Row[] = await measureStarts(shop, starts)
    for (const kind of ['free', 'paid'] as const) {
      const told = (pair: Pair, number: number): void => {
        const ratio = (pair.attached.daemon + pair.attached.screen) / pair.detached.daemon
        report.event(
          { event: 'pair', bench: 'tui', pair: number, kind, ...pair },
          `pair ${number} of ${count}, ${kind}: ${ratio.toFixed(3)} times`,
        )
      }
      const pairs = await measurePairs(shop, kind, { ms, count, limit, told })
      rows.push(...rowsOf(kind, pairs, { pairs: count, sliceMs: ms }))
    }
    return { rows }
  } finally {
    await shop.close()
  }
}

export const tui: Verb<undefined> = {
  name: 'tui',
  summary: 'what a screen costs a download at full speed, and how soon it is there',
  usage: '[--mib N] [--pairs N] [--slice MS] [--limit RATE] [--starts N] [--dir DIR]',
  options: {
    mib: { type: 'string', value: 'N', help: `size of the file in MiB (${SIZE_MIB})` },
    pairs: { type: 'string', value: 'N', help: `pairs of slices, free and paid (${PAIRS})` },
    slice: { type: 'string', value: 'MS', help: `milliseconds of a slice (${SLICE_MS})` },
    limit: { type: 'string', value: 'RATE', help: 'bound of the download; none by default' },
    starts: { type: 'string', value: 'N', help: `starts that are timed (${STARTS})` },
    dir: { type: 'string', value: 'DIR', help: 'disk to work on; the temporary folder by default' },
  },
  run: async (input) => {
    const { rows } = await run(input)
    for (const line of formatRows(rows)) input.report.line(line)
    return { bench: 'tui', rows }
  },
}
