/** Who fetches what: the picker's pieces to the peers, whole pieces to the disk. */
import type { Refusal } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { JUNK_PIECES_MAX_COUNT, WRITES_MAX_BYTES } from '../../shared/limits.js'
import type { Assembly } from './assembly.js'
import { Bitfield } from './bitfield.js'
import { isPiece } from './check.js'
import type { Peer } from './peer.js'
import { Picker } from './picker.js'
import type { Torrent } from './torrent.js'

/** The download of one torrent. */
export class Scheduler {
  readonly #torrent: Torrent
  readonly #peers: ReadonlySet<Peer>
  readonly #sync: boolean
  readonly #verified: (piece: PieceIndex) => void
  readonly #picker: Picker
  /** What the picker counts a peer for; complete peers are not counted. */
  readonly #counted = new Map<Peer, Bitfield>()
  readonly #saving = new Set<Promise<void>>()
  #savingBytes = 0
  #stopped = false
  #kicking = false
  #haveChanged = false

  /** `verified` is called when a piece is hashed and on disk, before the gate is told. */
  constructor(
    torrent: Torrent,
    peers: ReadonlySet<Peer>,
    random: () => number,
    sync: boolean,
    verified: (piece: PieceIndex) => void,
  ) {
    this.#torrent = torrent
    this.#peers = peers
    this.#sync = sync
    this.#verified = verified
    this.#picker = new Picker(torrent.have, random)
  }

  /** Offers no further piece. */
  stop(): void {
    this.#stopped = true
  }

  /** Resolves when nothing is on its way to the disk. */
  async saved(): Promise<void> {
    await Promise.all(this.#saving)
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

  /** Offers free pieces to a peer that has room, its fair share of what is left. */
  feed(peer: Peer): void {
    if (this.#stopped || this.#picker.free === 0 || this.#savingBytes > WRITES_MAX_BYTES) return
    if (!peer.wire.amInterested) return
    const room = peer.downloads.room
    if (room <= 0) return
    let sharers = 0
    for (const other of this.#peers) if (other.ready && other.wire.amInterested) sharers++
    const share = Math.ceil(this.#picker.free / Math.max(1, sharers))
    const { pieces, session } = peer
    const picked = this.#picker.pick(
      Math.min(room, share),
      (piece) => pieces.has(piece) && session.mayFetch(piece),
    )
    if (picked.length === 0) return
    for (const piece of picked) this.#picker.take(piece)
    peer.downloads.offer(picked)
  }

  /** A piece is free again: whoever has room may have it. */
  freed(piece: PieceIndex): void {
    this.#picker.putBack(piece)
    if (this.#kicking || this.#stopped) return
    this.#kicking = true
    queueMicrotask(() => {
      this.#kicking = false
      for (const peer of this.#peers) peer.kick()
    })
  }

  /** Every block of a piece is in: hashes it, stores it, and only then counts it. */
  received(peer: Peer, assembly: Assembly): void {
    const saving = this.#settle(peer, assembly)
    this.#saving.add(saving)
    void saving.finally(() => this.#saving.delete(saving))
  }

  async #settle(peer: Peer, { piece, data }: Assembly): Promise<void> {
    const { events, have, metainfo } = this.#torrent
    const good = isPiece(metainfo, piece, data)
    if (good) {
      const problem = await this.#store(piece, data)
      if (problem !== undefined) {
        events.failed(problem)
        return
      }
      have.add(piece)
      this.#picker.done(piece)
      this.#haveChanged = true
      this.#verified(piece)
    }
    if (!peer.downloads.settled(piece, good) && !good) this.freed(piece)
    if (!this.#torrent.gate.exclusive && peer.downloads.junk >= JUNK_PIECES_MAX_COUNT) {
      peer.drop('piece-junk')
    }
    peer.kick()
  }

  async #store(piece: PieceIndex, data: Uint8Array): Promise<Refusal | undefined> {
    const { storage } = this.#torrent
    this.#savingBytes += data.length
    const problem = await storage.write(piece, data)
    const result = problem === undefined && this.#sync ? await storage.flush() : problem
    this.#savingBytes -= data.length
    return result
  }

  /** Tells peers whether we are interested, after our own pieces changed. */
  showInterest(): void {
    if (!this.#haveChanged) return
    this.#haveChanged = false
    for (const peer of this.#peers) this.#interest(peer)
  }

  #interest(peer: Peer): void {
    if (!peer.introduced) return
    if (peer.pieces.exceeds(this.#torrent.have)) {
      peer.wire.interested()
      peer.kick()
    } else {
      peer.wire.uninterested()
    }
  }
}
