/**
 * What concerns a whole home and a person should know of: a clock that is wrong, a disk that is
 * nearly full, a wallet that cannot be written. Each is gone from here when it is gone.
 */
import { dirname } from 'node:path'
import { type Refusal, refuse } from '../../shared/errors.js'
import { CLOCK_SKEW_MAX_MS } from '../../shared/limits.js'
import { DISK_LOW_BYTES } from '../../shared/local-limits.js'
import type { Totals } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'
import { problemOf } from '../ui/advice.js'
import { formatBytes, formatDuration } from '../ui/format.js'
import { roomOf } from './disks.js'
import type { Household } from './household.js'

/** What is wrong; `wallClock` is what the system says the time is, in milliseconds. */
export function troublesOf(
  household: Household,
  transfers: readonly Transfer[],
  wallClock: number,
): Totals['problems'] {
  const { broken } = household.customer.wallet
  const found = [
    ...(broken === undefined ? [] : [broken]),
    ...clockTrouble(household, wallClock),
    ...diskTroubles(household.customer.home.folder, transfers),
  ]
  return found.map(problemOf)
}

/**
 * The clock against the first tracker that told its time: work goes by that anyway, dates that a
 * person reads do not.
 */
function clockTrouble({ providers }: Household, wallClock: number): Refusal[] {
  for (const provider of providers.values()) {
    const ahead = wallClock - provider.trackerNow()
    if (Math.abs(ahead) <= CLOCK_SKEW_MAX_MS) continue
    const by = formatDuration(Math.abs(ahead) / 1000)
    const way = ahead > 0 ? 'ahead of' : 'behind'
    const text = `the clock of this machine is ${by} ${way} the tracker of ${provider.row.name}`
    return [refuse('clock-wrong', text)]
  }
  return []
}

/** Disks of the home and of what is fetched, each folder once. */
function diskTroubles(home: string, transfers: readonly Transfer[]): Refusal[] {
  const fetching = transfers.filter(({ left, state }) => left > 0 && state !== 'paused')
  const folders = new Set([home, ...fetching.map(({ folder }) => folder)])
  return [...folders].flatMap((folder) => {
    const room = roomOf(folder) ?? roomOf(dirname(folder))
    if (room === undefined || room >= DISK_LOW_BYTES) return []
    return [refuse('disk-full', `${formatBytes(room)} are left on the disk of ${folder}`)]
  })
}
