/** What the contents of earn move, and how fast they may send: behind everybody else. */
import type { Household } from '../daemon/household.js'
import type { Trade } from '../trade/trade.js'
import { Background } from './background.js'

/** Counts bytes, hears how long the way to buyers takes, and sets the pace. */
export class Meter {
  readonly #household: Household
  readonly #background = new Background()
  /** Trades and what was counted of them. */
  readonly #counted = new Map<Trade, { readonly moved: number; readonly sent: number }>()

  constructor(household: Household) {
    const { customer, station } = household
    this.#household = household
    station.background.heard = (buyer, delayMs) =>
      this.#background.heard(buyer, delayMs, customer.monotonic())
  }

  /** Bytes since the last call: in both directions, and those sent. */
  take(): { readonly moved: number; readonly sent: number } {
    const household = this.#household
    for (const { origin, trade } of household.transfers()) {
      if (trade === undefined || origin !== 'earn' || this.#counted.has(trade)) continue
      this.#counted.set(trade, { moved: 0, sent: 0 })
    }
    let [moved, sent] = [0, 0]
    for (const [trade, before] of this.#counted) {
      const { downloadedBytes, uploadedBytes } = trade.snapshot()
      const now = { moved: downloadedBytes + uploadedBytes, sent: uploadedBytes }
      // What a person asked for meanwhile is the person's traffic, though it goes out here.
      const { cid } = trade.content.metainfo
      if (household.find(cid)?.origin !== 'person') moved += now.moved - before.moved
      sent += now.sent - before.sent
      // What is paused or given up moves bytes until it has ended.
      if (household.station.trades.includes(trade)) this.#counted.set(trade, now)
      else this.#counted.delete(trade)
    }
    return { moved, sent }
  }

  /** Sets what earn may send in the next second, after what it sent in the last. */
  pace(limit: number | null, sent: number): void {
    const rate = this.#background.step(sent)
    this.#household.station.background.limiter.limit = Math.min(rate, limit ?? rate)
  }
}
