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
import { escrow, held } from '../shared/account.js'
import { CASES_MAX_COUNT } from '../shared/case-limits.js'
import { CaseAnswer, type RefundCall } from '../shared/cases.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { encode } from '../shared/wire/record.js'
import { countPieces, emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import { CaseFacts } from './case-facts.js'
import type { CaseRow } from './case-rows.js'
import { entryOf } from './cases.js'
import { balanceOf } from './ledger.js'
import type { GrantRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'

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
  if (!anew) return encode(CaseAnswer, await entryOf(tracker, rows, latest, member))
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
  return encode(CaseAnswer, await entryOf(tracker, rows, row, member))
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
