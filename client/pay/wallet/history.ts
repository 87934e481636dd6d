/**
 * What an exchange needs to take up a trade where an earlier connection left it.
 */
import type { BuyerHistory } from '../../../shared/exchange/buyer-state.js'
import type { SellerHistory } from '../../../shared/exchange/seller-state.js'
import type { Fingerprint, PieceIndex, Rid, Uid } from '../../../shared/identifier.js'
import { PAYMENT_DUE_MS } from '../../../shared/limits.js'
import type { Sql } from './database.js'
import { unpackPieces } from './pieces.js'

interface AskedRow {
  counter: number
  pieces: Buffer
  request: Buffer
  state: string
  withdrawal: Buffer | null
}

interface MetRow {
  list: number
  payment: Buffer | null
  fingerprint: Fingerprint
}

/** Books of both parts, read by grant and counterpart. */
export class HistoryBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** What we asked of and paid to a seller under a grant. */
  buyer(rid: Rid, seller: Uid): BuyerHistory {
    const paid = this.#db
      .prepare('SELECT piece FROM paid WHERE rid = ? AND seller = ? ORDER BY k')
      .pluck()
      .all(rid, seller) as PieceIndex[]
    const rows = this.#db
      .prepare(`SELECT * FROM asked WHERE rid = ? AND seller = ? AND state <> 'ended'`)
      .all(rid, seller) as AskedRow[]
    const counter = this.#db
      .prepare('SELECT coalesce(max(counter), 0) FROM asked WHERE rid = ? AND seller = ?')
      .pluck()
      .get(rid, seller) as number
    const runs = rows
      .filter((row) => row.state === 'open')
      .map(({ counter, pieces, request }) => ({ counter, pieces: unpackPieces(pieces), request }))
    const withdrawn = rows
      .filter((row) => row.withdrawal !== null)
      .map(({ counter, pieces, withdrawal }) => ({
        counter,
        pieces: unpackPieces(pieces),
        withdrawal: withdrawal as Uint8Array,
      }))
    return { paid, counter, runs, withdrawn }
  }

  /** Pieces of a grant that were paid to anyone. */
  paidPieces(rid: Rid): PieceIndex[] {
    return this.#db.prepare('SELECT piece FROM paid WHERE rid = ?').pluck().all(rid) as PieceIndex[]
  }

  /** Pieces of a grant that each seller was paid for. */
  paidBySeller(rid: Rid): { seller: Uid; pieces: number }[] {
    return this.#db
      .prepare('SELECT seller, count(*) AS pieces FROM paid WHERE rid = ? GROUP BY seller')
      .all(rid) as { seller: Uid; pieces: number }[]
  }

  /**
   * Sellers that may miss something of ours: a payment without a receipt, or an open request, whose
   * pieces may lie on our disk.
   */
  unsettled(rid: Rid): Uid[] {
    return this.#db
      .prepare(
        `SELECT seller FROM asked WHERE rid = @rid AND state = 'open'
         UNION
         SELECT seller FROM paid p WHERE rid = @rid AND k > coalesce(
           (SELECT k FROM receipt r WHERE r.rid = p.rid AND r.seller = p.seller), 0)`,
      )
      .pluck()
      .all({ rid }) as Uid[]
  }

  /** Open requests of a grant, by seller: their pieces are asked of nobody else (D7). */
  openRequests(rid: Rid): { seller: Uid; pieces: PieceIndex[] }[] {
    const rows = this.#db
      .prepare(`SELECT seller, pieces FROM asked WHERE rid = ? AND state = 'open'`)
      .all(rid) as { seller: Uid; pieces: Buffer }[]
    return rows.map(({ seller, pieces }) => ({ seller, pieces: unpackPieces(pieces) }))
  }

  /** What a buyer was delivered and paid us under a grant, and whether it owes under another. */
  seller(rid: Rid, buyer: Uid, provider: Fingerprint, now: number): SellerHistory {
    const met = this.#db
      .prepare('SELECT list, payment, fingerprint FROM met WHERE rid = ? AND buyer = ?')
      .get(rid, buyer) as MetRow | undefined
    const paid = this.#db
      .prepare('SELECT piece, token FROM earned WHERE rid = ? AND buyer = ? ORDER BY k')
      .all(rid, buyer) as { piece: PieceIndex; token: Buffer }[]
    const opened = this.#db
      .prepare('SELECT counter, pieces, closed FROM opened WHERE rid = ? AND buyer = ?')
      .all(rid, buyer) as { counter: number; pieces: Buffer; closed: number }[]
    const begun = this.#db
      .prepare('SELECT piece, counter, tries FROM owed WHERE rid = ? AND buyer = ?')
      .all(rid, buyer) as { piece: PieceIndex; counter: number; tries: number }[]
    const elsewhere = this.#db
      .prepare(
        `SELECT 1 FROM owed JOIN met USING (rid, buyer)
         WHERE buyer = ? AND fingerprint = ? AND rid <> ? AND counter > 0 AND time <= ? LIMIT 1`,
      )
      .get(buyer, provider, rid, now - PAYMENT_DUE_MS)
    const done = new Set(paid.map(({ piece }) => piece))
    return {
      paid,
      payment: met?.payment ?? undefined,
      counter: opened.reduce((last, { counter }) => Math.max(last, counter), 0),
      runs: opened
        .filter((run) => run.closed === 0)
        .map(({ counter, pieces }) => ({
          counter,
          pieces: unpackPieces(pieces).filter((piece) => !done.has(piece)),
        })),
      owed: begun.filter(({ counter }) => counter > 0),
      forgiven: begun.filter(({ counter }) => counter === 0),
      list: met?.list ?? 0,
      owesElsewhere: elsewhere !== undefined,
      foreign: met !== undefined && met.fingerprint !== provider,
    }
  }
}
