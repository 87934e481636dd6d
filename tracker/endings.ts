/**
 * How complaints end: by an answer, or by time; and what follows from a number of them (D12).
 */
import { assert, refused } from '../shared/errors.js'
import { judge } from '../shared/mediation/rules.js'
import { courtOf, type Deps, fileOf } from './case-files.js'
import type { CaseRow } from './case-rows.js'
import { weighMarks } from './marks.js'
import { accuseOfFalseComplaints } from './proven.js'
import type { Rows } from './rows.js'
import { conclude, type Judged } from './verdicts.js'

/** Ends a complaint by a verdict, and looks at what it adds up to. */
export async function endComplaint(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  judged: Judged,
  nowMs: number,
): Promise<void> {
  await conclude(deps, rows, row, judged, nowMs)
  const { markAccused, markPlaintiff, outcome } = judged.verdict
  if (markAccused === 1) await weighMarks(deps, rows, row, 'accused', nowMs)
  if (markPlaintiff === 1) await weighMarks(deps, rows, row, 'plaintiff', nowMs)
  if (outcome === 'receipt') await accuseOfFalseComplaints(deps, rows, row, nowMs)
}

/** Ends a complaint that nobody answered and whose time has come. */
export async function endInTime(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  nowMs: number,
): Promise<void> {
  const { evidence } = await rows.cases.papers(row.id)
  const file = await fileOf(deps, rows, { ...row, evidence }, nowMs)
  assert(!refused(file), 'what was filed fits a file')
  const verdict = judge(file, courtOf(deps))
  assert(!refused(verdict) && verdict.outcome !== 'waiting', 'a complaint in time is decided')
  await endComplaint(deps, rows, row, { file, verdict }, nowMs)
}
