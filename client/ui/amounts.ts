/** Amounts and quantities in the cells of a table; pure. */
import { formatAmount } from '../../shared/amount.js'
import { formatBytes, formatDuration } from './format.js'

/**
 * An amount (millionths) in at most `cells` cells: exact where that fits, else with a ~ and fewer
 * decimals, cut and never rounded up; `#` where not even the whole units fit.
 */
export function amountIn(value: bigint, cells: number): string {
  const exact = formatAmount(value)
  if (exact.length <= cells) return exact
  const whole = exact.indexOf('.')
  const room = cells - 1
  if (room < whole) return '#'.repeat(Math.max(0, cells))
  return `~${exact.slice(0, room <= whole + 1 ? whole : room)}`
}

const HUNDREDTH = 10_000n

/** An estimate (millionths) cut to hundredths, since nobody can know more; below 0.01 as it is. */
export function roughly(value: bigint): bigint {
  return value < HUNDREDTH ? value : value - (value % HUNDREDTH)
}

/** Bytes a second for a column whose title says so; nothing where nothing flows. */
export function rateCell(rate: number): string {
  return rate < 1 ? '' : formatBytes(rate)
}

/** A share of 0 to 1 in whole percent; 100 only when nothing is missing. */
export function percentCell(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part * 100) / whole)} %`
}

/** Seconds as a time span, at most six cells; `-` when nobody knows, days alone from a hundred. */
export function spanCell(seconds: number | undefined): string {
  if (seconds === undefined) return '-'
  const days = seconds / 86_400
  if (days >= 10_000) return '>27y'
  return days >= 100 ? `${Math.floor(days)}d` : formatDuration(seconds)
}
