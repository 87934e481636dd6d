/**
 * What fair exchange costs: the same file from the same seller, free and paid, in turns.
 *
 * One seller and one buyer, each a process of its own, over loopback and onto a real disk. After
 * one unmeasured download of each kind come pairs, free first in every other one, so that a drift
 * of the machine falls on both. A pair gives one ratio.
 */
import { tmpdir } from 'node:os'
import { type Input, numberOption, stringOption, type Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { formatRows, type Row, spread } from './figures.js'
import { type Kind, type Measured, Shop } from './shop.js'

const KIB = 1024
const MIB = 1024 * KIB
const PIECE_LENGTHS = [256 * KIB, MIB]
const SIZE_MIB = 512
const PAIRS = 5

type Pair = Readonly<Record<Kind, Measured>>

async function measurePair(shop: Shop, first: Kind): Promise<Pair> {
  if (first === 'free') {
    const free = await shop.fetch('free')
    return { free, paid: await shop.fetch('paid') }
  }
  const paid = await shop.fetch('paid')
  return { free: await shop.fetch('free'), paid }
}

function rowsOf(pairs: readonly Pair[], setting: Row['setting']): Row[] {
  const of = (kind: Kind, figure: keyof Measured) => pairs.map((pair) => pair[kind][figure])
  const both = ({ buyer, seller }: Measured) => buyer + seller
  const ratio = (of: string, samples: readonly number[]): Row => ({
    ...{ who: 'ours-paid', setting: { ...setting, of, against: 'ours-free' } },
    ...{ metric: 'ratio', unit: '1', ...spread(samples) },
  })
  const measured = (['free', 'paid'] as const).flatMap((kind): Row[] => {
    const who = `ours-${kind}`
    const cpu = (['buyer', 'seller'] as const).map(
      (side): Row => ({
        ...{ who, setting: { ...setting, side }, metric: 'cpu', unit: 's' },
        ...spread(of(kind, side)),
      }),
    )
    return [
      { who, setting, metric: 'throughput', unit: 'MB/s', ...spread(of(kind, 'rate')) },
      ...cpu,
    ]
  })
  return [
    ...measured,
    ratio(
      'throughput',
      pairs.map(({ free, paid }) => paid.rate / free.rate),
    ),
    ratio(
      'cpu',
      pairs.map(({ free, paid }) => both(paid) / both(free)),
    ),
  ]
}

async function run({ report, values }: Input): Promise<{ rows: Row[] }> {
  const sizeMib = must(numberOption(values, 'mib', { min: 1, max: 65_536 })) ?? SIZE_MIB
  const count = must(numberOption(values, 'pairs', { min: 1, max: 1000 })) ?? PAIRS
  const inside = stringOption(values, 'dir') ?? tmpdir()
  const rows: Row[] = []
  for (const pieceLength of PIECE_LENGTHS) {
    const shop = await Shop.open(inside, sizeMib * MIB, pieceLength)
    try {
      await measurePair(shop, 'free')
      const pairs: Pair[] = []
      while (pairs.length < count) {
        const pair = await measurePair(shop, pairs.length % 2 === 0 ? 'free' : 'paid')
        pairs.push(pair)
        const { free, paid } = pair
        const [done, pieceKib] = [pairs.length, pieceLength / KIB]
        report.event(
          { event: 'pair', bench: 'overhead', pair: done, pieceKib, free, paid },
          `pair ${done} of ${count}, ${pieceKib} KiB pieces: ` +
            `free ${free.rate.toFixed(1)} MB/s, paid ${paid.rate.toFixed(1)} MB/s`,
        )
      }
      rows.push(...rowsOf(pairs, { mib: sizeMib, pieceKib: pieceLength / KIB, pairs: count }))
    } finally {
      await shop.close()
    }
  }
  return { rows }
}

export const overhead: Verb<undefined> = {
  name: 'overhead',
  summary: 'what payment costs: one seller, one buyer, the same file free and paid',
  usage: '[--mib N] [--pairs N] [--dir DIR]',
  options: {
    mib: { type: 'string', value: 'N', help: `size of the file in MiB (${SIZE_MIB})` },
    pairs: { type: 'string', value: 'N', help: `measured pairs for each piece length (${PAIRS})` },
    dir: { type: 'string', value: 'DIR', help: 'disk to work on; the temporary folder by default' },
  },
  run: async (input) => {
    const { rows } = await run(input)
    for (const line of formatRows(rows)) input.report.line(line)
    return { bench: 'overhead', rows }
  },
}
