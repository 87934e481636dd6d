/**
 * What a seller holds of a buyer beyond the grant at hand, and the window that follows from it
 * (D5): it grows by one with each piece paid in time, up to the content's n, halves with each that
 * was paid late, and nothing new is begun while a piece is overdue.
 */
import type { Code } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { STRANGERS_MAX_PIECES, WINDOW_MAX_PIECES } from '../limits.js'
import type { Till } from '../schemes/scheme.js'
import type { SellerContext, SellerState } from './seller-state.js'

/** A buyer as its debts make it look now, by uid: over all grants, contents and connections. */
export interface Debtor {
  /** Pieces by which its window exceeds one, before n cuts it. */
  readonly trust: number
  /** Pieces begun under its other grants that are not paid. */
  readonly elsewhere: number
  /** Whether one of those is overdue. */
  readonly owesElsewhere: boolean
  /** Pieces of this grant that are overdue. */
  readonly late: ReadonlySet<PieceIndex>
  /**
   * Pieces that strangers have of this seller, those of this grant left out; undefined once the
   * buyer has signed a payment, and so is none.
   */
  readonly strangers: number | undefined
}

/** Pieces that may be outstanding at a trust. */
export function windowAt(trust: number, n: number): number {
  return Math.min(n, 1 + trust)
}

/** The trust after a piece was paid: one more in time, half the window when it was late. */
export function trustAfter(trust: number, n: number, late: boolean): number {
  if (!late) return Math.min(trust + 1, WINDOW_MAX_PIECES - 1)
  return Math.max(1, Math.floor(windowAt(trust, n) / 2)) - 1
}

/** Pieces delivered and unpaid that this seller allows the buyer now (D5). */
export function windowOf({ rid, till }: SellerState, context: SellerContext): number {
  return till === undefined ? 0 : windowAt(context.debtor(rid).trust, till.facts.n)
}

/**
 * Pieces begun and unpaid that this seller bears now, those it has forgiven among them: each piece
 * paid makes up for one that was forgiven, but never beyond n + b - 1, what it may lose (D5, D7).
 */
export function placesOf(state: SellerState, context: SellerContext): number {
  const { till, forgiven } = state
  if (till === undefined) return 0
  const { n, b } = till.facts
  return Math.min(windowOf(state, context) + Math.min(forgiven.size, till.progress.k), n + b - 1)
}

/** Why no request is taken: a piece is overdue, or none of its pieces could be begun even when all
 * that is open here were paid. */
export function refusesRequests(state: SellerState, context: SellerContext): Code | undefined {
  const debtor = context.debtor(state.rid)
  if (isOverdue(debtor)) return 'unpaid'
  const kept = state.forgiven.size
  const full = kept + debtor.elsewhere >= placesOf(state, context)
  return full || !strangersFit(debtor, kept) ? 'window-full' : undefined
}

/** Whether one more piece may be begun, before the disk is read (D5, D6). */
export function hasRoom(state: SellerState, context: SellerContext): boolean {
  const debtor = context.debtor(state.rid)
  const { facts, payment, progress } = state.till as Till
  const unsigned = progress.k - (payment?.k ?? 0)
  const taken = state.owed.size + state.forgiven.size
  return (
    !isOverdue(debtor) &&
    taken + debtor.elsewhere < placesOf(state, context) &&
    unsigned + taken < facts.n + facts.b - 1 &&
    strangersFit(debtor, taken + unsigned)
  )
}

const isOverdue = ({ late, owesElsewhere }: Debtor): boolean => owesElsewhere || late.size > 0

/** Whether the buyer is no stranger, or all strangers together may have a piece more. */
function strangersFit({ strangers }: Debtor, here: number): boolean {
  return strangers === undefined || strangers + here < STRANGERS_MAX_PIECES
}
