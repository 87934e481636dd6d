/**
 * Pages of a grant's hash list for a seller that does not take them from the buyer (§III.E; D4).
 *
 * Nothing is stored of a list: the grant is issued again from its seed, and its purse gives the
 * pages that the buyer itself would give. That derives every token of the content, so purses are
 * kept for a while. Only who shows the buyer's signed request to itself is given any, and only for
 * the pieces which that request names.
 */
import { PagesAnswer, type PagesCall } from '../shared/api.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import type { Purse, Scheme } from '../shared/schemes/scheme.js'
import { DERIVED_UNIT_PIECES } from '../shared/tracker-limits.js'
import { openBody } from '../shared/wire/messages.js'
import { encode, type TypeOf } from '../shared/wire/record.js'
import { issuedBefore } from './broker.js'
import type { GrantRow, MemberRow } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

type Page = TypeOf<typeof PagesAnswer>['pages'][number]

/**
 * Gives the pages of pieces that a buyer asks the caller for.
 *
 * Refusals in order: unknown-grant; grant-closed; those of the request's string by the buyer's key;
 * wrong-grant, wrong-buyer, wrong-seller (another than the caller); not-requested (a piece that the
 * request does not name); unknown-scheme; piece-unknown.
 */
export async function pages(context: CallContext, call: PagesCall): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs } = context
  const grant = await rows.grants.byRid(call.rid)
  const buyer = grant && (await rows.members.byId(grant.buyer))
  if (grant === undefined || buyer === undefined) return refuse('unknown-grant')
  if (grant.closed || nowMs > grant.claimUntil) return refuse('grant-closed')
  const problem = checkRequest(tracker, call, grant, buyer, member)
  if (problem !== undefined) return problem
  const terms = await tracker.terms.read(rows, grant.terms)
  const scheme = tracker.schemes.get(terms.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const found = await pagesOf(context, { grant, buyer, scheme }, call.pieces)
  return refused(found) ? found : encode(PagesAnswer, { pages: found })
}

/** A grant, whose it is, and the scheme that issued it. */
interface Issue {
  readonly grant: GrantRow
  readonly buyer: MemberRow
  readonly scheme: Scheme
}

/** The pages of pieces of a grant, each once; refuses as piece-unknown, or without its seed. */
export async function pagesOf(
  context: CallContext,
  issue: Issue,
  pieces: readonly PieceIndex[],
): Promise<Page[] | Refusal> {
  const { tracker } = context
  const { grant, buyer, scheme } = issue
  const purse = tracker.purses.get(grant.rid) ?? (await openPurse(context, issue))
  if (refused(purse)) return purse
  tracker.doors.charge(context, pieces.length / DERIVED_UNIT_PIECES)
  const found = new Map<number, Page>()
  for (const piece of pieces) {
    const step = { step: 'page', piece } as const
    // Pages are the same for every seller.
    const paid = scheme.payer.pay(purse, buyer.uid, undefined, step, tracker.authority.signer)
    if (refused(paid)) return paid
    const { page, bytes } = paid
    if (page !== undefined) found.set(page, { page, body: bytes })
  }
  return [...found.values()]
}

/** Why the buyer's request does not entitle the caller, if it does not. */
function checkRequest(
  tracker: Tracker,
  call: PagesCall,
  grant: GrantRow,
  buyer: MemberRow,
  caller: MemberRow,
): Refusal | undefined {
  const { fingerprint } = tracker.authority
  const verifier = { fingerprint, publicKey: tracker.keys.of(buyer) }
  const request = openBody('request', call.request, verifier)
  if (refused(request)) return request
  if (request.rid !== grant.rid || request.cid !== grant.cid) return refuse('wrong-grant')
  if (request.buyer !== buyer.uid) return refuse('wrong-buyer')
  if (request.seller !== caller.uid) return refuse('wrong-seller')
  const asked = new Set(request.pieces)
  return call.pieces.every((piece) => asked.has(piece)) ? undefined : refuse('not-requested')
}

/** The grant as its buyer holds it, issued from the seed once more. */
async function openPurse(
  context: CallContext,
  { grant, buyer, scheme }: Issue,
): Promise<Purse | Refusal> {
  const { tracker, rows } = context
  const { keyring } = tracker.authority
  const terms = await tracker.terms.read(rows, grant.terms)
  const issued = issuedBefore(context, grant, terms, scheme, buyer.uid)
  if (refused(issued)) return issued
  tracker.doors.charge(context, terms.pieces / DERIVED_UNIT_PIECES)
  const purse = scheme.payer.accept(issued, { keyring, buyer: buyer.uid, cid: grant.cid })
  if (!refused(purse)) tracker.purses.put(grant.rid, purse, purse.facts.pieces)
  return purse
}
