/**
 * Members that this customer does not trade with, by provider and uid: why, on what evidence, until
 * when, and how often it came to that.
 *
 * An entry outlives its expiry, so that the next offence can weigh more. Only what is the other
 * side's fault may be put here: never our own, a lost connection or a clock (shared/errors.ts).
 *
 * It is the one table that another process may write while a seed runs: whoever trades reads it
 * anew at every tick. What a full disk does not take of it holds from memory, in this process
 * alone, until it does.
 */
import { assert, type Code, faultOf, refused } from '../../../shared/errors.js'
import { BLACKLIST_AGAIN_MS, BLACKLIST_WAITING_MAX_COUNT } from '../../../shared/home-limits.js'
import type { Fingerprint, Uid } from '../../../shared/identifier.js'
import { BLACKLIST_KEPT_MAX_COUNT } from '../../../shared/limits.js'
import { tryDatabase } from '../../../shared/thrown.js'
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

/** An entry as it is put here. */
type Fresh = Omit<BlacklistEntry, 'offences'>

/** One that the disk did not take yet, and how often it counts. */
interface Waiting {
  readonly entry: Fresh
  readonly times: number
}

const COLUMNS = `fingerprint AS provider, uid, code, reason, evidence, since, "until", offences`
const HOLDS = `("until" IS NULL OR "until" > ?)`

const holds = ({ until }: Pick<BlacklistEntry, 'until'>, nowMs: number): boolean =>
  until === null || until > nowMs

const keyOf = (provider: Fingerprint, uid: Uid): string => `${provider} ${uid}`

/** The blacklist of this wallet. */
export class BlacklistBook {
  readonly #db: Sql
  /** The newest last. */
  readonly #waiting = new Map<string, Waiting>()
  /** When these were last tried: milliseconds of a tracker's time. */
  #triedAt = 0
  constructor(db: Sql) {
    this.#db = db
  }

  /** Whether a member is not to be traded with now. */
  blocks(provider: Fingerprint, uid: Uid, nowMs: number): boolean {
    if (this.#waiting.size > 0 && Math.abs(nowMs - this.#triedAt) >= BLACKLIST_AGAIN_MS) {
      this.#triedAt = nowMs
      this.flush()
    }
    const waiting = this.#waiting.get(keyOf(provider, uid))
    if (waiting !== undefined && holds(waiting.entry, nowMs)) return true
    const text = `SELECT 1 FROM blacklist WHERE fingerprint = ? AND uid = ? AND ${HOLDS}`
    return this.#db.prepare(text).get(provider, uid, nowMs) !== undefined
  }

  /** Puts a member here, once more when it was here before; throws when the disk is full. */
  add(entry: Fresh): void {
    this.#put({ entry, times: 1 })
  }

  /**
   * Puts a member here for what it did; what is to be forgotten does not count. Holds at once, and
   * is written as soon as the disk takes it.
   */
  keep(entry: Fresh, counts: boolean): void {
    const key = keyOf(entry.provider, entry.uid)
    const before = this.#waiting.get(key)?.times ?? 0
    this.#waiting.delete(key)
    this.#waiting.set(key, { entry, times: before + (counts ? 1 : 0) })
    this.#triedAt = entry.since
    this.flush()
    const [oldest] = this.#waiting.keys()
    const over = this.#waiting.size > BLACKLIST_WAITING_MAX_COUNT
    if (over && oldest !== undefined) this.#waiting.delete(oldest)
  }

  /** Writes what waits, as far as the disk takes it; what a person said meanwhile stays. */
  flush(): void {
    for (const [key, waiting] of this.#waiting) {
      const { provider, uid, until } = waiting.entry
      const stored = this.#stored(provider, uid)
      const longer = stored !== undefined && holds(stored, until ?? Number.POSITIVE_INFINITY)
      if (!longer && refused(tryDatabase(() => this.#put(waiting)))) return
      this.#waiting.delete(key)
    }
  }

  #put({ entry, times }: Waiting): void {
    assert(faultOf(entry.code) === 'theirs', `${entry.code} is nothing to punish`)
    const put = this.#db.prepare(
      `INSERT INTO blacklist (fingerprint, uid, code, reason, evidence, since, "until", offences)
       VALUES (@provider, @uid, @code, @reason, @evidence, @since, @until, @times)
       ON CONFLICT DO UPDATE SET code = excluded.code, reason = excluded.reason,
         evidence = excluded.evidence, since = excluded.since, "until" = excluded."until",
         offences = offences + @times`,
    )
    const prune = this.#db.prepare(
      `DELETE FROM blacklist WHERE "until" <= ? AND since <=
         (SELECT since FROM blacklist ORDER BY since DESC LIMIT 1 OFFSET ?)`,
    )
    this.#db
      .transaction(() => {
        put.run({ ...entry, times })
        prune.run(entry.since, BLACKLIST_KEPT_MAX_COUNT)
      })
      .immediate()
  }

  /** Ends an entry, also one that waits; false when none holds. Throws when the disk is full. */
  lift(provider: Fingerprint, uid: Uid, nowMs: number): boolean {
    this.flush()
    const text = `UPDATE blacklist SET "until" = ? WHERE fingerprint = ? AND uid = ? AND ${HOLDS}`
    const lifted = this.#db.prepare(text).run(nowMs, provider, uid, nowMs).changes > 0
    const key = keyOf(provider, uid)
    const waiting = this.#waiting.get(key)
    if (waiting === undefined || !holds(waiting.entry, nowMs)) return lifted
    // It is remembered as what it was, for what comes next.
    this.#waiting.set(key, { ...waiting, entry: { ...waiting.entry, until: nowMs } })
    return true
  }

  /** The entry of a member, also an expired one. */
  get(provider: Fingerprint, uid: Uid): BlacklistEntry | undefined {
    const stored = this.#stored(provider, uid)
    const waiting = this.#waiting.get(keyOf(provider, uid))
    if (waiting === undefined) return stored
    return { ...waiting.entry, offences: (stored?.offences ?? 0) + waiting.times }
  }

  #stored(provider: Fingerprint, uid: Uid): BlacklistEntry | undefined {
    const text = `SELECT ${COLUMNS} FROM blacklist WHERE fingerprint = ? AND uid = ?`
    return this.#db.prepare(text).get(provider, uid) as BlacklistEntry | undefined
  }

  /** All entries of a provider, expired ones too, newest first. */
  of(provider: Fingerprint): BlacklistEntry[] {
    const text = `SELECT ${COLUMNS} FROM blacklist WHERE fingerprint = ? ORDER BY since DESC, uid`
    const stored = this.#db.prepare(text).all(provider) as BlacklistEntry[]
    if (this.#waiting.size === 0) return stored
    const others = stored.filter(({ uid }) => !this.#waiting.has(keyOf(provider, uid)))
    const waiting = [...this.#waiting.values()].reverse()
    const fresh = waiting.flatMap(({ entry: { provider: theirs, uid } }) =>
      theirs === provider ? (this.get(provider, uid) ?? []) : [],
    )
    return [...fresh, ...others]
  }

  /** Providers under which a uid was met, as buyer, seller or entry. */
  providersOf(uid: Uid): Fingerprint[] {
    const text = `SELECT fingerprint FROM blacklist WHERE uid = @uid
      UNION SELECT fingerprint FROM met WHERE buyer = @uid
      UNION SELECT fingerprint FROM asked WHERE seller = @uid`
    return this.#db.prepare(text).pluck().all({ uid }) as Fingerprint[]
  }
}
