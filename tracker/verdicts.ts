/**
 * Verdicts take effect: they stand in the books with the file they were made from, money leaves the
 * grant, and, on proof alone, a membership ends (D12).
 */
import { assert } from '../shared/errors.js'
import { Verdict } from '../shared/mediation/verdict.js'
import { encode } from '../shared/wire/record.js'
import { payAward } from './awards.js'
import type { Deps } from './case-files.js'
import type { CaseRow } from './case-rows.js'
import { revokeMember } from './revocations.js'
import type { Rows } from './rows.js'

/** A case file and what it gave. */
export interface Judged {
  readonly file: Uint8Array
  readonly verdict: Verdict
}

/** Writes a verdict into the books and carries it out. */
export async function conclude(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  { file, verdict }: Judged,
  nowMs: number,
): Promise<void> {
  const { markAccused, markPlaintiff, outcome, reason, state } = verdict
  await rows.cases.judged(row.id, {
    ...{ file, verdict: encode(Verdict, verdict), outcome },
    ...{ markPlaintiff: markPlaintiff === 1, markAccused: markAccused === 1 },
  })
  if (state === 'paid') await payAward(deps, rows, row, verdict, nowMs)
  else await rows.cases.advance(row.id, { at: nowMs, who: 'tracker', what: state, reason })
  if (verdict.revoked !== undefined) await revoke(rows, row, verdict, nowMs)
}

/** Ends a membership, and the spending of the grant that it was proved by. */
async function revoke(
  rows: Rows,
  row: CaseRow,
  { reason, revoked }: Verdict,
  nowMs: number,
): Promise<void> {
  const member = revoked === undefined ? undefined : await rows.members.byUid(revoked)
  assert(member !== undefined, 'who is convicted is a member')
  await revokeMember(rows, member, `case ${row.id}: ${reason}`, nowMs)
  const grant = await rows.grants.byId(row.grant)
  const spending = grant?.buyer === member.id && grant.ended === undefined
  if (spending) await rows.grants.setEnded(row.grant, nowMs)
}
