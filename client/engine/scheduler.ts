/** Who fetches what: the picker's pieces to the peers, whole pieces to the disk. */
import { refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { JUNK_PIECES_MAX_COUNT, WRITES_MAX_BYTES } from '../../shared/limits.js'
import type { Assembly } from './assembly.js'
import { Bitfield } from './bitfield.js'
import type { Block } from './gate.js'
import { helpOthers } from './helping.js'
import { Order } from './order.js'
import type { Peer } from './peer.js'
import { Picker } from './picker.js'
import { UNWANTED } from './selection.js'
import { storePiece } from './storing.js'
import type { Torrent } from './torrent.js'

/** Of the memory for pieces one part in so many may wait for the disk. */
const WRITES_PER_MEMORY = 8

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly torrent: Torrent
  readonly peers: ReadonlySet<Peer>
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Bring each piece to the disk before it counts. */
  readonly sync: boolean
  /** Whether pieces come in order; `order` changes it later. */
  readonly sequential: boolean
  /** One for each piece (selection.ts). */
  readonly levels: Uint8Array
  /** Called when a piece is hashed and on disk, before the gate is told. */
  readonly verified: (piece: PieceIndex) => void
}

/** The download of one torrent. */
export class Scheduler {
  readonly #torrent: Torrent
  readonly #peers: ReadonlySet<Peer>
  readonly #sync: boolean
  readonly #verified: (piece: PieceIndex) => void
  readonly #picker: Picker
  /** In which order pieces are handed out, and who reads. */
  readonly order: Order
  /** What the picker counts a peer for; complete peers are not counted. */
  readonly #counted = new Map<Peer, Bitfield>()
  /** Pieces that failed their hash: each then comes from one peer alone, so that it shows whose. */
  readonly #spoiled = new Set<PieceIndex>()
  readonly #saving = new Set<Promise<void>>()
  #savingBytes = 0
  #stopped = false
  #kicking = false
  #haveChanged = false

