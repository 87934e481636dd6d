/**
 * What earn may do, what it did with it, and what it saw: agreement, stakes, demand, traffic.
 *
 * A stake is noted before its order leaves, in the transaction that holds it against the budget,
 * and counts for ever: neither a crash nor two orders at once can spend more than was agreed to.
 */
import type { Cid, Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** What a person agreed to. */
export interface Agreement {
  readonly fingerprint: Fingerprint
  /** Whether earn works at all. */
  readonly on: boolean
  /** Bytes of disk. */
  readonly quota: number
  /** Millionths: all that earn may ever pay to this provider. */
  readonly budget: bigint
  /** Holds a folder for each content. */
  readonly folder: string
  /** Bytes in a calendar month; null for no cap. */
  readonly traffic: number | null
  /** Bytes per second; null for no limit. */
  readonly upLimit: number | null
  /** A time table (client/earn/hours.ts); null for always. */
  readonly hours: string | null
  /** Milliseconds without input that must have passed, and the load above which it rests. */
  readonly idleMs: number | null
  readonly load: number | null
}

/** `ordered` until the grant is here, `dropped` when it was given up. */
export type StakeState = 'ordered' | 'held' | 'dropped'

/** A content that earn bought. */
export interface StakeRow {
  readonly cid: Cid
  /** Millionths. */
  readonly price: bigint
  readonly state: StakeState
  /** Milliseconds of our own clock: when it was complete here; null before. */
  readonly complete: number | null
  /** Millionths that it had brought when it was last looked at, and when that last grew. */
  readonly earned: bigint
  readonly grew: number
  /** Whether earn itself paused it. */
  readonly resting: boolean
}

/** What was seen of a content on one day (days since 1970, UTC). */
export interface DemandRow {
  readonly cid: Cid
  readonly day: number
  readonly bought: number
  readonly sellers: number
}

type Stored<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]: bigint }

