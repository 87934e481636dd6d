/**
 * What earn sent and received in a calendar month, held against a cap; pure.
 *
 * The count is booked ahead in steps: a process that dies counts too much, never too little, so
 * that no crash makes room for more than the cap.
 */

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

/** The month's count of one home. */
export class Traffic {
  #month: string
  #bytes: number
  #booked: number
  readonly #book: (month: string, bytes: number) => void

  /** `booked` is what the wallet has for this month; `book` writes it, durable when it returns. */
  constructor(month: string, booked: number, book: (month: string, bytes: number) => void) {
    this.#month = month
    this.#bytes = booked
    this.#booked = booked
    this.#book = book
  }

  /** Bytes of this month. */
  get bytes(): number {
    return this.#bytes
  }

  /** So many more were moved. */
  moved(bytes: number, nowMs: number): void {
    const month = monthOf(nowMs)
    if (month !== this.#month) {
      this.settle()
      this.#month = month
      this.#bytes = 0
      this.#booked = 0
    }
    this.#bytes += bytes
    if (bytes === 0 || this.#bytes <= this.#booked) return
    this.#booked = this.#bytes + AHEAD_BYTES
    this.#book(this.#month, this.#booked)
  }

  /** Writes what was really moved, at a good end. */
  settle(): void {
    if (this.#booked === this.#bytes) return
    this.#booked = this.#bytes
    this.#book(this.#month, this.#bytes)
  }
}
