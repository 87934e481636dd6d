/**
 * What this wallet can prove: as a seller what it was asked for and not paid, as a buyer that it
 * paid or was released (D12).
 *
 * Everything here was signed by a member; with the certificates behind it (`peer`) it is evidence
 * to anyone who knows the provider's root.
 */
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'
import { unpackPieces } from './pieces.js'

/** A request of which pieces were delivered that no signed payment covers. */
export interface Debt {
  readonly rid: Rid
  readonly buyer: Uid
  readonly cid: Cid
  /** Of the request. */
  readonly counter: number
  /** The signed string `request`. */
  readonly request: Uint8Array
  /** In the request's order: begun and not paid, or paid by a token that nobody signed for yet. */
  readonly pieces: readonly PieceIndex[]
  /** When the newest of those begun was first sent, milliseconds; 0 when none is. */
  readonly since: number
}

/** What a seller was shown of a grant, and the latest payment under it. */
export interface MetGrant {
  readonly cid: Cid
  readonly scheme: string
  readonly opening: Uint8Array
  /** Counter that the latest payment covers; 0 without one. */
  readonly paymentK: number
}

/** A request of ours and how it ended. */
export interface AskedRequest {
  /** `open`, `withdrawn`, or `ended`. */
  readonly state: string
  readonly withdrawal: Uint8Array | null
  /** The seller's signed answer to the withdrawal. */
  readonly release: Uint8Array | null
}

/** The certificates (DER) that a member showed last. */
export interface PeerCertificates {
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
}

interface OpenRow extends Omit<Debt, 'pieces' | 'since'> {
  readonly pieces: Buffer
}

/** Evidence in one wallet, under one provider. */
export class EvidenceBook {
  readonly #db: Sql
  readonly #provider: Fingerprint
  constructor(db: Sql, provider: Fingerprint) {
    this.#db = db
    this.#provider = provider
  }

  /** The certificates of a member that we traded with. */
  peer(uid: Uid): PeerCertificates | undefined {
    return this.#db
      .prepare('SELECT leaf, issuing FROM peer WHERE fingerprint = ? AND uid = ?')
      .get(this.#provider, uid) as PeerCertificates | undefined
  }

  /** Open requests of buyers, with what they owe of each; those that owe nothing are left out. */
  debts(): Debt[] {
    const rows = this.#db
      .prepare(
        `SELECT rid, buyer, cid, counter, request, pieces FROM opened
         JOIN met USING (fingerprint, rid, buyer)
         WHERE fingerprint = ? AND closed = 0 ORDER BY rid, buyer, counter`,
      )
      .all(this.#provider) as OpenRow[]
    return rows.map((row) => this.#debtOf(row)).filter(({ pieces }) => pieces.length > 0)
  }

  #debtOf({ pieces: packed, ...row }: OpenRow): Debt {
    const { buyer, counter, rid } = row
    const begun = this.#db
      .prepare(
        `SELECT piece, time FROM owed
         WHERE fingerprint = ? AND rid = ? AND buyer = ? AND counter = ?`,
      )
      .all(this.#provider, rid, buyer, counter) as { piece: PieceIndex; time: number }[]
    const unsigned = this.#db
      .prepare(
        `SELECT piece FROM earned JOIN met USING (fingerprint, rid, buyer)
         WHERE fingerprint = ? AND rid = ? AND buyer = ? AND k > payment_k`,
      )
      .pluck()
      .all(this.#provider, rid, buyer) as PieceIndex[]
    const due = new Set([...begun.map(({ piece }) => piece), ...unsigned])
    const pieces = unpackPieces(packed).filter((piece) => due.has(piece))
    return { ...row, pieces, since: Math.max(0, ...begun.map(({ time }) => time)) }
  }

  /** The buyer's signed request that a piece was delivered for; undefined without one. */
  requestFor(rid: Rid, buyer: Uid, piece: PieceIndex): Uint8Array | undefined {
    const rows = this.#db
      .prepare(
        `SELECT pieces, request FROM opened WHERE fingerprint = ? AND rid = ? AND buyer = ?
           AND length(request) > 0 ORDER BY counter DESC`,
      )
      .all(this.#provider, rid, buyer) as { pieces: Buffer; request: Uint8Array }[]
    return rows.find(({ pieces }) => unpackPieces(pieces).includes(piece))?.request
  }

  /** What a buyer showed us of a grant. */
  met(rid: Rid, buyer: Uid): MetGrant | undefined {
    return this.#db
      .prepare(
        `SELECT cid, scheme, opening, payment_k AS paymentK FROM met
         WHERE fingerprint = ? AND rid = ? AND buyer = ?`,
      )
      .get(this.#provider, rid, buyer) as MetGrant | undefined
  }

  /** A request that we signed. */
  asked(rid: Rid, seller: Uid, counter: number): AskedRequest | undefined {
    return this.#db
      .prepare(
        `SELECT state, withdrawal, release FROM asked
         WHERE fingerprint = ? AND rid = ? AND seller = ? AND counter = ?`,
      )
      .get(this.#provider, rid, seller, counter) as AskedRequest | undefined
  }

  /** The latest receipt of a seller under a grant: it covers every payment up to k. */
  receipt(rid: Rid, seller: Uid): { readonly k: number; readonly receipt: Uint8Array } | undefined {
    return this.#db
      .prepare('SELECT k, receipt FROM receipt WHERE fingerprint = ? AND rid = ? AND seller = ?')
      .get(this.#provider, rid, seller) as { k: number; receipt: Uint8Array } | undefined
  }
}
