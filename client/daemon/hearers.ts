/** Everybody who wants to hear what happens at a station. */
import type { StationEvents } from '../trade/station.js'

/** A station tells one; this one tells many. */
export class Hearers implements StationEvents {
  readonly #all = new Set<StationEvents>()

  /** Tells `hearer` everything until the returned function is called. */
  add(hearer: StationEvents): () => void {
    this.#all.add(hearer)
    return () => this.#all.delete(hearer)
  }

  trade(...told: Parameters<StationEvents['trade']>): void {
    for (const each of this.#all) each.trade(...told)
  }

  claimed(...told: Parameters<StationEvents['claimed']>): void {
    for (const each of this.#all) each.claimed(...told)
  }

  corresponded(...told: Parameters<StationEvents['corresponded']>): void {
    for (const each of this.#all) each.corresponded(...told)
  }

  membership(...told: Parameters<StationEvents['membership']>): void {
    for (const each of this.#all) each.membership(...told)
  }
}
