/**
 * A home at work: one customer, one station, and every content that was taken up, with what it was
 * told to do about it. All that works in a home works through this one object: the daemon, the
 * screens, verbs that were relayed, and `get`, `seed` and the rest when they have the home alone.
 */
import { refusalOf, type Values } from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { readTradeSettings, type TradeSettings } from '../config.js'
import { type Customer, certified } from '../customer.js'
import type { Provider } from '../pay/provider.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Content, Providers } from '../trade/content.js'
import { liveGrants } from '../trade/purchase.js'
import { Station, type StationEvents } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import { Completed } from './completed.js'
import { removeFiles } from './files.js'
import type { Held, Taking } from './held.js'
import { Log } from './log.js'

type Changing = { -readonly [K in keyof Held]: Held[K] } & { begun?: Promise<Trade | Refusal> }

/** What a household is opened with. */
interface Opening {
  readonly settings: TradeSettings
  readonly values: Values
}

/** A home at work. */
export class Household {
  readonly customer: Customer
  readonly settings: TradeSettings
  /** Options and settings of the verb that opened it. */
  readonly values: Values
  readonly providers: Providers = new Map()
  readonly station: Station
  readonly log: Log
  readonly completed = new Completed()
  /** Milliseconds of our own clock. */
  readonly started: number
  readonly #held = new Map<Cid, Changing>()
  readonly #hearers: Set<StationEvents>
  /** Resolved when the work on a content ends before the household does. */
  readonly #ends = new WeakMap<Trade, { readonly ended: Promise<void>; end(): void }>()
  readonly #certified = new Map<string, Promise<unknown>>()
  readonly #leaving = new AbortController()
  readonly #stopping = new AbortController()
  #stopped: Promise<void> | undefined

  private constructor(
    customer: Customer,
    { settings, values }: Opening,
    station: Station,
    hearers: Set<StationEvents>,
  ) {
    this.customer = { ...customer, household: this }
    this.settings = settings
    this.values = values
    this.station = station
    this.#hearers = hearers
    this.log = new Log(customer.now)
    this.started = customer.now()
  }

  /** Opens the station of a home; refuses as usage, port-in-use. */
  static async open(customer: Customer, values: Values): Promise<Household | Refusal> {
    const settings = readTradeSettings(values)
    if (refused(settings)) return settings
    const hearers = new Set<StationEvents>()
    const all = (tell: (one: StationEvents) => void) => {
      for (const one of hearers) tell(one)
    }
    const station = await Station.open(customer, settings, {
      trade: (...told) => all((one) => one.trade(...told)),
      claimed: (...told) => all((one) => one.claimed(...told)),
      corresponded: (...told) => all((one) => one.corresponded(...told)),
      membership: (...told) => all((one) => one.membership(...told)),
    })
    if (refused(station)) return station
    return new Household(customer, { settings, values }, station, hearers)
  }

  /** Tells what happens at the station until the returned function is called. */
  listen(hearer: StationEvents): () => void {
    this.#hearers.add(hearer)
    return () => this.#hearers.delete(hearer)
  }

  /** Every content, in the order in which they were taken up. */
  transfers(): readonly Held[] {
    return [...this.#held.values()]
  }

  find(cid: Cid): Held | undefined {
    return this.#held.get(cid)
  }

  /**
   * Takes a content up and keeps that in the wallet; it works when this resolves. One that is at
   * work already goes on, with what it was bought with meanwhile. Refuses as the disk does, and as
   * usage when it lies in another folder.
   */
  async take(taking: Taking): Promise<Trade | Refusal> {
    const { content, folder } = taking
    const { cid } = content.metainfo
    const known = this.#held.get(cid)
    if (known !== undefined && known.folder !== folder) {
      return refuse('usage', `this content is at work in ${known.folder}; remove it first`)
    }
    const begun = await known?.begun
    if (known !== undefined && begun !== undefined && !refused(begun)) {
      for (const grant of taking.grants ?? []) begun.addGrant(grant)
      return begun
    }
    const { contents } = this.customer.wallet
    const { chosen = contents.chosen(cid), cut = false, origin, sequential = false } = taking
    this.#keep(content, folder)
    contents.hold(cid, { origin, sequential, paused: false, added: this.customer.now() })
    contents.choose(cid, chosen)
    const { added = this.customer.now() } = contents.held(cid) ?? {}
    const paused = false
    const held: Changing = { content, folder, origin, added, paused, sequential, chosen, cut }
    this.#held.set(cid, held)
    return this.#begin(held, taking.grants)
  }

  /** Puts a content on the list that rests: it does not work before `resume`. */
  rest({ content, folder, origin, sequential = false }: Taking): void {
    const { contents } = this.customer.wallet
    const { cid } = content.metainfo
    const { added = this.customer.now() } = contents.held(cid) ?? {}
    const chosen = contents.chosen(cid)
    const rest = { origin, added, paused: true, sequential, chosen, cut: false }
    this.#held.set(cid, { content, folder, ...rest })
  }

  #keep({ metainfo: { cid }, torrent, ...content }: Content, folder: string): void {
    const fingerprint = content.paid ? content.provider.row.fingerprint : null
    this.customer.wallet.contents.put({ cid, fingerprint, torrent, folder })
  }

