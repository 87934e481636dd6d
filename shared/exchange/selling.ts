/**
 * Selling: opening a grant's books, accepting runs, serving blocks within the window, and what
 * becomes of a piece that failed or was withdrawn (§III.D, §IV.B, D5 to D7).
 */
import { PeerList } from '../api.js'
import { sha256 } from '../crypto.js'
import { type Code, type Refusal, refuse, refused } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { openProviderString } from '../keyring.js'
import {
  OPEN_REQUESTS_MAX_COUNT,
  PEER_LIST_MAX_AGE_MS,
  STATE_PAYMENTS_MAX_COUNT,
  TRIES_MAX_COUNT,
} from '../limits.js'
import type { Till } from '../schemes/scheme.js'
import { type MessageOf, openBody, type Request, signBody } from '../wire/messages.js'
import { decode } from '../wire/record.js'
import { hasRoom, refusesRequests, windowOf } from './debtor.js'
import { type BlockRange, breach, type Effect, type Save, type Stepped } from './exchange.js'
import { pagesOnHand, park, takePages, waitWithRun } from './pages.js'
import { lostPiece, refuseLost, sendAgain, takeLost } from './resent.js'
import {
  type OwedPiece,
  refusalOf,
  type SellerContext,
  type SellerHistory,
  type SellerInput,
  type SellerState,
  save,
  verifierOf,
} from './seller-state.js'
import { closeRun } from './withdrawal.js'

type Result = Stepped<SellerState>

/** An opening: verified, then answered by our books of this grant. */
export function onOpen(
  state: SellerState,
  { message, history, now }: Extract<SellerInput, { on: 'open' }>,
  context: SellerContext,
): Result {
  const refusal = (code: Code): Result => ({
    state,
    effects: [refusalOf(state, context, 0, code, now)],
  })
  if (message.scheme !== context.scheme) return refusal('unknown-scheme')
  for (const certificate of message.signers) {
    const added = context.keyring.add(certificate)
    if (refused(added)) return refusal(added.code)
  }
  const newest = Math.max(history.list, state.list)
  const list = readList(message, newest, now, context)
  if (refused(list)) return refusal(list.code)
  if (context.debtor(state.rid).owesElsewhere) return refusal('unpaid')
  const { paid, payment } = history
  const { keyring, cid, self: seller, peer, payee } = context
  const start = { keyring, cid, seller, buyer: peer.uid, buyerKey: peer.key, paid, payment }
  const till = payee.start(message.opening, start)
  if (refused(till)) return refusal(till.code)
  if (till.facts.rid !== state.rid) return refusal('wrong-grant')
  if (till.facts.claimUntil < now) return refusal('grant-closed')
  const { counter, runs } = history
  const owed = new Map(
    history.owed.map(({ piece, ...rest }) => [piece, { ...rest, left: 0, earlier: true }]),
  )
  const forgiven = new Map(history.forgiven.map(({ piece, tries }) => [piece, tries]))
  const resent = new Map(history.resent.map(({ piece, tries }) => [piece, tries]))
  const books = { counter, list, runs, owed, forgiven, resent, again: undefined, failures: 0 }
  const paged = { pages: new Set<number>(), parked: [], waiting: [] }
  const fresh: SellerState = { phase: 'open', rid: state.rid, till, ...books, ...paged }
  const { state: opened } = takePages(fresh, history.pages ?? [], context)
  const met: Save = {
    ...{ kind: 'met', cid, scheme: context.scheme, reward: till.facts.reward },
    ...{ opening: message.opening, list },
  }
  const news = list > history.list ? [save(state, context, met)] : []
  const late = state.waiting.map((block): Effect => ({ do: 'reject', block }))
  const account = accountOf(opened, message.k, history, context)
  return { state: opened, effects: [...news, account, ...late] }
}

/** Number of the peer list in an opening, when it names us and is fresh enough (D5). */
function readList(
  message: MessageOf<'open'>,
  newest: number,
  now: number,
  context: SellerContext,
): number | Refusal {
  if (message.peers.length === 0) return refuse('list-missing')
  const maxBytes = message.peers.length
  const payload = openProviderString('peers', message.peers, context.keyring, maxBytes)
  if (refused(payload)) return payload
  const list = decode(PeerList, payload, maxBytes)
  if (refused(list)) return list
  if (list.rid !== message.rid || list.cid !== context.cid) return refuse('wrong-grant')
  if (list.buyer !== context.peer.uid) return refuse('wrong-buyer')
  if (!list.sellers.some((seller) => seller.uid === context.self)) return refuse('not-named')
  const stale = list.number < newest || now - list.time > PEER_LIST_MAX_AGE_MS
  return stale ? refuse('list-stale') : list.number
}

