/** `cases`: what the desk decides and what rules decided: list, show, replay, decide (D9, D12). */
import { formatAmount } from '../../shared/amount.js'
import { CASE_REASON_MAX_BYTES } from '../../shared/case-limits.js'
import {
  byWord,
  fail,
  type Input,
  requiredOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { counted, formatMoment } from '../../shared/words.js'
import { type Decision, decide } from '../cases.js'
import { replay } from './case-replay.js'
import { described, named, type Result, show } from './case-shown.js'
import { deciderOf, type VerbContext, withTracker } from './context.js'

const LISTED_MAX_COUNT = 1000

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report, values } = input
  return withTracker(input, context, async (tracker) => {
    const { cases, held } = await tracker.store.read(async (rows) => {
      const found = await rows.cases.all(values.all === true, LISTED_MAX_COUNT)
      const cases = await Promise.all(found.map((row) => described(tracker, rows, row)))
      return { cases, held: (await rows.flows.all(false, LISTED_MAX_COUNT)).length }
    })
    for (const each of cases) {
      const { accusedName, amount, content = '', deadline, kind, number, pieces, state } = each
      const whom = accusedName === undefined ? `to ${each.name}` : `${each.name} v. ${accusedName}`
      const what = `${counted(pieces, 'piece')} of ${visible(content)}, ${formatAmount(amount)}`
      const until = `deadline ${formatMoment(deadline)}`
      const line = `${number}  ${state}  ${kind} ${whom}: ${what}; ${until}`
      report.event({ event: 'case', ...each }, line)
    }
    const none =
      values.all === true ? 'there was no case' : 'no case waits; --all lists what is done'
    if (cases.length === 0) report.line(none)
    if (held > 0) report.line(`earnings held back: ${held}, see floodgate-tracker held list`)
    return { cases: cases.length, held }
  })
}

/** What the desk may say, as options. */
const SAID: Readonly<Record<string, Decision['verdict']>> = {
  refund: 'granted',
  reject: 'rejected',
  keep: 'kept',
  lift: 'lifted',
}

async function decideCase(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals, values } = input
  const [said, more] = Object.keys(SAID).filter((option) => values[option] === true)
  const verdict = said === undefined ? undefined : SAID[said]
  if (verdict === undefined || more !== undefined) {
    return fail('usage', 'say one of --refund, --reject, --keep, --lift')
  }
  const reason = requiredOption(input, cases, 'reason')
  if (reason === '' || Buffer.byteLength(reason) > CASE_REASON_MAX_BYTES) {
    fail('usage', `--reason takes 1 to ${CASE_REASON_MAX_BYTES} bytes`)
  }
  const by = deciderOf(input, context)
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
    const end = formatMoment(done.deadline)
    const dropped = 'rejected; nothing is paid'
    const lines: Readonly<Record<string, string>> = {
      granted: `${sum} go back at ${end}, less what sellers claim until then`,
      paid: `${sum} went back`,
      rejected: done.kind === 'refund' ? 'rejected; the grant can be spent again' : dropped,
      kept: 'trading of this content stays stopped for the member',
      lifted: 'the member can trade this content again; its marks up to now count no more',
    }
    report.line(`case ${done.number}: ${lines[done.state] ?? done.state}`)
    return done
  })
}

const ACTIONS: Readonly<Record<string, Verb<VerbContext>['run']>> = {
  list,
  show,
  replay,
  decide: decideCase,
}

export const cases: Verb<VerbContext> = {
  name: 'cases',
  summary: 'list, show, replay, decide: refunds, complaints and what they were judged by',
  usage:
    '[list] [--all] | show ID [--out FILE] | replay ID-or-FILE | ' +
    'decide ID --refund|--reject|--keep|--lift --reason TEXT [--by NAME]',
  options: {
    all: { type: 'boolean', help: 'list those that are done too' },
    out: { type: 'string', value: 'FILE', help: 'write the case file, for whoever judges again' },
    refund: { type: 'boolean', help: 'pay back, at the deadline, what no seller has claimed' },
    reject: { type: 'boolean', help: 'drop a refund, or a complaint that waits: nothing is paid' },
    keep: { type: 'boolean', help: 'of marks: trading of the content stays stopped' },
    lift: { type: 'boolean', help: 'of marks: the member trades again, from a clean slate' },
    reason: { type: 'string', value: 'TEXT', help: 'why; the member reads it' },
    by: { type: 'string', value: 'NAME', help: 'who decides (the name of the system user)' },
  },
  examples: [
    '',
    'show 3 --out case-3.bin',
    'replay case-3.bin',
    "decide 3 --refund --reason 'no seller was online'",
  ],
  run: byWord(ACTIONS, 'list'),
}
