/**
 * Members that this customer does not trade with, by provider and uid: why, on what evidence, until
 * when, and how often it came to that.
 *
 * An entry outlives its expiry, so that the next offence can weigh more. Only what is the other
 * side's fault may be put here: never our own, a lost connection or a clock (shared/errors.ts).
 *
 * It is the one table that another process may write while a seed runs: whoever trades reads it
 * anew at every tick.
 */
import { assert, type Code, faultOf } from '../../../shared/errors.js'
import type { Fingerprint, Uid } from '../../../shared/identifier.js'
import { BLACKLIST_KEPT_MAX_COUNT } from '../../../shared/limits.js'
import type { Sql } from './database.js'

/** A member and why it is not traded with. Times are milliseconds of the provider's tracker. */
export interface BlacklistEntry {
  readonly provider: Fingerprint
  readonly uid: Uid
  /** What it did: a code whose fault is theirs. */
  readonly code: Code
  /** For people; may be empty. */
  readonly reason: string
  /** Signed messages that show it; empty when a person's word is all there is. */
  readonly evidence: Uint8Array
  readonly since: number
  /** The entry holds until then; null is until it is lifted. */
  readonly until: number | null
  /** How often it was put here, this time included. */
  readonly offences: number
}

const COLUMNS = `fingerprint AS provider, uid, code, reason, evidence, since, "until", offences`
const HOLDS = `("until" IS NULL OR "until" > ?)`

/** The blacklist of this wallet. */
export class BlacklistBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Whether a member is not to be traded with now. */
  blocks(provider: Fingerprint, uid: Uid, nowMs: number): boolean {
    const text = `SELECT 1 FROM blacklist WHERE fingerprint = ? AND uid = ? AND ${HOLDS}`
    return this.#db.prepare(text).get(provider, uid, nowMs) !== undefined
  }

  /** Puts a member here, once more when it was here before; what is to be forgotten counts not. */
  add(entry: Omit<BlacklistEntry, 'offences'>, counts = true): void {
    assert(faultOf(entry.code) === 'theirs', `${entry.code} is nothing to punish`)
    this.#db
      .prepare(
        `INSERT INTO blacklist (fingerprint, uid, code, reason, evidence, since, "until", offences)
         VALUES (@provider, @uid, @code, @reason, @evidence, @since, @until, @times)
         ON CONFLICT DO UPDATE SET code = excluded.code, reason = excluded.reason,
           evidence = excluded.evidence, since = excluded.since, "until" = excluded."until",
           offences = offences + @times`,
      )
      .run({ ...entry, times: counts ? 1 : 0 })
    this.#db
      .prepare(
        `DELETE FROM blacklist WHERE "until" <= ? AND since <=
           (SELECT since FROM blacklist ORDER BY since DESC LIMIT 1 OFFSET ?)`,
      )
      .run(entry.since, BLACKLIST_KEPT_MAX_COUNT)
  }

  /** Ends an entry now; false when none holds. */
  lift(provider: Fingerprint, uid: Uid, nowMs: number): boolean {
    const text = `UPDATE blacklist SET "until" = ? WHERE fingerprint = ? AND uid = ? AND ${HOLDS}`
    return this.#db.prepare(text).run(nowMs, provider, uid, nowMs).changes > 0
  }

  /** The entry of a member, also an expired one. */
  get(provider: Fingerprint, uid: Uid): BlacklistEntry | undefined {
    const text = `SELECT ${COLUMNS} FROM blacklist WHERE fingerprint = ? AND uid = ?`
    return this.#db.prepare(text).get(provider, uid) as BlacklistEntry | undefined
  }

  /** All entries of a provider, expired ones too, newest first. */
  of(provider: Fingerprint): BlacklistEntry[] {
    const text = `SELECT ${COLUMNS} FROM blacklist WHERE fingerprint = ? ORDER BY since DESC, uid`
    return this.#db.prepare(text).all(provider) as BlacklistEntry[]
  }

  /** Providers under which a uid was met, as buyer, seller or entry. */
  providersOf(uid: Uid): Fingerprint[] {
    const text = `SELECT fingerprint FROM blacklist WHERE uid = @uid
      UNION SELECT fingerprint FROM met WHERE buyer = @uid
      UNION SELECT fingerprint FROM asked WHERE seller = @uid`
    return this.#db.prepare(text).pluck().all({ uid }) as Fingerprint[]
  }
}
