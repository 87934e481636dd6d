/**
 * How much of our work somebody may ask for, by a key: an address, or a member.
 *
 * One bucket of units per key, filled at a steady rate. The table is bounded: the key that has been
 * quiet longest is forgotten, with a full bucket.
 */
import { ALLOWANCES_MAX_COUNT } from '../shared/tracker-limits.js'

/** A burst, and what comes back with time, in units of work. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** The buckets of all keys for one kind of work. */
export class Allowance {
  readonly #rate: Rate
  readonly #now: () => number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, { readonly units: number; readonly atMs: number }>()

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes units of a key, all but the first on credit; false when not one is left. */
  take(key: string, units = 1): boolean {
    const left = this.#left(key)
    this.#set(key, left >= 1 ? left - units : left)
    return left >= 1
  }

  /** Takes what work that was begun turned out to cost; the key may go into debt for it. */
  charge(key: string, units: number): void {
    this.#set(key, this.#left(key) - units)
  }

  #left(key: string): number {
    const { burst, perSecond } = this.#rate
    const known = this.#buckets.get(key)
    if (known === undefined) return burst
    // A clock that was set back fills nothing.
    const filled = (Math.max(0, this.#now() - known.atMs) / 1000) * perSecond
    return Math.min(burst, known.units + filled)
  }

  #set(key: string, units: number): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, { units, atMs: this.#now() })
    if (this.#buckets.size <= ALLOWANCES_MAX_COUNT) return
    const [quietest] = this.#buckets.keys()
    if (quietest !== undefined) this.#buckets.delete(quietest)
  }
}
