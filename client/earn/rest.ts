/** Why earn rests at a moment, in plain words, by what was agreed to; pure. */
import { formatBytes, formatDuration } from '../ui/format.js'
import { type Hours, isOpen, nextOpening, type WallTime } from './hours.js'

/** The rules of an agreement, its table read; null is no bound. */
export interface Rules {
  readonly on: boolean
  readonly hours: Hours | null
  readonly idleMs: number | null
  readonly load: number | null
  readonly traffic: number | null
}

/** What rules look at. */
export interface Moment {
  readonly wall: WallTime
  /** Milliseconds since somebody typed, and the load of other programs. */
  readonly idleMs: number
  readonly load: number
  /** Bytes of this month, and of the last second: it stops before the cap, not behind it. */
  readonly traffic: number
  readonly lastSecond: number
}

/** Seconds of traffic that are left unused at a cap: stopping takes a moment, too. */
const STOPPING_SECONDS = 3

/** Why earn may not work now; undefined when it may. */
export function whyRest(rules: Rules, moment: Moment): string | undefined {
  const { hours, idleMs, load, on, traffic } = rules
  if (!on) return 'it is off; floodgate earn start turns it on'
  if (hours !== null && !isOpen(hours, moment.wall)) {
    return `its hours are ${hours.text}; it goes on ${nextOpening(hours, moment.wall) ?? 'never'}`
  }
  const used = moment.traffic + STOPPING_SECONDS * moment.lastSecond
  if (traffic !== null && used >= traffic) {
    return `this month's traffic of ${formatBytes(traffic)} is used up`
  }
  if (idleMs !== null && moment.idleMs < idleMs) {
    const left = formatDuration((idleMs - moment.idleMs) / 1000)
    return `somebody is at work here; it goes on after ${left} without input`
  }
  if (load !== null && moment.load >= load) {
    return `other programs load the machine by ${moment.load.toFixed(1)}, above ${load}`
  }
  return undefined
}
