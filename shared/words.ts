/** Counts and moments as people read them; pure. */

/**
 * A moment as date and minute of the day, in UTC: `2026-11-24 15:00 UTC`; never
 * for programs, which are told milliseconds or ISO 8601.
 */
export function formatMoment(ms: number): string {
  const [date, time = ''] = new Date(ms).toISOString().split('T')
  return `${date} ${time.slice(0, 5)} UTC`
}

/** `1 piece`, `40 pieces`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
