/** Time that passes: the process's own, or that of a simulator (design D16). */
import { setTimeout } from 'node:timers/promises'

/** What waits; milliseconds. */
export interface Timers {
  /** Does some work once; gives the way to call it off. */
  after(ms: number, work: () => void): () => void
  /** Does some work again and again, without keeping the process alive; gives the way to end it. */
  every(ms: number, work: () => void): () => void
  /** Resolves after some time; a `loose` wait does not keep the process alive. */
  wait(ms: number, loose?: boolean): Promise<void>
}

/** The timers of this process. */
export const PROCESS_TIMERS: Timers = {
  after: (ms, work) => {
    const timer = globalThis.setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
  every: (ms, work) => {
    const timer = setInterval(work, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  wait: (ms, loose = false) => setTimeout(ms, undefined, { ref: !loose }),
}
