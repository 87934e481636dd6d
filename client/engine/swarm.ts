/**
 * One torrent: its peers, its pieces, its files. Every event that moves it has one line in
 * `events`.
 *
 * The swarm decides who fetches what (picker), stores and announces what is whole, keeps
 * connections up (address book) and, in a free torrent, who is served (choker). What a paid content
 * adds is the gate's business alone.
 */
import type { Socket } from 'node:net'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { RECHOKE_MS, TICK_MS, UNCHOKED_MAX_COUNT } from '../../shared/limits.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Address } from '../net/address-book.js'
import { Bitfield } from './bitfield.js'
import { checkPieces } from './check.js'
import { chooseUnchoked } from './choker.js'
import type { Gate } from './gate.js'
import { Limiter } from './limiter.js'
import type { Peer } from './peer.js'
import { Rate } from './rate.js'
import { Roster } from './roster.js'
import { Scheduler } from './scheduler.js'
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
  /** Upload limit, shared by the torrents of a process; none when absent. */
  readonly limiter?: Limiter
  /** Bring each piece to the disk (fdatasync) before it counts; by default when the gate is
   * exclusive, since money follows (design D8). */
  readonly sync?: boolean
  /** All files are here and good: do not hash them at start. */
  readonly trusted?: boolean
  readonly events?: SwarmEvents
}

/** What a swarm reports; the functions must not throw. */
export interface SwarmEvents {
  /** A piece was hashed and is on disk. */
  verified?(piece: PieceIndex): void
  /** The last missing piece was verified. */
  done?(): void
  /** The disk failed; the swarm is stopping. */
  failed?(refusal: Refusal): void
}

/** One connection in figures: bytes, and bytes per second. */
export interface PeerStats {
  readonly address: string
  readonly initiator: boolean
  /** Pieces the peer says it has. */
  readonly pieces: number
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  readonly downloadRate: number
  readonly uploadRate: number
}

/** A swarm in figures: bytes, and bytes per second. */
export interface SwarmStats {
  /** Pieces verified and on disk. */
  readonly have: number
  readonly pieceCount: number
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  readonly downloadRate: number
  readonly uploadRate: number
  readonly done: boolean
  readonly peers: readonly PeerStats[]
}

/** One torrent at work. */
export class Swarm {
  readonly #options: SwarmOptions
  #torrent: Torrent | undefined
  #scheduler: Scheduler | undefined
  readonly #roster: Roster
  #starting: Promise<Refusal | undefined> | undefined
  #stopping: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #rechokeAt = 0

  constructor(options: SwarmOptions) {
    this.#options = options
    this.#roster = new Roster(options.peerId, options.now)
  }

  get metainfo(): Metainfo {
    return this.#options.metainfo
  }

  /** Whether every piece is verified and on disk. */
  get done(): boolean {
    return this.#torrent?.have.full === true
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
    const { metainfo, folder, gate, limiter, now, peerId, random } = this.#options
    const storage = await Storage.open(metainfo, folder)
    if (refused(storage)) return storage
    const have = await this.#check(storage)
    if (refused(have)) {
      await storage.close()
      return have
    }
    const torrent: Torrent = {
      ...{ metainfo, gate, peerId, have, storage, now },
      limiter: limiter ?? new Limiter(undefined, now),
      partials: new Map(),
      downloaded: new Rate(),
      uploaded: new Rate(),
      events: this.#events(),
    }
    this.#torrent = torrent
    const sync = this.#options.sync ?? gate.exclusive
    this.#scheduler = new Scheduler(torrent, this.#roster.peers, random, sync, (piece) =>
      this.#verified(piece),
    )
    if (this.#stopping !== undefined) return undefined
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#roster.open(torrent)
    if (have.full) this.#options.events?.done?.()
    return undefined
  }

  /** Which pieces are here. Empty files belong to the content too; a seed on a read-only disk may
   * lack them. */
  async #check(storage: Storage): Promise<Bitfield | Refusal> {
    const { metainfo, trusted } = this.#options
    const have = trusted
      ? Bitfield.full(metainfo.pieceCount)
      : await checkPieces(metainfo, storage, () => this.#stopping !== undefined)
    const problem = await storage.createEmptyFiles()
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
      received: (peer, assembly) => this.#scheduler?.received(peer, assembly),
      freed: (piece) => this.#scheduler?.freed(piece),
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
      done: this.done,
      peers: [...this.#roster.peers].map((peer) => ({
        address: peer.address,
        initiator: peer.initiator,
        pieces: peer.pieces.count,
        downloadedBytes: peer.downloads.rate.total,
        uploadedBytes: peer.uploads.rate.total,
        downloadRate: peer.downloads.rate.at(now),
        uploadRate: peer.uploads.rate.at(now),
      })),
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
    await this.#torrent?.storage.close()
  }

  #ready(peer: Peer): void {
    if (this.#options.gate.exclusive) peer.wire.unchoke()
    else this.#interested(peer)
  }

  /** A free slot is taken at once; else the peer waits for the next round. */
  #interested(peer: Peer): void {
    if (this.#options.gate.exclusive || !peer.ready || !peer.wire.peerInterested) return
    let served = 0
    for (const { wire } of this.#roster.peers) if (!wire.amChoking && wire.peerInterested) served++
    if (served < UNCHOKED_MAX_COUNT) peer.wire.unchoke()
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
    if (now >= this.#rechokeAt) this.#rechoke()
    this.#torrent?.downloaded.at(now)
    this.#torrent?.uploaded.at(now)
    this.#scheduler?.showInterest()
    for (const peer of [...this.#roster.peers]) peer.tick(now)
    this.#roster.dialDue()
  }

  /** Decides anew who is served in a free torrent. */
  #rechoke(): void {
    const { gate, now, random } = this.#options
    if (gate.exclusive) return
    this.#rechokeAt = now() + RECHOKE_MS
    const candidates = [...this.#roster.peers].map((peer) => ({
      peer,
      interested: peer.ready && peer.wire.peerInterested,
      rate: (this.done ? peer.uploads : peer.downloads).rate.at(now()),
    }))
    const chosen = chooseUnchoked(candidates, UNCHOKED_MAX_COUNT, random)
    for (const candidate of candidates) {
      if (chosen.has(candidate)) candidate.peer.wire.unchoke()
      else candidate.peer.choke()
    }
  }
}
