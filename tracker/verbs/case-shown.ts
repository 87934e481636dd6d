/** One case as the desk reads it (`cases show`). */
import { writeFileSync } from 'node:fs'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, stringOption, visible, wholeNumber } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { reasonOf } from '../../shared/thrown.js'
import { decode } from '../../shared/wire/record.js'
import { formatMoment } from '../../shared/words.js'
import { CaseFacts } from '../case-facts.js'
import type { CaseRow } from '../case-rows.js'
import { entryOf } from '../cases.js'
import type { Rows } from '../rows.js'
import type { Tracker } from '../tracker.js'
import { type VerbContext, withTracker } from './context.js'

/** What a verb's last event carries. */
export type Result = Readonly<Record<string, unknown>>

const FACTS_MAX_BYTES = 64 * 1024
const FILE_MODE = 0o600

/** The case that the arguments name. */
export async function named(rows: Rows, text: string | undefined): Promise<CaseRow> {
  const id = wholeNumber(text)
  if (id === undefined)
    return fail('usage', 'name a case by its number: floodgate-tracker cases list')
  return (await rows.cases.byId(id)) ?? fail('unknown-case', `there is no case ${id}`)
}

/** A case as JSON shows it, with its members and content by name. */
export async function described(tracker: Tracker, rows: Rows, row: CaseRow) {
  const entry = await entryOf(tracker, rows, row)
  const member = await rows.members.byId(row.plaintiff)
  const accused = row.accused === undefined ? undefined : await rows.members.byId(row.accused)
  const content = await rows.catalog.byCid(entry.cid)
  return {
    ...entry,
    ...{ member: member?.uid, name: member?.name, content: content?.name },
    ...(accused && { accused: accused.uid, accusedName: accused.name }),
  }
}

/** Shows one case with its audit trail; with --out its file is written. */
export async function show(input: Input, context: VerbContext): Promise<Result> {
  const { positionals, values } = input
  const out = stringOption(values, 'out')
  return withTracker(input, context, async (tracker) => {
    const { file, row, shown } = await tracker.store.read(async (rows) => {
      const row = await named(rows, positionals[1])
      const trail = await rows.cases.events(row.id)
      const { file } = await rows.cases.papers(row.id)
      return { row, file, shown: { ...(await described(tracker, rows, row)), trail } }
    })
    const known =
      row.kind === 'refund' ? showRefund(input, row, shown) : showComplaint(input, shown)
    for (const { at, reason, what, who } of shown.trail) {
      input.report.line(`${formatMoment(at)}  ${what}  ${who}: ${visible(reason)}`)
    }
    if (out !== undefined) writeFile(out, row.id, file)
    return { ...shown, ...(known && { known }) }
  })
}

function writeFile(path: string, id: number, file: Uint8Array | undefined): void {
  if (file === undefined) return fail('unknown-case', `case ${id} was not judged by rule: no file`)
  try {
    writeFileSync(path, file, { mode: FILE_MODE })
  } catch (error) {
    fail('not-writable', `${visible(path)}: ${reasonOf(error)}`)
  }
}

type Shown = Awaited<ReturnType<typeof described>>

function showRefund({ report }: Input, row: CaseRow, shown: Shown): CaseFacts {
  const { amount, content = '', name = '', number, pieces, state } = shown
  const known = must(decode(CaseFacts, row.known, FACTS_MAX_BYTES))
  report.line(`case ${number}: ${shown.kind}, ${state}`)
  report.line(`${name} (${shown.member}) asks for ${pieces} pieces of ${visible(content)}`)
  report.line(`it comes to ${formatAmount(amount)}; deadline ${formatMoment(shown.deadline)}`)
  report.line(offers(known))
  report.line(
    `of the grant ${shown.rid} sellers had been paid for ${known.spent} pieces; it held ` +
      `${formatAmount(known.escrow)} for the others and ${formatAmount(known.held)} of the price`,
  )
  return known
}

/** A case that rules decide: who says what of whom. */
function showComplaint({ report }: Input, shown: Shown): undefined {
  const { accused, accusedName = '', amount, content = '', name = '', outcome } = shown
  const decided = outcome === undefined ? '' : `, decided as ${outcome}`
  report.line(`case ${shown.number}: ${shown.kind}, ${shown.state}${decided}`)
  report.line(`${name} (${shown.member}) against ${accusedName} (${accused})`)
  const named = shown.disputed === undefined ? '' : `: ${shown.disputed.join(', ')}`
  report.line(`${shown.pieces} pieces of ${visible(content)}${named}; ${formatAmount(amount)}`)
  const { fetched } = shown
  const told = fetched === undefined ? 'not fetched yet' : `fetched ${formatMoment(fetched)}`
  if (shown.kind === 'unpaid')
    report.line(`notice ${told}; deadline ${formatMoment(shown.deadline)}`)
}

/** Seconds up to two minutes, then minutes up to two hours, then hours. */
function formatUptime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 120) return `${seconds} seconds`
  const minutes = Math.floor(seconds / 60)
  return minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`
}

/** Who offered the content when the case was opened, in words. */
function offers({ heard, sellers }: CaseFacts): string {
  const whole = sellers.filter(({ left }) => left === 0)
  const house = sellers.some((seller) => seller.house === 1)
  return (
    `when it was opened ${whole.length} others offered the whole content and ` +
    `${sellers.length - whole.length} a part of it${house ? ', the house among them' : ''}; ` +
    `the tracker had been up for ${formatUptime(heard)}`
  )
}
