/** Time that passes: the process's own, or that of a simulator (design D16). */

/** What waits; milliseconds. */
export interface Timers {
  /** Does some work once; gives the way to call it off. */
  after(ms: number, work: () => void): () => void
  /** Does some work again and again, without keeping the process alive; gives the way to end it. */
  every(ms: number, work: () => void): () => void
  /** Resolves after some time. */
  wait(ms: number): Promise<void>
}

/** Longest that one timer of Node waits; a longer one would go off at once. */
const TIMER_MAX_MS = 2 ** 31 - 1

function after(ms: number, work: () => void): () => void {
  let timer: NodeJS.Timeout
  const plan = (leftMs: number): void => {
    const partMs = Math.min(leftMs, TIMER_MAX_MS)
    timer = setTimeout(partMs < leftMs ? () => plan(leftMs - partMs) : work, partMs)
  }
  plan(ms)
  return () => clearTimeout(timer)
}

/** The timers of this process; `after` and `wait` take any time, also an infinite one. */
export const PROCESS_TIMERS: Timers = {
  after,
  every: (ms, work) => {
    const timer = setInterval(work, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  wait: (ms) => new Promise((resolve) => after(ms, resolve)),
}

/**
 * What some work gives, or `late` when it gives nothing within some milliseconds; rejects as the
 * work does. Until then the time keeps the process alive, whatever the work waits for: a program
 * with nothing else to do would end in the middle of its own end.
 */
export async function inTime<T>(
  ms: number,
  work: Promise<T>,
  timers: Pick<Timers, 'after'> = PROCESS_TIMERS,
): Promise<T | 'late'> {
  let callOff = (): void => undefined
  const late = new Promise<'late'>((resolve) => {
    callOff = timers.after(ms, () => resolve('late'))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    callOff()
  }
}
