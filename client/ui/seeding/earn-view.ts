/** What `earn` does by itself and why, in lines; pure. */
import type { EarnState } from '../../local/rows.js'
import { amountIn, roughly } from '../amounts.js'
import type { Column } from '../columns.js'
import { earnHead } from '../earn.js'
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
    text: ({ daily }) => amountIn(roughly(daily), MONEY_CELLS),
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
export function earnLines(earn: EarnState | undefined, currency: string): Line[] {
  if (earn === undefined) return [[' earn is not at work here']]
  const [first = '', ...figures] = earnHead(earn, currency)
  const works = earn.on && earn.resting === undefined
  return [[' ', [first, works ? 'good' : 'warn']], ...figures.map((line): Line => [` ${line}`])]
}
