/**
 * The money of a household as it is shown: the wallet's own sums, read again when something
 * happened, and what each tracker says of our account, asked now and then.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import { ACCOUNTS_MS, BOOKS_MIN_MS } from '../../shared/local-limits.js'
import { chooseProviders } from '../customer.js'
import type { Account } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'
import type { AnswerOf } from '../pay/provider/calls.js'
import type { Provider } from '../pay/provider.js'
import { inTime } from '../pay/timers.js'
import {
  booksAgree,
  type LocalBooks,
  localSums,
  maturingWith,
  type Titles,
} from '../trade/books.js'
import { agreement, Statements } from '../trade/statement.js'
import { problemOf } from '../ui/advice.js'
import type { Household } from './household.js'
import { Purses } from './purses.js'

/** The sums take at most this share of the time, whatever they have grown to. */
const BUSY_SHARE = 0.02

/** What a row of a transfer shows of its money. */
export type MoneyFields = Pick<Transfer, 'spent' | 'earned' | 'exposed'>

const NOTHING: MoneyFields = { spent: 0n, earned: 0n, exposed: 0n }

/** What a tracker said last. */
interface Said {
  readonly account?: AnswerOf<'account'>
  /** Our own clock. */
  readonly asked?: number
  /** Whether its statement says the same of every purchase and claim as the wallet. */
  readonly agrees?: boolean
  readonly problem?: Refusal | undefined
}

/** The books of one household. */
export class Books {
  /** Every posting of our accounts, read as they grow. */
  readonly statements = new Statements()
  readonly #household: Household
  readonly #titles: Titles = new Map()
  readonly #local = new Map<Fingerprint, LocalBooks>()
  readonly #said = new Map<Fingerprint, Said>()
  readonly #contents = new Map<Cid, MoneyFields>()
  readonly #purses: Purses
  readonly #timer: NodeJS.Timeout
  readonly #unlisten: () => void
  #stale = true
  /** Monotonic: the sums are not read before. */
  #readAt = Number.NEGATIVE_INFINITY
  #asking: Promise<unknown> | undefined

  constructor(household: Household) {
    this.#household = household
    this.#purses = new Purses(household)
    this.#unlisten = household.listen({
      trade: (_content, { event }) => {
        this.changed()
        // A tracker went away or came back.
        if (event === 'tracker') void this.#askAnew()
      },
      claimed: ({ credited }) => (credited > 0n ? this.moved() : this.changed()),
      corresponded: () => this.changed(),
      membership: () => undefined,
    })
    this.#timer = setInterval(() => void this.ask(), ACCOUNTS_MS)
    void this.ask()
  }

  /** Something happened that the sums may show. */
  changed(): void {
    this.#stale = true
  }

  /** Money may have moved just now: what the trackers say of it is asked for at once. */
  moved(): void {
    this.changed()
    void this.#askAnew()
  }

  /** What is being asked just now may have left before what we heard of. */
  async #askAnew(): Promise<void> {
    await this.#asking
    await this.ask()
  }

  /** Asks every tracker for our account; one that is away leaves what it said before. */
  ask(): Promise<unknown> {
    // A wallet that was closed meanwhile ends a call that a tracker keeps waiting.
    this.#asking ??= this.#askAll()
      .catch(() => undefined)
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }

  async #askAll(): Promise<void> {
    await Promise.all(this.#providers().map((each) => this.#ask(each)))
  }

  async #ask(provider: Provider): Promise<void> {
    const { fingerprint } = provider.row
    const answer = await provider.call('account', {})
    const before = this.#said.get(fingerprint)
    if (refused(answer)) this.#said.set(fingerprint, { ...before, problem: answer })
    else {
      const { now, wallet } = this.#household.customer
      const asked = { account: answer.body, asked: now() }
      this.#said.set(fingerprint, { ...before, ...asked, problem: undefined })
      const agrees = await agreement(wallet, provider, this.statements)
      if (agrees !== undefined) this.#said.set(fingerprint, { ...asked, agrees })
    }
    this.changed()
  }

  #providers(): Provider[] {
    const registered = chooseProviders(this.#household.customer, {})
    return refused(registered) ? [] : registered
  }

  #read(): void {
    const { customer } = this.#household
    const began = customer.monotonic()
    if (!this.#stale || began < this.#readAt) return
    this.#stale = false
    for (const provider of this.#providers()) {
      const { fingerprint } = provider.row
      const sums = localSums(customer.wallet, provider, this.#titles)
      const before = this.#local.get(fingerprint)
      if (before !== undefined && before.spent !== sums.spent) void this.#askAnew()
      // Only a claim that was answered adds to what is pending.
      const maturing =
        before?.earned === sums.earned ? before.maturing : maturingWith(customer.wallet, provider)
      this.#local.set(fingerprint, { ...sums, maturing })
      for (const { amounts, cid, earned, spent } of sums.contents) {
        this.#note(cid, { spent, earned, exposed: amounts.owed })
      }
    }
    const took = customer.monotonic() - began
    this.#readAt = began + Math.max(BOOKS_MIN_MS, took / BUSY_SHARE)
  }

  /** Figures that did not change stay the same object, so that no row is made for them. */
  #note(cid: Cid, money: MoneyFields): void {
    const { earned, exposed, spent } = this.#contents.get(cid) ?? {}
    const known = earned === money.earned && exposed === money.exposed && spent === money.spent
    if (!known) this.#contents.set(cid, money)
  }

  /** What was spent and earned on a content, over all runs. */
  moneyOf(cid: Cid): MoneyFields {
    return this.#contents.get(cid) ?? NOTHING
  }

  /** Every account, as far as it is known. */
  accounts(): Account[] {
    this.#read()
    return this.#providers().flatMap((provider) => {
      const local = this.#local.get(provider.row.fingerprint)
      return local === undefined ? [] : [this.#account(provider, local)]
    })
  }

  #account(provider: Provider, local: LocalBooks): Account {
    const { currency, fingerprint, name, uid, url } = provider.row
    const { account, agrees, asked, problem } = this.#said.get(fingerprint) ?? {}
    const now = provider.trackerNow()
    const { name: _, spent: _spent, earned: _earned, ...known } = account ?? {}
    return {
      ...{ provider: fingerprint, name, url, currency, uid: uid as Account['uid'] },
      ...known,
      ...{ spent: local.spent, earned: local.earned, unclaimed: local.unclaimed.amount },
      ...{ unsigned: local.unsigned.amount, exposed: local.exposed.amount },
      maturing: local.maturing.filter(({ at }) => at > now),
      ...this.#purses.of(provider, account?.spendable),
      ...(account !== undefined && { agrees: agrees !== false && booksAgree(local, account) }),
      ...(asked !== undefined && { asked }),
      ...(problem !== undefined && { problem: problemOf(problem) }),
    }
  }

  /** Asks and reads no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unlisten()
    if (this.#asking !== undefined) await inTime(FAREWELL_TIMEOUT_MS, this.#asking)
  }
}
