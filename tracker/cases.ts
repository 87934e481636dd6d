/**
 * Cases as their members and the desk see them: listed, fetched, told, and decided by a person
 * where rules leave it to one (D9, D12).
 */
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { CASES_MAX_COUNT } from '../shared/case-limits.js'
import { type CaseEntry, CasesAnswer, type CasesCall } from '../shared/cases.js'
import { assert, type Refusal, refuse } from '../shared/errors.js'
import { encode } from '../shared/wire/record.js'
import { awardedNow } from './awards.js'
import { countPieces, piecesOf } from './bitmap.js'
import { type Deps, readVerdict } from './case-files.js'
import type { CaseRow, CaseState } from './case-rows.js'
import { decideRefund, refundAmount } from './refund-payment.js'
import type { GrantRow, MemberRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'

/**
 * The caller's own cases; what it was not told before it has been told by this. Refuses as
 * unknown-case a file of a case that is not the caller's, or that was not judged.
 */
export async function cases(
  { tracker, rows, member, nowMs }: CallContext,
  call: CasesCall,
): Promise<Uint8Array | Refusal> {
  const own = await rows.cases.ofMember(member.id, CASES_MAX_COUNT)
  const entries: CaseEntry[] = []
  for (const row of own) {
    const read = await fetch(tracker, rows, row, member, nowMs)
    entries.push(await entryOf(tracker, rows, read, member))
  }
  if (call.file === undefined) return encode(CasesAnswer, { cases: entries })
  const row = await rows.cases.byId(call.file)
  const mine = row?.plaintiff === member.id || row?.accused === member.id
  const file = mine ? (await rows.cases.papers(call.file)).file : undefined
  if (file === undefined) {
    return refuse('unknown-case', `there is no file of a case ${call.file} of yours`)
  }
  return encode(CasesAnswer, { cases: entries, file })
}

/** Notes that the caller has read a case; the accused's time to answer runs from here. */
async function fetch(
  { terms: shelf }: Deps,
  rows: Rows,
  row: CaseRow,
  { id }: MemberRow,
  nowMs: number,
): Promise<CaseRow> {
  if (row.kind === 'unpaid' && row.state === 'open') {
    if (row.accused !== id || row.fetched !== undefined) return row
    const grant = await rows.grants.byId(row.grant)
    assert(grant !== undefined, 'a case is about a grant')
    const { answer } = await shelf.read(rows, grant.terms)
    await rows.cases.fetched(row.id, nowMs, nowMs + answer)
    return { ...row, fetched: nowMs, deadline: nowMs + answer }
  }
  const ended = row.kind !== 'refund' && !['open', 'upheld'].includes(row.state)
  if (ended && row.plaintiff === id && row.told === undefined) await rows.cases.told(row.id, nowMs)
  return row
}

/** How a case stands, for one of its members; for the desk as its plaintiff sees it. */
export async function entryOf(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  member?: MemberRow,
): Promise<CaseEntry> {
  const grant = await rows.grants.byId(row.grant)
  assert(grant !== undefined, 'a case is about a grant')
  const accused = row.accused !== undefined && row.accused === member?.id
  const other = accused ? row.plaintiff : row.accused
  const uid = other === undefined ? undefined : (await rows.members.byId(other))?.uid
  const events = await rows.cases.events(row.id)
  // A deadline that moved is no decision.
  const decision =
    events.findLast(({ who }) => who.startsWith('desk ')) ??
    events.find(({ what }) => what !== 'open')
  const { counter, fetched, outcome } = row
  return {
    ...{ number: row.id, kind: row.kind, state: row.state, rid: grant.rid, cid: grant.cid },
    ...{ opened: row.opened, deadline: row.deadline, pieces: countPieces(row.pieces) },
    amount: await worthOf(deps, rows, row, grant),
    ...(decision && { decided: decision.at, reason: decision.reason }),
    role: accused ? 'accused' : 'plaintiff',
    ...(uid && { other: uid }),
    ...(row.kind === 'unpaid' && { disputed: piecesOf(row.pieces) }),
    ...(counter !== undefined && { counter }),
    ...(fetched !== undefined && { fetched }),
    ...(outcome && { outcome }),
  }
}

/** What a case paid, or would pay now. */
async function worthOf(deps: Deps, rows: Rows, row: CaseRow, grant: GrantRow): Promise<Amount> {
  if (row.kind === 'refund') return refundAmount(deps, rows, row, grant)
  if (row.settled !== undefined) return amount(row.fromEscrow + row.fromHeld + row.fromRest)
  if (row.verdict !== undefined) {
    return row.state === 'upheld' ? awardedNow(deps, rows, grant, readVerdict(row.verdict)) : ZERO
  }
  const { reward } = await deps.terms.read(rows, grant.terms)
  return row.kind === 'unpaid' ? amount(reward * BigInt(countPieces(row.pieces))) : ZERO
}

/** What the desk can decide of each kind; of what is left to rules only that a case is dropped. */
export const VERDICTS = {
  granted: ['refund'],
  rejected: ['refund', 'unpaid'],
  kept: ['marks'],
  lifted: ['marks'],
} as const satisfies Partial<Record<CaseState, readonly CaseRow['kind'][]>>

/** A verdict, who gave it and why. */
export interface Decision {
  readonly verdict: keyof typeof VERDICTS
  readonly by: string
  readonly reason: string
}

/** Decides a case by hand. Refuses as usage what the desk has no say in, and as case-decided. */
export async function decide(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  decision: Decision,
  nowMs: number,
): Promise<CaseState | Refusal> {
  const { verdict, by, reason } = decision
  if (!(VERDICTS[verdict] as readonly string[]).includes(row.kind)) {
    return refuse('usage', `a case of the kind ${row.kind} cannot be ${verdict}`)
  }
  // A stop that was kept can be lifted later.
  const open = row.state === 'open' || (row.state === 'kept' && verdict === 'lifted')
  if (!open) return refuse('case-decided', `the case is ${row.state} already`)
  await rows.cases.advance(row.id, { at: nowMs, who: `desk ${by}`, what: verdict, reason })
  if (row.kind === 'refund') await decideRefund(deps, rows, { ...row, state: verdict }, nowMs)
  return (await rows.cases.byId(row.id))?.state ?? verdict
}
