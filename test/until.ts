/** How tests wait: for what is so at last, never for a time, and never without end. */
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Longest wait for one thing. No test judges by it: a busy machine comes to everything sooner, and
 * what has not come by then never will.
 */
export const WAIT_MAX_MS = 180_000

const LOOK_MS = 20

/** What is neither so nor there yet. */
type Missing = undefined | null | false

/** How a wait differs from the usual one. */
export interface Patience {
  /** Between two looks, in milliseconds. */
  readonly everyMs?: number
  /** What was seen last, for the one who reads that it never came. */
  readonly seen?: () => unknown
}

/** Looks until something is so, and gives it; throws, and says what never came, when it is not. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { everyMs = LOOK_MS, seen }: Patience = {},
): Promise<Exclude<T, Missing>> {
  const deadline = performance.now() + WAIT_MAX_MS
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) {
      return found as Exclude<T, Missing>
    }
    if (performance.now() > deadline) throw neverCame(what, seen)
    await wait(everyMs)
  }
}

/** What a promise gives; throws, and says what never came, when it gives nothing. */
export function within<T>(what: string, promise: Promise<T>, seen?: Patience['seen']): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(neverCame(what, seen)), WAIT_MAX_MS)
    // Whoever lost a race is waited for by nobody.
    late.unref()
    promise.then(resolve, reject).finally(() => clearTimeout(late))
  })
}

function neverCame(what: string, seen: Patience['seen']): Error {
  const last = seen === undefined ? '' : `: ${shown(seen())}`
  return new Error(`waited ${WAIT_MAX_MS / 1000} s in vain for ${what}${last}`)
}

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
