/** Trades that end before their household does, and who waits for that. */
import type { Trade } from '../trade/trade.js'

/** The endings of a household. */
export class Endings {
  readonly #known = new WeakMap<
    Trade,
    { readonly ended: Promise<void>; readonly end: () => void }
  >()

  /** Resolves when the trade ends; never when it goes on to the end of the household. */
  of(trade: Trade): Promise<void> {
    return this.#entry(trade).ended
  }

  /** The trade ends now. */
  end(trade: Trade): void {
    this.#entry(trade).end()
  }

  #entry(trade: Trade) {
    const known = this.#known.get(trade)
    if (known !== undefined) return known
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const entry = { ended, end: () => end() }
    this.#known.set(trade, entry)
    return entry
  }
}
