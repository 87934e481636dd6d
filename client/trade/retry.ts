/** How long to wait before asking again what did not reach the tracker; pure. */
import { RETRY_MAX_MS, RETRY_MIN_MS } from '../../shared/limits.js'

/** Milliseconds after this many failures in a row (1 or more): doubled each time, to a bound. */
export function retryDelayMs(failures: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1))
}
