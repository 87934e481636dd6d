/** How long to wait before asking again what did not reach the tracker; pure. */
import { RETRY_MAX_MS, RETRY_MIN_MS } from '../../shared/limits.js'

/**
 * Milliseconds after this many failures in a row (1 or more): doubled each time, to a bound; of
 * that between half and all, by a lot from 0 to 1, so that what failed together does not come back
 * together.
 */
export function retryDelayMs(failures: number, lot: number): number {
  const longest = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1))
  return Math.round((longest * (1 + lot)) / 2)
}
