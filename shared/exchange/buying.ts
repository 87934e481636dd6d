import type { Signer } from '../crypto.js'
import { refused } from '../errors.js'
import type { PieceIndex, Rid, Uid } from '../identifier.js'
import { JUNK_PIECES_MAX_COUNT, RUN_CLOSE_MS, TRIES_MAX_COUNT } from '../limits.js'
import { signBody } from '../wire/messages.js'
import {
  type BuyerContext,
  type BuyerInput,
  type BuyerRun,
  type BuyerState,
  endPaidRuns,
  type Moved,
  paidCount,
  payPiece,
  placesAt,
  save,
  send,
  sendPages,
  signPayments,
  tryPay,
} from './buyer-state.js'
import { breach, type Effect, type Stepped } from './exchange.js'
import { askAgain, isLost, mayAskAgain, missAgain } from './lost.js'

type Result = Stepped<BuyerState>
type On<K extends BuyerInput['on']> = Extract<BuyerInput, { on: K }>

/** Asks for blocks of further pieces while the window has room (D5, D6). */
export function fetchMore(state: BuyerState, context: BuyerContext): Result {
  const { facts } = context.purse
  const fetching = new Set(state.fetching)
  const held = new Set(state.held)
  const effects: Effect[] = []
  const unsigned = paidCount(state) - state.signed
  const room = () => Math.min(placesAt({ ...state, held }, facts), facts.n + facts.b - 1 - unsigned)
  const runs = state.runs.map((run) => {
    const todo = run.todo.filter((piece) => {
      if (!held.delete(piece) && fetching.size + held.size >= room()) return true
      fetching.add(piece)
      effects.push({ do: 'fetch', piece })
      return false
    })
    return todo.length === run.todo.length ? run : { ...run, todo }
  })
  return { state: { ...state, runs, fetching, held }, effects }
}

/**
 * The engine offers pieces: resumed ones go on, new ones become one signed request, and one that is
 * lost a request of its own.
 */
export function onWant(
  state: BuyerState,
  { pieces, now }: On<'want'>,
  context: BuyerContext,
): Result {
  const runs = state.runs.map((run): BuyerRun => {
    const resumed = pieces.filter((piece) => run.idle.has(piece))
    if (resumed.length === 0) return run
    const idle = new Set([...run.idle].filter((piece) => !resumed.includes(piece)))
    return { ...run, idle, todo: [...run.todo, ...resumed], heard: now }
  })
  const known = new Set(state.runs.flatMap((run) => run.pieces))
  const fresh = pieces.filter((piece) => !known.has(piece))
  const payable = fresh.filter((piece) => {
    const paid = tryPay(context, { step: 'token', piece }, state.progress)
    return !refused(paid) && context.payable(piece)
  })
  const lost = mayAskAgain(state) ? fresh.find((piece) => isLost(state, context, piece)) : undefined
  const freed = fresh.filter((piece) => piece !== lost && !payable.includes(piece))
  const free = freed.map((piece): Effect => ({ do: 'free', piece }))
  const resumed: Moved = { state: { ...state, runs }, effects: [] }
  const again = lost === undefined ? resumed : askAgain(resumed.state, lost, now, context)
  const asked = payable.length === 0 ? undefined : ask(again.state, payable, now, context)
  const more = fetchMore(asked?.state ?? again.state, context)
  const effects = [...free, ...again.effects, ...(asked?.effects ?? []), ...more.effects]
  return { state: more.state, effects }
}

