/**
 * What an exchange needs to take up a trade where an earlier connection left it.
 */
import type { BuyerHistory } from '../../../shared/exchange/buyer-state.js'
import type { DebtorRows } from '../../../shared/exchange/debtors.js'
import type { Page } from '../../../shared/exchange/pages.js'
import type { SellerHistory } from '../../../shared/exchange/seller-state.js'
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../../../shared/identifier.js'
import { ASKED_MAX_COUNT } from '../../../shared/limits.js'
import type { Sql } from './database.js'
import { earnedPieces } from './earned.js'
import { unpackPieces } from './pieces.js'
import type { Sealing } from './sealing.js'

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
}

/** Books of both parts under one provider's grants, read by grant and counterpart. */
export class HistoryBook {
  readonly #db: Sql
  readonly #sealing: Sealing
  readonly #provider: Fingerprint
  constructor(db: Sql, sealing: Sealing, provider: Fingerprint) {
    this.#db = db
    this.#sealing = sealing
    this.#provider = provider
  }

  /** What we asked of and paid to a seller under a grant. */
  buyer(rid: Rid, seller: Uid): BuyerHistory {
    const paid = this.#db
      .prepare('SELECT piece FROM paid WHERE fingerprint = ? AND rid = ? AND seller = ? ORDER BY k')
      .pluck()
      .all(this.#provider, rid, seller) as PieceIndex[]
    const rows = this.#db
      .prepare(
        `SELECT * FROM asked WHERE fingerprint = ? AND rid = ? AND seller = ? AND state <> 'ended'`,
      )
      .all(this.#provider, rid, seller) as AskedRow[]
    const counter = this.#db
      .prepare(
        `SELECT coalesce(max(counter), 0) FROM asked
         WHERE fingerprint = ? AND rid = ? AND seller = ?`,
      )
      .pluck()
      .get(this.#provider, rid, seller) as number
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

  /** Pieces of a grant that were paid, and to whom. */
  paidPieces(rid: Rid): { piece: PieceIndex; seller: Uid }[] {
    return this.#db
      .prepare('SELECT piece, seller FROM paid WHERE fingerprint = ? AND rid = ?')
      .all(this.#provider, rid) as { piece: PieceIndex; seller: Uid }[]
  }

  /** Pieces of a grant that each seller was paid for. */
  paidBySeller(rid: Rid): { seller: Uid; pieces: number }[] {
    return this.#db
      .prepare(
        `SELECT seller, count(*) AS pieces FROM paid
         WHERE fingerprint = ? AND rid = ? GROUP BY seller`,
      )
      .all(this.#provider, rid) as { seller: Uid; pieces: number }[]
  }

  /**
   * Sellers that may miss something of ours: a payment without a receipt, or an open request, whose
   * pieces may lie on our disk.
   */
  unsettled(rid: Rid): Uid[] {
    return this.#db
      .prepare(
        `SELECT seller FROM asked WHERE fingerprint = @provider AND rid = @rid AND state = 'open'
         UNION
         SELECT seller FROM (
           SELECT seller, max(k) AS k FROM paid
           WHERE fingerprint = @provider AND rid = @rid GROUP BY seller) p
         WHERE k > coalesce((SELECT k FROM receipt r
           WHERE r.fingerprint = @provider AND r.rid = @rid AND r.seller = p.seller), 0)`,
      )
      .pluck()
      .all({ provider: this.#provider, rid }) as Uid[]
  }

  /** Pieces that a member took, did not pay and did not withdraw, under all grants. */
  owedBy(buyer: Uid): number {
    return this.#db
      .prepare('SELECT count(*) FROM owed WHERE fingerprint = ? AND buyer = ? AND counter > 0')
      .pluck()
      .get(this.#provider, buyer) as number
  }

  /** Number of the newest peer list that a buyer showed of a grant; older ones are void. */
  listNumber(rid: Rid, buyer: Uid): number {
    const number = this.#db
      .prepare('SELECT list FROM met WHERE fingerprint = ? AND rid = ? AND buyer = ?')
      .pluck()
      .get(this.#provider, rid, buyer) as number | undefined
    return number ?? 0
  }

  /** Whether a member was ever paid by us, to its knowledge, or ever paid us. */
  hasTradedWith(member: Uid): boolean {
    const row = this.#db
      .prepare(
        `SELECT 1 FROM receipt WHERE fingerprint = @provider AND seller = @member
         UNION ALL
         SELECT 1 FROM met WHERE fingerprint = @provider AND buyer = @member AND payment_k > 0
         LIMIT 1`,
      )
      .get({ provider: this.#provider, member })
    return row !== undefined
  }

  /** Grants of a content under which we were asked for pieces and have not told the tracker so. */
  untold(cid: Cid): Rid[] {
    return this.#db
      .prepare(
        `SELECT DISTINCT rid FROM met WHERE fingerprint = ? AND cid = ? AND asked > told LIMIT ?`,
      )
      .pluck()
      .all(this.#provider, cid, ASKED_MAX_COUNT) as Rid[]
  }

  /** The tracker knows that we were asked under these. */
  setTold(rids: readonly Rid[]): void {
    const set = this.#db.prepare('UPDATE met SET told = asked WHERE fingerprint = ? AND rid = ?')
    for (const rid of rids) set.run(this.#provider, rid)
  }

  /** Where all buyers stand with us, as far as it is written (D5). */
  debtors(): DebtorRows {
    const rows = <T>(text: string): T[] => this.#db.prepare(text).all(this.#provider) as T[]
    const paid = 'SELECT DISTINCT buyer FROM met WHERE fingerprint = ? AND payment_k > 0'
    return {
      trust: rows('SELECT buyer, trust FROM debtor WHERE fingerprint = ?'),
      paid: this.#db.prepare(paid).pluck().all(this.#provider) as Uid[],
      owed: rows('SELECT rid, buyer, piece, counter, time FROM owed WHERE fingerprint = ?'),
      unsigned: rows(
        `SELECT m.rid, m.buyer, count(*) AS pieces FROM met m JOIN earned e
           ON e.fingerprint = m.fingerprint AND e.rid = m.rid AND e.buyer = m.buyer
         WHERE m.fingerprint = ? AND m.payment_k = 0 GROUP BY m.rid, m.buyer`,
      ),
    }
  }

  /** Open requests of a grant, by seller: their pieces are asked of nobody else (D7). */
  openRequests(rid: Rid): { seller: Uid; pieces: PieceIndex[] }[] {
    const rows = this.#db
      .prepare(
        `SELECT seller, pieces FROM asked WHERE fingerprint = ? AND rid = ? AND state = 'open'`,
      )
      .all(this.#provider, rid) as { seller: Uid; pieces: Buffer }[]
    return rows.map(({ seller, pieces }) => ({ seller, pieces: unpackPieces(pieces) }))
  }

  /** What a buyer was delivered and paid us under a grant. */
  seller(rid: Rid, buyer: Uid): SellerHistory {
    const met = this.#db
      .prepare('SELECT list, payment FROM met WHERE fingerprint = ? AND rid = ? AND buyer = ?')
      .get(this.#provider, rid, buyer) as MetRow | undefined
    const paid = earnedPieces(this.#db, this.#sealing, this.#provider, rid, buyer)
    const opened = this.#db
      .prepare(
        `SELECT counter, pieces, closed FROM opened
         WHERE fingerprint = ? AND rid = ? AND buyer = ?`,
      )
      .all(this.#provider, rid, buyer) as { counter: number; pieces: Buffer; closed: number }[]
    const begun = this.#db
      .prepare(
        'SELECT piece, counter, tries FROM owed WHERE fingerprint = ? AND rid = ? AND buyer = ?',
      )
      .all(this.#provider, rid, buyer) as { piece: PieceIndex; counter: number; tries: number }[]
    const pages = this.#db
      .prepare('SELECT page, body FROM page WHERE fingerprint = ? AND rid = ? ORDER BY page')
      .all(this.#provider, rid) as Page[]
    const resent = this.#db
      .prepare('SELECT piece, tries FROM resent WHERE fingerprint = ? AND rid = ? AND buyer = ?')
      .all(this.#provider, rid, buyer) as { piece: PieceIndex; tries: number }[]
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
      resent,
      pages,
      list: met?.list ?? 0,
    }
  }
}
