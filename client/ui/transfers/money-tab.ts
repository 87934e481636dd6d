/** The money of a transfer: what it cost and brought, with whom, and what is at stake; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { counted } from '../../../shared/words.js'
import type { CounterpartRow, Detail, Transfer } from '../../local/transfer-rows.js'
import { amountIn } from '../amounts.js'
import { fieldLine, type Named } from '../columns.js'
import { formatWindow } from '../format.js'
import type { Line, Span } from '../paint.js'
import { type TabView, tableTab } from './tab.js'

const COUNT_CELLS = 7
const MONEY_CELLS = 10

const COLUMNS: readonly Named<CounterpartRow>[] = [
  {
    ...{ name: 'uid', title: 'Member', width: 12, stretches: true, rank: 0, ascends: true },
    text: ({ uid }) => uid,
    by: ({ uid }) => uid,
  },
  pieces('Bought', 'bought', 3),
  money('Paid it', 'paid', 2),
  pieces('Sold', 'sold', 3),
  money('Earned', 'earned', 1),
  {
    ...{ name: 'net', title: 'Net', width: MONEY_CELLS, right: true, rank: 4 },
    by: ({ earned, paid }) => earned - paid,
    text: ({ earned, paid }) => amountIn(earned - paid, MONEY_CELLS),
    role: ({ earned, paid }) => (earned >= paid ? 'good' : undefined),
  },
]

function pieces(title: string, name: 'bought' | 'sold', rank: number): Named<CounterpartRow> {
  return {
    ...{ name, title, width: COUNT_CELLS, right: true, rank },
    by: ({ [name]: count }) => count,
    text: ({ [name]: count }) => (count === 0 ? '' : String(count)),
  }
}

function money(title: string, name: 'paid' | 'earned', rank: number): Named<CounterpartRow> {
  return {
    ...{ name, title, width: MONEY_CELLS, right: true, rank, role: () => 'money' },
    by: ({ [name]: value }) => value,
    text: ({ [name]: value }) => (value === 0n ? '' : amountIn(value, MONEY_CELLS)),
  }
}

/** Sums over all members of a content. */
export function sumCounterparts(rows: readonly CounterpartRow[]) {
  const sum = { bought: 0, sold: 0, paid: 0n, earned: 0n }
  for (const { bought, earned, paid, sold } of rows) {
    sum.bought += bought
    sum.sold += sold
    sum.paid += paid
    sum.earned += earned
  }
  return sum
}

export const moneyTab = tableTab<CounterpartRow>({
  columns: () => COLUMNS,
  rows: ({ counterparts }) => counterparts,
  keyOf: ({ uid }) => uid,
  order: { sort: 'earned', descending: true },
  weight: ({ earned, paid }) => earned + paid,
  whole: ({ uid }) => fieldLine('member', uid),
  above: (view) => (view.transfer.paid ? headLines(view) : []),
  empty: ({ transfer }) =>
    transfer.paid ? 'nobody traded with us yet' : 'this content is free: no money moves',
})

function headLines({ detail, size, transfer }: TabView): Line[] {
  const { currency = '', price, reward, spent = 0n } = transfer
  const sum = sumCounterparts(detail?.counterparts ?? [])
  // Of the same moment as the members below, which the row may not be.
  const earned = detail === undefined ? (transfer.earned ?? 0n) : sum.earned
  const lines: Line[] = [
    fieldLine('price', amount(price), ` ${currency}; a piece earns its seller `, amount(reward)),
    fieldLine(
      'spent',
      amount(spent),
      `; of it ${formatAmount(sum.paid)} went to sellers for ${counted(sum.bought, 'piece')}`,
    ),
    fieldLine(
      'earned',
      amount(earned),
      ` from ${counted(sum.sold, 'piece')} sold; ${backText(earned, spent)}`,
    ),
    ...(detail === undefined ? [] : stakeLines(detail, transfer)),
  ]
  // A small screen keeps half of its rows for the members.
  const most = Math.floor(size.rows / 2)
  return lines.length <= most ? [...lines, []] : lines.slice(0, most)
}

/** How much of what was spent came back. */
function backText(earned: bigint, spent: bigint): string {
  if (spent === 0n) return 'nothing was spent'
  if (earned >= spent) return `${formatAmount(earned - spent)} more than it cost`
  return `${(earned * 100n) / spent} % of what it cost is back`
}

/** What is still open: tokens, what is unpaid each way, and the terms that bound it. */
function stakeLines(detail: Detail, { owing }: Transfer): Line[] {
  const { b = 1, exposed, mode = 'open', n, tokens, unspent, window, worst } = detail
  const worth = unspent === undefined ? '' : `, worth ${formatAmount(unspent)}`
  const bounds = `${mode}, ${counted(n ?? 0, 'unpaid piece')} a seller, ${b} a signature`
  const complaints = window === undefined ? '' : `, complaints ${formatWindow(window)}`
  return [
    fieldLine('tokens left', tokens === undefined ? '-' : `${tokens}${worth} to sellers`),
    fieldLine('exposed now', amount(exposed), '  owed by us ', amount(owing)),
    fieldLine('worst today', amount(worst), ' if every stranger that may owe us pays nothing'),
    ...(n === undefined ? [] : [fieldLine('terms', `${bounds}${complaints}`)]),
  ]
}

function amount(value: bigint | undefined): Span {
  return value === undefined ? '-' : [formatAmount(value), 'money']
}