/** The `state` message: our books, and the payments that the buyer's books lack. */
function accountOf(
  state: SellerState,
  buyerK: number,
  history: SellerHistory,
  context: SellerContext,
): Effect {
  const till = state.till as Till
  const message: MessageOf<'state'> = {
    name: 'state',
    rid: state.rid,
    k: till.progress.k,
    counter: state.counter,
    signed: till.payment?.k ?? 0,
    window: windowOf(state, context),
    open: state.runs.map((run) => run.counter),
    owed: [...state.owed.keys(), ...state.forgiven.keys()],
    pages: pagesOnHand(state, context),
    payments: history.paid.slice(buyerK, buyerK + STATE_PAYMENTS_MAX_COUNT),
  }
  return { do: 'send', message }
}

/**
 * A signed request: for a run, which is saved, or for one lost piece (D8). Both are answered by the
 * signed statement.
 */
export function onRequest(
  state: SellerState,
  { message, now }: { message: MessageOf<'request'>; now: number },
  context: SellerContext,
): Result {
  return takeRequest(state, message, now, context)
}

/** Answers a request; with `missing` one that lacks pages is refused by that code, not parked. */
export function takeRequest(
  state: SellerState,
  message: MessageOf<'request'>,
  now: number,
  context: SellerContext,
  missing?: Code,
): Result {
  const request = openBody('request', message.signed, verifierOf(context))
  if (refused(request)) return breach(state, request.code, state.rid)
  const { rid, cid, buyer, seller, counter, pieces } = request
  if (rid !== state.rid || cid !== context.cid) return breach(state, 'wrong-grant', state.rid)
  if (buyer !== context.peer.uid) return breach(state, 'wrong-buyer', rid)
  if (seller !== context.self) return breach(state, 'wrong-seller', rid)
  const lost = lostPiece(state, pieces)
  const unfit = (): Code | undefined =>
    lost === undefined
      ? refuseRun(state, request, now, context)
      : refuseLost(state, counter, lost, context)
  const code = context.ending ?? unfit()
  const parked = missing === undefined && park(state, message, request, code, context)
  if (parked) return parked
  if (code !== undefined) {
    const why = code === 'page-missing' ? (missing ?? code) : code
    return { state, effects: [refusalOf(state, context, counter, why, now)] }
  }
  const parties = { rid, buyer, seller, request: sha256(message.signed) }
  const hashes = Buffer.concat(pieces.map((piece) => context.hashOf(piece)))
  const signed = signBody('statement', { ...parties, hashes }, context.signer)
  const told: Effect = { do: 'send', message: { name: 'statement', rid, signed } }
  if (lost !== undefined) {
    return { state: takeLost(state, counter, lost, context), effects: [told] }
  }
  const opened: Save = { kind: 'opened', counter, pieces, request: message.signed }
  return {
    state: { ...state, counter, runs: [...state.runs, { counter, pieces }] },
    effects: [save(state, context, opened), told],
  }
}

/** Why a run is not accepted, if it is not. */
function refuseRun(
  state: SellerState,
  { counter, pieces }: Pick<Request, 'counter' | 'pieces'>,
  now: number,
  context: SellerContext,
): Code | undefined {
  const { facts, covers, paidFor } = state.till as Till
  if (counter <= state.counter) return 'counter-replayed'
  if (facts.spendUntil < now) return 'grant-closed'
  const open = state.runs.length + state.parked.length
  if (open >= OPEN_REQUESTS_MAX_COUNT) return 'too-many-open'
  if (pieces.length === 0 || new Set(pieces).size < pieces.length) return 'malformed'
  if (pieces.length > facts.b) return 'run-too-long'
  const { forgiven } = state
  const closed = refusesRequests(state, context)
  const goesOn = closed === 'window-full' && pieces.some((piece) => forgiven.has(piece))
  if (closed !== undefined && !goesOn) return closed
  const asked = new Set(state.runs.flatMap((run) => run.pieces))
  for (const piece of pieces) {
    const covered = piece < facts.pieces && facts.only?.includes(piece) !== false
    if (!covered) return 'piece-unknown'
    if (!context.has(piece)) return 'piece-not-held'
    if (asked.has(piece) || paidFor(piece)) return 'piece-open'
    if (!covers(piece)) return 'page-missing'
    if ((forgiven.get(piece) ?? 0) >= TRIES_MAX_COUNT) return 'resends-exhausted'
  }
  return undefined
}