  #begin(held: Changing, grants?: readonly BoughtRow[]): Promise<Trade | Refusal> {
    delete held.problem
    const begun = this.#work(held, grants)
    held.begun = begun
    // Paused or removed meanwhile it is no longer what was begun.
    begun.then(
      (trade) => {
        if (held.begun !== begun) return
        if (refused(trade)) held.problem = trade
        else this.#watch(held, trade)
      },
      (error) => {
        if (held.begun === begun) held.problem = refusalOf(error)
      },
    )
    return begun
  }

  async #work(
    { chosen, content, cut, folder, sequential }: Held,
    bought?: readonly BoughtRow[],
  ): Promise<Trade | Refusal> {
    if (content.paid) await this.certify(content.provider)
    const live = () => (content.paid ? liveGrants(this.customer, content) : [])
    return this.station.add({
      ...{ content, folder, chosen, sequential, cut },
      grants: bought ?? live(),
    })
  }

  #watch(held: Changing, trade: Trade): void {
    held.trade = trade
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#ends.set(trade, { ended, end })
    this.completed.watch(held, trade)
    void trade.failed.then((problem) => {
      if (held.trade !== trade) return
      delete held.trade
      delete held.begun
      held.problem = problem
      void this.#leave(trade)
    })
  }

  #leave(trade: Trade): Promise<void> {
    this.#ends.get(trade)?.end()
    return this.station.end(trade)
  }

  /** Resolves when somebody pauses or removes the content of a trade, or it fails. */
  async ended(trade: Trade): Promise<void> {
    await this.#ends.get(trade)?.ended
  }

  /** Once for each provider: certificate, list of the revoked, whether the home is a copy. */
  async certify(provider: Provider): Promise<Provider> {
    const { fingerprint } = provider.row
    const known = this.#certified.get(fingerprint)
    const asked = known ?? certified(this.customer, provider)
    this.#certified.set(fingerprint, asked)
    try {
      await asked
      return provider
    } catch (error) {
      this.#certified.delete(fingerprint)
      throw error
    }
  }

  /** Ends the work on a content, in good order, until `resume`. Refuses as unknown-cid. */
  async pause(cid: Cid): Promise<Refusal | undefined> {
    const held = this.#held.get(cid)
    if (held === undefined) return refuse('unknown-cid', `no content ${cid} here`)
    held.paused = true
    this.customer.wallet.contents.pause(cid, true)
    await this.#end(held)
    return undefined
  }

  async #end(held: Changing): Promise<void> {
    const { begun } = held
    delete held.begun
    delete held.trade
    delete held.problem
    const trade = await begun?.catch(() => undefined)
    if (trade !== undefined && !refused(trade)) await this.#leave(trade)
  }

  /** Does something to a content while nobody works on it; what was at work goes on after. */
  async aside<T>(cid: Cid, job: () => Promise<T>): Promise<T> {
    const held = this.#held.get(cid)
    const worked = held?.begun !== undefined
    if (held !== undefined) await this.#end(held)
    try {
      return await job()
    } finally {
      const stays = held !== undefined && this.#held.get(cid) === held && !held.paused
      if (worked && stays && !this.stopping.aborted) await this.#begin(held)
    }
  }

  /** Goes on with a content that was paused or kept from work. Refuses as `take`. */
  async resume(cid: Cid): Promise<Refusal | undefined> {
    const held = this.#held.get(cid)
    if (held === undefined) return refuse('unknown-cid', `no content ${cid} here`)
    held.paused = false
    this.customer.wallet.contents.pause(cid, false)
    if (held.begun !== undefined && held.problem === undefined) return undefined
    await this.#end(held)
    const trade = await this.#begin(held)
    return refused(trade) ? trade : undefined
  }

  /** Ends a content; `files` deletes what was fetched. Grants and earnings stay in the wallet. */
  async remove(cid: Cid, files: boolean): Promise<Refusal | undefined> {
    const held = this.#held.get(cid)
    if (held === undefined) return refuse('unknown-cid', `no content ${cid} here`)
    this.#held.delete(cid)
    this.customer.wallet.contents.drop(cid)
    await this.#end(held)
    return files ? removeFiles(held.content.metainfo, held.folder) : undefined
  }

  /** Aborted when somebody asked this process to end; whoever holds the household then stops it. */
  get leaving(): AbortSignal {
    return this.#leaving.signal
  }

  /** Asks whoever holds the household to stop it. */
  leave(): void {
    this.#leaving.abort()
  }

  /** Aborted when the household stops: whatever runs in it ends. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Ends all work in good order: last payments and claims go out. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([...this.#held.values()].map((held) => held.begun?.catch(() => undefined)))
    await this.station.stop()
  }
}
