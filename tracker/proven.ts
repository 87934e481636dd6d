/**
 * Cases that the tracker opens by itself, on proof: double spending when a claim meets a payment of
 * another seller, and complaints that go on against the plaintiff's own receipts (D12).
 */

import { CASE_FILE_MAX_BYTES, FALSE_COMPLAINTS_COUNT } from '../shared/case-limits.js'
import { assert, refused } from '../shared/errors.js'
import type { Fingerprint, PieceIndex, Uid } from '../shared/identifier.js'
import { CLOCK_SKEW_MAX_MS } from '../shared/limits.js'
import { readBundle } from '../shared/mediation/bundle.js'
import { DoubleSpending, FalseComplaints } from '../shared/mediation/proofs.js'
import { judge } from '../shared/mediation/rules.js'
import { encode } from '../shared/wire/record.js'
import { emptyBitmap, hasPiece, withPieces } from './bitmap.js'
import { issuedBefore } from './broker.js'
import { courtOf, type Deps, type FileParts, fileOf, wasNamed } from './case-files.js'
import type { CaseRow, NewCase } from './case-rows.js'
import { pagesOf } from './pages.js'
import type { GrantRow, MemberRow, PayeeRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'
import { conclude } from './verdicts.js'

const NOTHING = new Uint8Array(0)
/** Files of proof hold all pages of a list: there are only so many of a claimant and a grant. */
const PROOFS_OF_CLAIMANT = 8
const PROOFS_OF_GRANT = 64
/** Sellers beside the claimant in one file: two prove it, and a file must not grow with friends. */
const PROOF_OWNERS = 8
/** Refuted complaints of one member that are looked at since it was told of one. */
const REFUTED_MAX_COUNT = 64

/** Opens a case and carries its verdict out, when its file proves what it is opened for. */
async function openProven(
  deps: Deps,
  rows: Rows,
  draft: NewCase,
  parts: FileParts,
  nowMs: number,
): Promise<void> {
  const trial = await fileOf(deps, rows, draft, nowMs, parts)
  if (refused(trial) || refused(judge(trial, courtOf(deps)))) return
  const event = { at: nowMs, who: 'tracker', what: 'open', reason: 'opened on proof' } as const
  const id = await rows.cases.insert(draft, event)
  const row = await rows.cases.byId(id)
  assert(row !== undefined, 'the case was inserted just now')
  const file = await fileOf(deps, rows, { ...draft, id }, nowMs, parts)
  assert(!refused(file), 'a number makes a file no longer')
  const verdict = judge(file, courtOf(deps))
  assert(!refused(verdict), 'the trial was judged')
  await conclude(deps, rows, row, { file, verdict }, nowMs)
}

/** A claim of which some pieces were paid to others. */
export interface Met {
  readonly grant: GrantRow
  readonly claimant: MemberRow
  readonly alreadyPaid: readonly PieceIndex[]
}

/**
 * Looks at claims that met pieces which were paid to another seller: when the buyer signed such a
 * piece over to both it is convicted, and this claimant is paid from what the grant holds.
 */
export async function accuseOfDoubleSpending(context: CallContext, met: Met): Promise<void> {
  const { rows } = context
  const { grant, claimant } = met
  const cases = await rows.cases.ofGrant(grant.id)
  const proofs = cases.filter(({ kind }) => kind === 'double-spent')
  const known = proofs.filter(({ plaintiff }) => plaintiff === claimant.id)
  const fresh = met.alreadyPaid.filter((piece) => !known.some((row) => hasPiece(row.pieces, piece)))
  if (known.length >= PROOFS_OF_CLAIMANT || proofs.length >= PROOFS_OF_GRANT) return
  // One proof convicts; more are for those who can be paid by them.
  if (proofs.length > 0 && !(await wasNamed(rows, grant, claimant))) return
  const owners = await ownersOf(rows, grant, fresh)
  const room = PROOF_OWNERS * (PROOFS_OF_CLAIMANT - known.length)
  for (let at = 0; at < Math.min(owners.length, room); at += PROOF_OWNERS) {
    const some = owners.slice(at, at + PROOF_OWNERS)
    const news = fresh.filter((piece) => some.some(({ pieces }) => hasPiece(pieces, piece)))
    await accuse(context, met, some, news)
  }
}

/** Puts the claims of these sellers beside the claimant's, and what they say of these pieces. */
async function accuse(
  context: CallContext,
  { claimant, grant }: Met,
  owners: readonly PayeeRow[],
  news: readonly PieceIndex[],
): Promise<void> {
  const { tracker, rows, nowMs } = context
  const sellers = new Map([...owners, claimant].map(({ id, uid }) => [id, uid]))
  const terms = await tracker.terms.read(rows, grant.terms)
  const scheme = tracker.schemes.get(terms.scheme)
  const buyer = await rows.members.byId(grant.buyer)
  assert(scheme !== undefined && buyer !== undefined, 'the claim was judged')
  const certificate = await rows.members.certificate(buyer.id, 0)
  const issued = issuedBefore(context, grant, terms, scheme, buyer.uid)
  if (certificate === undefined || refused(issued)) return
  const claims = await claimsOf(rows, grant, sellers)
  const evidence = encode(DoubleSpending, {
    ...{ scheme: terms.scheme, issuing: tracker.authority.issuing, buyer: certificate },
    ...{ opening: issued.open, claims },
  })
  // Which pieces a claim names only its scheme knows.
  const all = Array.from({ length: terms.pieces }, (_, piece) => piece as PieceIndex)
  const covered = all.filter((piece) => grant.only === undefined || hasPiece(grant.only, piece))
  const pages = await pagesOf(context, { grant, buyer, scheme }, covered)
  if (refused(pages)) return
  const draft: NewCase = {
    kind: 'double-spent',
    state: 'open',
    grant: grant.id,
    plaintiff: claimant.id,
    accused: buyer.id,
    pieces: withPieces(emptyBitmap(terms.pieces), news),
    opened: nowMs,
    deadline: nowMs + terms.complaint,
    evidence,
    known: NOTHING,
  }
  await openProven(tracker, rows, draft, { pages }, nowMs)
}

/** The sellers that were paid for these pieces; a refunded buyer is none. */
async function ownersOf(
  rows: Rows,
  { buyer, id: grant }: GrantRow,
  pieces: readonly PieceIndex[],
): Promise<readonly PayeeRow[]> {
  return (await rows.grants.payees(grant)).filter(
    ({ id, pieces: own }) => id !== buyer && pieces.some((piece) => hasPiece(own, piece)),
  )
}

/** Every claim of these sellers under the grant, in order. */
async function claimsOf(
  rows: Rows,
  grant: GrantRow,
  sellers: ReadonlyMap<number, Uid>,
): Promise<{ seller: Uid; claim: Uint8Array }[]> {
  return (await rows.claims.ofGrant(grant.id)).flatMap(({ claim, seller }) => {
    const uid = sellers.get(seller)
    return uid === undefined ? [] : [{ seller: uid, claim }]
  })
}

/**
 * The refuted complaint that was made, about a request that is dated, after its plaintiff was told
 * of another: of several the one that it was told of first.
 */
async function nextRefuted(
  rows: Rows,
  fingerprint: Fingerprint,
  plaintiff: number,
  toldMs: number | undefined,
): Promise<CaseRow | undefined> {
  for (const row of await rows.cases.refuted(plaintiff, toldMs ?? 0, REFUTED_MAX_COUNT)) {
    const { evidence } = await rows.cases.papers(row.id)
    const bundle = readBundle(evidence, fingerprint)
    assert(!refused(bundle), 'a filed bundle was verified')
    if (toldMs === undefined || bundle.request.time > toldMs + CLOCK_SKEW_MAX_MS) return row
  }
  return undefined
}

/**
 * After a complaint that its plaintiff's own signature refuted: whether it goes on and on. The
 * chain is the longest that there is, each about a request dated after the plaintiff
 * was told of the one before.
 */
export async function accuseOfFalseComplaints(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  nowMs: number,
): Promise<void> {
  const { fingerprint } = deps.authority
  const chain: CaseRow[] = []
  for (let last: CaseRow | undefined; last === undefined || last.told !== undefined; ) {
    last = await nextRefuted(rows, fingerprint, row.plaintiff, last?.told)
    if (last === undefined) break
    chain.push(last)
  }
  const shown = chain.slice(-FALSE_COMPLAINTS_COUNT)
  if (shown.length < FALSE_COMPLAINTS_COUNT) return
  const files: Uint8Array[] = []
  for (const { id } of shown) files.push((await rows.cases.papers(id)).file ?? NOTHING)
  if (files.reduce((sum, file) => sum + file.length, 0) > CASE_FILE_MAX_BYTES / 2) return
  assert(row.accused !== undefined, 'a complaint accuses somebody')
  const draft: NewCase = {
    kind: 'false-complaint',
    state: 'open',
    grant: row.grant,
    // Who was falsely accused last is the plaintiff of this one.
    plaintiff: row.accused,
    accused: row.plaintiff,
    pieces: NOTHING,
    opened: nowMs,
    deadline: nowMs,
    evidence: encode(FalseComplaints, { files }),
    known: NOTHING,
  }
  const told = shown.map((each) => each.told ?? 0)
  await openProven(deps, rows, draft, { facts: { told } }, nowMs)
}
