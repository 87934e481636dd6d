/**
 * Refunds: money back for pieces that no live seller offered, by an act of the desk (design D9).
 *
 * A refund never takes what somebody earned. Asking for it ends spending: the grant gets no more
 * peer lists, and a seller serves on none that is older than PEER_LIST_MAX_AGE_MS. From then on the
 * complaint window runs, in which sellers claim what they hold; only what is unclaimed at its end
 * goes back, however early the desk agreed. The escrow of the other pieces stays until claim-until.
 * So a buyer that names pieces which it has paid gains their reward only where a seller left them
 * unclaimed for the whole window, and has signed both the payment and the refund.
 */
import { escrow, held, spendable, type Transfer } from '../shared/account.js'
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { CASES_MAX_COUNT } from '../shared/case-limits.js'
import { CaseAnswer, type CaseEntry, CasesAnswer, type RefundCall } from '../shared/cases.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { encode } from '../shared/wire/record.js'
import { countPieces, emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import { CaseFacts } from './case-facts.js'
import type { CaseRow, CaseState } from './case-rows.js'
import { coveredBy } from './catalog.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { GrantRow, Rows } from './rows.js'
import { boughtAlone } from './supplement.js'
import type { CallContext, Tracker } from './tracker.js'

type Deps = Pick<Tracker, 'terms'>

const NOTHING = new Uint8Array(0)

/** The latest case of a refund of this grant. */
export function refundOf(rows: Rows, grant: GrantRow): Promise<CaseRow | undefined> {
  return rows.cases.latest(grant.id, 'refund')
}

/**
 * Whether one of these pieces (a bitmap) was refunded. Such a piece is not bought any more: it
 * comes with the whole content at its price, not alone at the reward (D8), else a refund would be
 * a rebate.
 */
export async function isRefunded(
  rows: Rows,
  grant: GrantRow,
  pieces: Uint8Array,
): Promise<boolean> {
  const payees = await rows.grants.payees(grant.id)
  const refunded = payees.find(({ id }) => id === grant.buyer)?.pieces
  return refunded !== undefined && piecesOf(pieces).some((piece) => hasPiece(refunded, piece))
}

/**
 * Opens a case, or gives the one that there is.
 *
 * Refusals: unknown-grant (none, or another member's); grant-closed (claim-until has passed);
 * malformed (no piece, or a bitmap of another length); piece-unknown; not-refundable (all are paid
 * to sellers).
 */
export async function refund(
  context: CallContext,
  call: RefundCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs } = context
  const grant = await rows.grants.byRid(call.rid)
  if (grant === undefined || grant.buyer !== member.id) return refuse('unknown-grant')
  const latest = await refundOf(rows, grant)
  const anew = latest === undefined || (latest.state === 'rejected' && call.again === 1)
  if (!anew) return encode(CaseAnswer, await entryOf(tracker, rows, latest))
  if (grant.closed || nowMs > grant.claimUntil) return refuse('grant-closed')
  const terms = await tracker.terms.read(rows, grant.terms)
  const named = unspentOf(call.pieces, grant, terms.pieces)
  if (refused(named)) return named
  const id = await rows.cases.insert(
    {
      kind: 'refund',
      state: 'open',
      grant: grant.id,
      plaintiff: member.id,
      accused: undefined,
      pieces: withPieces(emptyBitmap(terms.pieces), named),
      opened: nowMs,
      deadline: nowMs + terms.complaint,
      evidence: context.signed,
      known: encode(CaseFacts, await factsNow(context, grant)),
    },
    { at: nowMs, who: member.uid, what: 'open', reason: call.reason },
  )
  await rows.grants.setEnded(grant.id, nowMs)
  const row = await rows.cases.byId(id)
  assert(row !== undefined, 'the case was inserted just now')
  return encode(CaseAnswer, await entryOf(tracker, rows, row))
}

/** The named pieces that nobody was paid for. */
function unspentOf(
  bitmap: Uint8Array,
  grant: GrantRow,
  count: number,
): readonly PieceIndex[] | Refusal {
  const pieces = piecesOf(bitmap)
  if (pieces.length === 0) return refuse('malformed', 'a refund names at least one piece')
  if (bitmap.length !== emptyBitmap(count).length) {
    return refuse('malformed', `the content has ${count} pieces`)
  }
  const covered = ({ only }: GrantRow, piece: PieceIndex) =>
    piece < count && (only === undefined || hasPiece(only, piece))
  if (!pieces.every((piece) => covered(grant, piece))) return refuse('piece-unknown')
  const named = pieces.filter((piece) => !hasPiece(grant.spent, piece))
  return named.length === 0 ? refuse('not-refundable') : named
}

/** Who offers the content now, and what the grant holds. */
async function factsNow(context: CallContext, { cid, rid, spent }: GrantRow) {
  const { tracker, rows, member, nowMs } = context
  const live = tracker.swarm.live(cid, nowMs).filter(({ id }) => id !== member.id)
  return {
    time: nowMs,
    heard: Math.max(0, nowMs - tracker.startedMs),
    sellers: live.slice(0, CASES_MAX_COUNT).map(({ uid, left, house }) => {
      return { uid, left, house: house ? 1 : 0 }
    }),
    spent: countPieces(spent),
    escrow: balanceOf(await rows.ledger.account(escrow(rid))),
    held: balanceOf(await rows.ledger.account(held(rid))),
  }
}

