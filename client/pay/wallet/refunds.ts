/**
 * Refunds that were asked for, from before their call leaves: such a grant is not spent any more.
 */
import type { Fingerprint, Rid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** A refund of one grant; its state is `asked` until the desk has answered. */
export interface RefundRow {
  readonly fingerprint: Fingerprint
  readonly rid: Rid
  /** Bitmap as in BEP 3, as it was or will be sent. */
  readonly pieces: Uint8Array
  readonly reason: string
  /** 1 when it asks anew after a rejection. */
  readonly again: 0 | 1
  /** `asked`, or the state of the case: `open`, `granted`, `paid`, `rejected`. */
  readonly state: string
}

/** Refunds of this wallet. */
export class RefundBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  get(fingerprint: Fingerprint, rid: Rid): RefundRow | undefined {
    return this.#db
      .prepare('SELECT * FROM refund WHERE fingerprint = ? AND rid = ?')
      .get(fingerprint, rid) as RefundRow | undefined
  }

  /** Keeps a refund before it is asked for; replaces an earlier one of the grant. */
  put(row: RefundRow): void {
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO refund (fingerprint, rid, pieces, reason, again, state)
         VALUES (@fingerprint, @rid, @pieces, @reason, @again, @state)`,
      )
      .run(row)
  }

  /** Notes how the case stands. */
  setState(fingerprint: Fingerprint, rid: Rid, state: string): void {
    this.#db
      .prepare('UPDATE refund SET state = ? WHERE fingerprint = ? AND rid = ?')
      .run(state, fingerprint, rid)
  }

  /** The grant may be spent: the desk never took this refund, or has rejected it. */
  lift(fingerprint: Fingerprint, rid: Rid): void {
    const where = 'WHERE fingerprint = ? AND rid = ?'
    const forget = this.#db.prepare(`DELETE FROM refund ${where} AND state = 'asked'`)
    const reject = this.#db.prepare(`UPDATE refund SET state = 'rejected' ${where}`)
    this.#db
      .transaction(() => {
        forget.run(fingerprint, rid)
        reject.run(fingerprint, rid)
      })
      .immediate()
  }

  /** Grants of a provider that are not to be spent because of a refund. */
  ended(fingerprint: Fingerprint): ReadonlySet<Rid> {
    const rids = this.#db
      .prepare(`SELECT rid FROM refund WHERE fingerprint = ? AND state <> 'rejected'`)
      .pluck()
      .all(fingerprint) as Rid[]
    return new Set(rids)
  }
}
