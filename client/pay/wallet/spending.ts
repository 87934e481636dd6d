/**
 * What was spent, for the caps: grants that are here, and orders whose answer is not here yet.
 *
 * An order that got no answer may have been paid: it counts until its grant is here or the tracker
 * has refused it.
 */
import type { Cid, Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** A day, in milliseconds. */
export const DAY_MS = 86_400_000

/** Spent with one provider before an order; millionths. */
export interface Spent {
  /** For its content, over all time. */
  readonly content: bigint
  /** For anything, since midnight. */
  readonly day: bigint
}

/** The midnight (UTC) at which the day of a moment began; milliseconds. */
export function midnightOf(ms: number): number {
  return ms - (ms % DAY_MS)
}

/** The midnight at which it ends. */
export function nextMidnightOf(ms: number): number {
  return midnightOf(ms) + DAY_MS
}

/** An order by the key that its row has. */
interface OrderKey {
  readonly fingerprint: Fingerprint
  readonly cid: Cid
  readonly only: Uint8Array
}

/** What was spent besides this order; `time` is the tracker's. */
export function spentBefore(db: Sql, order: OrderKey, time: number): Spent {
  const other = 'NOT (cid = @cid AND only = @only)'
  const sum = (where: string): bigint =>
    db
      .prepare(
        `SELECT coalesce((SELECT sum(price) FROM bought
             WHERE fingerprint = @fingerprint AND ${where}), 0)
           + coalesce((SELECT sum(price) FROM purchase
             WHERE fingerprint = @fingerprint AND ${where} AND ${other}), 0)`,
      )
      .safeIntegers()
      .pluck()
      .get({ ...order, since: midnightOf(time) }) as bigint
  return { content: sum('cid = @cid'), day: sum('time >= @since') }
}

/** What was spent with a provider since a moment, orders under way included. */
export function spentSince(db: Sql, fingerprint: Fingerprint, since: number): bigint {
  return db
    .prepare(
      `SELECT coalesce(sum(price), 0) FROM (
         SELECT price FROM bought WHERE fingerprint = @fingerprint AND time >= @since
         UNION ALL
         SELECT price FROM purchase WHERE fingerprint = @fingerprint AND time >= @since)`,
    )
    .safeIntegers()
    .pluck()
    .get({ fingerprint, since }) as bigint
}
