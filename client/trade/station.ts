/**
 * All trades of one process: one listening socket, one upload limit, and for each provider one
 * claim loop and one keeper of our membership.
 */
import { concat, fromText } from '../../shared/bytes.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import type { HashLists, TradeSettings } from '../config.js'
import type { Customer } from '../customer.js'
import { Hasher } from '../engine/hasher.js'
import { Limiter } from '../engine/limiter.js'
import { type RateLimits, type Resources, shareOut } from '../engine/resources.js'
import type { Selection } from '../engine/selection.js'
import type { Address } from '../net/address-book.js'
import { Listener } from '../net/listener.js'
import type { ClaimRound } from '../pay/claiming.js'
import type { Addressee } from '../pay/mailbox.js'
import type { Probing } from '../pay/probe.js'
import type { Provider } from '../pay/provider.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import { type ClaimCause, ClaimLoop } from './claim-loop.js'
import type { Content } from './content.js'
import { Correspondence, type News, type Waiting } from './correspondence.js'
import { MembershipKeeper } from './keeper.js'
import { Offices } from './offices.js'
import { Trade } from './trade.js'
import type { TradeEvent } from './trade-event.js'

/** Client name and version in a peer id (BEP 20), before 12 random bytes. */
const PEER_ID_PREFIX = '-FG0100-'
const PEER_ID_RANDOM_BYTES = 12

/** What a trade uses of the process that it runs in. */
export interface Berth {
  readonly listener: Listener
  readonly resources: Resources
  readonly peerId: Uint8Array
  /** Peers that the person named. */
  readonly peers: readonly Address[]
  readonly requestTimeoutMs: number
  /** Hash all that is on disk, also what did not change. */
  readonly checkAll: boolean
  readonly hashLists: HashLists
  /** How long the way to buyers takes is asked for this. */
  readonly probing?: Probing
}

/** What is sent behind everything else. */
export interface Background {
  /** Its upload turns; the limit may be changed at any time. */
  readonly limiter: Limiter
  /** Is told how long the way to a buyer takes, some times a second while blocks go there. */
  heard: Probing['heard']
}

/** What a station reports. */
export interface StationEvents {
  trade(content: Content, event: TradeEvent): void
  claimed(round: ClaimRound, cause: ClaimCause): void
  /** A case has news, or letters came or went. */
  corresponded(provider: Provider, news: News): void
  /** We have no valid certificate with a provider, and why; undefined: there is one again. */
  membership(provider: Provider, problem: Refusal | undefined): void
}

/** A content to take up, and what it is bought with. */
export interface Cargo {
  readonly content: Content
  /** Holds the content's file, or its folder of files. */
  readonly folder: string
  /** Files that are wanted. */
  readonly chosen: Selection
  /** Fetch pieces in order. */
  readonly sequential: boolean
  /** The folder is ours to fill: files in it that are too long are cut. */
  readonly cut: boolean
  /** Its blocks go out under the limit of the background and behind it everybody's. */
  readonly background?: boolean
  /** What we buy with; empty when only seeding. */
  readonly grants: readonly BoughtRow[]
}

/** Sellers of a trade under this provider that are gone and miss something of ours, or may. */
function addresseesOf(trade: Trade, provider: Fingerprint): Addressee[] {
  const { content } = trade
  if (!content.paid || content.provider.row.fingerprint !== provider) return []
  return trade.owedTo().map((one) => ({ ...one, cid: content.metainfo.cid }))
}

/** The trades of one process. */
export class Station {
  readonly trades: Trade[] = []
  /** Those of which what is on the disk is still being looked at. */
  readonly starting = new Map<Cid, Trade>()
  readonly background: Background
  readonly #customer: Customer
  readonly #berth: Berth
  readonly #events: StationEvents
  readonly #loops = new Map<Fingerprint, ClaimLoop>()
  readonly #keepers = new Map<Fingerprint, MembershipKeeper>()
  readonly #letters = new Map<Fingerprint, Correspondence>()
  /** Trades that ended while the station goes on: what they still owe is paid by letter. */
  readonly #ended = new Map<Cid, Trade>()
  #stopping = false

  /** Who claims and writes letters here. */
  readonly offices: Offices

  private constructor(customer: Customer, berth: Berth, events: StationEvents) {
    this.offices = new Offices(customer, {
      isTraded: (cid) => this.trades.some((one) => one.content.metainfo.cid === cid),
      apart: (cid) => this.#known.find((one) => one.content.metainfo.cid === cid)?.apart,
    })
    this.#customer = customer
    this.#berth = berth
    const limiter = new Limiter(undefined, customer.monotonic, berth.resources.limiter)
    this.background = { limiter, heard: () => undefined }
    this.#events = events
  }

