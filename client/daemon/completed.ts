/** Tells who wants to know which contents of a household were fetched to their end. */
import type { Trade } from '../trade/trade.js'
import type { Held } from './held.js'

/** Contents that became complete while they were watched, not those that were so before. */
export class Completed {
  /** The command that is run for every one of them; undefined when there is none. */
  command: string | undefined
  readonly #hearers = new Set<(held: Held) => void>()

  /** Tells each content that becomes complete, until the returned function is called. */
  listen(hear: (held: Held) => void): () => void {
    this.#hearers.add(hear)
    return () => this.#hearers.delete(hear)
  }

  /** Waits for the end of a trade, unless it is taken from its content before. */
  watch(held: Held, trade: Trade): void {
    if (trade.snapshot().left === 0) return
    void trade.finished.then((problem) => {
      if (problem !== undefined || held.trade !== trade) return
      for (const hear of this.#hearers) hear(held)
    })
  }
}
