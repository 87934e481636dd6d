/**
 * Marks: what suspicion leaves behind, by content, and where trading stops for it (D12, §IV.B).
 *
 * A mark is a verdict's; it weighs by who holds it. Counted are counterparties that have spent
 * money here themselves, for anybody can register a hundred members who complain. Beyond the
 * content's number and share trading stops and the desk is called; nobody is revoked for it.
 */
import { assert, refused } from '../shared/errors.js'
import { beyondThreshold, judge } from '../shared/mediation/rules.js'
import { Verdict } from '../shared/mediation/verdict.js'
import { encode } from '../shared/wire/record.js'
import { courtOf, type Deps, fileOf } from './case-files.js'
import type { CaseRow, NewCase } from './case-rows.js'
import type { Rows } from './rows.js'

const NOTHING = new Uint8Array(0)

/** After a verdict that left a mark on one side: whether it is one too many. */
export async function weighMarks(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  side: 'plaintiff' | 'accused',
  nowMs: number,
): Promise<void> {
  const grant = await rows.grants.byId(row.grant)
  assert(grant !== undefined && row.accused !== undefined, 'a complaint has both sides')
  const [marked, other] =
    side === 'accused' ? [row.accused, row.plaintiff] : [row.plaintiff, row.accused]
  const { content } = grant
  if (await rows.cases.stopped(marked, content)) return
  const tally = await rows.cases.tally(marked, content)
  const terms = await deps.terms.read(rows, grant.terms)
  if (!beyondThreshold(tally, terms)) return
  const draft: NewCase = {
    kind: 'marks',
    state: 'open',
    grant: grant.id,
    plaintiff: other,
    accused: marked,
    pieces: NOTHING,
    opened: nowMs,
    deadline: nowMs,
    evidence: NOTHING,
    known: NOTHING,
  }
  const { counterparties, marks } = tally
  const reason = `${marks} of ${counterparties} counterparties hold a mark: trading is stopped`
  const id = await rows.cases.insert(draft, { at: nowMs, who: 'tracker', what: 'open', reason })
  const file = await fileOf(deps, rows, { ...draft, id }, nowMs, { facts: tally })
  assert(!refused(file), 'a file without evidence is small')
  const verdict = judge(file, courtOf(deps))
  assert(!refused(verdict), 'the tally is judged')
  await rows.cases.judged(id, {
    ...{ file, verdict: encode(Verdict, verdict), outcome: verdict.outcome },
    ...{ markPlaintiff: false, markAccused: false },
  })
}
