/**
 * Taking a trade up again: the seller states its books, the buyer brings both to the same place.
 *
 * Whatever either side lost in a crash, nothing is paid twice and nothing delivered stays unpaid:
 * the payments that one side lacks are sent again or adopted, open requests go on under their own
 * signed bytes, and pieces that are on our disk unpaid are paid now (D2, D7, D8).
 */
import { equalSecret } from '../crypto.js'
import { refused } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { COUNTER_MAX } from '../limits.js'
import type { MessageOf } from '../wire/messages.js'
import {
  type BuyerContext,
  type BuyerHistory,
  type BuyerRun,
  type BuyerState,
  endPaidRuns,
  type LogEntry,
  paidCount,
  paidPieces,
  payAgain,
  payPiece,
  replay,
  save,
  send,
  sendPages,
  signPayments,
  tryPay,
} from './buyer-state.js'
import { fetchMore } from './buying.js'
import { breach, type Effect, type Stepped } from './exchange.js'
import { pagesIn } from './pages.js'

type Result = Stepped<BuyerState>
type StateMessage = MessageOf<'state'>

/** Introduces the grant to the seller, with where our books stand. */
export function onStart(state: BuyerState, _input: unknown, context: BuyerContext): Result {
  const { rid, counter } = state
  const opening = tryPay(context, { step: 'open' }, state.progress)
  if (refused(opening)) return breach(state, opening.code, rid)
  const { scheme, peers, signers } = context
  const books = { k: paidCount(state), counter }
  const parts = { scheme, ...books, peers, signers, opening: opening.bytes }
  return {
    state: { ...state, phase: 'opening', pages: new Set() },
    effects: [send({ name: 'open', rid, ...parts })],
  }
}

/** The seller's books. */
export function onState(
  state: BuyerState,
  { message, now }: { message: StateMessage; now: number },
  context: BuyerContext,
): Result {
  const adopted = adopt(state, message, context)
  if ('code' in adopted) return breach(state, adopted.code, state.rid)
  if (message.k > paidCount(adopted.state)) {
    const again = onStart(adopted.state, undefined, context)
    return { state: again.state, effects: [...adopted.effects, ...again.effects] }
  }
  const counter = Math.max(state.counter, message.counter)
  // It may know requests that our books lost, but none that would leave no number for the next.
  if (counter > state.counter && counter > COUNTER_MAX) {
    return breach(state, 'state-mismatch', state.rid)
  }
  const opened: BuyerState = {
    ...adopted.state,
    ...{ phase: 'open', counter, window: message.window, signed: message.signed },
    claimed: pagesIn(message.pages),
  }
  const caughtUp = catchUp(opened, message, context)
  const resumed = resumeRuns(caughtUp.state, message, now, context)
  const owed = payOwed(resumed.state, message, now, context)
  const again = owed.state.withdrawn.map(({ withdrawal }) =>
    send({ name: 'withdrawal', rid: state.rid, signed: withdrawal }),
  )
  const more = fetchMore(owed.state, context)
  return {
    state: more.state,
    effects: [
      ...adopted.effects,
      ...caughtUp.effects,
      ...resumed.effects,
      ...owed.effects,
      ...again,
      ...more.effects,
    ],
  }
}

/** Takes over payments that we made and lost; each must be the very token that we would send. */
function adopt(
  state: BuyerState,
  message: StateMessage,
  context: BuyerContext,
): Result | { code: 'state-mismatch' } {
  let { progress, log } = state
  const effects: Effect[] = []
  if (message.signed > message.k) return { code: 'state-mismatch' }
  if (message.k > paidCount(state)) {
    for (const { piece, token } of message.payments) {
      const paid = tryPay(context, { step: 'token', piece }, progress)
      if (refused(paid) || !equalSecret(paid.bytes, token) || !context.payable(piece)) {
        return { code: 'state-mismatch' }
      }
      progress = paid.progress
      log = { piece, before: log }
      effects.push(save(state, context, { kind: 'paid', k: progress.k, piece }))
    }
    if (message.payments.length === 0) return { code: 'state-mismatch' }
  }
  return { state: { ...state, progress, log }, effects }
}