/** Signs a request for a run, saves it, and sends it behind the pages it needs. */
function ask(
  state: BuyerState,
  pieces: readonly PieceIndex[],
  now: number,
  context: BuyerContext,
): Result {
  const { rid } = state
  const counter = state.counter + 1
  const parties = { rid, cid: context.cid, buyer: context.self, seller: context.peer.uid }
  const request = signBody('request', { ...parties, counter, pieces, time: now }, context.signer)
  const pages = sendPages(state, context, pieces)
  const run: BuyerRun = {
    ...{ counter, request, pieces, todo: pieces, stated: false, heard: now },
    unpaid: new Set(pieces),
    idle: new Set(),
  }
  return {
    state: { ...pages.state, counter, runs: [...state.runs, run] },
    effects: [
      save(state, context, { kind: 'asked', counter, pieces, request }),
      ...pages.effects,
      send({ name: 'request', rid, signed: request }),
    ],
  }
}

/** A block came: only after the statement of its run, and it keeps the request alive. */
export function onBlock(state: BuyerState, { block, now }: On<'block'>): Result {
  const { again } = state
  if (again?.piece === block.piece) {
    if (!again.stated) return breach(state, 'statement-missing', state.rid)
    return { state: { ...state, again: { ...again, heard: now } }, effects: [] }
  }
  const index = state.runs.findIndex((run) => run.unpaid.has(block.piece))
  const run = state.runs[index]
  if (run === undefined) return { state, effects: [] }
  if (!run.stated) return breach(state, 'statement-missing', state.rid)
  return { state: { ...state, runs: state.runs.with(index, { ...run, heard: now }) }, effects: [] }
}

/** A block was rejected: the piece waits for the next tick; too many rejects end the request. */
export function onReject(
  state: BuyerState,
  { block, now }: On<'reject'>,
  context: BuyerContext,
): Result {
  const { piece } = block
  if (state.again?.piece === piece) return missAgain(state, now, context)
  if (!state.fetching.has(piece)) return { state, effects: [] }
  const fetching = new Set(state.fetching)
  fetching.delete(piece)
  const runs = state.runs.map((run) =>
    run.unpaid.has(piece) ? { ...run, todo: [piece, ...run.todo] } : run,
  )
  const next = { ...state, fetching, runs, rejects: state.rejects + 1 }
  return next.rejects > TRIES_MAX_COUNT
    ? withdraw(next, next.runs, now, context)
    : { state: next, effects: [] }
}

/** A piece is whole: paid when it is good, asked for again when it is not. */
export function onVerified(
  state: BuyerState,
  input: On<'verified'>,
  context: BuyerContext,
): Result {
  const { piece, good, now } = input
  if (state.again?.piece === piece) {
    if (!good) return missAgain(state, now, context)
    return { state: { ...state, again: undefined }, effects: [] }
  }
  if (!state.fetching.has(piece)) return { state, effects: [] }
  if (!good) return onJunk(state, piece, now, context)
  if (!context.payable(piece)) return onPaidElsewhere(state, piece, now, context)
  const fetching = new Set(state.fetching)
  fetching.delete(piece)
  const paid = payPiece({ ...state, fetching, rejects: 0 }, context, piece, now)
  const done = paid.state.runs.some((run) => run.unpaid.size === 0)
  const { n, b } = context.purse.facts
  const unsigned = paidCount(paid.state) - paid.state.signed
  const full = unsigned >= b || unsigned + paid.state.held.size >= n + b - 1
  const signed =
    done || full ? signPayments(paid.state, context) : { state: paid.state, effects: [] }
  const ended = endPaidRuns(signed.state, context)
  const more = fetchMore(ended.state, context)
  return {
    state: more.state,
    effects: [...paid.effects, ...ended.effects, ...signed.effects, ...more.effects],
  }
}

/**
 * A piece came that another seller was paid for meanwhile: our books had come back from a backup,
 * and that seller has shown them what they lacked. It is not paid twice; its place here is lost.
 */
function onPaidElsewhere(
  state: BuyerState,
  piece: PieceIndex,
  now: number,
  context: BuyerContext,
): Result {
  const runs = state.runs.filter(({ unpaid }) => unpaid.has(piece))
  return withdraw(state, runs, now, context)
}

/**
 * A piece failed its hash: within the same debt it comes again; a second bad piece ends it (D7).
 */
