/**
 * What buyers paid by the hour and content, for the charts alone: the books that count are those of
 * the exchanges, which know no hours.
 */
import type { Cid, Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** Paid for one content in one hour; `hour` counts from 1970. */
export interface EarnedHour {
  readonly provider: Fingerprint
  readonly cid: Cid
  readonly hour: number
  /** Millionths. */
  readonly amount: bigint
}

/** Earnings of this wallet by the hour. */
export class EarningsBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Adds to what was noted, and forgets hours before `oldest`. */
  add(rows: readonly EarnedHour[], oldest: number): void {
    const add = this.#db.prepare(
      `INSERT INTO earned_hour (fingerprint, cid, hour, amount)
       VALUES (@provider, @cid, @hour, @amount)
       ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
    )
    const forget = this.#db.prepare('DELETE FROM earned_hour WHERE hour < ?')
    this.#db
      .transaction(() => {
        for (const row of rows) add.run(row)
        forget.run(oldest)
      })
      .immediate()
  }

  /** What was noted from an hour on. */
  since(hour: number): EarnedHour[] {
    const rows = this.#db
      .prepare('SELECT fingerprint AS provider, cid, hour, amount FROM earned_hour WHERE hour >= ?')
      .safeIntegers()
      .all(hour) as (EarnedHour & { readonly hour: bigint | number })[]
    return rows.map((row) => ({ ...row, hour: Number(row.hour) }))
  }
}
