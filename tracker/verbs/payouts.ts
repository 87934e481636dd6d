/**
 * `payouts`: money that members want paid out: list, show, say that it is paid, or return it; and
 * make one for a member whose membership has ended.
 */
import { payout, pending, spendable } from '../../shared/account.js'
import { formatAmount, parseSum } from '../../shared/amount.js'
import {
  byWord,
  fail,
  type Input,
  requiredOption,
  type Verb,
  visible,
  wholeNumber,
} from '../../shared/command.js'
import { assert, must } from '../../shared/errors.js'
import { PAYOUT_NOTE_MAX_BYTES, PAYOUT_TO_MAX_BYTES } from '../../shared/money-limits.js'
import { formatMoment } from '../../shared/words.js'
import { balanceOf } from '../ledger.js'
import type { PayoutEnd, PayoutRow } from '../payout-rows.js'
import { decidePayout, destinationOf, makePayout } from '../payouts.js'
import type { Rows } from '../rows.js'
import { shortText } from '../settings.js'
import type { Tracker } from '../tracker.js'
import { deciderOf, findMember, type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

const LISTED_MAX_COUNT = 10_000

/** The payout that the arguments name. */
async function named(rows: Rows, text: string | undefined): Promise<PayoutRow> {
  const id = wholeNumber(text)
  if (id === undefined) {
    return fail('usage', 'name a payout by its number: floodgate-tracker payouts list')
  }
  return (await rows.payouts.byId(id)) ?? fail('unknown-payout', `there is no payout ${id}`)
}

/** A payout as it is shown. */
async function described(tracker: Tracker, rows: Rows, row: PayoutRow) {
  const member = await rows.members.byId(row.member)
  assert(member !== undefined, 'a payout was asked for by a member')
  const { id: number, amount, asked, decided, made, note, state, who } = row
  const to = must(destinationOf(tracker, row))
  const { name, uid } = member
  return { number, state, amount, uid, name, to, asked, made, decided, who, note }
}

/** Who of the desk made it and why, after what is told of it; nothing when its member asked. */
function madeBy({ made }: Pick<PayoutRow, 'made'>): string {
  return made === undefined ? '' : `, made by ${visible(made.by)}: ${visible(made.why)}`
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report, values } = input
  return withTracker(input, context, async (tracker) => {
    const found = await tracker.store.read(async (rows) => {
      const all = await rows.payouts.all(values.all === true, LISTED_MAX_COUNT)
      return Promise.all(all.map((row) => described(tracker, rows, row)))
    })
    let waiting = 0n
    for (const each of found) {
      const { amount, asked, name, number, state, to } = each
      if (state === 'asked') waiting += amount
      const whose = `${formatAmount(amount)} for ${visible(name)} to ${visible(to)}${madeBy(each)}`
      report.event(
        { event: 'payout', ...each },
        `${number}  ${state}  ${formatMoment(asked)}  ${whose}`,
      )
    }
    const ways = 'payouts paid ID --reference TEXT, or payouts return ID --reason TEXT'
    const rest = waiting === 0n ? 'none waits' : `${formatAmount(waiting)} to be paid: ${ways}`
    const none =
      values.all === true ? 'none was asked for' : 'no payout waits; --all lists what is done'
    report.line(found.length === 0 ? none : rest)
    return { payouts: found.length, waiting }
  })
}

/** Where the member's money came from and went: what a person looks at before it pays. */
async function booksOf(rows: Rows, { uid }: Pick<Awaited<ReturnType<typeof described>>, 'uid'>) {
  const own = await rows.ledger.account(spendable(uid))
  const earning = await rows.ledger.account(pending(uid))
  const asked = await rows.ledger.account(payout(uid))
  const [came, earned] = [own?.credits ?? 0n, earning?.credits ?? 0n]
  return {
    spendable: balanceOf(own),
    pending: balanceOf(earning),
    waiting: balanceOf(asked),
    earned,
    came,
  }
}

async function show(input: Input, context: VerbContext): Promise<Result> {
  const { report, positionals } = input
  return withTracker(input, context, async (tracker) => {
    const { books, shown } = await tracker.store.read(async (rows) => {
      const shown = await described(tracker, rows, await named(rows, positionals[1]))
      return { shown, books: await booksOf(rows, shown) }
    })
    const { amount, asked, decided, name, note = '', number, state, to, uid, who = '' } = shown
    report.line(`payout ${number}, ${state}: ${formatAmount(amount)} for ${visible(name)} (${uid})`)
    report.line(`to ${visible(to)}, asked for at ${formatMoment(asked)}${madeBy(shown)}`)
    if (decided !== undefined)
      report.line(`${formatMoment(decided)}  ${state}  ${who}: ${visible(note)}`)
    const { earned, pending: unripe, spendable: free } = books
    const sums = [`earned ${formatAmount(earned)} in all`, `${formatAmount(unripe)} still pending`]
    report.line(`the member ${sums.join(', ')}, and can spend ${formatAmount(free)}`)
    return { ...shown, ...books }
  })
}

