/**
 * How often one address may ask for what costs us work before the asker has proved who it is.
 *
 * One bucket of tokens per address (IPv6: per network of 64 bits), filled at a steady rate. The
 * table is bounded: the address that has been quiet longest is forgotten, with a full bucket.
 */
import { ALLOWANCES_MAX_COUNT } from '../../shared/tracker-limits.js'

/** A burst, and what comes back with time. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** The buckets of all addresses for one kind of request. */
export class Allowance {
  readonly #rate: Rate
  readonly #now: () => number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>()

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes a token of an address; false when it has none left. */
  take(network: string): boolean {
    const { burst, perSecond } = this.#rate
    const atMs = this.#now()
    const known = this.#buckets.get(network) ?? { tokens: burst, atMs }
    // A clock that was set back fills nothing.
    const filled = (Math.max(0, atMs - known.atMs) / 1000) * perSecond
    const tokens = Math.min(burst, known.tokens + filled)
    this.#buckets.delete(network)
    this.#buckets.set(network, { tokens: Math.max(0, tokens - 1), atMs })
    if (this.#buckets.size > ALLOWANCES_MAX_COUNT) {
      const [quietest] = this.#buckets.keys()
      if (quietest !== undefined) this.#buckets.delete(quietest)
    }
    return tokens >= 1
  }
}
