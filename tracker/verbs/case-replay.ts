/** `cases replay`: judges a case again from its file, which gives the same verdict anywhere. */
import { equal } from '../../shared/bytes.js'
import { CASE_FILE_MAX_BYTES } from '../../shared/case-limits.js'
import { fail, type Input, visible, wholeNumber } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { readCaseFile } from '../../shared/mediation/case-file.js'
import { judge } from '../../shared/mediation/rules.js'
import { Verdict } from '../../shared/mediation/verdict.js'
import { encode } from '../../shared/wire/record.js'
import { courtOf } from '../case-files.js'
import { readWhole } from '../home-files.js'
import { named, type Result } from './case-shown.js'
import { type VerbContext, withTracker } from './context.js'

/** Judges the case of a number in the books, or a file; the two must agree where both are there. */
export async function replay(input: Input, context: VerbContext): Promise<Result> {
  const { positionals, report } = input
  const what = positionals[1] ?? fail('usage', 'say which: cases replay ID or cases replay FILE')
  return withTracker(input, context, async (tracker) => {
    const court = courtOf(tracker)
    const { file, stored } = await tracker.store.read(async (rows) => {
      if (wholeNumber(what) !== undefined) {
        const row = await named(rows, what)
        const { file } = await rows.cases.papers(row.id)
        if (file !== undefined) return { file, stored: row.verdict }
        return fail('unknown-case', `case ${row.id} was not judged by rule: ${row.state}`)
      }
      const file = must(readWhole(what, CASE_FILE_MAX_BYTES))
      const read = readCaseFile(file, court.fingerprint)
      if (refused(read)) {
        return fail(read.code, `${visible(what)} is no valid case file: ${read.message}`)
      }
      const { facts } = read
      const row = await rows.cases.byId(facts.number)
      // Another file of the same case may be older or newer than the one that was decided by.
      const own = row && (await rows.cases.papers(row.id)).file
      const same = own !== undefined && equal(own, file)
      return { file, stored: same ? row?.verdict : undefined }
    })
    const verdict = must(judge(file, court))
    const { number } = must(readCaseFile(file, court.fingerprint)).facts
    const agrees = stored === undefined || equal(encode(Verdict, verdict), stored)
    if (!agrees)
      fail('ledger-wrong', `case ${number}: the books have another verdict than its file`)
    const booked = stored === undefined ? 'not in the books by this file' : 'as in the books'
    report.line(`case ${number}: ${verdict.outcome}, ${booked}: ${verdict.reason}`)
    const { escrow, beyond, outcome, reason, revoked, state } = verdict
    const marks = { markPlaintiff: verdict.markPlaintiff, markAccused: verdict.markAccused }
    const same = stored === undefined ? {} : { same: true }
    return { number, outcome, state, escrow, beyond, ...marks, reason, revoked, ...same }
  })
}
