/**
 * One torrent: its peers, pieces and files. Every event that moves it has one line in `events`.
 *
 * The swarm decides who fetches what (picker), stores and announces what is whole, keeps
 * connections up (address book) and, in a free torrent, who is served (choker). What a paid content
 * adds is the gate's business alone.
 */
import type { Socket } from 'node:net'
import { Failure, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { TICK_MS } from '../../shared/limits.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Address } from '../net/address-book.js'
import type { Bitfield } from './bitfield.js'
import { Checking } from './check.js'
import { Choking } from './choking.js'
import { Losses } from './losses.js'
import type { Peer } from './peer.js'
import { Rate } from './rate.js'
import { type FileSpan, readAlong } from './reading.js'
import { Roster } from './roster.js'
import { Scheduler } from './scheduler.js'
import { pieceLevels, type Selection, wantedPieces } from './selection.js'
import { pieceMap, type SwarmStats, swarmStats } from './stats.js'
import { keepStock, openStock } from './stock.js'
import type { SwarmOptions } from './swarm-options.js'
import type { PeerEvents, Torrent } from './torrent.js'

/** One torrent at work. */
export class Swarm {
  readonly #options: SwarmOptions
  #torrent: Torrent | undefined
  #scheduler: Scheduler | undefined
  #losses: Losses | undefined
  readonly #roster: Roster
  #starting: Promise<Refusal | undefined> | undefined
  #stopping: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #choking: Choking
  #chosen: Selection
  readonly #wanted: Bitfield
  #sequential: boolean
  readonly #checking = new Checking()
  #choosing: Promise<Refusal | undefined> = Promise.resolve(undefined)
  /** The pieces that we have are known: what was on disk was checked to the end. */
  #stocked = false

  constructor(options: SwarmOptions) {
    this.#options = options
    this.#chosen = options.chosen
    this.#wanted = wantedPieces(pieceLevels(options.metainfo, options.chosen))
    this.#sequential = options.sequential === true
    this.#roster = new Roster(options.peerId, options.now, options.resources.connections)
    this.#choking = new Choking(this.#roster.peers, () => this.done, options.random)
  }

  get metainfo(): Metainfo {
    return this.#options.metainfo
  }

  /** Whether every wanted piece is verified and on disk. */
  get done(): boolean {
    return this.missing === 0
  }

  /** Wanted pieces that are not here yet. */
  get missing(): number {
    return this.#scheduler?.missing ?? this.#wanted.count
  }

  /** Whether the piece is verified and on disk. */
  has(piece: PieceIndex): boolean {
    return this.#torrent?.have.has(piece) === true
  }

  /** Opens the files, hashes what is there, then takes connections. Refuses as the disk does. */
  start(): Promise<Refusal | undefined> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Reads a part of a file while it comes in (reading.ts); throws a Failure before the start. */
  read(span: FileSpan, stop: AbortSignal): AsyncGenerator<Uint8Array> {
    const [torrent, order] = [this.#torrent, this.#scheduler?.order]
    if (torrent === undefined || order === undefined) throw new Failure(refuse('interrupted'))
    return readAlong({ torrent, order, lost: (one) => this.#losses?.found(one) }, span, stop)
  }

  async #start(): Promise<Refusal | undefined> {
    const { metainfo, gate, now, peerId, random, resources } = this.#options
    const watch = { stopped: () => this.#stopping !== undefined, checking: this.#checking }
    const opened = await openStock({ ...this.#options, chosen: this.#chosen }, watch)
    if (refused(opened)) return opened
    const { have, storage } = opened
    const levels = pieceLevels(metainfo, this.#chosen)
    const torrent: Torrent = {
      ...{ metainfo, gate, peerId, have, wanted: this.#wanted, storage, now, resources },
      partials: new Map(),
      downloaded: new Rate(),
      uploaded: new Rate(),
      events: this.#events(),
    }
    this.#torrent = torrent
    const sync = this.#options.sync ?? gate.exclusive
    this.#scheduler = new Scheduler({
      ...{ torrent, peers: this.#roster.peers, random, sync, levels },
      sequential: this.#sequential,
      verified: (piece) => this.#verified(piece),
    })
    this.#losses = new Losses(torrent, this.#scheduler, {
      lost: (pieces) => this.#lost(pieces),
      failed: (refusal) => this.#failed(refusal),
    })
    if (this.#stopping !== undefined) return undefined
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#stocked = true
    this.#roster.open(torrent)
    if (this.done) this.#options.events?.done?.()
    return undefined
  }

  /** What moves a torrent, one line per event. */
  #events(): PeerEvents {
    return {
      greeted: (peer) => this.#roster.greeted(peer),
      ready: (peer) => this.#ready(peer),
      described: (peer, piece) => this.#described(peer, piece),
      interested: (peer) => this.#interested(peer),
      hungry: (peer) => this.#scheduler?.feed(peer),
      shared: (...block) => this.#scheduler?.shared(...block),
      received: (peer, assembly) => this.#scheduler?.received(peer, assembly),
      freed: (piece) => this.#scheduler?.freed(piece),
      lost: (piece) => this.#losses?.found(piece),
      failed: (refusal) => this.#failed(refusal),
      closed: (peer) => this.#closed(peer),
    }
  }

  /** Peers to connect to, now and again whenever a connection is lost. */
  addPeers(addresses: readonly Address[]): void {
    this.#roster.add(addresses)
  }

  /** Takes over a connection that asks for this torrent (net/listener.ts). */
  accept(socket: Socket, received: Uint8Array): void {
    this.#roster.accept(socket, received)
  }

  stats(): SwarmStats {
    const { metainfo, now } = this.#options
    const pieces = { pieceCount: metainfo.pieceCount, wanted: this.#wanted.count }
    const state = { missing: this.missing, done: this.done, checking: this.#checking.part }
    return { ...pieces, ...state, ...swarmStats(this.#torrent, this.#roster.peers, now()) }
  }

  /** One character a piece (stats.ts). */
  map(): string {
    return pieceMap(this.#torrent?.have, this.#wanted, this.#scheduler)
  }

  /** Hashes all that is on disk while the work goes on. Refuses as the disk does. */
  async check(): Promise<Refusal | undefined> {
    this.#checking.begin(0)
    const problem = (await this.start()) ?? (await this.#losses?.recheck(this.#checking))
    this.#checking.end()
    return problem
  }

  /** Whether the piece is wanted. */
  wants(piece: PieceIndex): boolean {
    return this.#wanted.has(piece)
  }

  /** The files that are chosen. */
  get chosen(): Selection {
    return this.#chosen
  }

  /**
   * Other files are chosen from now on, or wanted more or less. Refuses as the disk does, which has
   * to move what lay aside, and as interrupted when the swarm ends.
   */
  choose(chosen: Selection): Promise<Refusal | undefined> {
    this.#choosing = this.#choosing.then(() => this.#choose(chosen))
    return this.#choosing
  }

  async #choose(chosen: Selection): Promise<Refusal | undefined> {
    const problem = await this.start()
    if (problem !== undefined || this.#stopping !== undefined)
      return problem ?? refuse('interrupted')
    const before = this.missing
    const moved = await this.#torrent?.storage.rechoose(chosen)
    if (moved !== undefined) return this.#failed(moved)
    this.#chosen = chosen
    this.#scheduler?.rank(pieceLevels(this.metainfo, chosen))
    if (this.missing > before) this.#roster.wake()
    if (this.done && before > 0) this.#done()
    return undefined
  }

  /** Has pieces come in order or not; it holds for what is not asked for yet. */
  inOrder(on: boolean): void {
    this.#sequential = on
    if (this.#scheduler !== undefined) this.#scheduler.order.sequential = on
  }

  /** Ends in good order: first the gate's business, then connections, then files. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#scheduler?.stop()
    this.#roster.stop()
    await this.#starting
    await this.#choosing
    // A piece that is being written is still to be paid; after the gate has closed it never is.
    await this.#scheduler?.saved()
    await this.#options.gate.close()
    clearInterval(this.#timer)
    await this.#roster.close()
    await this.#scheduler?.saved()
    await this.#losses?.stop()
    if (this.#torrent?.have.full) await this.#torrent.storage.dropAside()
    const problem = await this.#torrent?.storage.close()
    if (problem === undefined) await this.#keepStock()
  }

  /** Remembers what is on the disk for the next start; everything written must be there. */
  async #keepStock(): Promise<void> {
    const { stock } = this.#options
    if (stock === undefined || this.#torrent === undefined || !this.#stocked) return
    const { have, storage } = this.#torrent
    if (this.#losses?.cutShort === false) await keepStock(stock, have, storage)
  }

  /** Nobody may go on believing that we have these: everyone meets us anew. */
  #lost(pieces: readonly PieceIndex[]): void {
    for (const peer of [...this.#roster.peers]) peer.drop('data-lost')
    this.#options.gate.lost?.(pieces)
    this.#options.events?.lost?.(pieces)
  }

  #ready(peer: Peer): void {
    if (this.#options.gate.exclusive) peer.wire.unchoke()
    else this.#interested(peer)
  }

  #interested(peer: Peer): void {
    const { gate, now } = this.#options
    if (!gate.exclusive) this.#choking.interested(peer, now())
  }

  #described(peer: Peer, piece: PieceIndex | undefined): void {
    this.#scheduler?.described(peer, piece)
    this.#parted(peer)
  }

  #verified(piece: PieceIndex): void {
    for (const peer of this.#roster.peers) if (peer.introduced) peer.wire.have(piece)
    this.#options.events?.verified?.(piece)
    if (this.done) this.#done()
  }

  #done(): void {
    for (const peer of [...this.#roster.peers]) this.#parted(peer)
    this.#options.events?.done?.()
  }

  /** Two complete peers have nothing to say to each other, unless money is still due. */
  #parted(peer: Peer): void {
    const { exclusive } = this.#options.gate
    if (!exclusive && this.done && peer.pieces.full) this.#roster.part(peer)
  }

  #closed(peer: Peer): void {
    this.#roster.closed(peer)
    this.#scheduler?.left(peer)
  }

  #failed(refusal: Refusal): Refusal {
    if (this.#stopping === undefined) {
      this.#options.events?.failed?.(refusal)
      void this.stop()
    }
    return refusal
  }

  #tick(): void {
    const now = this.#options.now()
    if (!this.#options.gate.exclusive) this.#choking.tick(now)
    this.#torrent?.downloaded.at(now)
    this.#torrent?.uploaded.at(now)
    this.#scheduler?.showInterest()
    for (const peer of [...this.#roster.peers]) peer.tick(now)
    this.#roster.dialDue()
  }
}
