/**
 * Case files as the tracker makes them: what members signed, beside the facts that it signs (D12).
 */
import { CASE_FILE_MAX_BYTES } from '../shared/case-limits.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { type CaseFacts, type CaseParts, makeCaseFile } from '../shared/mediation/case-file.js'
import { type Court, judge } from '../shared/mediation/rules.js'
import { Verdict } from '../shared/mediation/verdict.js'
import { decode, encode } from '../shared/wire/record.js'
import { hasPiece, piecesOf } from './bitmap.js'
import type { CasePapers, CaseRow, NewCase } from './case-rows.js'
import type { GrantRow, MemberRow, Rows } from './rows.js'
import type { Tracker } from './tracker.js'

/** What judging needs of the tracker. */
export type Deps = Pick<Tracker, 'authority' | 'terms' | 'schemes'>

/** A case as far as a file is made of it; before it is in the books it has no number yet. */
export type Filed = NewCase & Partial<Pick<CaseRow, 'id' | 'fetched'> & Pick<CasePapers, 'answer'>>

/** What only some kinds state. */
export type MoreFacts = Partial<Pick<CaseFacts, 'told' | 'marks' | 'counterparties'>>

/** What a file holds beside evidence and answer. */
export interface FileParts {
  readonly pages?: CaseParts['pages']
  readonly facts?: MoreFacts
}

/** Makes the file of a case as of now; refuses as too-large. */
export async function fileOf(
  { authority }: Deps,
  rows: Rows,
  row: Filed,
  nowMs: number,
  { pages = [], facts = {} }: FileParts = {},
): Promise<Uint8Array | Refusal> {
  const { answer, evidence } = row
  const size = evidence.length + (answer?.length ?? 0)
  const withPages = pages.reduce((sum, { body }) => sum + body.length + 32, size)
  if (withPages > CASE_FILE_MAX_BYTES - 64 * 1024) return refuse('too-large', 'too much evidence')
  const { root, signer, signing } = authority
  const parts = { root, signing: [signing], evidence, pages, ...(answer && { answer }) }
  const stated = await factsOf(rows, row, nowMs, signer.certificate)
  return makeCaseFile(parts, { ...stated, ...facts }, signer)
}

async function partiesOf(
  rows: Rows,
  row: Filed,
): Promise<{ grant: GrantRow; plaintiff: MemberRow; accused: MemberRow }> {
  const grant = await rows.grants.byId(row.grant)
  const plaintiff = await rows.members.byId(row.plaintiff)
  const accused = row.accused === undefined ? undefined : await rows.members.byId(row.accused)
  assert(grant !== undefined && plaintiff !== undefined && accused !== undefined, 'a case has both')
  return { grant, plaintiff, accused }
}

async function factsOf(
  rows: Rows,
  row: Filed,
  nowMs: number,
  signer: Uint8Array,
): Promise<Omit<CaseFacts, 'evidence' | 'answer'>> {
  const { grant, plaintiff, accused } = await partiesOf(rows, row)
  const { rid, cid } = grant
  const vouched =
    (await wasNamed(rows, grant, plaintiff)) &&
    (plaintiff.house || (await rows.cases.traded(plaintiff.id, accused.id)))
  return {
    ...{ number: row.id ?? 1, kind: row.kind, plaintiff: plaintiff.uid, accused: accused.uid },
    ...{ rid, cid, signer, opened: row.opened, time: nowMs, deadline: row.deadline },
    ...(row.fetched !== undefined && { fetched: row.fetched }),
    paid: await paidOf(rows, grant, piecesOf(row.pieces)),
    vouched: vouched ? 1 : 0,
    beyond: await beyondOf(rows, grant, plaintiff),
    ...{ told: [], marks: 0, counterparties: 0 },
  }
}

/** Whether a list of the grant named a member, as every seller's that serves it does. */
export async function wasNamed(
  rows: Rows,
  grant: GrantRow,
  { house, id }: MemberRow,
): Promise<boolean> {
  return house || (await rows.grants.named(grant)).some(({ seller }) => seller === id)
}

/** To whom these pieces of a grant are paid. */
async function paidOf(rows: Rows, grant: GrantRow, pieces: readonly PieceIndex[]) {
  const payees = await rows.grants.payees(grant.id)
  return payees
    .map(({ uid, pieces: own }) => {
      return { member: uid, pieces: pieces.filter((piece) => hasPiece(own, piece)) }
    })
    .filter((each) => each.pieces.length > 0)
}

/** Pieces that a member was granted under this grant beyond what their own escrow held. */
async function beyondOf(rows: Rows, grant: GrantRow, { id }: MemberRow): Promise<PieceIndex[]> {
  const own = (await rows.cases.ofGrant(grant.id)).filter(({ plaintiff }) => plaintiff === id)
  return own.flatMap(({ verdict }) => (verdict === undefined ? [] : readVerdict(verdict).beyond))
}

/** A verdict as the books keep it. */
export function readVerdict(bytes: Uint8Array): Verdict {
  const verdict = decode(Verdict, bytes, CASE_FILE_MAX_BYTES)
  assert(!refused(verdict), 'a stored verdict decodes')
  return verdict
}

/** The court that this tracker is. */
export function courtOf({ authority, schemes }: Omit<Deps, 'terms'>): Court {
  return { fingerprint: authority.fingerprint, schemes }
}

/** Gives the verdict of a case file again, as the books keep it, or says why there is none. */
export function judgeOf(deps: Omit<Deps, 'terms'>): (file: Uint8Array) => Uint8Array | string {
  const court = courtOf(deps)
  return (file) => {
    const verdict = judge(file, court)
    return refused(verdict) ? verdict.message : encode(Verdict, verdict)
  }
}
