/** `wallet`: what each account holds, what was spent and earned, and whether both books agree. */
import { formatAmount } from '../../shared/amount.js'
import { type Input, type Report, type Verb, visible } from '../../shared/command.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import { counted, formatMoment } from '../../shared/words.js'
import {
  asCustomer,
  type Context,
  type Customer,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import type { Provider } from '../pay/provider.js'
import { booksAgree, type ContentBook, type LocalBooks, localBooks } from '../trade/books.js'
import { COLUMNS, formatRecords } from '../ui/table.js'

/** What the tracker says of an account, or why it says nothing. */
interface Said {
  readonly account?: { name: string; spendable: bigint; pending: bigint } & Sums & Desk
  readonly problem?: Refusal
}
/** What the provider's desk keeps back, and what lies elsewhere; where there is some. */
interface Desk {
  readonly held?: bigint
  readonly withheld?: bigint
  readonly escrow?: bigint
  readonly paying?: bigint
  readonly paidOut?: bigint
}
interface Sums {
  readonly spent: bigint
  readonly earned: bigint
}

/** Before the lines of an account. */
const INDENT = '  '

function showContents(report: Report, provider: Provider, books: readonly ContentBook[]): void {
  const { fingerprint } = provider.row
  for (const book of books) report.event({ event: 'content', provider: fingerprint, ...book })
  const records = books.map(({ bought, cid, claimed, name, sold, spent }) => ({
    row: [visible(name), formatAmount(spent), String(bought), String(sold), String(claimed)],
    below: cid,
  }))
  const head = ['NAME', 'SPENT', 'PIECES PAID', 'PIECES SOLD', 'CLAIMED']
  const form = { right: [1, 2, 3, 4], gives: 0, columns: COLUMNS - INDENT.length }
  for (const line of formatRecords(head, records, form)) report.line(`${INDENT}${line}`)
}

/** Whether both books say the same; undefined when the tracker was not asked. */
function agreement(local: LocalBooks, said: Said): boolean | undefined {
  return said.account === undefined ? undefined : booksAgree(local, said.account)
}

function pendingText({ amount, local }: { amount: bigint; local: LocalBooks }): string {
  const [first] = local.maturing
  const last = local.maturing.at(-1)
  if (amount === 0n || first === undefined || last === undefined) return ''
  const [from, to] = [formatMoment(first.at), formatMoment(last.at)]
  if (from === to) return `, spendable from ${from}`
  return `, spendable from ${from} (${formatAmount(first.amount)}) to ${to}`
}

function showAccount(report: Report, provider: Provider, local: LocalBooks, said: Said): void {
  const { currency, name, uid, url } = provider.row
  const { account, problem } = said
  const line = (label: string, value: bigint, more = '') =>
    report.line(`  ${label.padEnd(12)}${formatAmount(value)} ${visible(currency)}${more}`)
  report.line(`${visible(name)} at ${url}, member ${uid}`)
  if (account !== undefined) {
    line('spendable', account.spendable)
    const { held, pending, withheld } = account
    const free = pending - (held ?? 0n)
    line('pending', pending, pendingText({ amount: free, local }))
    if (held !== undefined) line('held', held, " of it: the provider's desk looks at it first")
    if (withheld !== undefined) line('withheld', withheld, ' of what was earned, by the desk')
    const { escrow, paidOut, paying } = account
    if (escrow !== undefined) line('in escrow', escrow, ' for the sellers of what was bought')
    if (paying !== undefined) line('paying out', paying, ', not paid yet: floodgate payout')
    if (paidOut !== undefined) line('paid out', paidOut)
  }
  line('spent', account?.spent ?? local.spent)
  line('earned', account?.earned ?? local.earned)
  const { exposed, underWay, unclaimed, unsigned } = local
  const waiting = underWay === 0 ? '' : `; claims without an answer: ${underWay}`
  line('unclaimed', unclaimed.amount, ` for ${counted(unclaimed.pieces, 'piece')}${waiting}`)
  if (unsigned.pieces > 0) {
    line(
      'not signed',
      unsigned.amount,
      ` for ${counted(unsigned.pieces, 'piece')}, to be signed soon`,
    )
  }
  if (exposed.pieces > 0)
    line('owed to us', exposed.amount, ` for ${counted(exposed.pieces, 'piece')}`)
  showContents(report, provider, local.contents)
  report.line(`  ${verdict(local, said)}`)
  if (problem !== undefined) report.line(`  ${problem.message}`)
}

function verdict(local: LocalBooks, said: Said): string {
  const { account } = said
  if (account === undefined) return 'this is what the wallet knows, without the tracker'
  if (agreement(local, said)) return 'the tracker agrees with this wallet'
  return (
    `the tracker's books differ: it has spent ${formatAmount(account.spent)}, ` +
    `earned ${formatAmount(account.earned)}; this wallet ${formatAmount(local.spent)} and ` +
    formatAmount(local.earned)
  )
}

/** One account as it is reported; amounts in millionths. */
function accountEvent(provider: Provider, local: LocalBooks, said: Said) {
  const { currency, fingerprint, name, uid, url } = provider.row
  const { account, problem } = said
  const { earned, maturing, spent, underWay, unclaimed } = local
  const { name: _, ...known } = account ?? {}
  return {
    ...{ provider: fingerprint, name, url, uid, currency, ...known },
    ...{ spent: account?.spent ?? spent, earned: account?.earned ?? earned },
    ...{ unclaimed: unclaimed.pieces, underWay, maturing, local: { spent, earned } },
    ...{ exposed: local.exposed.pieces, agrees: agreement(local, said) },
    ...(problem === undefined ? {} : { code: problem.code, message: problem.message }),
  }
}

async function show(customer: Customer, { report, values }: Input) {
  const providers = must(chooseProviders(customer, values))
  const accounts = await Promise.all(
    providers.map(async (provider) => {
      const said = await askAccount(provider)
      return { provider, said, local: localBooks(customer.wallet, provider) }
    }),
  )
  for (const { local, provider, said } of accounts) {
    const event = { event: 'account', ...accountEvent(provider, local, said) }
    report.event(event)
    showAccount(report, provider, local, said)
  }
  const serious = accounts.find(
    ({ said: { problem } }) => problem && problem.code !== 'unreachable',
  )
  if (serious?.said.problem !== undefined) must(serious.said.problem)
  const [first] = accounts
  const only = accounts.length === 1 && first
  return only ? accountEvent(only.provider, only.local, only.said) : { accounts: accounts.length }
}

async function askAccount(provider: Provider): Promise<Said> {
  const answer = await provider.call('account', {})
  return refused(answer) ? { problem: answer } : { account: answer.body }
}

export const wallet: Verb<Context> = {
  name: 'wallet',
  summary: 'show each account, what was spent and earned, and whether the books agree',
  usage: '[--tracker WHICH]',
  options: TRACKER_OPTION,
  examples: ['', '--json', '--tracker https://tracker.example'],
  run: (input, context) => asCustomer(input, context, (customer) => show(customer, input)),
}
