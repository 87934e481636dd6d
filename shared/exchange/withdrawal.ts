/**
 * How a request ends unpaid: the buyer withdraws it, or the seller has sent it as often as it may.
 *
 * The debt is closed, but what was begun keeps its place in the window: else whoever asks, takes
 * all but the last block and withdraws would get a whole content for nothing (D5, D7).
 */
import { refused } from '../errors.js'
import { type MessageOf, openBody, signBody } from '../wire/messages.js'
import { breach, type Stepped } from './exchange.js'
import { type SellerContext, type SellerState, save, verifierOf } from './seller-state.js'

/** Closes a request and its debt; a piece of it that was begun keeps its place and its tries. */
export function closeRun(state: SellerState, counter: number): SellerState {
  const owed = new Map(state.owed)
  const forgiven = new Map(state.forgiven)
  for (const [piece, debt] of state.owed) {
    if (debt.counter !== counter) continue
    forgiven.set(piece, debt.tries)
    owed.delete(piece)
  }
  const others = <T extends { readonly counter: number }>(all: readonly T[]): T[] =>
    all.filter((one) => one.counter !== counter)
  const again = state.again?.counter === counter ? undefined : state.again
  const [runs, parked] = [others(state.runs), others(state.parked)]
  return { ...state, owed, forgiven, runs, parked, again }
}

/** A withdrawal: closes the request and its debt, and is answered by a release. */
export function onWithdrawal(
  state: SellerState,
  { message, now }: { message: MessageOf<'withdrawal'>; now: number },
  context: SellerContext,
): Stepped<SellerState> {
  const body = openBody('withdrawal', message.signed, verifierOf(context))
  if (refused(body)) return breach(state, body.code, state.rid)
  const { rid, buyer, seller, counter, pieces } = body
  if (rid !== state.rid) return breach(state, 'wrong-grant', state.rid)
  const ours = seller === context.self && buyer === context.peer.uid
  if (!ours) return breach(state, 'wrong-seller', state.rid)
  const released = { rid, buyer, seller, counter, pieces, time: now }
  const signed = signBody('release', released, context.signer)
  return {
    state: { ...closeRun(state, counter), counter: Math.max(state.counter, counter) },
    effects: [
      save(state, context, { kind: 'closed', counter }),
      { do: 'send', message: { name: 'release', rid, signed } },
    ],
  }
}
