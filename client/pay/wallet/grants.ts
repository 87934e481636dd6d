/**
 * What was bought: purchases under way, and grants with their secrets.
 */
import type { Refusal } from '../../../shared/errors.js'
import type { Cid, Fingerprint, PieceIndex, Rid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'
import { packPieces } from './pieces.js'
import type { Place, Sealing } from './sealing.js'
import { type Spent, spentBefore } from './spending.js'

/** A grant as it is kept: what the broker issued, opened, and the newest peer list. */
export interface BoughtRow {
  readonly rid: Rid
  readonly fingerprint: Fingerprint
  readonly cid: Cid
  readonly scheme: string
  readonly open: Uint8Array
  readonly secret: Uint8Array
  readonly peers: Uint8Array
  /** Millionths. */
  readonly price: bigint
  /** When it was ordered: milliseconds of the tracker's time. */
  readonly time: number
}

/** What is being bought: a content, or pieces of it alone. */
export interface Ordered {
  readonly fingerprint: Fingerprint
  readonly cid: Cid
  readonly only?: readonly PieceIndex[]
}

/** An order as it is noted: its price in millionths, and the tracker's time. */
export interface OrderNote {
  /** Serves as its id when it has none yet. */
  readonly fresh: Uint8Array
  readonly price: bigint
  readonly time: number
}

const secretPlace = ({ fingerprint, rid }: Pick<BoughtRow, 'fingerprint' | 'rid'>): Place => [
  'bought.secret',
  fingerprint,
  rid,
]

/** Grants of this wallet. */
export class GrantBook {
  readonly #db: Sql
  readonly #sealing: Sealing
  constructor(db: Sql, sealing: Sealing) {
    this.#db = db
    this.#sealing = sealing
  }

  /**
   * Notes a purchase before its call leaves, unless `allowed` refuses; gives its idempotency id,
   * the same until its grant is here (§III.C). What was ordered counts as spent from now on, in
   * the same transaction in which it was allowed: two at once cannot pass one cap.
   */
  order(
    ordered: Ordered,
    { fresh, price, time }: OrderNote,
    allowed: (spent: Spent) => Refusal | undefined,
  ): Uint8Array | Refusal {
    const { fingerprint, cid, only = [] } = ordered
    const order = { fingerprint, cid, only: packPieces(only) }
    const insert = this.#db.prepare(
      `INSERT INTO purchase (fingerprint, cid, only, id, price, time)
       VALUES (@fingerprint, @cid, @only, @fresh, @price, @time)
       ON CONFLICT DO UPDATE SET price = max(price, excluded.price), time = excluded.time`,
    )
    const id = this.#db
      .prepare('SELECT id FROM purchase WHERE fingerprint = ? AND cid = ? AND only = ?')
      .pluck()
    const note = this.#db.transaction(() => {
      const problem = allowed(spentBefore(this.#db, order, time))
      if (problem !== undefined) return problem
      insert.run({ ...order, fresh, price, time })
      return id.get(fingerprint, cid, order.only) as Uint8Array
    })
    return note.immediate()
  }

  /** What was spent besides this order; `time` is the tracker's. */
  spent({ fingerprint, cid, only = [] }: Ordered, time: number): Spent {
    return spentBefore(this.#db, { fingerprint, cid, only: packPieces(only) }, time)
  }

  /**
   * Whether a content, or any pieces of it, were ordered and no answer came: they may be paid.
   * Pieces are ordered in parts, and later others may be missing.
   */
  isUnderWay({ fingerprint, cid }: Ordered): boolean {
    const text = 'SELECT 1 FROM purchase WHERE fingerprint = ? AND cid = ? AND price > 0'
    return this.#db.prepare(text).get(fingerprint, cid) !== undefined
  }

  /** The tracker says that this purchase took no money. */
  refusedOrder({ fingerprint, cid, only = [] }: Ordered): void {
    this.#db
      .prepare('UPDATE purchase SET price = 0 WHERE fingerprint = ? AND cid = ? AND only = ?')
      .run(fingerprint, cid, packPieces(only))
  }

  /** Keeps a grant; its purchase, of the whole or of these pieces, is no longer under way. */
  put(row: BoughtRow, only: readonly PieceIndex[] = []): void {
    const insert = this.#db.prepare(
      `INSERT INTO bought (rid, fingerprint, cid, scheme, open, secret, peers, price,
         time)
       VALUES (@rid, @fingerprint, @cid, @scheme, @open, @secret, @peers, @price, @time)
       ON CONFLICT DO UPDATE SET peers = excluded.peers`,
    )
    const done = this.#db.prepare(
      'DELETE FROM purchase WHERE fingerprint = ? AND cid = ? AND only = ?',
    )
    this.#db
      .transaction(() => {
        insert.run({ ...row, secret: this.#sealing.seal(secretPlace(row), row.secret) })
        done.run(row.fingerprint, row.cid, packPieces(only))
      })
      .immediate()
  }

  /** The newest signed peer list of a grant. */
  putPeers(fingerprint: Fingerprint, rid: Rid, peers: Uint8Array): void {
    this.#db
      .prepare('UPDATE bought SET peers = ? WHERE fingerprint = ? AND rid = ?')
      .run(peers, fingerprint, rid)
  }

  /** Grants of a content with one provider. */
  of(fingerprint: Fingerprint, cid: Cid): BoughtRow[] {
    const rows = this.#db
      .prepare('SELECT * FROM bought WHERE fingerprint = ? AND cid = ?')
      .safeIntegers()
      .all(fingerprint, cid) as BoughtRow[]
    return rows.map((row) => this.#opened(row))
  }

  all(): BoughtRow[] {
    const rows = this.#db.prepare('SELECT * FROM bought').safeIntegers().all() as BoughtRow[]
    return rows.map((row) => this.#opened(row))
  }

  #opened(row: BoughtRow): BoughtRow {
    const secret = this.#sealing.open(secretPlace(row), row.secret)
    return { ...row, time: Number(row.time), secret }
  }
}