/** The caller's own cases, newest first. */
export async function cases({ tracker, rows, member }: CallContext): Promise<Uint8Array> {
  const own = await rows.cases.ofPlaintiff(member.id, CASES_MAX_COUNT)
  const entries: CaseEntry[] = []
  for (const row of own) entries.push(await entryOf(tracker, rows, row))
  return encode(CasesAnswer, { cases: entries })
}

/** How a case stands, for its member and the desk. */
export async function entryOf(deps: Deps, rows: Rows, row: CaseRow): Promise<CaseEntry> {
  const grant = await rows.grants.byId(row.grant)
  assert(grant !== undefined, 'a case is about a grant')
  const decision = (await rows.cases.events(row.id)).findLast(({ what }) => what in VERDICTS)
  const { fromEscrow, fromHeld } = await amountOf(deps, rows, row, grant)
  return {
    ...{ number: row.id, kind: row.kind, state: row.state, rid: grant.rid, cid: grant.cid },
    ...{ opened: row.opened, deadline: row.deadline, pieces: piecesOf(row.pieces).length },
    amount: amount(fromEscrow + fromHeld),
    role: 'plaintiff',
    ...(decision && { decided: decision.at, reason: decision.reason }),
  }
}

/** What the desk can decide. */
export const VERDICTS = { granted: 'granted', rejected: 'rejected' } as const

/** A verdict, who gave it and why. */
export interface Decision {
  readonly verdict: keyof typeof VERDICTS
  readonly by: string
  readonly reason: string
}

/**
 * Decides a case; a granted refund is paid at its deadline, at once when that has passed. Refuses
 * as case-decided.
 */
export async function decide(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  { verdict, by, reason }: Decision,
  nowMs: number,
): Promise<CaseState | Refusal> {
  if (row.state !== 'open') return refuse('case-decided', `the case is ${row.state} already`)
  await rows.cases.advance(row.id, { at: nowMs, who: `desk ${by}`, what: verdict, reason })
  if (verdict === 'rejected') await rows.grants.setEnded(row.grant, undefined)
  else if (row.deadline <= nowMs) await payRefund(deps, rows, { ...row, state: verdict }, nowMs)
  return (await rows.cases.byId(row.id))?.state ?? verdict
}

interface RefundAmount {
  readonly pieces: readonly PieceIndex[]
  readonly fromEscrow: Amount
  readonly fromHeld: Amount
}

/**
 * What a refund moves: the reward of each named piece that is unspent, and that piece's share of
 * the held money, rounded down, unless that has become revenue or the buyer bought the piece alone
 * as well. Never more than the grant holds.
 */
async function amountOf(
  { terms: shelf }: Deps,
  rows: Rows,
  row: CaseRow,
  grant: GrantRow,
): Promise<RefundAmount> {
  const { fromEscrow, fromHeld } = row
  if (row.settled !== undefined) return { pieces: [], fromEscrow, fromHeld }
  if (row.state === 'rejected') return { pieces: [], fromEscrow: ZERO, fromHeld: ZERO }
  const terms = await shelf.read(rows, grant.terms)
  const pieces = piecesOf(row.pieces).filter((piece) => !hasPiece(grant.spent, piece))
  const waiting = balanceOf(await rows.ledger.account(held(grant.rid)))
  const alone = waiting > ZERO ? await boughtAlone(rows, grant, terms.pieces) : NOTHING
  const sharing = BigInt(pieces.filter((piece) => !hasPiece(alone, piece)).length)
  return {
    pieces,
    fromEscrow: amount(terms.reward * BigInt(pieces.length)),
    fromHeld: amount((waiting * sharing) / BigInt(coveredBy(grant, terms))),
  }
}

/** Pays a granted refund, in one commit with the end of what it takes from the grant. */
export async function payRefund(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  nowMs: number,
): Promise<void> {
  const grant = await rows.grants.byId(row.grant)
  const buyer = await rows.members.byId(row.plaintiff)
  assert(grant !== undefined && buyer !== undefined, 'a case has a grant and a member')
  const { pieces, fromEscrow, fromHeld } = await amountOf(deps, rows, row, grant)
  const terms = await deps.terms.read(rows, grant.terms)
  const credit = spendable(buyer.uid)
  const transfers: readonly Transfer[] = [
    { debit: escrow(grant.rid), credit, amount: fromEscrow },
    { debit: held(grant.rid), credit, amount: fromHeld },
  ]
  // The pieces are spent to the buyer: whoever claims one later is told so, and shown its refund.
  const spend = { grant, pieceCount: terms.pieces, seller: buyer.id, pieces }
  const done = await commit(rows, {
    ...{ key: commitKey('refund', String(row.id)), kind: 'refund', at: nowMs, transfers },
    spends: [{ ...spend, from: undefined, to: undefined }],
    alongside: async (commit) => {
      await rows.cases.carriedOut(row.id, { commit, fromEscrow, fromHeld })
      const reason = `${pieces.length} of ${piecesOf(row.pieces).length} pieces were unclaimed`
      await rows.cases.advance(row.id, { at: nowMs, who: 'tracker', what: 'paid', reason })
      return undefined
    },
  })
  assert(!refused(done), 'a grant holds what its unspent pieces are worth')
}
