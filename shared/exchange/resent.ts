/**
 * Selling, the free part: a piece that was paid is sent again to the buyer that lost it (D8).
 *
 * It is asked for by a signed request of its own, TRIES_MAX_COUNT times at most, counted on disk
 * before a block of it leaves. It is no debt and takes no place in the window; only the till opens
 * this door, so it leads to nothing that is not paid, and its blocks go out behind those of buyers
 * that pay now.
 */
import type { Code } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { TRIES_MAX_COUNT } from '../limits.js'
import type { BlockRange, Effect, Stepped } from './exchange.js'
import { type Resending, type SellerContext, type SellerState, save } from './seller-state.js'

/** The piece, when a request names nothing but one piece that its buyer has paid here. */
export function lostPiece(
  { till }: SellerState,
  pieces: readonly PieceIndex[],
): PieceIndex | undefined {
  const [piece] = pieces
  const lost = pieces.length === 1 && piece !== undefined && till?.paidFor(piece) === true
  return lost ? piece : undefined
}

/** Why a lost piece is not sent again, if it is not. */
export function refuseLost(
  state: SellerState,
  counter: number,
  piece: PieceIndex,
  context: SellerContext,
): Code | undefined {
  if (counter <= state.counter) return 'counter-replayed'
  if (state.again !== undefined) return 'too-many-open'
  if (!context.has(piece)) return 'piece-not-held'
  return (state.resent.get(piece) ?? 0) >= TRIES_MAX_COUNT ? 'resends-exhausted' : undefined
}

/** The request is open until its piece has left, it is withdrawn, or the connection ends. */
export function takeLost(
  state: SellerState,
  counter: number,
  piece: PieceIndex,
  context: SellerContext,
): SellerState {
  const left = context.sizeOf(piece)
  return { ...state, counter, again: { counter, piece, left, begun: false } }
}

/** A block of the piece: the first one counts the try; together they may be no more than it has. */
export function sendAgain(
  state: SellerState,
  again: Resending,
  block: BlockRange,
  context: SellerContext,
): Stepped<SellerState> {
  if (block.length > again.left) return { state, effects: [{ do: 'reject', block }] }
  const { piece } = again
  const left = again.left - block.length
  const next = left > 0 ? { ...again, left, begun: true } : undefined
  const spare: Effect = { do: 'spare', block }
  if (again.begun) return { state: { ...state, again: next }, effects: [spare] }
  const tries = (state.resent.get(piece) ?? 0) + 1
  const resent = new Map(state.resent).set(piece, tries)
  return {
    state: { ...state, again: next, resent },
    effects: [save(state, context, { kind: 'resent', piece, tries }), spare],
  }
}