async function make(input: Input, context: VerbContext): Promise<Result> {
  const { positionals, report } = input
  const [, who = '', text = ''] = positionals
  const amount = text === 'all' ? undefined : must(parseSum(text))
  const to = must(shortText('to', requiredOption(input, payouts, 'to'), PAYOUT_TO_MAX_BYTES))
  const given = requiredOption(input, payouts, 'reason')
  const why = must(shortText('reason', given, PAYOUT_NOTE_MAX_BYTES))
  const made = { by: deciderOf(input, context), why }
  const done = await withTracker(input, context, (tracker) =>
    tracker.store.write(async (rows) => {
      const member = await findMember(rows, who)
      const desk = { tracker, rows, nowMs: context.now() }
      const row = must(await makePayout(desk, { amount, made, member, to }))
      const shown = await described(tracker, rows, row)
      return { ...shown, ...(await booksOf(rows, shown)) }
    }),
  )
  // Not before it is on the disk.
  const { name, number, pending: unripe, spendable: free, waiting } = done
  const sum = formatAmount(done.amount)
  report.line(`payout ${number}: ${sum} for ${visible(name)} waits to be paid to ${visible(to)}`)
  const rest = `${formatAmount(free)} is left to spend, ${formatAmount(unripe)} is pending`
  report.line(`of its account ${rest}, ${formatAmount(waiting)} waits in payouts`)
  report.line(`once you have paid it: floodgate-tracker payouts paid ${number} --reference TEXT`)
  return done
}

function deciding(state: PayoutEnd['state']) {
  return async (input: Input, context: VerbContext): Promise<Result> => {
    const { positionals, report } = input
    const option = state === 'paid' ? 'reference' : 'reason'
    const given = requiredOption(input, payouts, option)
    const note = must(shortText(option, given, PAYOUT_NOTE_MAX_BYTES))
    const who = deciderOf(input, context)
    const done = await withTracker(input, context, (tracker) =>
      tracker.store.write(async (rows) => {
        const row = await named(rows, positionals[1])
        const { first } = must(await decidePayout(rows, row, { state, who, note }, context.now()))
        const { amount, name, number, uid } = await described(tracker, rows, row)
        return { number, uid, name, amount, state, first }
      }),
    )
    // Not before it is on the disk.
    const again = done.first ? '' : ' before; nothing is changed now'
    const paid = done.first ? 'is paid to' : 'was paid to'
    const what = state === 'paid' ? paid : 'went back to the account of'
    const sum = formatAmount(done.amount)
    report.line(`payout ${done.number}: ${sum} ${what} ${visible(done.name)}${again}`)
    return done
  }
}

const ACTIONS: Readonly<Record<string, Verb<VerbContext>['run']>> = {
  list,
  show,
  make,
  paid: deciding('paid'),
  return: deciding('returned'),
}

export const payouts: Verb<VerbContext> = {
  name: 'payouts',
  summary: 'money that members want paid out: list, show, paid, return, make',
  usage:
    '[list] [--all] | show ID | paid ID --reference TEXT [--by NAME] | ' +
    'return ID --reason TEXT [--by NAME] | ' +
    'make UID-or-NAME AMOUNT-or-all --to TEXT --reason TEXT [--by NAME]',
  options: {
    all: { type: 'boolean', help: 'list those that are done too' },
    reference: { type: 'string', value: 'TEXT', help: 'of the transfer that you made' },
    reason: { type: 'string', value: 'TEXT', help: 'why not paid, for the member; or why made' },
    to: { type: 'string', value: 'TEXT', help: 'where the money of a revoked member shall go' },
    by: { type: 'string', value: 'NAME', help: 'who decides (the name of the system user)' },
  },
  examples: [
    '',
    'show 3',
    "paid 3 --reference 'SEPA 2026-11-21/17'",
    "return 3 --reason 'there is no such account'",
    "make carol all --to 'her new home' --reason 'lost her key, showed her passport'",
  ],
  run: byWord(ACTIONS, 'list'),
}
