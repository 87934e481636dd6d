/**
 * What a buyer holds of one grant with one seller, what can happen to it, and how it pays.
 */
import { sha256 } from '../crypto.js'
import { assert, type Refusal, refused } from '../errors.js'
import type { PieceIndex, Rid } from '../identifier.js'
import type { GrantFacts, Payer, PayStep, Progress, Purse } from '../schemes/scheme.js'
import type { Message, MessageOf } from '../wire/messages.js'
import type { BlockRange, Effect, Save, Surroundings } from './exchange.js'

/** What the buyer's machine is told besides what both are told. */
export interface BuyerContext extends Surroundings {
  readonly payer: Payer
  readonly purse: Purse
  readonly scheme: string
  /** Newest signed peer list of the grant, and the certificates behind the provider's strings. */
  readonly peers: Uint8Array
  readonly signers: readonly Uint8Array[]
  /** Whether no payment of this grant to anyone names the piece: a token is never spent twice. */
  readonly payable: (piece: PieceIndex) => boolean
  /** Whether an open request asks another seller for the piece: it is that one's to deliver. */
  readonly elsewhere: (piece: PieceIndex) => boolean
  /** Withdraw a request after this many milliseconds without a block. */
  readonly requestTimeoutMs: number
}

/** A request that has not ended. */
export interface BuyerRun {
  readonly counter: number
  /** The signed request, byte for byte: after a crash it is sent again, never signed anew. */
  readonly request: Uint8Array
  /** All its pieces, in order. */
  readonly pieces: readonly PieceIndex[]
  /** Those not paid yet. */
  readonly unpaid: ReadonlySet<PieceIndex>
  /** Those the engine has offered and that are not asked for by blocks yet. */
  readonly todo: readonly PieceIndex[]
  /** Taken up again after a reconnect: those the engine has not offered yet. */
  readonly idle: ReadonlySet<PieceIndex>
  /** Whether the seller's statement came. */
  readonly stated: boolean
  /** When a block or statement was last heard, or the request sent; milliseconds. */
  readonly heard: number
}

/** A request for a piece that this seller was paid for and that our disk has lost (D8). */
export interface LostRequest {
  readonly counter: number
  readonly request: Uint8Array
  readonly piece: PieceIndex
  readonly stated: boolean
  /** When a block or statement was last heard, or the request sent; milliseconds. */
  readonly heard: number
}

/** What a buyer saved of this seller and grant before. */
export interface BuyerHistory {
  /** Pieces in payment order. */
  readonly paid: readonly PieceIndex[]
  readonly counter: number
  readonly runs: readonly {
    counter: number
    pieces: readonly PieceIndex[]
    request: Uint8Array
  }[]
  readonly withdrawn: readonly Withdrawn[]
}

/** A request that we withdrew, until the seller's release answers it. */
export interface Withdrawn {
  readonly counter: number
  readonly pieces: readonly PieceIndex[]
  readonly withdrawal: Uint8Array
}

/** A payment in a list that grows without copying: a step leaves earlier states as they were. */
export interface LogEntry {
  readonly piece: PieceIndex
  readonly before: LogEntry | undefined
}

