/**
 * What earn sent and received in a calendar month, held against a cap; pure.
 *
 * The count is booked ahead in steps: a process that dies counts too much, never too little, so
 * that no crash makes room for more than the cap. Only two kinds of seconds count too little when
 * the process dies within one: the first of a run in which anything moves, and one in which more
 * moves than in any before and than AHEAD_BYTES / 2.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import { tryDatabase } from '../../shared/thrown.js'

/** Bytes that are booked ahead of what was moved. */
export const AHEAD_BYTES = 64_000_000
const DAY_MS = 86_400_000

/** The month of a moment, UTC: `2026-11`. */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7)
}

/** Days until the month of a moment is over, at least a part of one. */
export function daysLeft(ms: number): number {
  const date = new Date(ms)
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
  return (end - ms) / DAY_MS
}

/** What is kept of each month. */
export interface TrafficBook {
  /** Bytes that were booked for a month. */
  traffic(month: string): number
  /** Durable when it returns. */
  bookTraffic(month: string, bytes: number): void
}

/** The month's count of one home. */
export class Traffic {
  #month: string
  #bytes: number
  #booked: number
  /** What moved between two looks at most. */
  #most = AHEAD_BYTES / 2
  readonly #book: TrafficBook

  constructor(book: TrafficBook, nowMs: number) {
    this.#book = book
    this.#month = monthOf(nowMs)
    this.#bytes = this.#booked = book.traffic(this.#month)
  }

  /** Bytes of this month. */
  get bytes(): number {
    return this.#bytes
  }

  /** So many more were moved; refuses as the disk does, and books them with the next. */
  moved(bytes: number, nowMs: number): Refusal | undefined {
    const month = monthOf(nowMs)
    if (month !== this.#month) {
      // What is not settled was booked ahead: the old month counts too much then.
      this.settle()
      this.#month = month
      // A clock that is set back comes into a month that was counted before.
      this.#bytes = this.#booked = this.#book.traffic(month)
    }
    this.#bytes += bytes
    this.#most = Math.max(this.#most, bytes)
    // As much as ever may have been moved before the next look.
    if (bytes === 0 || this.#bytes + this.#most <= this.#booked) return undefined
    return this.#keep(this.#bytes + 2 * this.#most)
  }

  /** Writes what was really moved, at a good end. Refuses as the disk does. */
  settle(): Refusal | undefined {
    return this.#booked === this.#bytes ? undefined : this.#keep(this.#bytes)
  }

  #keep(bytes: number): Refusal | undefined {
    const problem = tryDatabase(() => this.#book.bookTraffic(this.#month, bytes))
    if (refused(problem)) return problem
    this.#booked = bytes
    return undefined
  }
}
