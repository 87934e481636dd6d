/** What `earn` does by itself and why, in lines; pure. */
import { formatAmount } from '../../../shared/amount.js'
import type { EarnState } from '../../local/rows.js'
import { amountIn } from '../amounts.js'
import { type Column, fieldLine } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Line, Role } from '../paint.js'

/** One content that earn thought about. */
export type Choice = EarnState['choices'][number]

const LOOKS: Readonly<Record<Choice['state'], Role>> = {
  chosen: 'accent',
  held: 'good',
  dropped: 'warn',
  passed: 'dim',
}
const MONEY_CELLS = 9

/** The columns of what earn thought about. */
export const CHOICE_COLUMNS: readonly Column<Choice>[] = [
  { ...{ title: 'Name', width: 18, rank: 0 }, text: ({ name }) => name },
  {
    ...{ title: 'State', width: 7, rank: 0 },
    text: ({ state }) => state,
    role: ({ state }) => LOOKS[state],
  },
  {
    ...{ title: 'Size', width: 7, right: true, rank: 5 },
    text: ({ bytes }) => formatBytes(bytes),
  },
  {
    ...{ title: 'Price', width: MONEY_CELLS, right: true, rank: 4, role: () => 'money' },
    text: ({ price }) => amountIn(price, MONEY_CELLS),
  },
  {
    ...{ title: 'A day', width: MONEY_CELLS, right: true, rank: 1, role: () => 'money' },
    text: ({ daily }) => amountIn(daily, MONEY_CELLS),
  },
  {
    ...{ title: 'Back in', width: 7, right: true, rank: 2 },
    text: ({ breakEven }) => (breakEven === undefined ? '-' : daysText(breakEven)),
  },
  {
    ...{ title: 'Earned', width: MONEY_CELLS, right: true, rank: 3, role: () => 'money' },
    text: ({ earned }) => amountIn(earned, MONEY_CELLS),
  },
  { ...{ title: 'Why', width: 16, stretches: true, rank: 0 }, text: ({ why }) => why },
]

function daysText(days: number): string {
  return days >= 1000 ? '>1000 d' : `${days < 10 ? days.toFixed(1) : Math.round(days)} d`
}

/** Whether it works, on what, and what came of it. */
export function earnLines(earn: EarnState | undefined): Line[] {
  if (earn === undefined || !earn.on) {
    return [
      [' earn is off; ', [':earn', 'key'], ' buys and seeds by itself, within limits that you set'],
    ]
  }
  const { budget, earned, invested, quota, resting, traffic, trafficCap, used } = earn
  const cap = trafficCap === undefined ? 'no cap' : `of ${formatBytes(trafficCap)}`
  return [
    fieldLine('earn', resting === undefined ? ['works', 'good'] : [`rests: ${resting}`, 'warn']),
    fieldLine('disk', `${formatBytes(used)} of ${formatBytes(quota)}`),
    fieldLine('this month', `${formatBytes(traffic)} moved, ${cap}`),
    fieldLine(
      'budget',
      `${formatAmount(invested)} of `,
      [formatAmount(budget), 'money'],
      ' spent; earned ',
      [formatAmount(earned), 'money'],
    ),
  ]
}
