/** What came in by the hour, as a chart of bars; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { barChart } from '../chart.js'
import type { Line } from '../paint.js'
import type { Size } from '../screen.js'
import { HOURS, sumOf } from './seed-rows.js'

const DAY_HOURS = 24
/** Hours that one bar may stand for; all divide a week. */
const GROUPS = [1, 2, 3, 4, 6, 8, 12, 24] as const
const BAR_MAX_CELLS = 6

/** Sums of so many neighbours, oldest first; what is missing at the beginning earned nothing. */
export function groupHours(hours: readonly bigint[], count: number, group: number): bigint[] {
  const shown = hours.slice(-count)
  const all = [...new Array<bigint>(count - shown.length).fill(0n), ...shown]
  return Array.from({ length: count / group }, (_, at) =>
    sumOf(all.slice(at * group, (at + 1) * group)),
  )
}

/** A title, `size.rows` rows of bars, and the ends of the time that they stand for. */
export function incomeChart(
  hours: readonly bigint[],
  size: Size,
  {
    currency,
    of,
    week,
  }: { readonly currency: string; readonly of: string; readonly week: boolean },
): Line[] {
  const count = week ? HOURS : DAY_HOURS
  const columns = Math.max(1, size.columns - 2)
  const group = GROUPS.find((each) => count / each <= columns) ?? DAY_HOURS
  const sums = groupHours(hours, count, group)
  const width = Math.max(1, Math.min(BAR_MAX_CELLS, Math.floor(columns / sums.length)))
  const top = sums.reduce((most, each) => (each > most ? each : most), 0n)
  const each = group === 1 ? 'an hour' : `${group} hours`
  const cells = sums.length * width
  const [from, to] = [week ? '7 days ago' : '24 hours ago', 'now']
  const axis = `${from}${to.padStart(Math.max(to.length + 1, cells - from.length))}`
  return [
    [' ', [`${of}: ${currency} in ${each}, top `, 'dim'], [formatAmount(top), 'money']],
    ...barChart(sums, { rows: size.rows, width }).map((line): Line => [' ', [line, 'money']]),
    [[` ${axis}`, 'dim']],
  ]
}
