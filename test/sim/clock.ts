/**
 * Simulated time: a queue of what happens when, worked off one by one (design D16).
 *
 * Two things of one time happen in the order in which they were planned. Behind each one everything
 * that it set off in promises comes to rest before the next: nothing in a run waits for real time.
 */
import { setImmediate } from 'node:timers/promises'

/** Where time begins; milliseconds since 1970, in 2027. */
export const START_MS = 1_800_000_000_000

interface Planned {
  readonly at: number
  readonly order: number
  readonly work: () => void
}

const before = (one: Planned, other: Planned): boolean =>
  one.at === other.at ? one.order < other.order : one.at < other.at

/** The clock of a run. */
export class Clock {
  #now = START_MS
  #orders = 0
  /** A binary heap: no entry is before the one at half its place. */
  readonly #heap: Planned[] = []

  /** Milliseconds, whole. */
  get now(): number {
    return this.#now
  }

  /** How many things have been planned. */
  get planned(): number {
    return this.#orders
  }

  /** Plans work for some milliseconds from now. */
  after(ms: number, work: () => void): void {
    const at = this.#now + Math.max(0, Math.round(ms))
    this.#push({ at, order: this.#orders++, work })
  }

  /** Resolves after some milliseconds. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Plans work again and again, until it is ended. */
  every(ms: number, work: () => void): () => void {
    let over = false
    const again = (): void => {
      if (over) return
      work()
      this.after(ms, again)
    }
    this.after(ms, again)
    return () => {
      over = true
    }
  }

  /** Lets time pass until something is so, or a time comes, whichever is first. */
  async run(untilMs: number, done: () => boolean): Promise<void> {
    await setImmediate()
    while (!done()) {
      const next = this.#heap[0]
      if (next === undefined || next.at > untilMs) {
        this.#now = Math.max(this.#now, untilMs)
        return
      }
      this.#pop()
      this.#now = next.at
      next.work()
      await setImmediate()
    }
  }

  #push(entry: Planned): void {
    const heap = this.#heap
    let place = heap.push(entry) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!before(entry, heap[above] as Planned)) break
      heap[place] = heap[above] as Planned
      place = above
    }
    heap[place] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Planned
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      const [left, right] = [heap[below], heap[below + 1]]
      if (left === undefined) break
      if (right !== undefined && before(right, left)) below++
      const least = heap[below] as Planned
      if (!before(least, last)) break
      heap[place] = least
      place = below
    }
    heap[place] = last
  }
}
