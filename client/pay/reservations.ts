/**
 * Which pieces are tied to which seller: one piece, one seller, one open request (D7).
 *
 * A reservation outlives its connection: the request is open until it is paid, refused or
 * withdrawn, so after a crash the same seller is asked again, and nobody else before the withdrawal
 * is saved. A piece that was paid and that the disk has lost is asked again of the seller that was
 * paid, until that one gives it up (D8).
 */
import type { Effect } from '../../shared/exchange/exchange.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { HistoryBook } from './wallet/history.js'

/** Reservations and payments of one grant. */
export class Reservations {
  readonly rid: Rid
  /** Whom each paid piece was paid to. */
  readonly #paid: Map<PieceIndex, Uid>
  readonly #sellers = new Map<PieceIndex, Uid>()
  readonly #has: (piece: PieceIndex) => boolean
  /** Paid pieces that are not on disk, by the seller to ask; made when first asked for. */
  #lost: Map<Uid, Set<PieceIndex>> | undefined

  /** `has` tells whether a piece is on disk; it is asked only once the disk has been checked. */
  constructor(rid: Rid, history: HistoryBook, has: (piece: PieceIndex) => boolean) {
    this.rid = rid
    this.#has = has
    this.#paid = new Map(history.paidPieces(rid).map(({ piece, seller }) => [piece, seller]))
    for (const { seller, pieces } of history.openRequests(rid)) {
      for (const piece of pieces) if (!this.#paid.has(piece)) this.#sellers.set(piece, seller)
    }
  }

  /** Whether nobody was paid for the piece under this grant. */
  payable(piece: PieceIndex): boolean {
    return !this.#paid.has(piece)
  }

  /** Whether an open request names the piece. */
  isReserved(piece: PieceIndex): boolean {
    return this.#sellers.has(piece)
  }

  /** Whether an open request to another seller names the piece. */
  isElsewhere(piece: PieceIndex, seller: Uid): boolean {
    return (this.#sellers.get(piece) ?? seller) !== seller
  }

  /** Pieces that this seller was paid for, that are not on disk, and that it has not given up. */
  lostTo(seller: Uid): ReadonlySet<PieceIndex> {
    this.#lost ??= this.#findLost()
    const lost = this.#lost.get(seller) ?? new Set()
    for (const piece of lost) if (this.#has(piece)) lost.delete(piece)
    return lost
  }

  /** The seller that was paid for a lost piece, unless it has given the piece up. */
  comesBackFrom(piece: PieceIndex): Uid | undefined {
    const seller = this.#paid.get(piece)
    return seller !== undefined && this.lostTo(seller).has(piece) ? seller : undefined
  }

  /** The disk lost pieces: what is lost is looked for anew, and asked for anew. */
  recount(): void {
    this.#lost = undefined
  }

  /** Sellers that lost pieces are asked of. */
  lostSellers(): Uid[] {
    this.#lost ??= this.#findLost()
    return [...this.#lost.keys()].filter((seller) => this.lostTo(seller).size > 0)
  }

  #findLost(): Map<Uid, Set<PieceIndex>> {
    const lost = new Map<Uid, Set<PieceIndex>>()
    for (const [piece, seller] of this.#paid) {
      if (this.#has(piece)) continue
      lost.set(seller, (lost.get(seller) ?? new Set()).add(piece))
    }
    return lost
  }

  /** Whether this seller may be asked for the piece: it is free, or tied to it already. */
  mayAsk(piece: PieceIndex, seller: Uid): boolean {
    return !this.#paid.has(piece) && !this.isElsewhere(piece, seller)
  }

  /** Sellers that hold reservations. */
  sellers(): Set<Uid> {
    return new Set(this.#sellers.values())
  }

  /** Follows an effect of the buyer's machine with this seller. */
  follow(seller: Uid, effect: Effect): void {
    if (effect.do === 'free' && this.#sellers.get(effect.piece) === seller) {
      this.#sellers.delete(effect.piece)
    }
    if (effect.do === 'lost') this.#lost?.get(seller)?.delete(effect.piece)
    if (effect.do !== 'save') return
    const { save } = effect
    if (save.kind === 'asked') this.#reserve(seller, save.pieces)
    if (save.kind === 'paid') {
      this.#paid.set(save.piece, seller)
      this.#sellers.delete(save.piece)
    }
  }

  /** A lost piece is bound to the seller that was paid as it is. */
  #reserve(seller: Uid, pieces: readonly PieceIndex[]): void {
    for (const piece of pieces) if (!this.#paid.has(piece)) this.#sellers.set(piece, seller)
  }
}