/** The state of one grant with one seller. */
export interface BuyerState {
  readonly phase: 'new' | 'opening' | 'open' | 'refused'
  readonly rid: Rid
  readonly progress: Progress | undefined
  /** The latest payment; each names the one before it. */
  readonly log: LogEntry | undefined
  /** Counter of the latest payment signature we sent. */
  readonly signed: number
  /** Highest counter receipted on this connection: what the seller has it may not ask again. */
  readonly receipted: number
  /** SHA-256 of payments sent and not receipted, by counter. */
  readonly awaiting: ReadonlyMap<number, Uint8Array>
  /** When the oldest token without a signature was sent. */
  readonly unsignedSince: number
  readonly counter: number
  readonly window: number
  readonly runs: readonly BuyerRun[]
  /** Pieces whose blocks are asked for. */
  readonly fetching: ReadonlySet<PieceIndex>
  /**
   * Pieces withdrawn or lost under way: each keeps a place at the seller until it is paid, or
   * another is paid in its stead.
   */
  readonly held: ReadonlySet<PieceIndex>
  /** Failed hashes by piece, and how many pieces failed at all. */
  readonly junk: ReadonlyMap<PieceIndex, number>
  /** Pages the seller was sent on this connection. */
  readonly pages: ReadonlySet<number>
  /** Pages that it says it does not need, until it says that it lacks one. */
  readonly claimed: ReadonlySet<number>
  readonly retries: number
  readonly rejects: number
  /** Withdrawals that no release has answered. */
  readonly withdrawn: readonly Withdrawn[]
  /** The lost piece that is asked for again, one at a time; it holds no place and costs nothing. */
  readonly again: LostRequest | undefined
  /** How often asking for a lost piece again came to nothing, on this connection. */
  readonly missed: ReadonlyMap<PieceIndex, number>
}

/** What happens to a buyer. */
export type BuyerInput =
  | { readonly on: 'start'; readonly now: number }
  | { readonly on: 'tick'; readonly now: number }
  | { readonly on: 'stop'; readonly now: number }
  | { readonly on: 'want'; readonly pieces: readonly PieceIndex[]; readonly now: number }
  | { readonly on: 'block'; readonly block: BlockRange; readonly now: number }
  | { readonly on: 'reject'; readonly block: BlockRange; readonly now: number }
  | {
      readonly on: 'verified'
      readonly piece: PieceIndex
      readonly good: boolean
      readonly now: number
    }
  | { readonly on: SellerMessage['name']; readonly message: SellerMessage; readonly now: number }

/** Messages that a seller sends. */
export type SellerMessage = MessageOf<
  'state' | 'statement' | 'receipt' | 'release' | 'refusal' | 'retry'
>

/** A save of this grant in the buyer's part. */
export function save(state: BuyerState, context: BuyerContext, what: Save): Effect {
  return { do: 'save', role: 'buyer', rid: state.rid, peer: context.peer.uid, save: what }
}

/** An effect that sends a message. */
export const send = (message: Message): Effect => ({ do: 'send', message })

/** Payments made to this seller so far. */
export const paidCount = (state: BuyerState): number => state.progress?.k ?? 0

/** Pieces paid to this seller, in payment order. */
export function paidPieces(state: BuyerState): PieceIndex[] {
  const pieces: PieceIndex[] = []
  for (let entry = state.log; entry !== undefined; entry = entry.before) pieces.push(entry.piece)
  return pieces.reverse()
}

/** Whether a piece was paid to this seller; a walk over all payments, for the rare question. */
export function isPaidHere(state: BuyerState, piece: PieceIndex): boolean {
  for (let entry = state.log; entry !== undefined; entry = entry.before) {
    if (entry.piece === piece) return true
  }
  return false
}

/** Whether blocks of the piece are asked for. */
export const isFetching = (state: BuyerState, piece: PieceIndex): boolean =>
  state.fetching.has(piece) || state.again?.piece === piece

/**
 * Pieces under way or held that the seller bears now: each piece paid makes up for one held, but
 * never beyond n + b - 1 (D5, D7).
 */
export function placesAt({ held, progress, window }: BuyerState, { n, b }: GrantFacts): number {
  return Math.min(window + Math.min(held.size, progress?.k ?? 0), n + b - 1)
}

/**
 * Asks the scheme for one step from a position in the payments; what a buyer could not pay it has
 * never asked for (design §3).
 */
export function tryPay(context: BuyerContext, step: PayStep, at: Progress | undefined) {
  return context.payer.pay(context.purse, context.peer.uid, at, step, context.signer)
}

function mustPay(context: BuyerContext, step: PayStep, at: Progress | undefined) {
  const paid = tryPay(context, step, at)
  assert(!refused(paid), `a grant that was accepted pays: ${JSON.stringify(step)}`)
  return paid
}

