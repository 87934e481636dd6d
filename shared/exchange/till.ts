/**
 * The seller's side of being paid: tokens move the window, the signature at the end of a run is
 * acknowledged by a receipt (§III.E), and what does not check out is asked for again, three times.
 */
import { sha256 } from '../crypto.js'
import { type Code, refused } from '../errors.js'
import { TRIES_MAX_COUNT } from '../limits.js'
import type { Till } from '../schemes/scheme.js'
import { type MessageOf, signBody } from '../wire/messages.js'
import { trustAfter, windowOf } from './debtor.js'
import type { Effect, Save, Stepped } from './exchange.js'
import { refusalOf, type SellerContext, type SellerState, save } from './seller-state.js'

type Result = Stepped<SellerState>

/** A token: saved, then credited; its piece leaves the debt and the window moves on. */
export function onToken(
  state: SellerState,
  { message, now }: { message: MessageOf<'token'>; now: number },
  context: SellerContext,
): Result {
  const till = state.till as Till
  const { k, piece, token } = message
  const due = till.progress.k + 1
  // Resending is safe (§III.E): what we hold is skipped, so is what follows a payment that failed.
  if (k < due || (k > due && state.failures > 0)) return { state, effects: [] }
  if (k > due) return askAgain(state, 'bad-token', context, now)
  const next = context.payee.check(till, { step: 'token', piece }, token)
  if (refused(next)) return askAgain(state, next.code, context, now)
  const owed = new Map(state.owed)
  owed.delete(piece)
  const forgiven = new Map(state.forgiven)
  forgiven.delete(piece)
  const runs = state.runs.map((run) =>
    run.pieces.includes(piece)
      ? { ...run, pieces: run.pieces.filter((other) => other !== piece) }
      : run,
  )
  const debtor = context.debtor(state.rid)
  const trust = trustAfter(debtor.trust, till.facts.n, debtor.late.has(piece))
  return {
    state: { ...state, till: next, owed, forgiven, runs, failures: 0 },
    effects: [
      save(state, context, { kind: 'earned', k, piece, token, trust }),
      { do: 'credit', piece },
    ],
  }
}

/** The payment signature: saved, then acknowledged; requests that are paid in full are closed. */
export function onPayment(
  state: SellerState,
  { message, now }: { message: MessageOf<'payment'>; now: number },
  context: SellerContext,
): Result {
  const till = state.till as Till
  const { k } = till.progress
  if (message.k < k || (message.k > k && state.failures > 0)) return { state, effects: [] }
  if (message.k > k) return askAgain(state, 'bad-payment', context, now)
  const next = context.payee.check(till, { step: 'payment' }, message.body)
  if (refused(next)) return askAgain(state, next.code, context, now)
  const done = state.runs.filter((run) => run.pieces.length === 0)
  const runs = state.runs.filter((run) => run.pieces.length > 0)
  const paid = { ...state, till: next, runs, failures: 0 }
  const { rid } = state
  const closed = done.map(({ counter }): Save => ({ kind: 'closed', counter }))
  const parties = { rid, buyer: context.peer.uid, seller: context.self }
  const payment = sha256(message.body)
  const receipt = { ...parties, k, payment, window: windowOf(paid, context), time: now }
  const signed = signBody('receipt', receipt, context.signer)
  return {
    state: paid,
    effects: [
      save(state, context, { kind: 'signed', k, payment: message.body }),
      ...closed.map((what) => save(state, context, what)),
      { do: 'send', message: { name: 'receipt', rid, signed } },
    ],
  }
}

/** Asks for everything after the last good payment; after three failures the trade ends. */
function askAgain(state: SellerState, code: Code, context: SellerContext, now: number): Result {
  const { rid } = state
  const failures = state.failures + 1
  if (failures > TRIES_MAX_COUNT) {
    const note = refusalOf(state, context, 0, 'payments-exhausted', now)
    return { state, effects: [note, { do: 'close', code: 'payments-exhausted' }] }
  }
  const k = (state.till as Till).progress.k
  const effects: Effect[] = [{ do: 'send', message: { name: 'retry', rid, k, code } }]
  return { state: { ...state, failures }, effects }
}
