/**
 * One torrent: its peers, pieces and files. Every event that moves it has one line in `events`.
 *
 * The swarm decides who fetches what (picker), stores and announces what is whole, keeps
 * connections up (address book) and, in a free torrent, who is served (choker). What a paid content
 * adds is the gate's business alone.
 */
import type { Socket } from 'node:net'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { TICK_MS } from '../../shared/limits.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Address } from '../net/address-book.js'
import { Bitfield } from './bitfield.js'
import { Choking } from './choking.js'
import type { Gate } from './gate.js'
import { Losses } from './losses.js'
import type { Peer } from './peer.js'
import { Rate } from './rate.js'
import type { Resources } from './resources.js'
import { Roster } from './roster.js'
import { Scheduler } from './scheduler.js'
import { type Selection, wantedPieces } from './selection.js'
import { peerStats, type SwarmStats } from './stats.js'
import { keepStock, type StockBook, takeStock } from './stock.js'
import { Storage } from './storage.js'
import type { PeerEvents, Torrent } from './torrent.js'

/** What a swarm is made of. */
export interface SwarmOptions {
  readonly metainfo: Metainfo
  /** Holds the torrent's files, or its folder of files; made when missing. */
  readonly folder: string
  readonly gate: Gate
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Shared by the torrents of a process. */
  readonly resources: Resources
  /** Bring each piece to the disk (fdatasync) before it counts; by default when the gate is
   * exclusive, since money follows (design D8). */
  readonly sync?: boolean
  /** All files are here and good: do not hash them at start. */
  readonly trusted?: boolean
  /** Files that are wanted; of the others only what shares a piece with them is fetched. */
  readonly chosen?: Selection
  /** Fetch pieces in order, those further on the rarest first. */
  readonly sequential?: boolean
  /** Where it is remembered what was on disk; without it everything is hashed at start. */
  readonly stock?: StockBook
  /** Cut files that are longer than the torrent says: the folder is ours to fill. */
  readonly cut?: boolean
  readonly events?: SwarmEvents
}

/** What a swarm reports; the functions must not throw. */
export interface SwarmEvents {
  /** A piece was hashed and is on disk. */
  verified?(piece: PieceIndex): void
  /** The last missing piece was verified. */
  done?(): void
  /** Pieces that were here are gone from the disk; they are missing from now on. */
  lost?(pieces: readonly PieceIndex[]): void
  /** The disk failed; the swarm is stopping. */
  failed?(refusal: Refusal): void
}

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
  /** The pieces that we have are known: what was on disk was checked to the end. */
  #stocked = false

  constructor(options: SwarmOptions) {
    this.#options = options
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
    return this.#scheduler?.missing ?? this.metainfo.pieceCount
  }

  /** Whether the piece is verified and on disk. */
  has(piece: PieceIndex): boolean {
    return this.#torrent?.have.has(piece) === true
  }

  /**
   * Opens the files and hashes what is there; then takes connections. Refuses when the disk does.
   */
  start(): Promise<Refusal | undefined> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<Refusal | undefined> {
    const { chosen, metainfo, folder, gate, now, peerId, random, resources, sequential } =
      this.#options
    const storage = await Storage.open(metainfo, folder, chosen, resources.handles)
    if (refused(storage)) return storage
    const have = await this.#check(storage)
    if (refused(have)) {
      await storage.close()
      return have
    }
    const torrent: Torrent = {
      ...{ metainfo, gate, peerId, have, storage, now, resources },
      wanted: wantedPieces(metainfo, chosen),
      partials: new Map(),
      downloaded: new Rate(),
      uploaded: new Rate(),
      events: this.#events(),
    }
    this.#torrent = torrent
    const sync = this.#options.sync ?? gate.exclusive
    this.#scheduler = new Scheduler({
      ...{ torrent, peers: this.#roster.peers, random, sync, sequential: sequential === true },
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

  /** Which pieces are here. Empty files belong to the content too; a seed on a read-only disk may
   * lack them. */
  async #check(storage: Storage): Promise<Bitfield | Refusal> {
    const { chosen, cut, metainfo, resources, stock, trusted } = this.#options
    const files = (await storage.bringBack()) ?? (await storage.survey())
    if (refused(files)) return files
    const problem =
      (cut ? await storage.cut(files) : undefined) ?? (await storage.createEmptyFiles(chosen))
    const stopped = () => this.#stopping !== undefined
    const job = { metainfo, storage, hasher: resources.hasher, files, stopped }
    const have = trusted
      ? Bitfield.full(metainfo.pieceCount)
      : await takeStock(job, stock?.recall())
    return refused(have) || have.full ? have : (problem ?? have)
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
    const now = this.#options.now()
    const { have, downloaded, uploaded } = this.#torrent ?? {}
    return {
      have: have?.count ?? 0,
      pieceCount: this.#options.metainfo.pieceCount,
      downloadedBytes: downloaded?.total ?? 0,
      uploadedBytes: uploaded?.total ?? 0,
      downloadRate: downloaded?.at(now) ?? 0,
      uploadRate: uploaded?.at(now) ?? 0,
      missing: this.missing,
      done: this.done,
      peers: [...this.#roster.peers].map((peer) => peerStats(peer, now)),
    }
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
    if (this.#losses?.cutShort === false) {
      await keepStock(stock, this.#torrent.have, this.#torrent.storage)
    }
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
    if (!this.done) return
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

  #failed(refusal: Refusal): void {
    if (this.#stopping !== undefined) return
    this.#options.events?.failed?.(refusal)
    void this.stop()
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
