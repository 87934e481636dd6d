/**
 * Complaints of sellers that were not paid, and the answers to them (paper §III.E; design D12).
 *
 * Here is checked what the tracker alone knows; whether the evidence holds, and what follows, say
 * the rules in shared/mediation/.
 */

import { COMPLAINTS_MAX_COUNT } from '../shared/case-limits.js'
import { CaseAnswer, type ComplainCall, type RespondCall } from '../shared/cases.js'
import { sha256 } from '../shared/crypto.js'
import { assert, isCode, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { readBundle, type VerifiedBundle } from '../shared/mediation/bundle.js'
import type { CaseParts } from '../shared/mediation/case-file.js'
import { judge } from '../shared/mediation/rules.js'
import { encode } from '../shared/wire/record.js'
import { counted } from '../shared/words.js'
import { countPieces, emptyBitmap, hasPiece, withPieces } from './bitmap.js'
import { courtOf, fileOf, readVerdict, wasNamed } from './case-files.js'
import type { CaseRow, NewCase } from './case-rows.js'
import { entryOf } from './cases.js'
import { settleShown } from './claims.js'
import { endComplaint } from './endings.js'
import { pagesOf } from './pages.js'
import type { GrantRow } from './rows.js'
import type { CallContext } from './tracker.js'

const NOTHING = new Uint8Array(0)
const NOTHING_PAID = { beyond: [], escrow: [] } as const

/**
 * Opens a case, or gives the one that there is of this request.
 *
 * Refusals in order: those of the bundle; wrong-seller (the caller is not its plaintiff);
 * unknown-grant; grant-closed; not-named; too-many-open; those of judging; not-owed.
 */
export async function complain(
  context: CallContext,
  call: ComplainCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs } = context
  const bundle = readBundle(call.bundle, tracker.authority.fingerprint)
  if (refused(bundle)) return bundle
  if (bundle.plaintiff.uid !== member.uid) return refuse('wrong-seller')
  const { cid, pieces, rid, request } = bundle.complaint
  const grant = await rows.grants.byRid(rid)
  const buyer = grant && (await rows.members.byId(grant.buyer))
  if (grant?.cid !== cid || buyer?.uid !== bundle.accused.uid) return refuse('unknown-grant')
  const digest = sha256(request)
  const before = await rows.cases.ofRequest(grant.id, member.id, digest)
  if (before !== undefined) return answerOf(context, before)
  const problem = await mayComplain(context, grant, bundle)
  if (problem !== undefined) return problem
  const terms = await tracker.terms.read(rows, grant.terms)
  const draft: NewCase = {
    kind: 'unpaid',
    state: 'open',
    grant: grant.id,
    plaintiff: member.id,
    accused: buyer.id,
    pieces: withPieces(emptyBitmap(terms.pieces), pieces),
    opened: nowMs,
    // Until the notice is fetched; if it never is, the grant's end decides.
    deadline: grant.claimUntil,
    evidence: call.bundle,
    known: NOTHING,
    request: digest,
    counter: bundle.request.counter,
  }
  const trial = await fileOf(tracker, rows, draft, nowMs)
  const verdict = refused(trial) ? trial : judge(trial, courtOf(tracker))
  if (refused(verdict)) return verdict
  if (verdict.outcome === 'moot') return refuse('not-owed')
  const said = `${counted(pieces.length, 'piece')} delivered and not paid`
  const event = { at: nowMs, who: member.uid, what: 'open', reason: said } as const
  const row = await rows.cases.byId(await rows.cases.insert(draft, event))
  await rows.grants.setAsked(rid, member.id)
  assert(row !== undefined, 'the case was inserted just now')
  return answerOf(context, row)
}

async function answerOf({ tracker, rows, member }: CallContext, row: CaseRow): Promise<Uint8Array> {
  return encode(CaseAnswer, await entryOf(tracker, rows, row, member))
}