/** What a step adds: the state after it and its effects. */
export interface Moved {
  readonly state: BuyerState
  readonly effects: readonly Effect[]
}

/** Sends the pages that the seller lacks for these pieces. */
export function sendPages(
  state: BuyerState,
  context: BuyerContext,
  pieces: readonly PieceIndex[],
): Moved {
  const pages = new Set(state.pages)
  const effects: Effect[] = []
  for (const piece of pieces) {
    const paid = mustPay(context, { step: 'page', piece }, state.progress)
    const { bytes: body, page } = paid
    if (page === undefined || pages.has(page) || state.claimed.has(page)) continue
    pages.add(page)
    effects.push(send({ name: 'page', rid: state.rid, page, body }))
  }
  return { state: { ...state, pages }, effects }
}

/** Pays one piece: the payment is saved before the token leaves. */
export function payPiece(
  state: BuyerState,
  context: BuyerContext,
  piece: PieceIndex,
  now: number,
): Moved {
  const { bytes: token, progress } = mustPay(context, { step: 'token', piece }, state.progress)
  const { rid } = state
  const { k } = progress
  const log = { piece, before: state.log }
  const runs = state.runs.map((run) => withoutPiece(run, piece))
  const held = new Set(state.held)
  held.delete(piece)
  const unsignedSince = state.signed === k - 1 ? now : state.unsignedSince
  return {
    state: { ...state, progress, log, runs, held, unsignedSince },
    effects: [
      save(state, context, { kind: 'paid', k, piece }),
      send({ name: 'token', rid, k, piece, token }),
    ],
  }
}

function withoutPiece(run: BuyerRun, piece: PieceIndex): BuyerRun {
  if (!run.unpaid.has(piece)) return run
  const unpaid = new Set(run.unpaid)
  unpaid.delete(piece)
  const idle = new Set(run.idle)
  idle.delete(piece)
  return { ...run, unpaid, idle, todo: run.todo.filter((other) => other !== piece) }
}

/** Sends the signature that names the payee, for everything paid so far. */
export function signPayments(state: BuyerState, context: BuyerContext): Moved {
  const { bytes: body, progress } = mustPay(context, { step: 'payment' }, state.progress)
  const { k } = progress
  const awaiting = new Map(state.awaiting).set(k, sha256(body))
  return {
    state: { ...state, signed: k, awaiting },
    effects: [send({ name: 'payment', rid: state.rid, k, body })],
  }
}

/** Ends the requests of which every piece is paid. */
export function endPaidRuns(state: BuyerState, context: BuyerContext): Moved {
  const ended = state.runs.filter((run) => run.unpaid.size === 0)
  const effects = ended.map(({ counter }) => save(state, context, { kind: 'ended', counter }))
  return { state: { ...state, runs: state.runs.filter((run) => run.unpaid.size > 0) }, effects }
}

/** Sends every payment after number k again (§III.E: safe, a token pays once). */
export function payAgain(state: BuyerState, context: BuyerContext, after: number): Moved {
  let at: Progress | undefined
  const effects: Effect[] = []
  const { rid } = state
  const pieces = paidPieces(state)
  for (const piece of pieces) {
    const { bytes: token, progress } = mustPay(context, { step: 'token', piece }, at)
    at = progress
    if (at.k > after) effects.push(send({ name: 'token', rid, k: at.k, piece, token }))
  }
  const pages = sendPages(state, context, pieces.slice(after))
  const signed = signPayments(pages.state, context)
  return { state: signed.state, effects: [...pages.effects, ...effects, ...signed.effects] }
}

/** The payments of a saved log, replayed: where they stand; a refusal when the grant is another. */
export function replay(
  context: BuyerContext,
  log: readonly PieceIndex[],
): Progress | undefined | Refusal {
  let at: Progress | undefined
  for (const piece of log) {
    const paid = tryPay(context, { step: 'token', piece }, at)
    if (refused(paid)) return paid
    at = paid.progress
  }
  return at
}