/** The book of earn. */
export class EarnBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** What was agreed to; undefined before anything was. */
  agreement(): Agreement | undefined {
    const row = this.#db
      .prepare(
        `SELECT fingerprint, "on", quota, budget, folder, traffic, up_limit AS upLimit, hours,
           idle_ms AS idleMs, load FROM earning`,
      )
      .safeIntegers()
      .get() as Stored<Agreement, 'on' | 'quota'> | undefined
    if (row === undefined) return undefined
    const number = (value: unknown): number | null => (value === null ? null : Number(value))
    const { idleMs, load, on, quota, traffic, upLimit } = row
    return {
      ...{ ...row, on: on === 1n, quota: Number(quota), traffic: number(traffic) },
      ...{ upLimit: number(upLimit), idleMs: number(idleMs), load: number(load) },
    }
  }

  /** Keeps what a person agreed to in place of what was agreed before. */
  agree(agreement: Agreement): void {
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO earning (id, fingerprint, "on", quota, budget, folder, traffic,
           up_limit, hours, idle_ms, load)
         VALUES (1, @fingerprint, @on, @quota, @budget, @folder, @traffic, @upLimit, @hours,
           @idleMs, @load)`,
      )
      .run({ ...agreement, on: Number(agreement.on) })
  }

  /** All that was ever ordered with a provider, millionths. */
  invested(fingerprint: Fingerprint): bigint {
    return this.#db
      .prepare('SELECT coalesce(sum(price), 0) FROM stake WHERE fingerprint = ?')
      .safeIntegers()
      .pluck()
      .get(fingerprint) as bigint
  }

  /** Notes a stake before its order leaves; false when the budget does not allow it. */
  reserve(fingerprint: Fingerprint, cid: Cid, price: bigint, now: number): boolean {
    const note = this.#db.transaction(() => {
      const agreement = this.agreement()
      // A budget is in the money of the provider that it was agreed to for.
      const { budget = 0n, on = false } = agreement?.fingerprint === fingerprint ? agreement : {}
      const known = this.stake(fingerprint, cid)
      if (known !== undefined) return known.state === 'ordered' && known.price === price
      if (!on || this.invested(fingerprint) + price > budget) return false
      this.#db
        .prepare(
          `INSERT INTO stake (fingerprint, cid, price, state, grew)
           VALUES (?, ?, ?, 'ordered', ?)`,
        )
        .run(fingerprint, cid, price, now)
      return true
    })
    return note.immediate()
  }

  /** An order came to nothing: the stake goes, unless money may have gone or a grant is here. */
  release(fingerprint: Fingerprint, cid: Cid): void {
    this.#db
      .prepare(
        `DELETE FROM stake WHERE fingerprint = @fingerprint AND cid = @cid AND state = 'ordered'
           AND NOT EXISTS (SELECT 1 FROM bought WHERE fingerprint = @fingerprint AND cid = @cid)
           AND NOT EXISTS (SELECT 1 FROM purchase
             WHERE fingerprint = @fingerprint AND cid = @cid AND price > 0)`,
      )
      .run({ fingerprint, cid })
  }

  /** One stake; undefined when earn never bought it. */
  stake(fingerprint: Fingerprint, cid: Cid): StakeRow | undefined {
    return this.stakes(fingerprint).find((row) => row.cid === cid)
  }

  /** All stakes with a provider, those that were given up included. */
  stakes(fingerprint: Fingerprint): StakeRow[] {
    const rows = this.#db
      .prepare(
        `SELECT cid, price, state, complete, earned, grew, resting FROM stake
         WHERE fingerprint = ? ORDER BY rowid`,
      )
      .safeIntegers()
      .all(fingerprint) as Stored<StakeRow, 'complete' | 'grew' | 'resting'>[]
    return rows.map((row) => ({
      ...{ ...row, complete: row.complete === null ? null : Number(row.complete) },
      ...{ grew: Number(row.grew), resting: row.resting === 1n },
    }))
  }

  /** What a stake is now. */
  mark(fingerprint: Fingerprint, cid: Cid, state: StakeState): void {
    const text = 'UPDATE stake SET state = ? WHERE fingerprint = ? AND cid = ?'
    this.#db.prepare(text).run(state, fingerprint, cid)
  }

  /** A content is complete since now. */
  complete(fingerprint: Fingerprint, cid: Cid, now: number): void {
    const text = `UPDATE stake SET complete = ?, grew = ?
      WHERE fingerprint = ? AND cid = ? AND complete IS NULL`
    this.#db.prepare(text).run(now, now, fingerprint, cid)
  }

  /** A content brought so much by now; less than before when the provider does not pay it all. */
  earned(fingerprint: Fingerprint, cid: Cid, amount: bigint, now: number): void {
    const text = `UPDATE stake SET grew = CASE WHEN earned < @amount THEN @now ELSE grew END,
        earned = @amount
      WHERE fingerprint = @fingerprint AND cid = @cid AND earned <> @amount`
    this.#db.prepare(text).run({ amount, now, fingerprint, cid })
  }

  /** Whether earn itself paused a content. */
  rest(fingerprint: Fingerprint, cid: Cid, resting: boolean): void {
    const text = 'UPDATE stake SET resting = ? WHERE fingerprint = ? AND cid = ?'
    this.#db.prepare(text).run(Number(resting), fingerprint, cid)
  }

  /** Keeps what a day showed so far; forgets days before `oldest` of what earn never bought. */
  observe(fingerprint: Fingerprint, rows: readonly DemandRow[], oldest: number): void {
    const keep = this.#db.prepare(
      `INSERT OR REPLACE INTO demand (fingerprint, cid, day, bought, sellers)
       VALUES (@fingerprint, @cid, @day, @bought, @sellers)`,
    )
    const forget = this.#db.prepare(
      `DELETE FROM demand WHERE fingerprint = @fingerprint AND day < @oldest
         AND cid NOT IN (SELECT cid FROM stake WHERE fingerprint = @fingerprint)`,
    )
    this.#db.transaction(() => {
      for (const row of rows) keep.run({ fingerprint, ...row })
      forget.run({ fingerprint, oldest })
    })()
  }

  /** What was seen of every content, by day. */
  demand(fingerprint: Fingerprint): ReadonlyMap<Cid, readonly DemandRow[]> {
    const rows = this.#db
      .prepare(
        'SELECT cid, day, bought, sellers FROM demand WHERE fingerprint = ? ORDER BY cid, day',
      )
      .all(fingerprint) as DemandRow[]
    const found = new Map<Cid, DemandRow[]>()
    for (const row of rows) {
      const known = found.get(row.cid)
      if (known === undefined) found.set(row.cid, [row])
      else known.push(row)
    }
    return found
  }

  /** Bytes that were booked for a month (client/earn/traffic.ts). */
  traffic(month: string): number {
    const text = 'SELECT bytes FROM traffic WHERE month = ?'
    return (this.#db.prepare(text).pluck().get(month) as number | undefined) ?? 0
  }

  bookTraffic(month: string, bytes: number): void {
    const text = 'INSERT OR REPLACE INTO traffic (month, bytes) VALUES (?, ?)'
    this.#db.prepare(text).run(month, bytes)
  }
}
