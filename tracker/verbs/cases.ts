/** `cases`: what members ask the desk to decide: list, show, decide (design D9, D12). */
import { formatAmount } from '../../shared/amount.js'
import { CASE_REASON_MAX_BYTES } from '../../shared/case-limits.js'
import type { CaseEntry } from '../../shared/cases.js'
import { fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { decode } from '../../shared/wire/record.js'
import { CaseFacts } from '../case-facts.js'
import type { CaseRow } from '../case-rows.js'
import { decide, entryOf } from '../cases.js'
import type { Rows } from '../rows.js'
import type { Tracker } from '../tracker.js'
import { requiredOption, type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

const LISTED_MAX_COUNT = 1000
const FACTS_MAX_BYTES = 64 * 1024

const when = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** The case that the arguments name. */
async function named(rows: Rows, text: string | undefined): Promise<CaseRow> {
  const id = /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined
  if (id === undefined)
    return fail('usage', 'name a case by its number: floodgate-tracker cases list')
  return (await rows.cases.byId(id)) ?? fail('unknown-case', `there is no case ${id}`)
}

/** A case as JSON shows it, with its member and content by name. */
async function described(tracker: Tracker, rows: Rows, row: CaseRow) {
  const entry: CaseEntry = await entryOf(tracker, rows, row)
  const member = await rows.members.byId(row.plaintiff)
  const content = await rows.catalog.byCid(entry.cid)
  return { ...entry, member: member?.uid, name: member?.name, content: content?.name }
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals, values } = input
  if (positionals.length > 1) fail('usage', 'cases list takes no argument')
  return withTracker(input, context, async (tracker) => {
    const cases = await tracker.store.read(async (rows) => {
      const found = await rows.cases.all(values.all === true, LISTED_MAX_COUNT)
      return Promise.all(found.map((row) => described(tracker, rows, row)))
    })
    for (const each of cases) {
      const { amount, content = '', deadline, kind, name = '', number, pieces, state } = each
      const what = `${pieces} pieces of ${visible(content)}, ${formatAmount(amount)}`
      const line = `${number}  ${state}  ${kind} to ${name}: ${what}; deadline ${when(deadline)}`
      report.event({ event: 'case', ...each }, line)
    }
    if (cases.length === 0) report.line('no case waits; --all lists those that are done')
    return { cases: cases.length }
  })
}

async function show(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals } = input
  return withTracker(input, context, async (tracker) => {
    const shown = await tracker.store.read(async (rows) => {
      const row = await named(rows, positionals[1])
      const known = must(decode(CaseFacts, row.known, FACTS_MAX_BYTES))
      return {
        ...(await described(tracker, rows, row)),
        known,
        trail: await rows.cases.events(row.id),
      }
    })
    const { amount, content = '', known, name = '', number, pieces, state, trail } = shown
    report.line(`case ${number}: ${shown.kind}, ${state}`)
    report.line(`${name} (${shown.member}) asks for ${pieces} pieces of ${visible(content)}`)
    report.line(`it comes to ${formatAmount(amount)}; deadline ${when(shown.deadline)}`)
    report.line(offers(known))
    report.line(
      `of the grant ${shown.rid} sellers had been paid for ${known.spent} pieces; it held ` +
        `${formatAmount(known.escrow)} for the others and ${formatAmount(known.held)} of the price`,
    )
    for (const { at, reason, what, who } of trail) {
      report.line(`${when(at)}  ${what}  ${who}: ${visible(reason)}`)
    }
    return shown
  })
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

async function decideCase(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals, values } = input
  if ((values.refund === true) === (values.reject === true)) {
    fail('usage', 'say either --refund or --reject')
  }
  const reason = requiredOption(input, 'reason')
  if (reason === '' || Buffer.byteLength(reason) > CASE_REASON_MAX_BYTES) {
    fail('usage', `--reason takes 1 to ${CASE_REASON_MAX_BYTES} bytes`)
  }
  const by = stringOption(values, 'by') ?? context.environment.USER ?? 'unnamed'
  const verdict = values.refund === true ? 'granted' : 'rejected'
  return withTracker(input, context, async (tracker) => {
    const decided = await tracker.store.write(async (rows) => {
      const row = await named(rows, positionals[1])
      const state = await decide(tracker, rows, row, { verdict, by, reason }, context.now())
      if (refused(state)) return state
      const now = (await rows.cases.byId(row.id)) ?? row
      return described(tracker, rows, now)
    })
    const done = must(decided)
    const sum = formatAmount(done.amount)
    const lines: Readonly<Record<string, string>> = {
      granted: `${sum} go back at ${when(done.deadline)}, less what sellers claim until then`,
      paid: `${sum} went back`,
      rejected: 'rejected; the grant can be spent again',
    }
    report.line(`case ${done.number}: ${lines[done.state] ?? done.state}`)
    return done
  })
}

const ACTIONS: Readonly<Record<string, typeof list>> = { list, show, decide: decideCase }

export const cases: Verb<VerbContext> = {
  name: 'cases',
  summary: 'list, show, decide: refunds that members ask for',
  usage: 'list [--all] | show ID | decide ID --refund|--reject --reason TEXT [--by NAME]',
  options: {
    all: { type: 'boolean', help: 'list those that are done too' },
    refund: { type: 'boolean', help: 'pay back, at the deadline, what no seller has claimed' },
    reject: { type: 'boolean', help: 'pay nothing back; the grant can be spent again' },
    reason: { type: 'string', value: 'TEXT', help: 'why; the member reads it' },
    by: { type: 'string', value: 'NAME', help: 'who decides (the name of the system user)' },
  },
  positionals: { min: 1, max: 2 },
  examples: ['list', 'show 3', "decide 3 --refund --reason 'no seller was online'"],
  run: async (input, context) => {
    const action = ACTIONS[input.positionals[0] ?? '']
    return action === undefined
      ? fail('usage', 'say cases list, cases show ID or cases decide ID')
      : action(input, context)
  },
}
