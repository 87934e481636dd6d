/** Counts and moments as people read them; pure. */
import { MOMENT_MAX_MS } from './home-limits.js'

/** A moment that somebody named, in ISO 8601; MOMENT_MAX_MS stands for all later ones. */
export function isoMoment(ms: number): string {
  return new Date(Math.min(ms, MOMENT_MAX_MS)).toISOString()
}

/**
 * A moment as date and minute of the day, in UTC: `2026-11-24 15:00 UTC`; never
 * for programs, which are told milliseconds or ISO 8601.
 */
export function formatMoment(ms: number): string {
  const [date, time = ''] = isoMoment(ms).split('T')
  return `${date} ${time.slice(0, 5)} UTC`
}

/** `1 piece`, `40 pieces`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
