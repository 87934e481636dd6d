/**
 * Which pieces are tied to which seller: one piece, one seller, one open request (D7).
 *
 * A reservation outlives its connection: the request is open until it is paid, refused or
 * withdrawn, so after a crash the same seller is asked again, and nobody else before the withdrawal
 * is saved.
 */
import type { Effect } from '../../shared/exchange/exchange.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { HistoryBook } from './wallet/history.js'

/** Reservations and payments of one grant. */
export class Reservations {
  readonly rid: Rid
  readonly #paid: Set<PieceIndex>
  readonly #sellers = new Map<PieceIndex, Uid>()

  constructor(rid: Rid, history: HistoryBook) {
    this.rid = rid
    this.#paid = new Set(history.paidPieces(rid))
    for (const { seller, pieces } of history.openRequests(rid)) {
      for (const piece of pieces) if (!this.#paid.has(piece)) this.#sellers.set(piece, seller)
    }
  }

  /** Whether nobody was paid for the piece under this grant. */
  payable(piece: PieceIndex): boolean {
    return !this.#paid.has(piece)
  }

  /** Whether the piece may become part of a new request. */
  isFree(piece: PieceIndex): boolean {
    return !this.#paid.has(piece) && !this.#sellers.has(piece)
  }

  /** Whether this seller may be asked for the piece: it is free, or tied to it already. */
  mayAsk(piece: PieceIndex, seller: Uid): boolean {
    return !this.#paid.has(piece) && (this.#sellers.get(piece) ?? seller) === seller
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
    if (effect.do !== 'save') return
    const { save } = effect
    if (save.kind === 'asked') for (const piece of save.pieces) this.#sellers.set(piece, seller)
    if (save.kind === 'paid') {
      this.#paid.add(save.piece)
      this.#sellers.delete(save.piece)
    }
  }
}