/** Sends the payments that the seller lacks, or just the signature. */
function catchUp(state: BuyerState, message: StateMessage, context: BuyerContext): Result {
  if (message.k < paidCount(state)) return payAgain(state, context, message.k)
  if (message.signed < paidCount(state)) return signPayments(state, context)
  return { state, effects: [] }
}

/** Open requests go on where the seller still knows them, are sent again where it never did. */
function resumeRuns(
  state: BuyerState,
  message: StateMessage,
  now: number,
  context: BuyerContext,
): Result {
  const { rid } = state
  const paid = new Set(paidPieces(state))
  const effects: Effect[] = []
  const runs: BuyerRun[] = []
  for (const run of state.runs) {
    const unpaid = new Set(run.pieces.filter((piece) => !paid.has(piece)))
    const known = message.open.includes(run.counter)
    const lost = run.counter > message.counter
    if (unpaid.size === 0 || (!known && !lost)) {
      effects.push(save(state, context, { kind: 'ended', counter: run.counter }))
      for (const piece of unpaid) effects.push({ do: 'free', piece })
      continue
    }
    const pages = sendPages(state, context, run.pieces)
    state = pages.state
    effects.push(...pages.effects)
    if (lost) effects.push(send({ name: 'request', rid, signed: run.request }))
    const idle = new Set([...unpaid].filter((piece) => !context.has(piece)))
    runs.push({ ...run, unpaid, idle, todo: [], stated: known, heard: now })
  }
  // They hold their places whether their request is open or not: others would be rejected.
  const held = new Set(message.owed.filter((piece) => !paid.has(piece)))
  return { state: { ...state, runs, fetching: new Set(), held }, effects }
}

/** Pays what is on our disk and was never paid to this seller: delivered before a crash. */
function payOwed(
  state: BuyerState,
  message: StateMessage,
  now: number,
  context: BuyerContext,
): Result {
  const paid = new Set(paidPieces(state))
  const asked = state.runs.flatMap((run) => [...run.unpaid])
  // A seller may name any piece as owed: only what we asked of it, and withdrew too late, counts,
  // and not what another one is asked for since: that one brought it.
  const withdrawn = new Set(state.withdrawn.flatMap(({ pieces }) => pieces))
  const isLate = (piece: PieceIndex) => withdrawn.has(piece) && !context.elsewhere(piece)
  const late = message.owed.filter(isLate)
  const owed = new Set<PieceIndex>([...asked, ...late])
  const unpaid = (piece: PieceIndex) => !paid.has(piece) && context.payable(piece)
  const due = [...owed].filter((piece) => context.has(piece) && unpaid(piece))
  if (due.length === 0) return { state, effects: [] }
  const pages = sendPages(state, context, due)
  let next = pages.state
  const effects: Effect[] = [...pages.effects]
  for (const piece of due) {
    const one = payPiece(next, context, piece, now)
    next = one.state
    effects.push(...one.effects)
  }
  const signed = signPayments(next, context)
  const ended = endPaidRuns(signed.state, context)
  return { state: ended.state, effects: [...effects, ...ended.effects, ...signed.effects] }
}

/** A buyer as its books left it; a refusal of the scheme when they belong to another grant. */
export function restoreBuyer(
  empty: BuyerState,
  history: BuyerHistory,
  context: BuyerContext,
): BuyerState | undefined {
  const progress = replay(context, history.paid)
  if (refused(progress)) return undefined
  const runs = history.runs.map(
    ({ counter, pieces, request }): BuyerRun => ({
      ...{ counter, pieces, request, todo: [], stated: false, heard: 0 },
      unpaid: new Set(pieces),
      idle: new Set(),
    }),
  )
  const { counter, withdrawn } = history
  let log: LogEntry | undefined
  for (const piece of history.paid) log = { piece, before: log }
  return { ...empty, progress, log, counter, runs, withdrawn }
}
