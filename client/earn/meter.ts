/** What the contents of earn move, and how fast they may send: behind everybody else. */
import type { Household } from '../daemon/household.js'
import type { Content } from '../trade/content.js'
import type { StationEvents } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import type { TradeEvent } from '../trade/trade-event.js'
import { Background } from './background.js'

/** Counts bytes, hears payments, and sets the pace. */
export class Meter implements StationEvents {
  readonly #household: Household
  readonly #background = new Background()
  readonly #counted = new WeakMap<Trade, { moved: number; sent: number }>()

  constructor(household: Household) {
    this.#household = household
  }

  /** Bytes since the last call: in both directions, and those sent. */
  take(): { readonly moved: number; readonly sent: number } {
    let [moved, sent] = [0, 0]
    for (const { origin, trade } of this.#household.transfers()) {
      if (trade === undefined || origin !== 'earn') continue
      const { downloadedBytes, uploadedBytes } = trade.snapshot()
      const now = { moved: downloadedBytes + uploadedBytes, sent: uploadedBytes }
      const before = this.#counted.get(trade) ?? { moved: 0, sent: 0 }
      moved += now.moved - before.moved
      sent += now.sent - before.sent
      this.#counted.set(trade, now)
    }
    return { moved, sent }
  }

  /** Sets what earn may send in the next second, after what it sent in the last. */
  pace(limit: number | null, sent: number): void {
    const rate = this.#background.step(sent)
    this.#household.station.background.limit = Math.min(rate, limit ?? rate)
  }

  /** Each payment tells how long the line took. */
  trade(_content: Content, event: TradeEvent): void {
    if (event.event !== 'earned' || event.waitedMs === undefined) return
    this.#background.paid(event.buyer, event.waitedMs, this.#household.customer.monotonic())
  }

  claimed(): void {}
  corresponded(): void {}
  membership(): void {}
}
