/** What is sold and what it earned, a row for each content; pure. */
import type { Cid, Fingerprint } from '../../../shared/identifier.js'
import type { EarningsRow, Offer } from '../../local/rows.js'
import type { Transfer } from '../../local/transfer-rows.js'
import type { World } from '../world.js'

/** Hours that are asked for: a week. */
export const HOURS = 168
export const EARNINGS = { hours: HOURS } as const
const DAY_HOURS = 24

/** One content that is for sale here, or was. */
export interface SeedRow {
  readonly cid: Cid
  readonly name: string
  readonly provider: Fingerprint | undefined
  readonly currency: string
  /** Missing when the content was removed. */
  readonly transfer: Transfer | undefined
  /** Missing when no provider lists it, or none was heard yet. */
  readonly offer: Offer | undefined
  /** Paid by buyers, by the hour, oldest first; the last hour is not over. */
  readonly hours: readonly bigint[]
  readonly hour: bigint
  readonly day: bigint
  readonly week: bigint
  /** Over all time. */
  readonly earned: bigint
}

/** Sum of amounts. */
export function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n)
}

/** The last rows that were made of a map of transfers. */
const made = new WeakMap<World['transfers'], { parts: readonly unknown[]; rows: SeedRow[] }>()

/** Paid contents of which something is here, and what others earned before they were removed. */
export function seedRows(world: World): readonly SeedRow[] {
  const earnings = world.read('earnings', EARNINGS).value
  const offers = world.read('offers', { text: '' }).value
  const parts = [world.revision, earnings, offers]
  const known = made.get(world.transfers)
  if (known?.parts.every((part, at) => part === parts[at])) return known.rows
  const paid = new Map(earnings?.rows.map((row) => [row.cid, row]))
  const listed = new Map(offers?.offers.map((offer) => [offer.cid, offer]))
  const here = [...world.transfers.values()].filter((row) => row.paid && isForSale(row))
  const gone = [...paid.keys()].filter((cid) => !world.transfers.has(cid))
  const rows = [
    ...here.map((row) => rowOf(row.cid, row, paid.get(row.cid), listed.get(row.cid))),
    ...gone.map((cid) => rowOf(cid, undefined, paid.get(cid), listed.get(cid))),
  ]
  made.set(world.transfers, { parts, rows })
  return rows
}

function isForSale({ earned = 0n, have }: Transfer): boolean {
  return have > 0 || earned > 0n
}

function rowOf(
  cid: Cid,
  transfer: Transfer | undefined,
  earnings: EarningsRow | undefined,
  offer: Offer | undefined,
): SeedRow {
  const hours = earnings?.hours ?? []
  const week = sumOf(hours)
  // Hours and rows are read at moments of their own; all time is never less than a part of it.
  const earned = transfer?.earned ?? week
  return {
    ...{ cid, transfer, offer, hours, week },
    name: transfer?.name ?? earnings?.name ?? '',
    provider: transfer?.provider ?? earnings?.provider,
    currency: transfer?.currency ?? earnings?.currency ?? '',
    hour: hours.at(-1) ?? 0n,
    day: sumOf(hours.slice(-DAY_HOURS)),
    earned: earned < week ? week : earned,
  }
}

/** What one provider's buyers paid: moneys of two providers are never added up. */
export interface Income {
  readonly provider: Fingerprint | undefined
  readonly currency: string
  readonly hours: readonly bigint[]
  readonly hour: bigint
  readonly day: bigint
  readonly week: bigint
}

const summed = new WeakMap<readonly SeedRow[], readonly Income[]>()

/** The sums of all rows, by provider. */
export function incomes(rows: readonly SeedRow[]): readonly Income[] {
  const known = summed.get(rows) ?? sumIncomes(rows)
  summed.set(rows, known)
  return known
}

function sumIncomes(rows: readonly SeedRow[]): readonly Income[] {
  const sums = new Map<Fingerprint | undefined, Income>()
  for (const { currency, day, hour, hours, provider, week } of rows) {
    const sum = sums.get(provider)
    sums.set(provider, {
      ...{ provider, currency },
      hour: (sum?.hour ?? 0n) + hour,
      day: (sum?.day ?? 0n) + day,
      week: (sum?.week ?? 0n) + week,
      hours: hours.length === 0 ? (sum?.hours ?? []) : addHours(sum?.hours ?? [], hours),
    })
  }
  return [...sums.values()]
}

/** Both end with the present hour. */
function addHours(one: readonly bigint[], other: readonly bigint[]): bigint[] {
  const [longer, shorter] = one.length >= other.length ? [one, other] : [other, one]
  const before = longer.length - shorter.length
  return longer.map((amount, at) => amount + (shorter[at - before] ?? 0n))
}