  constructor(options: SchedulerOptions) {
    const { levels, peers, random, sequential, sync, torrent, verified } = options
    this.#torrent = torrent
    this.#peers = peers
    this.#sync = sync
    this.#verified = verified
    this.#picker = new Picker(torrent.have, levels, random)
    this.order = new Order(this.#picker, sequential, torrent)
    this.#draw()
  }

  /** What may wait for the disk: with several downloads a part of it each. */
  get #mostSaving(): number {
    return Math.min(WRITES_MAX_BYTES, this.#torrent.resources.memory.part / WRITES_PER_MEMORY)
  }

  /** Wanted pieces that are not here yet. */
  get missing(): number {
    return this.#picker.missing
  }

  /** Offers no further piece. */
  stop(): void {
    this.#stopped = true
    this.order.stop()
    this.#torrent.resources.memory.leave(this)
  }

  /** Resolves when nothing is on its way to the disk. */
  async saved(): Promise<void> {
    while (this.#saving.size > 0) await Promise.all(this.#saving)
  }

  /** A peer said what it has: one more piece, or (undefined) everything anew. */
  described(peer: Peer, piece: PieceIndex | undefined): void {
    if (piece !== undefined) peer.pieces.add(piece)
    const counted = this.#counted.get(peer)
    if (piece !== undefined && counted !== undefined) {
      counted.add(piece)
      this.#picker.gained(piece)
    } else {
      this.left(peer)
      if (!peer.pieces.full) this.#count(peer)
    }
    if (piece === undefined || !this.#torrent.have.has(piece)) this.#interest(peer)
  }

  #count(peer: Peer): void {
    const pieces = new Bitfield(peer.pieces.size, peer.pieces.bytes)
    this.#counted.set(peer, pieces)
    this.#picker.join(pieces)
  }

  /** A peer is gone. */
  left(peer: Peer): void {
    const counted = this.#counted.get(peer)
    if (counted !== undefined) this.#picker.leave(counted)
    this.#counted.delete(peer)
  }

  /** Offers free pieces to a peer that has room. */
  feed(peer: Peer): void {
    if (this.#stopped || !peer.wire.amInterested || this.#savingBytes > this.#mostSaving) return
    const { awaited } = this.order
    if (awaited.size > 0 && !peer.wire.peerChoking) this.#help(peer, (one) => awaited.has(one))
    const count = Math.min(peer.downloads.room, this.#share())
    if (count <= 0) {
      const idle = peer.downloads.tied === 0 && peer.downloads.room > 0
      if (this.#picker.free === 0 && idle) this.#help(peer, () => true)
      return
    }
    const { pieces, session } = peer
    const allowed = (piece: PieceIndex) => pieces.has(piece) && session.mayFetch(piece)
    const atLeast = this.#counted.has(peer) ? 1 : 0
    const picked = this.order.take(count, allowed, this.#torrent.partials.keys(), atLeast)
    if (picked.length > 0) peer.downloads.offer(picked)
  }

  /** One peer's part of the free pieces, as far as there is memory to put pieces together. */
  #share(): number {
    let [sharers, tied] = [0, 0]
    for (const { downloads, ready, wire } of this.#peers) {
      if (ready && wire.amInterested) sharers++
      tied += downloads.tied
    }
    const share = Math.ceil(this.#picker.free / Math.max(1, sharers))
    const { metainfo, resources } = this.#torrent
    const places = Math.floor(resources.memory.part / metainfo.pieceLength)
    return Math.min(share, Math.max(1, places) - tied)
  }

  /** The end game of a free torrent, and what a reader waits for too long (helping.ts); money never
   * pays two for one piece (D7). */
  #help(peer: Peer, wanted: (piece: PieceIndex) => boolean): void {
    const { gate, now } = this.#torrent
    const may = (piece: PieceIndex) => wanted(piece) && !this.#spoiled.has(piece)
    if (!gate.exclusive) helpOthers(peer, this.#peers, now(), may)
  }

  /** A block came in of a piece that several peers were asked for: the others need not send it. */
  shared(peer: Peer, assembly: Assembly, block: Block, asked: boolean): void {
    for (const { downloads } of this.#peers) {
      if (downloads === peer.downloads) continue
      downloads.unneeded(block)
      downloads.brought(assembly, block, asked)
    }
  }

  /** A piece is free again: whoever has room may have it. */
  freed(piece: PieceIndex): void {
    for (const { downloads } of this.#peers) downloads.stopHelping(piece)
    this.#picker.putBack(piece)
    this.#kickAll()
  }

  /** In the next turn of the loop: a piece that a session gives back as soon as it is offered must
   * not go round between them in one turn, which would never hear what ends that. */
  #kickAll(): void {
    if (this.#kicking || this.#stopped) return
    this.#kicking = true
    setImmediate(() => {
      this.#kicking = false
      for (const peer of this.#peers) peer.kick()
    })
  }

  /**
   * Pieces are wanted otherwise from now on; `levels` has one a piece (selection.ts). What is on
   * its way and not wanted any more is given up where that costs nobody anything.
   */
  rank(levels: Uint8Array): void {
    const { gate, wanted } = this.#torrent
    for (let piece = 0 as PieceIndex; piece < levels.length; piece++) {
      this.#picker.rank(piece, levels[piece] as number)
      if (levels[piece] === UNWANTED) wanted.remove(piece)
      else wanted.add(piece)
    }
    for (const { downloads } of gate.exclusive ? [] : this.#peers) {
      for (const { piece } of downloads.assemblies) if (!wanted.has(piece)) downloads.free(piece)
    }
    this.#haveChanged = true
    this.#draw()
    this.showInterest()
    this.#kickAll()
  }

  /** Every block of a piece is in: hashes it, stores it, and only then counts it. */
  received(peer: Peer, assembly: Assembly): void {
    const saving = this.#settle(peer, assembly)
    this.#saving.add(saving)
    void saving.finally(() => this.#saving.delete(saving))
  }

  async #settle(peer: Peer, { data, piece, size }: Assembly): Promise<void> {
    const { events } = this.#torrent
    this.#savingBytes += size
    const good = await storePiece(this.#torrent, piece, data, this.#sync)
    this.#savingBytes -= size
    if (refused(good)) return events.failed(good)
    // Where money follows, a piece is ours only while the gate still expects it: else nobody would
    // pay for it (D7). It is fetched again, under the debt that it left.
    if (good && this.#torrent.gate.exclusive && !peer.downloads.expects(piece)) {
      if (peer.downloads.abandon(piece)) this.freed(piece)
      return
    }
    if (good) {
      this.#add(piece)
    }
    if (!good) this.#spoiled.add(piece)
    if (!peer.downloads.settled(piece, good) && !good) this.freed(piece)
    if (!this.#torrent.gate.exclusive && peer.downloads.junk >= JUNK_PIECES_MAX_COUNT) {
      peer.drop('piece-junk')
    }
    peer.kick()
  }

  /** These pieces may be gone from the disk: until they are judged nobody gets or brings them. */
  doubt(pieces: Iterable<PieceIndex>): void {
    for (const piece of pieces) {
      this.#torrent.have.remove(piece)
      this.#picker.lost(piece)
    }
  }

  /** Doubtful pieces were looked at: those in `found` are here, the others are to be had again. */
  judged(pieces: Iterable<PieceIndex>, found: Bitfield): void {
    for (const piece of pieces) {
      if (!found.has(piece)) this.freed(piece)
      else {
        this.#torrent.have.add(piece)
        this.#picker.done(piece)
        this.order.came(piece)
      }
    }
    this.#haveChanged = true
    this.#draw()
  }

  /** A piece that was missing was found whole on the disk; false when it is under way. */
  found(piece: PieceIndex): boolean {
    if (this.#picker.isTaken(piece)) return false
    this.#add(piece)
    return true
  }

  #add(piece: PieceIndex): void {
    this.#torrent.have.add(piece)
    this.#picker.done(piece)
    this.#haveChanged = true
    this.#draw()
    this.#verified(piece)
    this.order.came(piece)
  }

  /** Whether a piece is on its way. */
  isUnderWay(piece: PieceIndex): boolean {
    return this.#picker.isTaken(piece)
  }

  /** A download shares the memory for pieces, a seed needs none. */
  #draw(): void {
    const { memory } = this.#torrent.resources
    if (this.missing > 0 && !this.#stopped) memory.join(this)
    else memory.leave(this)
  }

  /** Tells peers whether we are interested, after our own pieces changed. */
  showInterest(): void {
    if (!this.#haveChanged) return
    this.#haveChanged = false
    for (const peer of this.#peers) this.#interest(peer)
  }

  #interest(peer: Peer): void {
    if (!peer.introduced) return
    const { have, wanted } = this.#torrent
    if (peer.pieces.exceeds(have, wanted)) {
      peer.wire.interested()
      peer.kick()
    } else {
      peer.wire.uninterested()
    }
  }
}
