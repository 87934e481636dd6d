/** `statement`: every posting of the account, signed by the provider, held against the wallet. */
import { formatAmount } from '../../shared/amount.js'
import {
  fail,
  type Input,
  numberOption,
  type Report,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { formatMoment } from '../../shared/words.js'
import {
  asCustomer,
  type Context,
  type Customer,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import { type Provider, uidOf } from '../pay/provider.js'
import { historyOf } from '../trade/history.js'
import { type Difference, differences, type Statement, Statements } from '../trade/statement.js'
import { COLUMNS, formatTable } from '../ui/table.js'

const SHOWN_COUNT = 20
const LAST_MAX_COUNT = 1_000_000
const UID_DIGITS = 8

/** The newest events in a table, the oldest of them first. */
function tellHistory(
  { wallet }: Customer,
  report: Report,
  provider: Provider,
  lines: Statement['lines'],
  most: number,
): void {
  const rows = historyOf(lines, most, {
    uid: uidOf(provider.row),
    now: provider.trackerNow(),
    offset: provider.row.clockOffset,
    nameOf: (cid) => {
      const torrent = wallet.contents.get(cid)?.torrent
      const metainfo = torrent && parseMetainfo(torrent)
      return metainfo === undefined || refused(metainfo) ? cid : metainfo.name
    },
  })
  const cells = rows.reverse().map(({ amount, at, name = '', pieces, uid, what }) => {
    const who = uid === undefined ? '' : uid.slice(0, UID_DIGITS)
    const count = pieces === undefined ? '' : String(pieces)
    return [formatMoment(at), what, formatAmount(amount), count, who, visible(name)]
  })
  const head = ['WHEN', 'WHAT', 'AMOUNT', 'PIECES', 'MEMBER', 'CONTENT']
  if (cells.length === 0) report.line('  nothing has happened in this account yet')
  else
    for (const line of formatTable([head, ...cells], {
      right: [2, 3],
      columns: COLUMNS - 2,
      gives: 5,
    }))
      report.line(`  ${line}`)
}

function tellDifference(report: Report, difference: Difference): void {
  const { cid, rid, statement, wallet, what } = difference
  const sums = `the provider says ${formatAmount(statement)}, this wallet ${formatAmount(wallet)}`
  const mend =
    what === 'bought' && wallet === 0n && cid !== undefined
      ? `; floodgate buy ${cid} --yes asks for what was bought, free of charge`
      : ''
  const line = `${what} under grant ${rid}: ${sums}${mend}`
  report.event({ event: 'difference', ...difference, message: line }, `  ${line}`)
}

/** Shows one account; gives whether wallet and statement agree. */
async function show(customer: Customer, { report }: Input, provider: Provider, most: number) {
  const statement = must(await new Statements().read(provider))
  const { holdings, lines } = statement
  const { currency, fingerprint, name, url } = provider.row
  for (const line of lines) report.event({ event: 'posting', provider: fingerprint, ...line })
  report.line(`${visible(name)} at ${url}`)
  tellHistory(customer, report, provider, lines, most)
  const unit = visible(currency)
  const free = `${formatAmount(holdings.spendable)} ${unit} to spend`
  const [unripe, leaving] = [formatAmount(holdings.pending), formatAmount(holdings.payout)]
  const sum = `${free}, ${unripe} pending, ${leaving} to be paid out`
  // One event may be several postings, so a count of them would not be that of the table.
  report.line(`  all that was ever booked adds up: ${sum}`)
  const found = differences(customer.wallet, fingerprint, statement)
  for (const each of found) tellDifference(report, each)
  const agrees = found.length === 0
  if (agrees) report.line('  this wallet says the same of every purchase and claim, to the unit')
  const sums = { postings: lines.length, ...holdings, differences: found.length, agrees }
  const account = { provider: fingerprint, name, url, currency, ...sums }
  report.event({ event: 'account', ...account })
  return account
}

export const statement: Verb<Context> = {
  name: 'statement',
  summary: 'every posting of your account, from the provider, held against this wallet',
  usage: '[--last N | --all] [--tracker WHICH]',
  options: {
    last: { type: 'string', value: 'N', help: `show the last N events (${SHOWN_COUNT})` },
    all: { type: 'boolean', help: 'show every event' },
    ...TRACKER_OPTION,
  },
  examples: ['', '--all', '--json'],
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      const { values } = input
      const given = must(numberOption(values, 'last', { min: 1, max: LAST_MAX_COUNT }))
      if (given !== undefined && values.all === true) fail('usage', 'either --last or --all')
      const most = values.all === true ? Number.POSITIVE_INFINITY : (given ?? SHOWN_COUNT)
      const accounts: Awaited<ReturnType<typeof show>>[] = []
      for (const provider of must(chooseProviders(customer, values))) {
        accounts.push(await show(customer, input, provider, most))
      }
      const [only] = accounts
      if (only !== undefined && accounts.length === 1) return only
      return { accounts: accounts.length, agrees: accounts.every(({ agrees }) => agrees) }
    }),
}
