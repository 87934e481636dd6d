/**
 * Purchases: terms are checked, the scheme issues, the ledger takes the price (paper §III.C).
 *
 * Whoever bought a content never pays its price twice: an open grant of the same member and content
 * is returned again, issued from the same seed and sealed to the new reply key, free of charge.
 * What its buyer lost, or had not got when it ended, is sold by the piece, at the reward alone (D8,
 * D9).
 */

import { spendable } from '../shared/account.js'
import { formatAmount } from '../shared/amount.js'
import { PurchaseAnswer, type PurchaseCall, sealInfo } from '../shared/api.js'
import { toHex } from '../shared/bytes.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import { seal } from '../shared/hpke.js'
import type { Rid, Uid } from '../shared/identifier.js'
import type { Issued, Scheme } from '../shared/schemes/scheme.js'
import { sameTerms, type VerifiedTerms } from '../shared/terms.js'
import { DERIVED_UNIT_PIECES, SUPPLEMENT_UNITS } from '../shared/tracker-limits.js'
import { encode } from '../shared/wire/record.js'
import { factsOf, priceOf } from './catalog.js'
import { admit } from './closed.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import { nextPeerList } from './peer-list.js'
import { isRefunded, refundOf } from './refunds.js'
import type { ContentRow, GrantRow } from './rows.js'
import { paysAny, readSupplement, sameSet } from './supplement.js'
import type { CallContext, Tracker } from './tracker.js'

const NOTHING = new Uint8Array(0)

/**
 * Buys a content, or pieces of one, or returns what was bought before.
 *
 * Refusals in order: unknown-cid, trading-stopped (by the caller's marks), malformed (pieces that
 * are not ascending), piece-unknown, grant-closed (a refund was asked for what the id bought),
 * malformed (it bought something else), refund-pending, bought-before, not-bought (or got back for
 * these pieces), terms-changed, swarm-full, unknown-scheme, the scheme's own, weak-key,
 * insufficient-funds.
 */
export async function purchase(
  context: CallContext,
  call: PurchaseCall,
): Promise<Uint8Array | Refusal> {
  const { rows, member } = context
  const content = await rows.catalog.byCid(call.cid)
  if (content === undefined) return refuse('unknown-cid')
  if (await rows.cases.stopped(member.id, content.id)) return refuse('trading-stopped')
  const { pieces } = await context.tracker.terms.read(rows, content.terms)
  const only = call.only && readSupplement(call.only, pieces)
  if (refused(only)) return only
  const key = commitKey('purchase', member.uid, toHex(call.id))
  const earlier = await rows.ledger.findCommit(key)
  const bought = earlier && (await rows.grants.byCommit(earlier.id))
  if (bought !== undefined) {
    if (bought.ended !== undefined) return refuse('grant-closed')
    if (bought.cid === call.cid && sameSet(bought.only, only)) return again(context, call, bought)
    return refuse('malformed', 'the id of this purchase was used for something else')
  }
  const whole = await rows.grants.latest(member.id, content.id)
  const refund = whole && (await refundOf(rows, whole))
  if (refund?.state === 'open' || refund?.state === 'granted') return refuse('refund-pending')
  if (only === undefined) {
    if (whole !== undefined && isOpen(whole, context.nowMs)) return again(context, call, whole)
    if (whole !== undefined && refund?.state !== 'paid') return refuse('bought-before')
    return buy(context, call, content, { key, only })
  }
  if (whole === undefined) return refuse('not-bought')
  if (await isRefunded(rows, whole, only)) {
    return refuse('not-bought', 'you got your money back for one of these pieces: buy it all anew')
  }
  const open = await rows.grants.supplements(member.id, content.id, context.nowMs)
  const sold = open.find((grant) => paysAny(grant, only) && !call.used?.includes(grant.rid))
  if (sold !== undefined) return again(context, call, sold)
  return buy(context, call, content, { key, only })
}

/** Whether tokens of the grant can still be spent. */
export function isOpen(grant: GrantRow, nowMs: number): boolean {
  return !grant.closed && grant.ended === undefined && nowMs < grant.spendUntil
}

/** A grant on its way into the store, or out of it. */
type Draft = Omit<GrantRow, 'id' | 'bought' | 'closed' | 'ended' | 'list' | 'listed' | 'spent'>

/** Issues a grant from its seed: the same seed gives the same grant again. */
export function issueFromSeed(
  tracker: Pick<Tracker, 'vault' | 'authority'>,
  grant: Draft,
  terms: VerifiedTerms,
  scheme: Scheme,
  buyer: Uid,
): ReturnType<Scheme['broker']['issue']> {
  const seed = tracker.vault.open(grant.rid, grant.seed)
  if (refused(seed)) return refuse('internal', 'the seeds were sealed under another key')
  const { signer } = tracker.authority
  const facts = factsOf(grant, terms, buyer)
  const price = priceOf(grant, terms)
  return scheme.broker.issue({ facts, price, order: grant.ask, seed, signer })
}

