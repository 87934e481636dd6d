/**
 * What to buy, hold and drop so that a quota of disk and a budget earn most; pure.
 *
 * Every content is weighed by what it is expected to earn, less its price while it is not bought,
 * for each byte of the quota and each coin of the budget that it takes; the best are taken until
 * disk, budget or upload are used up. What we hold costs nothing any more but its place, so it is
 * given up only for something clearly better, or when nobody wants it.
 */
import { formatAmount } from '../../shared/amount.js'
import type { Cid } from '../../shared/identifier.js'
import {
  type DayOfDemand,
  daysUntil,
  type Forecast,
  forecast,
  sumOf,
  type Ware,
} from './forecast.js'

/** A content that earn bought and holds, or fetches. */
export interface Stake {
  readonly cid: Cid
  /** Days since it was complete here, 0 before; and since it last earned, or was complete. */
  readonly days: number
  readonly idleDays: number
  /** Millionths that it cost, and that it brought so far. */
  readonly price: bigint
  readonly earned: bigint
  /** What an equal part of all sales seen while we held it would have brought. */
  readonly fair: number
}

/** What may be used. */
export interface Means {
  /** Bytes of disk for all that earn holds. */
  readonly quota: number
  /** Millionths that may still be spent. */
  readonly budget: bigint
  /** Bytes that can be sent in a day; undefined for no bound. */
  readonly uplink: number | undefined
  /** Days that a purchase has to pay within. */
  readonly horizonDays: number
}

/** A market as it is seen on one day. */
export interface Sight {
  readonly wares: readonly Ware[]
  /** What was seen of a content on earlier days, the oldest first. */
  readonly past: (cid: Cid) => readonly DayOfDemand[]
  readonly stakes: readonly Stake[]
  /** Contents that are not to be bought: the person's own, or those that cannot be had now. */
  readonly without: ReadonlySet<Cid>
}

/** What becomes of a content, and why. */
export interface Choice {
  readonly ware: Ware
  readonly act: 'buy' | 'hold' | 'drop' | 'pass'
  /** Millionths a day, averaged over the horizon. */
  readonly daily: bigint
  /** Days until its price is back; missing when it does not come back within the horizon. */
  readonly breakEven: number | undefined
  readonly why: string
}

/** What is bought has to bring its price and a quarter more: forecasts are often too rosy. */
const MARGIN = 1.25
/** What is held gives way to three times its worth: what looks best is often only lucky. */
const LOYALTY = 3
/** What earned nothing for so long, and is not expected to, makes room. */
const IDLE_DAYS = 14
/** Days before what we hold can be given up: a new seller is not found at once. */
const TRIAL_DAYS = 3
/** Our share of sales: this many equal parts are believed before it is measured. */
const FIT_PRIOR_SALES = 3
const [FIT_MIN, FIT_MAX] = [0.1, 3]

interface Candidate {
  readonly ware: Ware
  readonly forecast: Forecast
  readonly stake: Stake | undefined
  /** Millionths over the horizon: income, and what is left of it when the price is paid. */
  readonly income: number
  readonly gain: number
}

/** What we get of sales beside an equal part: measured over all that we held, doubtful at first. */
export function fitOf({ stakes, wares }: Pick<Sight, 'stakes' | 'wares'>): number {
  const worth = wares.map(({ pieces, reward }) => Number(reward) * pieces)
  const prior = (FIT_PRIOR_SALES * sumOf(worth)) / Math.max(1, worth.length) || 1
  const fair = sumOf(stakes.map((stake) => stake.fair))
  const earned = sumOf(stakes.map((stake) => Number(stake.earned)))
  return Math.min(FIT_MAX, Math.max(FIT_MIN, (earned + prior) / (fair + prior)))
}