/** A block is asked for: served within the window and the debt, rejected otherwise. */
export function onBlock(
  state: SellerState,
  { block, now }: Extract<SellerInput, { on: 'block' }>,
  context: SellerContext,
): Result {
  if (state.again?.piece === block.piece) return sendAgain(state, state.again, block, context)
  const owed = state.owed.get(block.piece)
  if (owed === undefined) {
    return waitWithRun(state, block) ?? beginPiece(state, block, now, context)
  }
  if (owed.left >= block.length) {
    const left = owed.left - block.length
    return { state: withOwed(state, block.piece, { ...owed, left }), effects: [serve(block)] }
  }
  if (!owed.earlier) return { state, effects: [{ do: 'reject', block }] }
  const again = tryAgain(state, block.piece, owed, now, context)
  if (again === undefined) return { state, effects: [{ do: 'reject', block }] }
  const next = { ...again.owed, left: again.owed.left - block.length }
  return { state: withOwed(state, block.piece, next), effects: [again.save, serve(block)] }
}

const serve = (block: BlockRange): Effect => ({ do: 'serve', block })

function withOwed(state: SellerState, piece: PieceIndex, owed: OwedPiece): SellerState {
  return { ...state, owed: new Map(state.owed).set(piece, owed) }
}

/** The first block of a piece: it takes a place in the window, before the disk is read (D5, D6). */
function beginPiece(
  state: SellerState,
  block: BlockRange,
  now: number,
  context: SellerContext,
): Result {
  const { piece } = block
  const run = state.runs.find((open) => open.pieces.includes(piece))
  if (run === undefined) return { state, effects: [{ do: 'reject', block }] }
  // A piece that was withdrawn goes on in the place that it has, as another try.
  const earlier = state.forgiven.get(piece)
  const tries = earlier === undefined ? 0 : earlier + 1
  if (tries > TRIES_MAX_COUNT || (earlier === undefined && !hasRoom(state, context))) {
    return { state, effects: [{ do: 'reject', block }] }
  }
  const { counter } = run
  const left = context.sizeOf(piece) - block.length
  const begun = withOwed(state, piece, { counter, tries, left, earlier: false })
  const forgiven = new Map(state.forgiven)
  forgiven.delete(piece)
  const owed: Save = { kind: 'owed', counter, piece, tries, time: now }
  return { state: { ...begun, forgiven }, effects: [save(state, context, owed), serve(block)] }
}

/** Another sending of an owed piece, within the same debt; undefined when the tries are used up. */
function tryAgain(
  state: SellerState,
  piece: PieceIndex,
  owed: OwedPiece,
  now: number,
  context: SellerContext,
): { owed: OwedPiece; save: Effect } | undefined {
  const { counter } = owed
  const tries = owed.tries + 1
  if (tries > TRIES_MAX_COUNT) return undefined
  const what: Save = { kind: 'owed', counter, piece, tries, time: now }
  const left = context.sizeOf(piece)
  return { owed: { counter, tries, left, earlier: false }, save: save(state, context, what) }
}

/** A piece failed its hash at the buyer: it may be asked for again, within the same debt. */
export function onResend(
  state: SellerState,
  { message, now }: { message: MessageOf<'resend'>; now: number },
  context: SellerContext,
): Result {
  const owed = state.owed.get(message.piece)
  if (owed === undefined) return breach(state, 'out-of-state', state.rid)
  const { piece } = message
  const again = tryAgain(state, piece, owed, now, context)
  if (again !== undefined)
    return { state: withOwed(state, piece, again.owed), effects: [again.save] }
  const { counter } = owed
  const note = refusalOf(state, context, counter, 'resends-exhausted', now)
  const closed = save(state, context, { kind: 'closed', counter })
  return { state: closeRun(state, counter), effects: [closed, note] }
}
