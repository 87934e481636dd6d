/**
 * A home at work: one customer, one station, and every content that was taken up, with what it was
 * told to do about it. All that works in a home works through this one object: the daemon, the
 * screens, verbs that were relayed, and `get`, `seed` and the rest when they have the home alone.
 */
import { refusalOf, type Values, visible } from '../../shared/command.js'
import { type Code, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { readTradeSettings } from '../config.js'
import type { Customer } from '../customer.js'
import type { Earning } from '../earn/earning.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Providers } from '../trade/content.js'
import { Station, type StationEvents } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import { beginWork, withGrants } from './beginning.js'
import { Certifying } from './certifying.js'
import { Completed } from './completed.js'
import { Endings } from './endings.js'
import { removeFiles } from './files.js'
import { Hearers } from './hearers.js'
import type { Held, Taking, Unopened } from './held.js'
import { keepHeld, restingHeld, takeOver } from './keeping.js'
import { Log } from './log.js'
import { Turns } from './turns.js'

type Begun = Promise<Trade | Refusal>

type Changing = { -readonly [K in keyof Held]: Held[K] } & {
  begun?: Begun
  /** The code of the problem that the log knows. */
  told?: Code
}

/** A home at work. */
export class Household {
  readonly customer: Customer
  /** Options and settings of the verb that opened it. */
  readonly values: Values
  readonly providers: Providers = new Map()
  readonly station: Station
  readonly log: Log
  readonly completed = new Completed()
  /** What something keeps from work is tried again here (mending.ts). */
  mending = false
  /** Earn, while it is a chore of this household. */
  earning: Earning | undefined
  /** Milliseconds of our own clock. */
  readonly started: number
  /** Contents of the wallet that cannot be opened now. */
  readonly unopened = new Map<Cid, Unopened>()
  readonly #held = new Map<Cid, Changing>()
  readonly #hearers: Hearers
  /** What is done to one content waits for what was done to it before. */
  readonly #turns = new Turns<Cid>()
  readonly certifying: Certifying
  readonly #endings = new Endings()
  readonly #leaving = new AbortController()
  readonly #stopping = new AbortController()
  #stopped: Promise<void> | undefined

  private constructor(customer: Customer, values: Values, station: Station, hearers: Hearers) {
    this.customer = { ...customer, household: this }
    this.values = values
    this.station = station
    this.#hearers = hearers
    this.certifying = new Certifying(this.customer)
    this.log = new Log(customer.now)
    this.started = customer.now()
  }

  /** Opens the station of a home; refuses as usage, port-in-use. */
  static async open(customer: Customer, values: Values): Promise<Household | Refusal> {
    const settings = readTradeSettings(values)
    if (refused(settings)) return settings
    const hearers = new Hearers()
    const station = await Station.open(customer, settings, hearers)
    return refused(station) ? station : new Household(customer, values, station, hearers)
  }

  /** Tells what happens at the station until the returned function is called. */
  listen(hearer: StationEvents): () => void {
    return this.#hearers.add(hearer)
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
    const { cid } = taking.content.metainfo
    const { begun } = await this.#turns.take(cid, () => this.#take(taking))
    return begun
  }

  /** What is begun is not waited for: whatever is done to the content meanwhile has its turn. */
  async #take(taking: Taking): Promise<{ readonly begun: Begun }> {
    const { content, folder, grants = [] } = taking
    const { cid } = content.metainfo
    this.unopened.delete(cid)
    const known = this.#held.get(cid)
    if (known !== undefined && known.folder !== folder) {
      const how = `this content is at work in ${known.folder}; remove it first`
      return { begun: Promise.resolve(refuse('usage', how)) }
    }
    if (known?.begun !== undefined && known.problem === undefined) {
      takeOver(this.customer, known, taking)
      return { begun: known.begun.then((trade) => withGrants(trade, grants)) }
    }
    const held: Changing = { ...keepHeld(this.customer, taking) }
    // What has failed may still be closing its files.
    if (known !== undefined) await this.#end(known)
    this.#held.set(cid, held)
    return { begun: this.#begin(held, taking.grants) }
  }

  /** Puts a content on the list that rests until `resume`, unless it is there by now. */
  rest(taking: Taking): void {
    const { cid } = taking.content.metainfo
    if (!this.#held.has(cid)) this.#held.set(cid, { ...restingHeld(this.customer, taking) })
  }

  #begin(held: Changing, grants?: readonly BoughtRow[]): Begun {
    delete held.problem
    const begun = beginWork(this, held, () => held.begun === undefined, grants)
    held.begun = begun
    // Paused or removed meanwhile it is no longer what was begun.
    begun.then(
      (trade) => {
        if (held.begun !== begun) return
        if (refused(trade)) this.#fails(held, trade)
        else this.#watch(held, trade)
      },
      (error) => {
        if (held.begun === begun) this.#fails(held, refusalOf(error))
      },
    )
    return begun
  }

  /** Keeps why a content does not work; the log hears of it once. */
  #fails(held: Changing, problem: Refusal): void {
    held.problem = problem
    if (held.told === problem.code) return
    held.told = problem.code
    const name = visible(held.content.metainfo.name)
    this.log.tell('error', `${name}: ${problem.message}`, problem.code)
  }

  #watch(held: Changing, trade: Trade): void {
    held.trade = trade
    this.completed.watch(held, trade)
    if (held.told !== undefined) {
      delete held.told
      this.log.tell('info', `${visible(held.content.metainfo.name)} goes on`)
    }
    void trade.failed.then((problem) => {
      if (held.trade !== trade) return
      delete held.trade
      delete held.begun
      this.#fails(held, problem)
      void this.#leave(trade)
    })
  }

  #leave(trade: Trade): Promise<void> {
    this.#endings.end(trade)
    return this.station.end(trade)
  }

  /** Resolves when somebody pauses or removes the content of a trade, or it fails. */
  ended(trade: Trade): Promise<void> {
    return this.#endings.of(trade)
  }

  /** Ends the work on a content, in good order, until `resume`. Refuses as unknown-cid. */
  pause(cid: Cid): Promise<Refusal | undefined> {
    return this.#with(cid, async (held) => {
      held.paused = true
      this.customer.wallet.contents.pause(cid, true)
      await this.#end(held)
      return undefined
    })
  }

  /** Goes on with a content that was paused or kept from work. Refuses as `take`. */
  async resume(cid: Cid): Promise<Refusal | undefined> {
    const resumed = await this.#with(cid, async (held) => {
      held.paused = false
      this.customer.wallet.contents.pause(cid, false)
      if (held.begun !== undefined && held.problem === undefined) return undefined
      await this.#end(held)
      return { begun: this.#begin(held) }
    })
    if (resumed === undefined || refused(resumed)) return resumed
    const trade = await resumed.begun.catch(refusalOf)
    return refused(trade) ? trade : undefined
  }

  /** Tries once more what was kept from work; what is paused or at work stays as it is. */
  async again(cid: Cid): Promise<void> {
    const held = this.#held.get(cid)
    if (held?.problem !== undefined && !held.paused) await this.resume(cid)
  }

  /** Ends a content; `files` deletes what was fetched. Grants and earnings stay in the wallet. */
  async remove(cid: Cid, files: boolean): Promise<Refusal | undefined> {
    const unopened = this.unopened.get(cid)
    if (unopened !== undefined) {
      this.unopened.delete(cid)
      this.customer.wallet.contents.drop(cid)
      return files ? removeFiles(this.customer, unopened) : undefined
    }
    return this.#with(cid, async (held) => {
      this.#held.delete(cid)
      this.customer.wallet.contents.drop(cid)
      await this.#end(held)
      const { content, folder } = held
      return files ? removeFiles(this.customer, { ...content, folder }) : undefined
    })
  }

  /** Does something to a content while nobody works on it; what was at work goes on after. */
  aside<T>(cid: Cid, job: () => Promise<T>): Promise<T> {
    return this.#turns.take(cid, async () => {
      const held = this.#held.get(cid)
      const worked = held?.begun !== undefined
      if (held !== undefined) await this.#end(held)
      try {
        return await job()
      } finally {
        const goesOn = worked && held !== undefined && !this.stopping.aborted
        // How it begins again is told where it is watched.
        if (goesOn) this.#begin(held).catch(() => undefined)
      }
    })
  }

  #with<T>(cid: Cid, job: (held: Changing) => Promise<T>): Promise<T | Refusal> {
    return this.#turns.take(cid, async () => {
      const held = this.#held.get(cid)
      return held === undefined ? refuse('unknown-cid', `no content ${cid} here`) : job(held)
    })
  }

  async #end(held: Changing): Promise<void> {
    const { cid } = held.content.metainfo
    const { begun } = held
    delete held.begun
    delete held.trade
    delete held.problem
    // One that is still being checked is there already, and stops checking.
    const trade = this.station.trades.find((one) => one.content.metainfo.cid === cid)
    if (trade !== undefined) await this.#leave(trade)
    const late = await begun?.catch(() => undefined)
    if (late !== undefined && !refused(late) && late !== trade) await this.#leave(late)
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
    await this.#turns.over()
    await this.station.stop()
    await Promise.all([...this.#held.values()].map((held) => held.begun?.catch(() => undefined)))
  }
}
