/**
 * What a seller answers: statements, receipts, releases, refusals, and payments it asks for again.
 */
import { equal } from '../bytes.js'
import { sha256 } from '../crypto.js'
import { type Code, isCode, refused } from '../errors.js'
import type { PieceIndex, Rid, Uid } from '../identifier.js'
import { TRIES_MAX_COUNT } from '../limits.js'
import { type MessageOf, openBody } from '../wire/messages.js'
import { type BuyerContext, type BuyerState, paidCount, payAgain, save } from './buyer-state.js'
import { fetchMore, withdraw } from './buying.js'
import { breach, type Effect, type Stepped } from './exchange.js'
import { giveUpLost, missAgain } from './lost.js'
import { isPageCode } from './pages.js'

type Result = Stepped<BuyerState>
interface Told<N extends 'statement' | 'receipt' | 'release' | 'refusal' | 'retry'> {
  readonly message: MessageOf<N>
  readonly now: number
}

/** The seller's statement: it repeats the request and the metainfo's hashes, or it is a breach. */
export function onStatement(
  state: BuyerState,
  { message, now }: Told<'statement'>,
  context: BuyerContext,
): Result {
  const body = openBody('statement', message.signed, verifier(context))
  if (refused(body)) return breach(state, body.code, state.rid)
  const answers = ({ request }: { readonly request: Uint8Array }) =>
    equal(sha256(request), body.request)
  const states = (pieces: readonly PieceIndex[]) =>
    isOurs(body, state, context) &&
    equal(Buffer.concat(pieces.map((piece) => context.hashOf(piece))), body.hashes)
  const heard = { stated: true, heard: now }
  const { again, runs } = state
  if (again !== undefined && answers(again)) {
    if (!states([again.piece])) return breach(state, 'statement-mismatch', state.rid)
    return { state: { ...state, again: { ...again, ...heard } }, effects: [] }
  }
  const index = runs.findIndex(answers)
  const run = runs[index]
  if (run === undefined) return { state, effects: [] }
  if (!states(run.pieces)) return breach(state, 'statement-mismatch', state.rid)
  return { state: { ...state, runs: runs.with(index, { ...run, ...heard }) }, effects: [] }
}

/** Whether a signed answer is of this grant, to us, by this seller. */
function isOurs(
  body: { readonly rid: Rid; readonly buyer: Uid; readonly seller: Uid },
  state: BuyerState,
  context: BuyerContext,
): boolean {
  const { rid, buyer, seller } = body
  return rid === state.rid && buyer === context.self && seller === context.peer.uid
}

const verifier = (context: BuyerContext) => ({
  fingerprint: context.signer.fingerprint,
  publicKey: context.peer.key,
})

/** PaymentOK: kept as evidence, and it tells the window from now on. */
export function onReceipt(
  state: BuyerState,
  { message }: Told<'receipt'>,
  context: BuyerContext,
): Result {
  const body = openBody('receipt', message.signed, verifier(context))
  if (refused(body)) return breach(state, body.code, state.rid)
  const sent = state.awaiting.get(body.k)
  const fits = sent !== undefined && equal(sent, body.payment)
  if (!isOurs(body, state, context) || !fits) {
    return breach(state, 'receipt-mismatch', state.rid)
  }
  const awaiting = new Map([...state.awaiting].filter(([k]) => k > body.k))
  const receipted = Math.max(state.receipted, body.k)
  const heard = { ...state, awaiting, receipted, window: body.window, retries: 0 }
  const more = fetchMore(heard, context)
  const kept = save(state, context, { kind: 'receipted', k: body.k, receipt: message.signed })
  return { state: more.state, effects: [kept, ...more.effects] }
}

/** A release answers a withdrawal, and is kept: it proves that nothing of it is owed. */
export function onRelease(
  state: BuyerState,
  { message }: Told<'release'>,
  context: BuyerContext,
): Result {
  const body = openBody('release', message.signed, verifier(context))
  if (refused(body)) return breach(state, body.code, state.rid)
  const { counter } = body
  if (!isOurs(body, state, context)) {
    return breach(state, 'wrong-buyer', state.rid)
  }
  if (!state.withdrawn.some((gone) => gone.counter === counter)) return { state, effects: [] }
  const withdrawn = state.withdrawn.filter((gone) => gone.counter !== counter)
  const kept = save(state, context, { kind: 'released', counter, release: message.signed })
  return { state: { ...state, withdrawn }, effects: [kept] }
}

/** A signed refusal ends one request, or the opening and with it all of them. */
export function onRefusal(
  state: BuyerState,
  { message, now }: Told<'refusal'>,
  context: BuyerContext,
): Result {
  const body = openBody('refusal', message.signed, verifier(context))
  if (refused(body)) return breach(state, body.code, state.rid)
  if (!isOurs(body, state, context) || !isCode(body.code)) {
    return breach(state, 'malformed', state.rid)
  }
  const told: Effect = { do: 'refused', code: body.code as Code }
  if (body.counter === 0) {
    // The seller may hold these requests open: it is told of their end once it takes an opening.
    const missed = missAgain(state, now, context)
    const gone = withdraw(missed.state, state.runs, now, context)
    const saved = [...missed.effects, ...gone.effects].filter((effect) => effect.do !== 'send')
    return { state: { ...gone.state, phase: 'refused' }, effects: [told, ...saved] }
  }
  if (state.again?.counter === body.counter) {
    const given = giveUpLost(state, state.again.piece)
    return { state: given.state, effects: given.effects }
  }
  const effects: Effect[] = [told]
  const fetching = new Set(state.fetching)
  const held = new Set(state.held)
  const ending = state.runs.filter((run) => run.counter === body.counter)
  for (const { counter, unpaid } of ending) {
    effects.push(save(state, context, { kind: 'ended', counter }))
    for (const piece of unpaid) {
      if (fetching.delete(piece)) held.add(piece)
      effects.push({ do: 'free', piece })
    }
  }
  const runs = state.runs.filter((run) => !ending.includes(run))
  return { state: { ...forgetPages(state, body.code), runs, fetching, held }, effects }
}

/** A seller that lacks a page lacks whatever it said or was sent: all are sent again. */
function forgetPages(state: BuyerState, code: string): BuyerState {
  return isPageCode(code) ? { ...state, pages: new Set(), claimed: new Set() } : state
}

/** A payment did not check out: what follows the last good one is sent again, three times. */
export function onRetry(
  state: BuyerState,
  { message }: Told<'retry'>,
  context: BuyerContext,
): Result {
  const possible = message.k >= state.receipted && message.k <= paidCount(state)
  if (!possible) return breach(state, 'state-mismatch', state.rid)
  if (state.retries >= TRIES_MAX_COUNT) return breach(state, 'payments-exhausted', state.rid)
  const retried = { ...forgetPages(state, message.code), retries: state.retries + 1 }
  const again = payAgain(retried, context, message.k)
  return { state: again.state, effects: again.effects }
}
