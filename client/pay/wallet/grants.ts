/**
 * What was bought: purchases under way, and grants with their secrets.
 */
import type { Cid, Fingerprint, PieceIndex, Rid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'
import { packPieces } from './pieces.js'
import type { Place, Sealing } from './sealing.js'

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
}

/** What is being bought: a content, or pieces of it alone. */
export interface Ordered {
  readonly fingerprint: Fingerprint
  readonly cid: Cid
  readonly only?: readonly PieceIndex[]
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

  /** The idempotency id of a purchase: the same until its grant is here (§III.C). */
  purchaseId({ fingerprint, cid, only = [] }: Ordered, fresh: Uint8Array): Uint8Array {
    const order = [fingerprint, cid, packPieces(only)]
    this.#db
      .prepare('INSERT OR IGNORE INTO purchase (fingerprint, cid, only, id) VALUES (?, ?, ?, ?)')
      .run(...order, fresh)
    return this.#db
      .prepare('SELECT id FROM purchase WHERE fingerprint = ? AND cid = ? AND only = ?')
      .pluck()
      .get(...order) as Uint8Array
  }

  /** Keeps a grant; its purchase, of the whole or of these pieces, is no longer under way. */
  put(row: BoughtRow, only: readonly PieceIndex[] = []): void {
    const insert = this.#db.prepare(
      `INSERT INTO bought (rid, fingerprint, cid, scheme, open, secret, peers, price)
       VALUES (@rid, @fingerprint, @cid, @scheme, @open, @secret, @peers, @price)
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
    return { ...row, secret: this.#sealing.open(secretPlace(row), row.secret) }
  }
}
