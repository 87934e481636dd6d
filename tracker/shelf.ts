/**
 * What was derived from a grant's seed and may be asked for again, kept in memory within a bound.
 */
import type { Rid } from '../shared/identifier.js'

/** Values by grant; those not used longest make room for new ones. */
export class Shelf<T> {
  readonly #maxWeight: number
  /** In the order of their last use. */
  readonly #kept = new Map<Rid, { readonly value: T; readonly weight: number }>()
  #weight = 0

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  /** The value of a grant, when it is still here. */
  get(rid: Rid): T | undefined {
    const found = this.#kept.get(rid)
    if (found === undefined) return undefined
    this.#kept.delete(rid)
    this.#kept.set(rid, found)
    return found.value
  }

  /** Keeps a value; one that is heavier than the bound is kept alone. */
  put(rid: Rid, value: T, weight: number): void {
    this.#remove(rid)
    this.#kept.set(rid, { value, weight })
    this.#weight += weight
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= this.#maxWeight || oldest === rid) break
      this.#remove(oldest)
    }
  }

  #remove(rid: Rid): void {
    this.#weight -= this.#kept.get(rid)?.weight ?? 0
    this.#kept.delete(rid)
  }
}