/** Chooses; every ware and every stake that is a ware has its choice, the best first. */
export function choose(sight: Sight, means: Means): Choice[] {
  const candidates = ranked(sight, means)
  const taken = new Set(take(candidates, sight, means))
  return candidates.map((candidate) => {
    const { forecast, income, stake, ware } = candidate
    const chosen = taken.has(candidate)
    const act = stake === undefined ? (chosen ? 'buy' : 'pass') : chosen ? 'hold' : 'drop'
    const daily = BigInt(Math.floor(income / means.horizonDays))
    const cost = stake === undefined ? ware.price : max(0n, stake.price - stake.earned)
    const breakEven = daysUntil(cost, forecast.income)
    return { ware, act, daily, breakEven, why: explain(candidate, act, sight, means) }
  })
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Every ware with what it is expected to bring, the best for its place and price first. */
function ranked(sight: Sight, means: Means): Candidate[] {
  const fit = fitOf(sight)
  const stakes = new Map(sight.stakes.map((stake) => [stake.cid, stake]))
  const candidates = sight.wares.map((ware) => {
    const stake = stakes.get(ware.cid)
    const expected = forecast(ware, sight.past(ware.cid), { days: means.horizonDays, fit })
    const income = sumOf(expected.income)
    const gain = stake === undefined ? income / MARGIN - Number(ware.price) : income
    return { ware, forecast: expected, stake, income, gain }
  })
  const worth = (candidate: Candidate) => densityOf(candidate, means)
  return candidates.sort((a, b) => worth(b) - worth(a))
}

/** Gain for the part of quota and budget that a content takes. */
function densityOf({ gain, stake, ware }: Candidate, { budget, quota }: Means): number {
  const place = ware.bytes / Math.max(1, quota)
  if (stake !== undefined) return (gain * LOYALTY) / Math.max(place, Number.EPSILON)
  const cost = Number(ware.price) / Math.max(1, Number(budget))
  return gain / Math.max(place + cost, Number.EPSILON)
}

/** The candidates that are bought and held, best first. */
function take(candidates: readonly Candidate[], { without }: Sight, means: Means): Candidate[] {
  const onTrial = (one: Candidate) => one.stake !== undefined && one.stake.days < TRIAL_DAYS
  let [quota, budget, uplink] = [
    means.quota,
    means.budget,
    means.uplink ?? Number.POSITIVE_INFINITY,
  ]
  const taken: Candidate[] = []
  // What was just bought has its place before anything else is weighed.
  for (const one of [
    ...candidates.filter(onTrial),
    ...candidates.filter((each) => !onTrial(each)),
  ]) {
    const { stake, ware } = one
    if (ware.bytes > quota) continue
    const sent = sentDaily(one)
    const part = sent === 0 ? 1 : Math.min(1, uplink / sent)
    const gain = one.gain - (1 - part) * (stake === undefined ? one.income / MARGIN : one.income)
    if (stake === undefined && (gain <= 0 || ware.price > budget || without.has(ware.cid))) continue
    if (stake !== undefined && stake.idleDays >= IDLE_DAYS && gain < Number(ware.reward)) continue
    taken.push(one)
    quota -= ware.bytes
    uplink -= sent * part
    if (stake === undefined) budget -= ware.price
  }
  return taken
}

/** Bytes a day that go out for a content. */
function sentDaily({ forecast, ware }: Candidate): number {
  return forecast.rate * forecast.share * ware.bytes
}

const SHOWN_DIGITS = 2
const HUNDREDTH = 10_000

function times(rate: number): string {
  return Number(rate.toPrecision(SHOWN_DIGITS)).toString()
}

/** Money that is only expected, to the hundredth. */
function roughly(millionths: number): string {
  return formatAmount(BigInt(Math.floor(millionths / HUNDREDTH)) * BigInt(HUNDREDTH))
}

/** Why a content is chosen or not, in a sentence for a person. */
function explain(
  candidate: Candidate,
  act: Choice['act'],
  { without }: Sight,
  { budget, horizonDays, quota }: Means,
): string {
  const { forecast, gain, income, stake, ware } = candidate
  const { price, sellers } = ware
  const others = sellers === 1 ? '1 other seller' : `${sellers} other sellers`
  const falls =
    forecast.trend < 1 ? `, ${Math.round((1 - forecast.trend) * 100)} % less each day` : ''
  const demand = `sold ${times(forecast.rate)} times a day${falls}, ${others}`
  const brings = `${roughly(income)} in ${horizonDays} days`
  if (act === 'buy') return `${demand}: expects ${brings}`
  if (act === 'hold') {
    const trial = stake !== undefined && stake.days < TRIAL_DAYS
    return trial ? `new here; ${demand}` : `${demand}: expects ${brings} more`
  }
  if (ware.bytes > quota) return 'larger than the whole quota'
  if (act === 'drop') {
    if (gain < Number(ware.reward)) return `${demand}: nothing more to expect`
    return `${demand}: others earn more in its place`
  }
  if (without.has(ware.cid)) return 'this home has it already, or it cannot be bought now'
  if (gain <= 0) return `${demand}: would bring ${brings}, too little for ${formatAmount(price)}`
  if (price > budget)
    return `${demand}: its price ${formatAmount(price)} is above what may be spent`
  return `${demand}: others earn more for disk and money`
}
