/**
 * Places that all contents of the process share, none of which can crowd the others out.
 *
 * With its equal part, or less, a content may take any place that is left; with more only while a
 * quarter of all places stays free for those that have less. So one content alone has them all, and
 * of several none has more than three quarters.
 */

const KEPT_FREE = 0.25

/** A number of places, and what each user holds of them. */
export class Budget {
  readonly #places: number
  readonly #held = new Map<object, number>()
  #taken = 0

  constructor(places: number) {
    this.#places = places
  }

  /** A content begins to use it. */
  join(user: object): void {
    if (!this.#held.has(user)) this.#held.set(user, 0)
  }

  /** A content ends; all that it held is free. */
  leave(user: object): void {
    this.#taken -= this.#held.get(user) ?? 0
    this.#held.delete(user)
  }

  /** Takes a place; false when the user may not have another one. */
  take(user: object): boolean {
    const held = this.#held.get(user)
    if (held === undefined) return false
    const part = this.#places / this.#held.size
    const most = held < part ? this.#places : this.#places * (1 - KEPT_FREE)
    if (this.#taken + 1 > most) return false
    this.#held.set(user, held + 1)
    this.#taken++
    return true
  }

  /** Gives a place back. */
  give(user: object): void {
    const held = this.#held.get(user)
    if (held === undefined || held === 0) return
    this.#held.set(user, held - 1)
    this.#taken--
  }

  /** An equal part of all places for each user. */
  get part(): number {
    return this.#places / Math.max(1, this.#held.size)
  }
}
