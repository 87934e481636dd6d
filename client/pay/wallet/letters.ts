/** Payments that were left with the tracker for sellers that were gone. */
import type { Fingerprint, Rid, Uid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** How far sellers can be paid by what was left for them. */
export class LetterBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Counter up to which payments to a seller were left; 0 for none. */
  left(provider: Fingerprint, rid: Rid, seller: Uid): number {
    const k = this.#db
      .prepare('SELECT k FROM letter WHERE fingerprint = ? AND rid = ? AND seller = ?')
      .pluck()
      .get(provider, rid, seller) as number | undefined
    return k ?? 0
  }

  /** Notes that payments up to k were left. */
  put(provider: Fingerprint, rid: Rid, seller: Uid, k: number): void {
    this.#db
      .prepare(
        `INSERT INTO letter (fingerprint, rid, seller, k) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET k = excluded.k`,
      )
      .run(provider, rid, seller, k)
  }
}
