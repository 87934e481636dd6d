/**
 * What a content will earn whoever sells it, from the demand that its tracker shows; pure.
 *
 * The rate of purchases is an average of late, so it follows a fashion; what falls is expected to
 * go on falling, what rises is not expected to go on rising. A sale is shared among its sellers;
 * what we really got of the sales that we saw says how large our share of them is.
 */
import type { Cid } from '../../shared/identifier.js'

/** A content on sale as its tracker shows it. */
export interface Ware {
  readonly cid: Cid
  /** As it came: whoever shows it passes it through `visible`. */
  readonly name: string
  readonly bytes: number
  readonly pieces: number
  /** Millionths: of the content, and of one piece. */
  readonly price: bigint
  readonly reward: bigint
  /** Sellers that are there now, this home not counted. */
  readonly sellers: number
  /** Purchases in the last day, and in the last seven. */
  readonly day: number
  readonly week: number
}

/** What was seen of a content on one day of the past, the oldest first. */
export interface DayOfDemand {
  readonly bought: number
  readonly sellers: number
}

/** What is expected of one content. */
export interface Forecast {
  /** Purchases a day now, and the factor by which each day's differ from the day's before. */
  readonly rate: number
  readonly trend: number
  /** Our part of a sale now, from 0 to 1. */
  readonly share: number
  /** Millionths that come in on each day to come. */
  readonly income: readonly number[]
}

/** Half of an average's weight lies on so many days: what is now, and what was before. */
const NOW_HALF_LIFE_DAYS = 2.5
const BEFORE_HALF_LIFE_DAYS = 9
/** Purchases a day that are added to both averages before they are compared: few prove little. */
const DOUBT = 0.7
/** No fall is believed to be steeper. */
const TREND_MIN = 0.6
/** What was not followed for two weeks may be a release, wanted less each day. */
const YOUNG_TREND = 0.95
const WEEK_DAYS = 7
/** Days back that the number of sellers is followed. */
const SELLERS_DAYS = 10

/** What an average of days weighs to, and how old it is on the average. */
interface Average {
  readonly rate: number
  readonly age: number
}

/** Purchases by day, the oldest first: days that were seen, else what the tracker sums up. */
function dailySales({ day, week }: Ware, past: readonly DayOfDemand[]): number[] {
  if (past.length >= WEEK_DAYS) return past.map(({ bought }) => bought)
  const earlier = Math.max(0, week - day) / (WEEK_DAYS - 1)
  return [...Array.from({ length: WEEK_DAYS - 1 }, () => earlier), day]
}

function average(sales: readonly number[], halfLife: number): Average {
  let [sum, weights, ages] = [0, 0, 0]
  for (const [at, bought] of sales.entries()) {
    const age = sales.length - 1 - at + 0.5
    const weight = 0.5 ** (age / halfLife)
    sum += bought * weight
    ages += age * weight
    weights += weight
  }
  return { rate: sum / weights, age: ages / weights }
}

/** Purchases a day now and how they change: two whole weeks beside each other know no weekends. */
function paceOf(sales: readonly number[]): Pick<Forecast, 'rate' | 'trend'> {
  const weeks = sales.length >= 2 * WEEK_DAYS
  const now = weeks ? flat(sales, WEEK_DAYS) : average(sales, NOW_HALF_LIFE_DAYS)
  const before = weeks
    ? flat(sales.slice(0, -WEEK_DAYS), WEEK_DAYS, WEEK_DAYS)
    : average(sales, BEFORE_HALF_LIFE_DAYS)
  const change = ((now.rate + DOUBT) / (before.rate + DOUBT)) ** (1 / (before.age - now.age))
  const trend = Math.min(weeks ? 1 : YOUNG_TREND, Math.max(TREND_MIN, change))
  return { rate: now.rate * trend ** now.age, trend }
}

/** The plain average of the last `days`, which ended `ago` days ago. */
function flat(sales: readonly number[], days: number, ago = 0): Average {
  const seen = sales.slice(-days)
  return { rate: sumOf(seen) / seen.length, age: ago + seen.length / 2 }
}

/** How many sellers come a day; never fewer than none, since who leaves may come back. */
function sellersGrowth(past: readonly DayOfDemand[]): number {
  const seen = past.slice(-SELLERS_DAYS)
  const [first, last] = [seen[0], seen.at(-1)]
  if (first === undefined || last === undefined || seen.length < 3) return 0
  return Math.max(0, (last.sellers - first.sellers) / (seen.length - 1))
}

/**
 * Expects what one content earns in each of the next `days`. `fit` is what we get of a sale beside
 * an equal part of it (1); `past` holds what was seen of it on earlier days.
 */
export function forecast(
  ware: Ware,
  past: readonly DayOfDemand[],
  { days, fit }: { readonly days: number; readonly fit: number },
): Forecast {
  const { rate, trend } = paceOf(dailySales(ware, past))
  const growth = sellersGrowth(past)
  const worth = Number(ware.reward) * ware.pieces
  const shareOn = (day: number) => Math.min(1, fit / (ware.sellers + growth * day + 1))
  const income = Array.from(
    { length: days },
    (_, day) => rate * trend ** day * shareOn(day) * worth,
  )
  return { rate, trend, share: shareOn(0), income }
}

/** What came in over the days that were forecast. */
export function sumOf(income: readonly number[]): number {
  return income.reduce((sum, each) => sum + each, 0)
}

/** Days until so much has come in; undefined when it does not within the days of the forecast. */
export function daysUntil(amount: bigint, income: readonly number[]): number | undefined {
  let left = Number(amount)
  for (const [day, each] of income.entries()) {
    if (each >= left) return day + (left === 0 ? 0 : left / each)
    left -= each
  }
  return undefined
}
