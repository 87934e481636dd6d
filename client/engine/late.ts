/** What a peer sends although nobody waits for it. */
import { UNASKED_MAX_BYTES } from '../../shared/limits.js'
import type { Block } from './gate.js'

/** Answers to cancelled requests, which BEP 6 lets a peer send all the same; and what is left. */
export class LateAnswers {
  readonly #due = new Map<string, number>()
  #wastedBytes = 0

  /** A request was cancelled. */
  expect({ offset, piece }: Block): void {
    const key = `${piece}:${offset}`
    this.#due.set(key, (this.#due.get(key) ?? 0) + 1)
  }

  /** An answer came; whether it was to one of these. */
  take({ offset, piece }: Block): boolean {
    if (this.#due.size === 0) return false
    const key = `${piece}:${offset}`
    const due = this.#due.get(key) ?? 0
    if (due > 1) this.#due.set(key, due - 1)
    else this.#due.delete(key)
    return due > 0
  }

  /** Bytes came that nobody asked for; whether the peer, of which we took `wanted` bytes, wastes
   * our line. */
  waste(bytes: number, wanted: number): boolean {
    this.#wastedBytes += bytes
    return this.#wastedBytes > UNASKED_MAX_BYTES + wanted
  }
}