/**
 * The grant as it was issued before: from memory, or from its seed, which its caller is charged.
 */
export function issuedBefore(
  context: CallContext,
  grant: GrantRow,
  terms: VerifiedTerms,
  scheme: Scheme,
  buyer: Uid,
): Issued | Refusal {
  const { tracker } = context
  const kept = tracker.issued.get(grant.rid)
  if (kept !== undefined) return kept
  tracker.doors.charge(context, terms.pieces / DERIVED_UNIT_PIECES)
  const result = issueFromSeed(tracker, grant, terms, scheme, buyer)
  if (refused(result)) return result
  tracker.issued.put(grant.rid, result.issued, 1)
  return result.issued
}

/** Seals the secret part of a grant to the reply key of the call; refuses as weak-key. */
function sealed(
  { tracker }: CallContext,
  { reply }: PurchaseCall,
  { secret }: Issued,
): Uint8Array | Refusal {
  return seal({
    recipientPublicKey: reply,
    ephemeralPrivateKey: tracker.random(32),
    info: sealInfo('grant', 'member'),
    aad: NOTHING,
    plaintext: secret,
  })
}

async function again(
  context: CallContext,
  call: PurchaseCall,
  grant: GrantRow,
): Promise<Uint8Array | Refusal> {
  const terms = await context.tracker.terms.read(context.rows, grant.terms)
  const scheme = context.tracker.schemes.get(terms.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const issued = issuedBefore(context, grant, terms, scheme, context.member.uid)
  if (refused(issued)) return issued
  const secret = sealed(context, call, issued)
  return refused(secret) ? secret : answer(context, grant, terms, { issued, secret, again: 1 })
}

async function buy(
  context: CallContext,
  call: PurchaseCall,
  content: ContentRow,
  { key, only }: { readonly key: Uint8Array; readonly only: Uint8Array | undefined },
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs } = context
  const terms = await tracker.terms.read(rows, content.terms)
  if (!sameTerms(terms, call.terms)) return refuse('terms-changed')
  // Whoever bought the content has its place: pieces alone are sold in a full swarm too.
  const full = only === undefined ? await admit(context, content, terms) : undefined
  if (full !== undefined) return full
  const scheme = tracker.schemes.get(terms.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const rid = toHex(tracker.random(16)) as Rid
  const draft = {
    rid,
    cid: content.cid,
    buyer: member.id,
    content: content.id,
    terms: content.terms,
    seed: tracker.vault.seal(rid, tracker.random(32)),
    ask: call.order,
    issued: nowMs,
    spendUntil: nowMs + terms.spend,
    claimUntil: nowMs + terms.claim,
    // A supplementary grant is all rewards: nothing is held.
    heldDue: only === undefined ? nowMs + terms.complaint : undefined,
    only,
  }
  const result = issueFromSeed(tracker, draft, terms, scheme, member.uid)
  if (refused(result)) return result
  const { issued, settlement } = result
  const secret = sealed(context, call, issued)
  if (refused(secret)) return secret
  // Rewards alone come back by an accomplice's claim, so such purchases cost a cheat nothing.
  if (only !== undefined) tracker.doors.charge(context, SUPPLEMENT_UNITS)
  const { transfers } = settlement
  const alongside = async (bought: number): Promise<undefined> => {
    await rows.grants.insert({ ...draft, bought })
  }
  const done = await commit(rows, { key, kind: 'purchase', at: nowMs, transfers, alongside })
  if (refused(done)) return done.code === 'insufficient-funds' ? poor(context, draft, terms) : done
  const grant = await rows.grants.byRid(rid)
  assert(grant !== undefined, 'the grant was inserted with its commit')
  tracker.issued.put(rid, issued, 1)
  return answer(context, grant, terms, { issued, secret, again: 0 })
}

async function poor(
  context: CallContext,
  grant: Pick<GrantRow, 'only'>,
  terms: VerifiedTerms,
): Promise<Refusal> {
  const account = await context.rows.ledger.account(spendable(context.member.uid))
  const { currency } = context.tracker.config
  const price = formatAmount(priceOf(grant, terms))
  const what = grant.only === undefined ? 'the content costs' : 'the pieces cost'
  const balance = formatAmount(balanceOf(account))
  return refuse(
    'insufficient-funds',
    `${what} ${price} ${currency}, the account holds ${balance} ${currency}`,
  )
}

async function answer(
  { tracker, rows, member, nowMs }: CallContext,
  grant: GrantRow,
  terms: VerifiedTerms,
  given: { readonly issued: Issued; readonly secret: Uint8Array; readonly again: 0 | 1 },
): Promise<Uint8Array> {
  return encode(PurchaseAnswer, {
    rid: grant.rid,
    again: given.again,
    paid: priceOf(grant, terms),
    open: given.issued.open,
    sealed: given.secret,
    peers: await nextPeerList(tracker, rows, grant, terms, member.uid),
    interval: tracker.swarm.interval(grant.cid, nowMs),
  })
}
