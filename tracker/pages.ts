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
import type { Rid } from '../shared/identifier.js'
import { PURSES_MAX_PIECES } from '../shared/limits.js'
import type { Purse, Scheme } from '../shared/schemes/scheme.js'
import { openBody } from '../shared/wire/messages.js'
import { encode, type TypeOf } from '../shared/wire/record.js'
import { issueFromSeed } from './broker.js'
import type { GrantRow, MemberRow } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

type Page = TypeOf<typeof PagesAnswer>['pages'][number]

/** Purses of grants that sellers asked about lately. */
export interface PurseShelf {
  get(rid: Rid): Purse | undefined
  /** Keeps a purse; those not used longest make room for it. */
  put(rid: Rid, purse: Purse): void
}

/** Makes an empty shelf, for purses of at most PURSES_MAX_PIECES pieces together. */
export function createPurseShelf(): PurseShelf {
  const purses = new Map<Rid, Purse>()
  let pieces = 0
  const remove = (rid: Rid, purse: Purse): void => {
    purses.delete(rid)
    pieces -= purse.facts.pieces
  }
  return {
    get: (rid) => {
      const purse = purses.get(rid)
      if (purse === undefined) return undefined
      purses.delete(rid)
      purses.set(rid, purse)
      return purse
    },
    put: (rid, purse) => {
      const before = purses.get(rid)
      if (before !== undefined) remove(rid, before)
      purses.set(rid, purse)
      pieces += purse.facts.pieces
      for (const [oldest, old] of purses) {
        if (pieces <= PURSES_MAX_PIECES || oldest === rid) break
        remove(oldest, old)
      }
    },
  }
}

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
  const purse = tracker.purses.get(grant.rid) ?? (await openPurse(context, grant, buyer, scheme))
  if (refused(purse)) return purse
  const found = new Map<number, Page>()
  for (const piece of call.pieces) {
    const step = { step: 'page', piece } as const
    const paid = scheme.payer.pay(purse, member.uid, undefined, step, tracker.authority.signer)
    if (refused(paid)) return paid
    const { page, bytes } = paid
    if (page !== undefined) found.set(page, { page, body: bytes })
  }
  return encode(PagesAnswer, { pages: [...found.values()] })
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
  { tracker, rows }: CallContext,
  grant: GrantRow,
  buyer: MemberRow,
  scheme: Scheme,
): Promise<Purse | Refusal> {
  const { keyring } = tracker.authority
  const terms = await tracker.terms.read(rows, grant.terms)
  const result = issueFromSeed(tracker, grant, terms, scheme, buyer.uid)
  if (refused(result)) return result
  const context = { keyring, buyer: buyer.uid, cid: grant.cid }
  const purse = scheme.payer.accept(result.issued, context)
  if (!refused(purse)) tracker.purses.put(grant.rid, purse)
  return purse
}
