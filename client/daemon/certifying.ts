/** Whether we may trade with a provider, asked once by a household however much it takes up. */
import { type Customer, certified } from '../customer.js'
import type { Provider } from '../pay/provider.js'

/** The providers that were asked. */
export class Certifying {
  readonly #customer: Customer
  readonly #asked = new Map<string, Promise<unknown>>()

  constructor(customer: Customer) {
    this.#customer = customer
  }

  /** As `certified`, which is asked again only when it failed. */
  async with(provider: Provider): Promise<void> {
    const { fingerprint } = provider.row
    const asked = this.#asked.get(fingerprint) ?? certified(this.#customer, provider)
    this.#asked.set(fingerprint, asked)
    try {
      await asked
    } catch (error) {
      this.#asked.delete(fingerprint)
      throw error
    }
  }
}
