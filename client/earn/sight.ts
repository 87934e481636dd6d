/** What the chooser looks at, put together from catalogue and wallet. */

import { EARN_HORIZON_DAYS } from '../../shared/earn-limits.js'
import { refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { DAY_MS } from '../../shared/units.js'
import type { Listed } from '../pay/provider/shown.js'
import type { Agreement, DemandRow, StakeRow } from '../pay/wallet/earn.js'
import type { Wallet } from '../pay/wallet/wallet.js'
import type { Means, Sight, Stake } from './chooser.js'
import type { DayOfDemand, Ware } from './forecast.js'
import { openPart, readHours } from './hours.js'
import { daysLeft, monthOf } from './traffic.js'

/** What a look around is made of. */
export interface Looking {
  readonly wallet: Wallet
  readonly agreement: Agreement
  readonly listed: Listed
  /** Contents that earn holds and the provider has withdrawn. */
  readonly gone: readonly Ware[]
  /** Contents that this home sells now: it is one of the sellers that the tracker counts. */
  readonly selling: ReadonlySet<Cid>
  /** Contents that were refused a short while ago. */
  readonly avoided: ReadonlySet<Cid>
  /** Bytes that are free on the disk of the folder, beside what is left to others. */
  readonly free: number
  /** Our own clock. */
  readonly now: number
}

/** The day of a moment since 1970, UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** Contents on sale, without this home among their sellers, and those held that are no more. */
export function waresOf({
  gone,
  listed,
  selling,
}: Pick<Looking, 'gone' | 'listed' | 'selling'>): Ware[] {
  const onSale = listed.map(({ cid, day, name, pieces, price, reward, sellers, size, week }) => {
    const others = selling.has(cid) ? Math.max(0, sellers - 1) : sellers
    return { cid, name, bytes: size, pieces, price, reward, sellers: others, day, week }
  })
  return [...onSale, ...gone]
}

/** What today shows of each content. */
export function demandOf(wares: readonly Ware[], now: number): DemandRow[] {
  return wares.map(({ cid, day, sellers }) => ({ cid, day: dayOf(now), bought: day, sellers }))
}

/** Days before today, the oldest first; a day that nobody looked is as the others on average. */
export function pastOf(rows: readonly DemandRow[], today: number): DayOfDemand[] {
  const seen = rows.filter(({ day }) => day < today)
  const [first] = seen
  if (first === undefined) return []
  const byDay = new Map(seen.map((row) => [row.day, row]))
  const mean = (of: (row: DemandRow) => number) =>
    seen.reduce((sum, row) => sum + of(row), 0) / seen.length
  const usual = { bought: mean(({ bought }) => bought), sellers: mean(({ sellers }) => sellers) }
  return Array.from({ length: today - first.day }, (_, at) => byDay.get(first.day + at) ?? usual)
}

/** What each content has brought to this home so far; millionths. */
export function earnedWith(wallet: Wallet, fingerprint: Fingerprint): ReadonlyMap<Cid, bigint> {
  const earned = new Map<Cid, bigint>()
  for (const row of wallet.claims.earned(fingerprint)) {
    earned.set(row.cid, (earned.get(row.cid) ?? 0n) + row.amount)
  }
  return earned
}

/** What an equal part of the sales of whole days in which we held it would have brought. */
function fairPart(ware: Ware, { complete }: StakeRow, rows: readonly DemandRow[], today: number) {
  if (complete === null) return 0
  const from = dayOf(complete)
  const worth = Number(ware.reward) * ware.pieces
  return rows
    .filter(({ day }) => day > from && day < today)
    .reduce((sum, { bought, sellers }) => sum + (bought * worth) / (sellers + 1), 0)
}

/** The market as the chooser sees it, and what may be used. */
export function sightOf(looking: Looking): { readonly sight: Sight; readonly means: Means } {
  const { agreement, avoided, free, now, wallet } = looking
  const { fingerprint } = agreement
  const wares = waresOf(looking)
  const demand = wallet.earn.demand(fingerprint)
  const rows = wallet.earn.stakes(fingerprint)
  const mine = rows.filter(({ state }) => state !== 'dropped')
  const today = dayOf(now)
  const byCid = new Map(wares.map((ware) => [ware.cid, ware]))
  const stakes = mine.flatMap((row): Stake[] => {
    const ware = byCid.get(row.cid)
    if (ware === undefined) return []
    const fair = fairPart(ware, row, demand.get(row.cid) ?? [], today)
    const since = (from: number | null) => (from === null ? 0 : Math.max(0, (now - from) / DAY_MS))
    const idleDays = row.complete === null ? 0 : since(row.grew)
    const { cid, earned, price } = row
    return [{ cid, days: since(row.complete), idleDays, price, earned, fair }]
  })
  const own = new Set(mine.map(({ cid }) => cid))
  const known = wallet.contents.all().map(({ cid }) => cid)
  const without = new Set([...avoided, ...known, ...rows.map(({ cid }) => cid)])
  for (const cid of own) without.delete(cid)
  const used = mine.reduce((sum, { cid }) => sum + (byCid.get(cid)?.bytes ?? 0), 0)
  const budget = agreement.budget - wallet.earn.invested(fingerprint)
  const means: Means = {
    quota: Math.min(agreement.quota, used + Math.max(0, free)),
    budget: budget > 0n ? budget : 0n,
    uplink: uplinkOf(agreement, wallet, now),
    horizonDays: EARN_HORIZON_DAYS,
  }
  const past = (cid: Cid) => pastOf(demand.get(cid) ?? [], today)
  return { sight: { wares, past, stakes, without }, means }
}

/** Bytes that may go out in a day: by the upload limit in its hours, and by the month's cap. */
function uplinkOf({ hours, traffic, upLimit }: Agreement, wallet: Wallet, now: number) {
  const table = readHours(hours ?? undefined)
  const part = table === undefined || refused(table) ? 1 : openPart(table)
  const limits: number[] = []
  if (upLimit !== null) limits.push((upLimit * part * DAY_MS) / 1000)
  if (traffic !== null) {
    const left = Math.max(0, traffic - wallet.earn.traffic(monthOf(now)))
    limits.push(left / Math.max(1, daysLeft(now)))
  }
  return limits.length === 0 ? undefined : Math.min(...limits)
}
