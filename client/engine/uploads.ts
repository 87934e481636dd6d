/**
 * The serving half of one connection: requests in, gate asked, blocks out.
 *
 * Requests are kept here and not in the Wire, whose answers to two identical requests can swap
 * (design §6): each request is answered once, in order. Nothing is read from the disk before the
 * gate said `serve`, the limiter granted a turn, and the socket has room; neighbouring blocks of a
 * piece are read at once.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import {
  BLOCK_MAX_BYTES,
  OUTPUT_BLOCKS_MAX_BYTES,
  PEER_REQUESTS_MAX_COUNT,
} from '../../shared/limits.js'
import { pieceSize } from '../../shared/metainfo.js'
import type { Block } from './gate.js'
import type { Asker } from './limiter.js'
import type { Peer } from './peer.js'
import { Rate } from './rate.js'

/** Blocks that one peer asked for. */
export class Uploads implements Asker {
  readonly rate = new Rate()
  readonly #peer: Peer
  readonly #queue: Block[] = []
  /** Requests that the gate has not answered. */
  #undecided = 0
  #pumping = false

  constructor(peer: Peer) {
    this.#peer = peer
  }

  /** What the peer owes, in pieces. */
  get debt(): number {
    return this.#peer.session.debt()
  }

  /** The peer asks for a block; the gate is asked only when it exists and we have it. */
  requested(block: Block): void {
    const { torrent } = this.#peer
    const { piece, offset, length } = block
    const end = pieceSize(torrent.metainfo, piece)
    if (offset < 0 || length <= 0 || length > BLOCK_MAX_BYTES || offset + length > end) {
      this.#peer.drop('malformed')
    } else if (
      !torrent.have.has(piece) ||
      this.#queue.length + this.#undecided >= PEER_REQUESTS_MAX_COUNT
    ) {
      this.#refuse(block)
    } else {
      this.#undecided++
      this.#peer.session.requested(block)
    }
  }

  /** The gate lets the block pass. */
  serve(block: Block): void {
    this.#undecided = Math.max(0, this.#undecided - 1)
    this.#queue.push(block)
    void this.#pump()
  }

  /** The gate does not let the block pass. */
  reject(block: Block): void {
    this.#undecided = Math.max(0, this.#undecided - 1)
    this.#refuse(block)
  }

  /** The peer takes a request back; BEP 6 wants an answer all the same. */
  cancel({ piece, offset, length }: Block): void {
    const at = this.#queue.findIndex(
      (block) => block.piece === piece && block.offset === offset && block.length === length,
    )
    const [block] = at === -1 ? [] : this.#queue.splice(at, 1)
    if (block !== undefined) this.#refuse(block)
  }

  /** Refuses whatever waits, after a choke. */
  clear(): void {
    for (const block of this.#queue.splice(0)) this.#refuse(block)
  }

  #refuse({ piece, offset, length }: Block): void {
    const { wire } = this.#peer
    if (wire.hasFast) wire.reject(piece, offset, length)
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    try {
      for (;;) {
        const run = this.#takeRun()
        if (run.length === 0) return
        if (!(await this.#send(run))) return
      }
    } finally {
      this.#pumping = false
    }
  }

  /** Sends blocks that follow each other within one piece; false when the connection is over. */
  async #send(run: readonly Block[]): Promise<boolean> {
    const { torrent, wire } = this.#peer
    const { limiter } = torrent.resources
    const [{ piece, offset }, last] = [run[0] as Block, run.at(-1) as Block]
    const bytes = last.offset + last.length - offset
    await limiter.enter(this, bytes)
    const data = await this.#read(run, bytes).finally(() => limiter.leave())
    if (data === undefined || this.#peer.closed) return !this.#peer.closed
    if (refused(data)) return this.#unreadable(run, data)
    while (!this.#peer.closed && this.#peer.backlog > OUTPUT_BLOCKS_MAX_BYTES) {
      await this.#peer.drained()
    }
    if (this.#peer.closed) return false
    for (const block of run) {
      const start = block.offset - offset
      wire.piece(piece, block.offset, data.subarray(start, start + block.length))
      this.#peer.session.sent(block)
    }
    this.rate.add(bytes)
    torrent.uploaded.add(bytes)
    return true
  }

  /** Reads a run; undefined, with every block refused, when we no longer have the piece. */
  async #read(run: readonly Block[], bytes: number): Promise<Uint8Array | Refusal | undefined> {
    const { have, storage } = this.#peer.torrent
    const { offset, piece } = run[0] as Block
    if (this.#peer.closed) return undefined
    if (have.has(piece)) return storage.read(piece, offset, bytes)
    for (const block of run) this.#refuse(block)
    return undefined
  }

  /** What is gone is refused, and looked for by the swarm; any other trouble ends it. */
  #unreadable(run: readonly Block[], problem: Refusal): boolean {
    const { events } = this.#peer.torrent
    if (problem.code !== 'data-lost') {
      events.failed(problem)
      return false
    }
    for (const block of run) this.#refuse(block)
    events.lost((run[0] as Block).piece)
    return !this.#peer.closed
  }

  #takeRun(): Block[] {
    const first = this.#queue[0]
    if (first === undefined || this.#peer.closed) return []
    const limit = this.#peer.torrent.resources.limiter.grantBytes
    let end = first.offset + first.length
    let count = 1
    for (; count < this.#queue.length; count++) {
      const next = this.#queue[count] as Block
      const follows = next.piece === first.piece && next.offset === end
      if (!follows || end + next.length - first.offset > limit) break
      end += next.length
    }
    return this.#queue.splice(0, count)
  }
}

/** A block as the Wire reports it; the framer has checked the piece index. */
export function blockOf(piece: number, offset: number, length: number): Block {
  return { piece: piece as PieceIndex, offset, length }
}
