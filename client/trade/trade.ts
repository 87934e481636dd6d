/**
 * One content at work: its swarm, its gate, and whoever finds peers for it.
 *
 * A paid content gets the pay gate, a free one openGate; which of the two is decided by the content
 * alone (design D10). What is on disk, paid and earned outlives this object; it only counts.
 */
import { refusalOf } from '../../shared/command.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import type { Customer } from '../customer.js'
import type { Gate } from '../engine/gate.js'
import { openGate } from '../engine/open-gate.js'
import type { SwarmStats } from '../engine/stats.js'
import { Swarm } from '../engine/swarm.js'
import { Announcer, type TrackerStatus } from '../net/announcer.js'
import { addCounts, type PageCounts } from '../pay/page-source.js'
import type { PayGate, Unsettled } from '../pay/paygate.js'
import { ENDS_TRADING, type Provider, uidOf } from '../pay/provider.js'
import { inTime } from '../pay/timers.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Apart } from '../pay/world.js'
import type { Content, FreeContent, PaidContent } from './content.js'
import type { Waiting } from './correspondence.js'
import { payGateOf } from './gate-of.js'
import { PaidAnnouncer } from './paid-announcer.js'
import { sellersOf } from './peers.js'
import type { Berth, Cargo } from './station.js'
import { stockBook } from './stock-book.js'
import type { TradeEvent } from './trade-event.js'

/** What a trade is made of. */
export interface TradeOptions extends Cargo {
  readonly customer: Customer
  readonly berth: Berth
  readonly told: (event: TradeEvent) => void
  /** What waits for us at the provider's desk, as its tracker said. */
  readonly waiting: (waiting: Waiting) => void
}

/** A trade in figures. */
export interface TradeSnapshot extends SwarmStats {
  /** Bytes that are wanted, and of these what is missing. */
  readonly wantedBytes: number
  readonly left: number
  /** Pieces paid in this run, by seller; and what was earned, millionths. */
  readonly paidPieces: Readonly<Record<string, number>>
  readonly earned: bigint
  /** Pages of hash lists that we took in as a seller, by where they came from. */
  readonly hashPages: PageCounts
}

/** One content that is fetched, sold, or both. */
export class Trade {
  readonly content: Content
  /** Resolves when the content is complete, with a refusal when the trade had to end before. */
  readonly finished: Promise<Refusal | undefined>
  /** Resolves when disk or wallet fail, also after the content was complete. */
  readonly failed: Promise<Refusal>
  readonly #options: TradeOptions
  readonly #rids: Rid[]
  readonly #swarm: Swarm
  readonly #payGate: PayGate | undefined
  #finish: (problem: Refusal | undefined) => void = () => undefined
  #fail: (problem: Refusal) => void = () => undefined
  #announcer: PaidAnnouncer | Announcer | undefined
  #unserve: () => unknown = () => undefined
  readonly #paidPieces: Record<string, number> = {}
  #earned = 0n
  #reachable = true
  /** Sellers on our blacklist that were told of. */
  readonly #avoided = new Set<Uid>()
  #stopped = false

