/**
 * Payouts that were asked for, from before their call leaves until the tracker has answered.
 */
import type { Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** A payout without an answer. */
export interface AskedPayout {
  readonly fingerprint: Fingerprint
  /** Repeats of the call bear it, so that the money leaves once. */
  readonly id: Uint8Array
  /** Millionths. */
  readonly amount: bigint
  /** Where the money shall go, in the member's own words. */
  readonly destination: string
}

/** Payouts of this wallet that are under way; what was answered, the tracker knows. */
export class PayoutBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Those of a provider, the oldest first. */
  underWay(fingerprint: Fingerprint): AskedPayout[] {
    return this.#db
      .prepare('SELECT * FROM payout WHERE fingerprint = ? ORDER BY rowid')
      .safeIntegers()
      .all(fingerprint) as AskedPayout[]
  }

  /** Keeps a payout before it is asked for. */
  begin(row: AskedPayout): void {
    this.#db
      .prepare('INSERT INTO payout VALUES (@fingerprint, @id, @amount, @destination)')
      .run(row)
  }

  /** Forgets one that the tracker has taken, or will never take. */
  done({ fingerprint, id }: Pick<AskedPayout, 'fingerprint' | 'id'>): void {
    this.#db.prepare('DELETE FROM payout WHERE fingerprint = ? AND id = ?').run(fingerprint, id)
  }
}