function onJunk(state: BuyerState, piece: PieceIndex, now: number, context: BuyerContext): Result {
  const failures = (state.junk.get(piece) ?? 0) + 1
  const junk = new Map(state.junk).set(piece, failures)
  const next = { ...state, junk }
  if (junk.size >= JUNK_PIECES_MAX_COUNT || failures > TRIES_MAX_COUNT) {
    const withdrawn = withdraw(next, next.runs, now, context)
    const closed = breach(withdrawn.state, 'piece-junk', state.rid)
    return { state: withdrawn.state, effects: [...withdrawn.effects, ...closed.effects] }
  }
  const resend = send({ name: 'resend', rid: state.rid, piece })
  return { state: next, effects: [resend, { do: 'fetch', piece }] }
}

/** The signed withdrawal of one request (D7). */
export function signWithdrawal(
  rid: Rid,
  run: { readonly counter: number; readonly pieces: readonly PieceIndex[] },
  parties: { readonly buyer: Uid; readonly seller: Uid; readonly time: number },
  signer: Signer,
): Uint8Array {
  return signBody('withdrawal', { rid, ...parties, ...run }, signer)
}

/** Ends requests from our side: the saved withdrawal alone frees the pieces (D7). */
export function withdraw(
  state: BuyerState,
  runs: readonly BuyerRun[],
  now: number,
  context: BuyerContext,
): Result {
  if (runs.length === 0) return { state, effects: [] }
  const { rid } = state
  const parties = { buyer: context.self, seller: context.peer.uid, time: now }
  const effects: Effect[] = []
  const fetching = new Set(state.fetching)
  const held = new Set(state.held)
  const withdrawn = [...state.withdrawn]
  for (const { counter, unpaid } of runs) {
    const run = { counter, pieces: [...unpaid] }
    const withdrawal = signWithdrawal(rid, run, parties, context.signer)
    withdrawn.push({ ...run, withdrawal })
    effects.push(save(state, context, { kind: 'withdrawn', counter, withdrawal }))
    effects.push(send({ name: 'withdrawal', rid, signed: withdrawal }))
    for (const piece of unpaid) {
      if (fetching.delete(piece)) held.add(piece)
      effects.push({ do: 'free', piece })
    }
  }
  const left = state.runs.filter((run) => !runs.some((gone) => gone.counter === run.counter))
  return { state: { ...state, runs: left, fetching, held, withdrawn, rejects: 0 }, effects }
}

/**
 * Time passes: silent requests are withdrawn, tokens are signed for, rejected pieces tried again.
 */
export function onTick(state: BuyerState, { now }: On<'tick'>, context: BuyerContext): Result {
  const silent = state.runs.filter(
    (run) => run.idle.size < run.unpaid.size && now - run.heard > context.requestTimeoutMs,
  )
  const late = state.again !== undefined && now - state.again.heard > context.requestTimeoutMs
  const missed = late ? missAgain(state, now, context) : { state, effects: [] }
  const gone = withdraw(missed.state, silent, now, context)
  const unsigned = paidCount(gone.state) > gone.state.signed
  const due = unsigned && now - gone.state.unsignedSince > RUN_CLOSE_MS
  const signed = due ? signPayments(gone.state, context) : { state: gone.state, effects: [] }
  const more = fetchMore(signed.state, context)
  return {
    state: more.state,
    effects: [...missed.effects, ...gone.effects, ...signed.effects, ...more.effects],
  }
}

/** We stop: what was delivered is signed for, what was not is withdrawn. */
export function onStop(state: BuyerState, { now }: On<'stop'>, context: BuyerContext): Result {
  const unsigned = paidCount(state) > state.signed
  const signed = unsigned ? signPayments(state, context) : { state, effects: [] }
  const gone = withdraw(signed.state, signed.state.runs, now, context)
  return { state: gone.state, effects: [...signed.effects, ...gone.effects] }
}