/** Why this complaint is not taken, whatever it shows. */
async function mayComplain(
  { rows, member, nowMs, tracker }: CallContext,
  grant: GrantRow,
  { complaint: { pieces } }: VerifiedBundle,
): Promise<Refusal | undefined> {
  if (grant.closed || nowMs > grant.claimUntil) return refuse('grant-closed')
  const named = await wasNamed(rows, grant, member)
  if (!named) return refuse('not-named', 'no peer list of this grant named you')
  const { n, b, pieces: count } = await tracker.terms.read(rows, grant.terms)
  if (pieces.some((piece) => piece >= count)) return refuse('piece-unknown')
  const own = (await rows.cases.ofGrant(grant.id)).filter(
    ({ kind, plaintiff }) => kind === 'unpaid' && plaintiff === member.id,
  )
  const sum = own.reduce((total, row) => total + taken(row), pieces.length)
  if (sum > n + b - 1) {
    return refuse('too-many-open', `a seller is owed ${n + b - 1} pieces of a grant at most`)
  }
  if (own.length < COMPLAINTS_MAX_COUNT) return undefined
  return refuse('too-many-open', `${own.length} complaints about this grant are enough`)
}

/** Pieces that a complaint may yet be paid for, or was because nobody answered it. */
function taken({ pieces, state, verdict }: CaseRow): number {
  if (state === 'open') return countPieces(pieces)
  const { beyond, escrow } = verdict === undefined ? NOTHING_PAID : readVerdict(verdict)
  return beyond.length + escrow.length
}

/**
 * Takes the answer of an accused member; a payment that it shows is settled at once, as its seller
 * would claim it.
 *
 * Refusals in order: unknown-case; case-decided; unknown-scheme; piece-unknown; those of judging
 * (not-covered among them); those of the claim.
 */
export async function respond(
  context: CallContext,
  call: RespondCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs, signed } = context
  const row = await rows.cases.byId(call.number)
  if (row?.kind !== 'unpaid' || row.accused !== member.id) {
    return refuse('unknown-case', `no complaint ${call.number} is made of you`)
  }
  if (row.state !== 'open') return refuse('case-decided', `the case is ${row.state} already`)
  const pages = call.proof === undefined ? [] : await pagesOfCase(context, row)
  if (refused(pages)) return pages
  // Who answers has the notice.
  const { evidence } = await rows.cases.papers(row.id)
  const answering = { ...row, evidence, answer: signed, fetched: row.fetched ?? nowMs }
  const file = await fileOf(tracker, rows, answering, nowMs, { pages })
  const verdict = refused(file) ? file : judge(file, courtOf(tracker))
  if (refused(file)) return file
  if (refused(verdict)) return verdict
  if (call.proof !== undefined) {
    const problem = await settle(context, row, call.proof)
    // With a receipt the answer holds whatever becomes of the claim, which may be its seller's own.
    if (problem !== undefined && call.receipt === undefined) return problem
  }
  if (row.fetched === undefined) await rows.cases.fetched(row.id, nowMs, row.deadline)
  await rows.cases.answered(row.id, signed)
  await endComplaint(tracker, rows, row, { file, verdict }, nowMs)
  const after = await rows.cases.byId(row.id)
  assert(after !== undefined, 'the case is in the books')
  return answerOf(context, after)
}

/** All pages of the grant: which pieces a claim names only its scheme knows. */
async function pagesOfCase(
  context: CallContext,
  row: CaseRow,
): Promise<CaseParts['pages'] | Refusal> {
  const { tracker, rows, member } = context
  const grant = await rows.grants.byId(row.grant)
  assert(grant !== undefined, 'a case is about a grant')
  const { pieces: count, scheme: name } = await tracker.terms.read(rows, grant.terms)
  const scheme = tracker.schemes.get(name)
  if (scheme === undefined) return refuse('unknown-scheme')
  const { only } = grant
  const all = Array.from({ length: count }, (_, piece) => piece as PieceIndex)
  const covered = only === undefined ? all : all.filter((piece) => hasPiece(only, piece))
  return pagesOf(context, { grant, buyer: member, scheme }, covered)
}

/** Settles a shown payment for the plaintiff; the reason when it cannot be. */
async function settle(
  context: CallContext,
  { grant, id, plaintiff }: CaseRow,
  proof: Uint8Array,
): Promise<Refusal | undefined> {
  const { rows } = context
  const seller = await rows.members.byId(plaintiff)
  const row = await rows.grants.byId(grant)
  assert(seller !== undefined && row !== undefined, 'a case has a plaintiff and a grant')
  const { code, detail } = await settleShown(context, seller, { rid: row.rid, claim: proof }, id)
  return code === 'ok' ? undefined : refuse(isCode(code) ? code : 'internal', detail)
}
