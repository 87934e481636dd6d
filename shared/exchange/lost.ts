/**
 * Buying, the free part: a piece that was paid and that the disk has lost is asked again of the
 * seller that was paid (D8).
 *
 * One piece and one request at a time, outside the window: nothing is owed for it. The request is
 * never taken up again after a reconnect, so its books end when it is made; only its counter stays
 * used. What came to nothing TRIES_MAX_COUNT times, or was refused, is given up as lost.
 */
import type { PieceIndex } from '../identifier.js'
import { TRIES_MAX_COUNT } from '../limits.js'
import { signBody } from '../wire/messages.js'
import {
  type BuyerContext,
  type BuyerState,
  isPaidHere,
  type Moved,
  save,
  send,
} from './buyer-state.js'
import type { Effect } from './exchange.js'

/** Whether the seller may be asked for a lost piece now. */
export function mayAskAgain({ phase, again, withdrawn }: BuyerState): boolean {
  return phase === 'open' && again === undefined && withdrawn.length === 0
}

/** Whether this seller was paid for a piece that is not on our disk. */
export function isLost(state: BuyerState, context: BuyerContext, piece: PieceIndex): boolean {
  return !context.payable(piece) && !context.has(piece) && isPaidHere(state, piece)
}

/** Signs a request for a lost piece; its counter is saved as used before it leaves. */
export function askAgain(
  state: BuyerState,
  piece: PieceIndex,
  now: number,
  context: BuyerContext,
): Moved {
  const { rid } = state
  const counter = state.counter + 1
  const pieces = [piece]
  const parties = { rid, cid: context.cid, buyer: context.self, seller: context.peer.uid }
  const request = signBody('request', { ...parties, counter, pieces, time: now }, context.signer)
  const again = { counter, request, piece, stated: false, heard: now }
  return {
    state: { ...state, counter, again },
    effects: [
      save(state, context, { kind: 'asked', counter, pieces, request }),
      save(state, context, { kind: 'ended', counter }),
      send({ name: 'request', rid, signed: request }),
      { do: 'fetch', piece },
    ],
  }
}

/** The piece did not come, or not as it should: the request is withdrawn, and later made anew. */
export function missAgain(state: BuyerState, now: number, context: BuyerContext): Moved {
  const { again, rid } = state
  if (again === undefined) return { state, effects: [] }
  const { counter, piece } = again
  const run = { counter, pieces: [piece] }
  const body = { rid, buyer: context.self, seller: context.peer.uid, time: now, ...run }
  const withdrawal = signBody('withdrawal', body, context.signer)
  const times = (state.missed.get(piece) ?? 0) + 1
  const missed = new Map(state.missed).set(piece, times)
  const withdrawn = [...state.withdrawn, { ...run, withdrawal }]
  const given: Effect[] = times >= TRIES_MAX_COUNT ? [{ do: 'lost', piece }] : []
  return {
    state: { ...state, again: undefined, missed, withdrawn },
    effects: [
      save(state, context, { kind: 'withdrawn', counter, withdrawal }),
      send({ name: 'withdrawal', rid, signed: withdrawal }),
      ...given,
      { do: 'free', piece },
    ],
  }
}

/** The seller refuses to send the piece again. */
export function giveUpLost(state: BuyerState, piece: PieceIndex): Moved {
  return {
    state: { ...state, again: undefined },
    effects: [
      { do: 'lost', piece },
      { do: 'free', piece },
    ],
  }
}
