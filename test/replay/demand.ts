/**
 * Demand of a provider's contents, day by day: drawn from a seed, recorded in a file, read back.
 *
 * Each content has one of the shapes that shops of media know. What a strategy may not see, and so
 * has to guess from past days, is the shape itself. The lines of recorded.ndjson are these markets;
 * `node dist/test/replay/record.js` writes them anew, and a test compares.
 */
import type { Cid } from '../../shared/identifier.js'
import { Dice } from '../sim/dice.js'

/** One day of a content: purchases, and sellers that are there (the house is one of them). */
export interface RecordedDay {
  readonly bought: number
  readonly sellers: number
}

/** A content over all days of a market; not on sale before `from`. */
export interface RecordedContent {
  readonly cid: Cid
  readonly shape: ShapeName
  readonly bytes: number
  readonly pieces: number
  readonly price: bigint
  readonly reward: bigint
  readonly from: number
  readonly days: readonly RecordedDay[]
}

/** One market. */
export interface Recording {
  readonly seed: string
  readonly contents: readonly RecordedContent[]
}

/** Days of a market, and contents in it. */
export const [MARKET_DAYS, CONTENTS] = [70, 60]
/** Seeds of the markets that are recorded. */
export const SEEDS = ['one', 'two', 'three', 'four', 'five', 'six'] as const

/** Purchases a day expected on a day after the release, for dice that stay the content's own. */
type Shape = (dice: Dice) => (day: number) => number

const SHAPES = {
  /** A catalogue's long tail: few buyers, for ever. */
  steady: (dice) => {
    const level = 8 / (1 + dice.below(40))
    return () => level
  },
  /** A release: many at first, half as many after some days. */
  release: (dice) => {
    const [top, half] = [dice.between(5, 40), dice.between(2, 9)]
    return (day) => top * 0.5 ** (day / half)
  },
  /** Wanted at the end of the week. */
  weekend: (dice) => {
    const level = dice.between(0.5, 5)
    return (day) => level * (day % 7 > 4 ? 3 : 0.3)
  },
  /** Talked about more and more, then by everybody who cares. */
  rising: (dice) => {
    const [top, middle] = [dice.between(2, 14), dice.between(12, 45)]
    return (day) => top / (1 + Math.exp((middle - day) / 5))
  },
  /** Hardly wanted, by sellers as little as by buyers. */
  dead: (dice) => {
    const level = dice.between(0, 0.08)
    return () => level
  },
  /** Dead but for a day now and then, on which somebody with followers names it. */
  burst: (dice) => {
    const [every, top] = [9 + dice.below(20), dice.between(8, 30)]
    return (day) => (day % every === 4 ? top : 0.05)
  },
} as const satisfies Record<string, Shape>
export type ShapeName = keyof typeof SHAPES
const NAMES = Object.keys(SHAPES) as readonly ShapeName[]

/** A count of independent events of which so many are expected (Knuth). */
function poisson(dice: Dice, expected: number): number {
  const limit = Math.exp(-Math.min(expected, 500))
  let count = 0
  for (let product = dice.next(); product > limit; product *= dice.next()) count++
  return count
}

const MB = 1_000_000

function drawContent(dice: Dice, number: number): RecordedContent {
  const shape = dice.pick(NAMES)
  const bytes = Math.round(20 * MB * 2 ** dice.between(0, 7))
  const pieces = Math.ceil(bytes / (256 * 1024 * 2 ** dice.below(3)))
  // Pricing is the provider's: by and large with the size, and what sellers get of it differs.
  const price = BigInt(Math.round(200_000 * (bytes / MB) ** 0.5 * dice.between(0.5, 2)))
  const reward = BigInt(Math.floor((Number(price) * dice.between(0.2, 0.7)) / pieces))
  const from = dice.chance(0.5) ? 0 : dice.below(MARKET_DAYS - 10)
  const expected = SHAPES[shape](dice)
  const [stays, leaves] = [dice.between(0.01, 0.4), 1 / dice.between(2, 20)]
  let others = poisson(dice, dice.between(0, 3))
  const days = Array.from({ length: MARKET_DAYS - from }, (_, day) => {
    const bought = poisson(dice, expected(day))
    const here = { bought, sellers: 1 + others }
    for (let each = 0; each < here.sellers - 1; each++) if (dice.chance(leaves)) others--
    for (let each = 0; each < bought; each++) if (dice.chance(stays)) others++
    return here
  })
  const cid = number.toString(16).padStart(40, '0') as Cid
  return { cid, shape, bytes, pieces, price, reward, from, days }
}

/** The market that follows from a seed. */
export function drawMarket(seed: string): Recording {
  const contents = Array.from({ length: CONTENTS }, (_, number) =>
    drawContent(new Dice(`demand ${seed} ${number}`), number),
  )
  return { seed, contents }
}

/** One line for each content: the whole recording as text. */
export function writeRecordings(recordings: readonly Recording[]): string {
  const lines = recordings.flatMap(({ seed, contents }) =>
    contents.map(({ days, price, reward, ...rest }) =>
      JSON.stringify({
        ...{ seed, ...rest, price: price.toString(), reward: reward.toString() },
        days: days.map(({ bought, sellers }) => [bought, sellers]),
      }),
    ),
  )
  return `${lines.join('\n')}\n`
}

/** Reads what writeRecordings wrote. */
export function readRecordings(text: string): Recording[] {
  const markets = new Map<string, RecordedContent[]>()
  for (const line of text.trimEnd().split('\n')) {
    const { seed, price, reward, days, ...rest } = JSON.parse(line)
    const read = days.map(([bought, sellers]: number[]) => ({ bought, sellers }))
    const content = { ...rest, price: BigInt(price), reward: BigInt(reward), days: read }
    markets.set(seed, [...(markets.get(seed) ?? []), content])
  }
  return [...markets].map(([seed, contents]) => ({ seed, contents }))
}
