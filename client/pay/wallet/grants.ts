/**
 * What was bought: purchases under way, and grants with their secrets.
 */
import type { Cid, Fingerprint, Rid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'
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
  purchaseId(fingerprint: Fingerprint, cid: Cid, fresh: Uint8Array): Uint8Array {
    this.#db
      .prepare('INSERT OR IGNORE INTO purchase (fingerprint, cid, id) VALUES (?, ?, ?)')
      .run(fingerprint, cid, fresh)
    return this.#db
      .prepare('SELECT id FROM purchase WHERE fingerprint = ? AND cid = ?')
      .pluck()
      .get(fingerprint, cid) as Uint8Array
  }

  /** Keeps a grant; the purchase is no longer under way. */
  put(row: BoughtRow): void {
    const insert = this.#db.prepare(
      `INSERT INTO bought (rid, fingerprint, cid, scheme, open, secret, peers, price)
       VALUES (@rid, @fingerprint, @cid, @scheme, @open, @secret, @peers, @price)
       ON CONFLICT DO UPDATE SET peers = excluded.peers`,
    )
    const done = this.#db.prepare('DELETE FROM purchase WHERE fingerprint = ? AND cid = ?')
    this.#db
      .transaction(() => {
        insert.run({ ...row, secret: this.#sealing.seal(secretPlace(row), row.secret) })
        done.run(row.fingerprint, row.cid)
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