  /** Listens; refuses as port-in-use. */
  static async open(
    customer: Customer,
    settings: TradeSettings,
    events: StationEvents,
  ): Promise<Station | Refusal> {
    const { checkAll, hashLists, host, peers, port, requestTimeoutMs } = settings
    const listener = await Listener.open(host, port)
    if (refused(listener)) return listener
    const resources = shareOut(new Hasher(), settings, customer.monotonic)
    const peerId = concat(fromText(PEER_ID_PREFIX), customer.random(PEER_ID_RANDOM_BYTES))
    const rest = { requestTimeoutMs, checkAll, hashLists }
    const berth = { listener, resources, peerId, peers, ...rest }
    return new Station(customer, berth, events)
  }

  /** The port that others reach us at. */
  get port(): number {
    return this.#berth.listener.port
  }

  /** Most bytes per second over all contents. */
  get limits(): RateLimits {
    const { intake, limiter } = this.#berth.resources
    return { upLimit: limiter.limit, downLimit: intake.limit }
  }

  /** New ones hold at once. */
  set limits({ downLimit, upLimit }: RateLimits) {
    const { intake, limiter } = this.#berth.resources
    limiter.limit = upLimit
    intake.limit = downLimit
  }

  /** Takes up a content: checks what is on disk and meets peers. Refuses when the disk does. */
  async add(cargo: Cargo): Promise<Trade | Refusal> {
    const { content } = cargo
    const told = (event: TradeEvent) => this.#events.trade(content, event)
    const waiting = (waiting: Waiting) => {
      if (content.paid) this.#letters.get(content.provider.row.fingerprint)?.heard(waiting)
    }
    const customer = this.#customer
    const berth = cargo.background === true ? this.#behind : this.#berth
    if (this.#stopping) return refuse('interrupted')
    const trade = new Trade({ ...cargo, customer, berth, told, waiting })
    this.trades.push(trade)
    const { cid } = content.metainfo
    this.starting.set(cid, trade)
    const problem = await trade.start()
    if (this.starting.get(cid) === trade) this.starting.delete(cid)
    if (problem !== undefined) {
      await this.end(trade)
      return problem
    }
    // Ended while its files were still being checked.
    if (this.#stopping || !this.trades.includes(trade)) return trade
    this.#ended.delete(cid)
    if (content.paid) {
      this.#keepUp(content.provider)
      this.#claimFrom(content.provider)
      this.#correspond(content.provider)
    }
    return trade
  }

  /** The berth of what is sent in the background. */
  get #behind(): Berth {
    const { background } = this
    const resources = { ...this.#berth.resources, limiter: background.limiter }
    const heard: Probing['heard'] = (buyer, delayMs) => background.heard(buyer, delayMs)
    return { ...this.#berth, resources, probing: { now: this.#customer.monotonic, heard } }
  }

  /** Ends one trade in good order; the others go on. */
  async end(trade: Trade): Promise<void> {
    const { cid } = trade.content.metainfo
    await trade.stop()
    const at = this.trades.indexOf(trade)
    if (at < 0) return
    this.trades.splice(at, 1)
    this.#ended.set(cid, trade)
  }

  #keepUp(provider: Provider): void {
    const { fingerprint } = provider.row
    if (this.#keepers.has(fingerprint)) return
    const { monotonic: now, publicKey, wallet } = this.#customer
    const member = { provider, publicKey, wallet }
    const told = (problem: Refusal | undefined) => this.#events.membership(provider, problem)
    this.#keepers.set(fingerprint, new MembershipKeeper({ member, now, random: Math.random, told }))
  }

  #claimFrom(provider: Provider): void {
    const { fingerprint } = provider.row
    if (this.#loops.has(fingerprint)) return
    const loop = new ClaimLoop({
      claimer: this.offices.claimer(provider),
      ...{ now: this.#customer.monotonic, random: Math.random },
      told: (round, cause) => this.#events.claimed(round, cause),
    })
    this.#loops.set(fingerprint, loop)
  }

  /** Notices and letters of a provider; what we pay or are paid by letter is in its books. */
  #correspond(provider: Provider): void {
    const { fingerprint } = provider.row
    if (this.#letters.has(fingerprint)) return
    const correspondence = new Correspondence({
      desk: this.offices.desk(provider, true),
      mailbox: this.offices.mailbox(provider),
      ...{ now: this.#customer.monotonic, random: Math.random },
      owedTo: () => this.#known.flatMap((trade) => addresseesOf(trade, fingerprint)),
      patienceMs: this.#berth.requestTimeoutMs,
      told: (news) => this.#events.corresponded(provider, news),
    })
    this.#letters.set(fingerprint, correspondence)
  }

  /** Trades at work, then those that ended. */
  get #known(): Trade[] {
    return [...this.trades, ...this.#ended.values()]
  }

  /** Ends all trades, pays by letter who is gone, claims what was earned, then stops listening. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.trades.map((trade) => trade.stop()))
    await Promise.all([...this.#letters.values()].map((each) => each.stop()))
    const running = [...this.#loops.values(), ...this.#keepers.values()]
    await Promise.all(running.map((each) => each.stop()))
    await this.#berth.listener.close()
    await this.#berth.resources.hasher.close()
  }
}
