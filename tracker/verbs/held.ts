/**
 * `held`: earnings that wait for the desk, since many accounts of one source paid one member: list,
 * show, release, withhold (flows.ts).
 */
import { formatAmount } from '../../shared/amount.js'
import { CASE_REASON_MAX_BYTES } from '../../shared/case-limits.js'
import {
  byWord,
  fail,
  type Input,
  requiredOption,
  type Verb,
  visible,
  wholeNumber,
} from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { formatMoment } from '../../shared/words.js'
import type { FlowRow } from '../flow-rows.js'
import { decideFlow, type FlowVerdict } from '../flows.js'
import type { Rows } from '../rows.js'
import { shortText } from '../settings.js'
import { deciderOf, type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

const LISTED_MAX_COUNT = 1000

/** The held earnings that the arguments name. */
async function named(rows: Rows, text: string | undefined): Promise<FlowRow> {
  const id = wholeNumber(text)
  if (id === undefined)
    return fail('usage', 'name held earnings by their number: floodgate-tracker held list')
  return (await rows.flows.byId(id)) ?? fail('unknown-case', `no earnings ${id} were ever held`)
}

/** Held earnings as they are shown: whose, how much is held or was withheld, of whose payments. */
async function described(rows: Rows, { id, payee, state }: FlowRow) {
  const member = await rows.members.byId(payee)
  const claims = await rows.flows.claimsOf(id)
  const amount = claims.reduce((sum, claim) => sum + claim.amount, 0n)
  const buyers = [...new Set(claims.map(({ buyer }) => buyer))]
  const trail = await rows.flows.events(id)
  return { number: id, state, uid: member?.uid, name: member?.name, amount, buyers, trail }
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report, values } = input
  return withTracker(input, context, async ({ store }) => {
    const flows = await store.read(async (rows) => {
      const found = await rows.flows.all(values.all === true, LISTED_MAX_COUNT)
      return Promise.all(found.map((flow) => described(rows, flow)))
    })
    for (const { buyers, trail, ...rest } of flows) {
      const { amount, name = '', number, state } = rest
      const reason = trail[0]?.reason ?? ''
      const line = `${number}  ${state}  ${formatAmount(amount)} to ${visible(name)}: ${reason}`
      report.event({ event: 'held', ...rest, accounts: buyers.length, reason }, line)
    }
    const none =
      values.all === true ? 'nothing was held' : 'nothing is held; --all lists what is decided'
    if (flows.length === 0) report.line(none)
    return { held: flows.length }
  })
}

async function show(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals } = input
  return withTracker(input, context, async ({ store }) => {
    const { shown, names } = await store.read(async (rows) => {
      const shown = await described(rows, await named(rows, positionals[1]))
      const members = await Promise.all(shown.buyers.map((uid) => rows.members.byUid(uid)))
      return { shown, names: members.map((member) => member?.name ?? '') }
    })
    const { amount, buyers, name = '', number, state, trail, uid } = shown
    report.line(`held ${number}, ${state}: ${formatAmount(amount)} to ${visible(name)} (${uid})`)
    report.line(`from ${buyers.length} accounts:`)
    for (const [place, buyer] of buyers.entries()) {
      report.line(`  ${buyer}  ${visible(names[place] ?? '')}`)
    }
    for (const { at, reason, what, who } of trail) {
      report.line(`${formatMoment(at)}  ${what}  ${who}: ${visible(reason)}`)
    }
    return shown
  })
}

function deciding(verdict: FlowVerdict) {
  return async (input: Input, context: VerbContext): Promise<Result> => {
    const { positionals, report } = input
    const given = requiredOption(input, held, 'reason')
    const reason = must(shortText('reason', given, CASE_REASON_MAX_BYTES))
    const by = deciderOf(input, context)
    const done = await withTracker(input, context, ({ store }) =>
      store.write(async (rows) => {
        const flow = await named(rows, positionals[1])
        const { amount, name = '', number, uid } = await described(rows, flow)
        must(await decideFlow(rows, flow, { verdict, by, reason }, context.now()))
        return { number, uid, name, amount, state: verdict }
      }),
    )
    // Not before it is on the disk.
    const became = verdict === 'released' ? 'matures for' : 'went to the carrier funds, not to'
    const sum = formatAmount(done.amount)
    report.line(`held ${done.number}: ${sum} ${became} ${visible(done.name)}`)
    return done
  }
}

const ACTIONS: Readonly<Record<string, Verb<VerbContext>['run']>> = {
  list,
  show,
  release: deciding('released'),
  withhold: deciding('withheld'),
}

export const held: Verb<VerbContext> = {
  name: 'held',
  summary: 'earnings held back for the desk: list, show, release, withhold',
  usage:
    '[list] [--all] | show ID | release ID --reason TEXT [--by NAME] | ' +
    'withhold ID --reason TEXT [--by NAME]',
  options: {
    all: { type: 'boolean', help: 'list those that are decided too' },
    reason: { type: 'string', value: 'TEXT', help: 'why, for the audit trail' },
    by: { type: 'string', value: 'NAME', help: 'who decides (the name of the system user)' },
  },
  examples: ['', 'show 3', "release 3 --reason 'one company, one seller in its town'"],
  run: byWord(ACTIONS, 'list'),
}
