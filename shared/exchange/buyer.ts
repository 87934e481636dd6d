/**
 * The buyer's machine: everything that may happen to it with one seller, in one table.
 */
import type { PieceIndex, Rid } from '../identifier.js'
import type { GrantFacts } from '../schemes/scheme.js'
import { onReceipt, onRefusal, onRelease, onRetry, onStatement } from './answers.js'
import {
  type BuyerContext,
  type BuyerHistory,
  type BuyerInput,
  type BuyerState,
  placesAt,
} from './buyer-state.js'
import { onBlock, onReject, onStop, onTick, onVerified, onWant } from './buying.js'
import { breach, type Stepped } from './exchange.js'
import { onStart, onState, restoreBuyer } from './resuming.js'

type Result = Stepped<BuyerState>
type Handler = (state: BuyerState, input: never, context: BuyerContext) => Result

/** Inputs of our own that mean nothing in a state, as against messages, which would be a breach. */
const ignore: Handler = (state) => ({ state, effects: [] })
const own = { tick: ignore, stop: ignore, block: ignore, reject: ignore, verified: ignore }

/** State by input: the moves that are allowed. */
const TABLE: Readonly<Record<BuyerState['phase'], Partial<Record<BuyerInput['on'], Handler>>>> = {
  new: { ...own, start: onStart },
  opening: { ...own, state: onState, refusal: onRefusal },
  open: {
    want: onWant,
    block: onBlock,
    reject: onReject,
    verified: onVerified,
    tick: onTick,
    stop: onStop,
    statement: onStatement,
    receipt: onReceipt,
    release: onRelease,
    refusal: onRefusal,
    retry: onRetry,
  },
  refused: { ...own, start: onStart, refusal: onRefusal, receipt: onReceipt, release: onRelease },
}

/** A buyer as its saved books left it; undefined when they do not fit the grant. */
export function newBuyer(
  rid: Rid,
  history: BuyerHistory,
  context: BuyerContext,
): BuyerState | undefined {
  const counts = { signed: 0, receipted: 0, unsignedSince: 0, counter: 0, window: 0 }
  const failures = { retries: 0, rejects: 0, again: undefined, missed: new Map() }
  const lists = { log: undefined, runs: [], withdrawn: [] }
  const pieces = { fetching: new Set<PieceIndex>(), held: new Set<PieceIndex>() }
  const sets = {
    awaiting: new Map(),
    ...pieces,
    pages: new Set<number>(),
    claimed: new Set<number>(),
  }
  const empty: BuyerState = {
    ...{ phase: 'new', rid, progress: undefined, junk: new Map() },
    ...counts,
    ...failures,
    ...lists,
    ...sets,
  }
  return restoreBuyer(empty, history, context)
}

/** One move of the buyer. */
export function stepBuyer(state: BuyerState, input: BuyerInput, context: BuyerContext): Result {
  const handler = TABLE[state.phase][input.on]
  if (handler === undefined) return breach(state, 'out-of-state', state.rid)
  return handler(state, input as never, context)
}

/** How many further pieces the engine may offer: resumed ones first, then one more run (D6). */
export function roomOf(
  state: BuyerState,
  facts: GrantFacts,
  runPieces: number,
  openRuns: number,
): number {
  if (state.phase !== 'open' || state.withdrawn.length > 0) return 0
  const idle = state.runs.reduce((sum, run) => sum + run.idle.size, 0)
  if (idle > 0) return idle
  const waiting = state.runs.some((run) => run.todo.length > 0)
  if (waiting || state.runs.length >= openRuns) return 0
  return isHeldFull(state, facts) ? Math.min(runPieces, state.held.size) : runPieces
}

/** Whether withdrawn pieces take every place that the seller allows. */
const isHeldFull = (state: BuyerState, facts: GrantFacts): boolean =>
  state.phase === 'open' && state.held.size > 0 && state.held.size >= placesAt(state, facts)

/**
 * Pieces that go before all others: those of resumed requests, then those whose places are all that
 * the seller allows. While there are any, only these may be offered.
 */
export function idlePieces(state: BuyerState, facts: GrantFacts): ReadonlySet<PieceIndex> {
  const idle = new Set(state.runs.flatMap((run) => [...run.idle]))
  return idle.size === 0 && isHeldFull(state, facts) ? state.held : idle
}
