/**
 * Absences of the tracker: while it is away nobody can answer a case, claim, or hear of either, so
 * no deadline of a case runs (D12).
 */
import { AWAKE_EVERY_MS, OUTAGE_GRACE_MS, OUTAGE_MIN_MS } from '../shared/case-limits.js'
import type { Store } from './rows.js'

/**
 * Before the first tick of a serving tracker: moves the deadlines that were still to come when it
 * was last at work by as long as it was away, and at least so far that what was missed can be made
 * up for. Gives how many were moved.
 */
export async function wakeUp(store: Store, nowMs: number): Promise<number> {
  return store.write(async (rows) => {
    const last = (await rows.cases.awake()) ?? nowMs
    await rows.cases.setAwake(nowMs)
    const away = nowMs - last
    if (away < OUTAGE_MIN_MS) return 0
    let count = 0
    for (const { deadline, fetched, id, kind, state } of await rows.cases.pending(last)) {
      // Who was never told has until the grant's own end.
      if (kind === 'unpaid' && fetched === undefined) continue
      const moved = Math.max(deadline + away, nowMs + Math.min(away, OUTAGE_GRACE_MS))
      await rows.cases.setDeadline(id, moved)
      const reason = `the tracker was away for ${Math.round(away / 1000)} s: the deadline moved`
      await rows.cases.advance(id, { at: nowMs, who: 'tracker', what: state, reason })
      count++
    }
    return count
  })
}

/** Notes now and then that the tracker is at work; `lastMs` is when it did so before. */
export async function stayAwake(store: Store, nowMs: number, lastMs: number): Promise<number> {
  if (nowMs - lastMs < AWAKE_EVERY_MS) return lastMs
  await store.write((rows) => rows.cases.setAwake(nowMs))
  return nowMs
}
