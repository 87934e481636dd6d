/**
 * How much a content is asked for, as the catalogue tells it: purchases, who fetches now, and how
 * long the last downloads took. Sellers choose by it what to carry, buyers see what to expect.
 */
import type { AnnounceCall } from '../shared/api.js'
import { DEMAND_REFRESH_MS } from '../shared/tracker-limits.js'
import { DAY_MS } from '../shared/units.js'
import type { ContentRow, GrantRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'

/** What is told of one content. */
export interface Demand {
  /** Purchases of the whole content in the last 24 hours, and in the last seven days. */
  readonly day: number
  readonly week: number
  /** Median seconds of its last downloads; undefined while none is known. */
  readonly expected: number | undefined
}

const NONE: Demand = { day: 0, week: 0, expected: undefined }

/** The demand of all contents, counted again when it is DEMAND_REFRESH_MS old. */
export class DemandShelf {
  #known: ReadonlyMap<number, Demand> = new Map()
  #atMs = Number.NEGATIVE_INFINITY

  /** Gives the demand of a content by its row. */
  async read(rows: Rows, nowMs: number): Promise<(content: number) => Demand> {
    if (Math.abs(nowMs - this.#atMs) >= DEMAND_REFRESH_MS) {
      this.#known = await count(rows, nowMs)
      this.#atMs = nowMs
    }
    const known = this.#known
    return (content) => known.get(content) ?? NONE
  }
}

async function count(rows: Rows, nowMs: number): Promise<ReadonlyMap<number, Demand>> {
  const times = new Map<number, number[]>()
  for (const { content, tookMs } of await rows.demand.finished()) {
    times.set(content, [...(times.get(content) ?? []), tookMs])
  }
  const found = new Map<number, Demand>()
  for (const [content, all] of times) found.set(content, { ...NONE, expected: median(all) })
  for (const row of await rows.demand.purchases(nowMs - DAY_MS, nowMs - 7 * DAY_MS)) {
    const { content, day, week } = row
    found.set(content, { expected: undefined, ...found.get(content), day, week })
  }
  return found
}

/** The middle one in seconds, the slower of two; half of all downloads were no slower. */
function median(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b)
  return Math.max(1, Math.ceil((sorted[Math.floor(sorted.length / 2)] ?? 0) / 1000))
}

/**
 * Follows the download of who bought a content, by its announces. It counts when most of the
 * content was still to come and the buyer did not stop in between.
 */
export async function followDownload(
  { rows, member, nowMs }: CallContext,
  content: ContentRow,
  grant: GrantRow | undefined,
  { event, left }: AnnounceCall,
): Promise<void> {
  if (left === 0) return rows.demand.done(member.id, content, nowMs)
  if (event === 'stopped') return rows.demand.broke(member.id, content.id)
  if (grant === undefined || grant.only !== undefined || left * 2 < content.size) return
  await rows.demand.began(grant, nowMs, left, event === 'started')
}