  constructor(options: TradeOptions) {
    const { chosen, content, customer, cut, folder, berth, sequential } = options
    this.#options = options
    this.#rids = options.grants.map(({ rid }) => rid)
    this.content = content
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.failed = new Promise((resolve) => {
      this.#fail = (problem) => {
        this.#finish(problem)
        resolve(problem)
      }
    })
    this.#payGate = content.paid ? this.#openPayGate(content) : undefined
    const gate: Gate = this.#payGate ?? openGate
    this.#swarm = new Swarm({
      ...{ metainfo: content.metainfo, folder, gate, peerId: berth.peerId },
      ...{ random: Math.random, now: customer.monotonic, resources: berth.resources },
      ...{ chosen, cut, sequential, stock: stockBook(options) },
      events: {
        lost: (pieces) => this.#lost(pieces.length),
        done: () => {
          if (this.#absentBytes() === 0) this.#announcer?.completed()
          this.#finish(undefined)
        },
        failed: (refusal) => this.#fail(refusal),
      },
    })
  }

  #openPayGate(content: PaidContent): PayGate {
    return payGateOf(content, this.#options, {
      has: (piece) => this.#swarm.has(piece),
      missing: () => this.#swarm.missing,
      announceAgain: () => this.#announceAgain(),
      told: (event) => {
        if (event.event === 'paid') {
          this.#paidPieces[event.seller] = (this.#paidPieces[event.seller] ?? 0) + 1
        }
        if (event.event === 'earned') this.#earned += event.reward
        this.#options.told(event)
      },
      failed: (error) => this.#fail(refusalOf(error)),
    })
  }

  /** Checks what is on disk, then meets peers; refuses when the disk does. */
  async start(): Promise<Refusal | undefined> {
    const { berth, content, grants } = this.#options
    const problem = await this.#swarm.start()
    if (problem !== undefined || this.#stopped) return problem
    if (this.#swarm.done) this.#finish(undefined)
    const { cid } = content.metainfo
    this.#unserve = berth.listener.serve(cid, (socket, received) =>
      this.#swarm.accept(socket, received),
    )
    for (const { peers, rid } of grants) this.#meetSellers(rid, peers)
    this.#swarm.addPeers(berth.peers)
    this.#announcer = content.paid ? this.#announcePaid(content) : this.#announceFree(content)
    return undefined
  }

  #announcePaid({ metainfo, provider }: PaidContent): PaidAnnouncer {
    const { berth, customer, told, waiting } = this.#options
    const { port } = berth.listener
    const history = customer.wallet.history(provider.row.fingerprint)
    return new PaidAnnouncer({
      ...{ provider, cid: metainfo.cid, rids: () => this.#rids, history },
      ...{ port, waiting, now: customer.monotonic, random: Math.random },
      left: () => this.#absentBytes(),
      listed: (rid, signed) => {
        this.#payGate?.setPeers(rid, signed)
        this.#meetSellers(rid, signed)
      },
      revocations: (number) =>
        void this.#followRevocations(provider, number).catch((error) =>
          this.#fail(refusalOf(error)),
        ),
      reached: (reached) => told({ event: 'reach', reached, port }),
      told: (problem) => this.#heard(problem),
    })
  }

  /** A list that is refused is worth a word; a tracker that is away was told already. */
  async #followRevocations(provider: Provider, number: number): Promise<void> {
    const problem = await provider.followRevocations(number)
    if (problem === undefined || problem.code === 'unreachable') return
    this.#options.told({ event: 'refused', code: problem.code, uid: undefined })
  }

  #announceAgain(): void {
    this.#announcer?.again()
  }

  /** What is missing again is fetched again; those who have it may have left us. */
  #lost(pieces: number): void {
    this.#options.told({ event: 'gone', pieces })
    this.#announceAgain()
  }

  #announceFree({ metainfo }: FreeContent): Announcer {
    const { berth } = this.#options
    const { cid, announce: trackers } = metainfo
    return new Announcer({
      trackers,
      describe: () => {
        const { downloadedBytes: downloaded, uploadedBytes: uploaded } = this.#swarm.stats()
        const left = this.#absentBytes()
        return { cid, peerId: berth.peerId, port: berth.listener.port, uploaded, downloaded, left }
      },
      found: (addresses) => this.#swarm.addPeers(addresses),
      told: (problem) => this.#heard(problem),
    })
  }

  /** Dials whom a signed list names. */
  #meetSellers(rid: Rid, signed: Uint8Array): void {
    const { content, customer } = this.#options
    if (!content.paid) return
    const { provider } = content
    const { keyring, row } = provider
    const { blacklist } = customer.wallet
    const owing = new Set(customer.wallet.history(row.fingerprint).unsettled(rid))
    // Whom we do not trade with is still paid what it has earned.
    const avoids = (uid: Uid) =>
      !owing.has(uid) && blacklist.blocks(row.fingerprint, uid, provider.trackerNow())
    const owner = { keyring, rid, cid: content.metainfo.cid, buyer: uidOf(row), avoids }
    const named = sellersOf(signed, owner)
    if (refused(named)) return
    this.#swarm.addPeers(named.sellers)
    const news = named.avoided.some((uid) => !this.#avoided.has(uid))
    if (named.sellers.length > 0 || this.#swarm.missing === 0 || !news) return
    for (const uid of named.avoided) this.#avoided.add(uid)
    this.#options.told({ event: 'avoided', sellers: named.avoided })
  }

  #heard(problem: Refusal | undefined): void {
    // The tracker's own signed word.
    if (problem !== undefined && ENDS_TRADING.has(problem.code)) this.#fail(problem)
    const reachable = problem === undefined
    if (reachable === this.#reachable) return
    this.#reachable = reachable
    this.#options.told({ event: 'tracker', problem })
  }

  /** Bytes of so many pieces, at most. */
  #bytesOf(pieces: number): number {
    const { length, pieceLength } = this.content.metainfo
    return Math.min(length, pieces * pieceLength)
  }

  /** What we do not have of the whole content; a tracker counts who lacks something as no seed. */
  #absentBytes(): number {
    const { have, pieceCount } = this.#swarm.stats()
    return this.#bytesOf(pieceCount - have)
  }

  /** Missing pieces, and those among them that no grant of ours brings any more. */
  get shortage(): { readonly missing: number; readonly stranded: readonly PieceIndex[] } {
    const { missing } = this.#swarm
    const stranded = missing === 0 ? [] : (this.#payGate?.stranded() ?? [])
    return { missing, stranded: stranded.filter((piece) => this.#swarm.wants(piece)) }
  }

  /** Takes up a grant that was bought meanwhile. */
  addGrant(row: BoughtRow): void {
    if (!this.#rids.includes(row.rid)) this.#rids.push(row.rid)
    this.#payGate?.addGrant(row)
    this.#meetSellers(row.rid, row.peers)
    this.#announceAgain()
  }

  /** Whether a seller misses a payment of ours, or may: what a crash can leave behind. */
  get unsettled(): boolean {
    return this.#payGate?.settling === true
  }

  /** Sellers that miss a payment of ours, or may, and are not connected. */
  owedTo(): Unsettled[] {
    const gate = this.#payGate
    return gate?.unsettled().filter(({ seller }) => !gate.meets(seller)) ?? []
  }

  /** The books of a paid content with members that are not connected. */
  get apart(): Apart | undefined {
    return this.#payGate?.apart
  }

  snapshot(): TradeSnapshot {
    const stats = this.#swarm.stats()
    return {
      ...stats,
      left: this.#bytesOf(stats.missing),
      wantedBytes: this.#bytesOf(stats.wanted),
      paidPieces: { ...this.#paidPieces },
      earned: this.#earned,
      hashPages: this.#payGate?.pageCounts ?? addCounts([]),
    }
  }

  /** What the engine may be told about this content, and how it is read. */
  get work(): Pick<Swarm, 'check' | 'choose' | 'inOrder' | 'map' | 'read'> {
    return this.#swarm
  }

  /** How it stands with the trackers. */
  trackers(): TrackerStatus[] {
    return this.#announcer?.status() ?? []
  }

  /** Announces as soon as it may. */
  announce(): void {
    this.#announcer?.now()
  }

  /** Ends in good order: no new peers, last payments out, files closed. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unserve()
    const leaving = this.#announcer?.stop() ?? Promise.resolve()
    await Promise.all([inTime(FAREWELL_TIMEOUT_MS, leaving), this.#swarm.stop()])
  }
}
