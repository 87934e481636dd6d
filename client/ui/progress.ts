/** The state of a transfer in one line for a person, one object for a program; pure. */
import { formatBytes, formatDuration } from './format.js'
import { type Money, moneyFields, moneyText } from './money.js'

/** A transfer at one moment; rates in bytes per second. */
export interface Progress {
  readonly bytes: number
  /** Bytes not on disk yet. */
  readonly left: number
  readonly downRate: number
  readonly upRate: number
  readonly uploaded: number
  readonly peers: number
  readonly money: readonly Money[]
  /** While contents are checked: which part of what they have on the disk was looked at, 0 to 1. */
  readonly checked?: number
  /** Contents that wait for room on their disk, and are not in these figures. */
  readonly waiting?: number
  /** Pieces paid in this run, by the seller's uid. */
  readonly pieces: Readonly<Record<string, number>>
}

/** Seconds until nothing is left at the present rate; undefined when nothing comes. */
export function secondsLeft({
  left,
  downRate,
}: Pick<Progress, 'left' | 'downRate'>): number | undefined {
  if (left === 0) return 0
  return downRate >= 1 ? left / downRate : undefined
}

/** `42.3 %  3.20 MB/s  ETA 12s  5 peers  up 1.10 MB/s  spent 2.00  earned 0.14`; with something
 * missing and nobody there, what it waits for in place of rates. */
export function progressLine(progress: Progress): string {
  const { bytes, checked, downRate, left, money, peers, upRate, uploaded, waiting = 0 } = progress
  const eta = secondsLeft(progress)
  const percent = ((bytes - left) * 100) / bytes
  const full = waiting === 0 ? '' : 'waiting for room on the disk'
  if (waiting > 0 && bytes === 0) return [full, moneyText(money)].join('  ')
  if (checked !== undefined && peers === 0) {
    const looked = `checking what is on the disk: ${(checked * 100).toFixed(1)} %`
    return [looked, moneyText(money)].join('  ')
  }
  if (left > 0 && peers === 0) {
    const waits = '0 peers: waiting for somebody who has it'
    return [`${percent.toFixed(1)} %`, waits, moneyText(money)].join('  ')
  }
  const parts =
    left === 0
      ? ['complete', `sent ${formatBytes(uploaded)}`]
      : [
          `${percent.toFixed(1)} %`,
          `${formatBytes(downRate)}/s`,
          `ETA ${eta === undefined ? '-' : formatDuration(eta)}`,
        ]
  parts.push(peers === 1 ? '1 peer' : `${peers} peers`)
  if (left === 0 || upRate >= 1) parts.push(`up ${formatBytes(upRate)}/s`)
  parts.push(moneyText(money))
  if (waiting > 0) parts.push(`${waiting} ${full}`)
  return parts.join('  ')
}

/** The event `progress`: the same figures, whole bytes, `eta` in seconds. */
export function progressEvent({ money, ...progress }: Progress): Readonly<Record<string, unknown>> {
  const eta = secondsLeft(progress)
  return {
    event: 'progress',
    ...progress,
    ...moneyFields(money),
    downRate: Math.round(progress.downRate),
    upRate: Math.round(progress.upRate),
    ...(eta === undefined ? {} : { eta: Math.round(eta) }),
  }
}
