/** What was spent and may be spent with each provider, and whether an account runs low. */
import { refused } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import { BOOKS_MIN_MS } from '../../shared/local-limits.js'
import type { Account } from '../local/rows.js'
import type { Provider } from '../pay/provider.js'
import { DAY_MS, midnightOf } from '../pay/wallet/spending.js'
import { type Funds, fundsWarning } from '../trade/funds.js'
import { priceOf } from '../trade/purchase.js'
import { strandedOf } from './buying.js'
import type { Household } from './household.js'

const WEEK_MS = 7 * DAY_MS

type Limits = Pick<Account, 'spentToday' | 'dayCap' | 'downloadCap' | 'warning'>

/** Looked up now and then: caps are in a file, sums in the wallet. */
export class Purses {
  readonly #household: Household
  readonly #known = new Map<Fingerprint, { readonly at: number; readonly limits: Limits }>()

  constructor(household: Household) {
    this.#household = household
  }

  /** What stands beside the balance of an account; the log hears of a warning once. */
  of(provider: Provider, spendable: bigint | undefined): Limits {
    const { customer, log } = this.#household
    const { fingerprint } = provider.row
    const now = customer.monotonic()
    const before = this.#known.get(fingerprint)
    if (before !== undefined && now - before.at < BOOKS_MIN_MS) return before.limits
    const limits = this.#look(provider, spendable)
    this.#known.set(fingerprint, { at: now, limits })
    const { warning } = limits
    const isNew = warning !== undefined && before?.limits.warning === undefined
    if (isNew) log.tell('warning', `${provider.row.name}: ${warning}`)
    return limits
  }

  #look(provider: Provider, spendable: bigint | undefined): Limits {
    const { customer } = this.#household
    const { currency, fingerprint } = provider.row
    const { summary } = customer.wallet
    const caps = customer.caps()
    const { day, download, low } = refused(caps) ? {} : caps
    const now = provider.trackerNow()
    const today = summary.spentSince(fingerprint, midnightOf(now))
    const week = summary.spentSince(fingerprint, now - WEEK_MS)
    const funds = { currency, today, week, dayCap: day, low, lost: this.#lostWith(fingerprint) }
    const warning = spendable === undefined ? undefined : fundsWarning({ ...funds, spendable })
    return {
      spentToday: today,
      ...(day !== undefined && { dayCap: day }),
      ...(download !== undefined && { downloadCap: download }),
      ...(warning !== undefined && { warning }),
    }
  }

  /** Pieces that nobody brings any more, and what they cost. */
  #lostWith(provider: Fingerprint): Funds['lost'] {
    let [pieces, cost] = [0, 0n]
    for (const { content } of this.#household.transfers()) {
      if (!content.paid || content.provider.row.fingerprint !== provider) continue
      const stranded = strandedOf(this.#household, content.metainfo.cid)
      pieces += stranded.length
      if (stranded.length > 0) cost += priceOf(content, stranded)
    }
    return { pieces, cost }
  }
}
