/**
 * The fetching half of one connection: pieces tied to the peer, and the requests that are out.
 *
 * A piece is offered to the gate (`want`), fetched when the gate says so, checked when it is whole,
 * and settled. It stays tied to this peer until it is stored, or until the gate frees it (D7).
 */
import type { PieceIndex } from '../../shared/identifier.js'
import { BLOCK_BYTES, PIPELINE_REQUESTS_COUNT } from '../../shared/limits.js'
import { pieceSize } from '../../shared/metainfo.js'
import { INTAKE_WAIT_MS, STALL_MS } from '../../shared/swarm-limits.js'
import { Assembly, type Tie } from './assembly.js'
import type { Block } from './gate.js'
import { Helping } from './helping.js'
import { LateAnswers } from './late.js'
import type { Asker, Limiter } from './limiter.js'
import { Patience } from './patience.js'
import type { Peer } from './peer.js'
import { Rate } from './rate.js'

/** Requests go out in batches, so that the other side can read and send as many blocks at once. */
const BATCH = 16

/** Pieces that one peer is to bring. */
export class Downloads implements Asker {
  readonly rate = new Rate()
  /** Under a download limit all peers are asked in turn. */
  readonly debt = 0
  /** Blocks that others owe as well. */
  readonly helping: Helping
  /** Most requests that the peer takes at a time. */
  depth = PIPELINE_REQUESTS_COUNT
  /** Pieces that failed their hash. */
  junk = 0
  readonly #peer: Peer
  readonly #ties = new Map<PieceIndex, Tie>()
  #inFlight = 0
  /** Waits for a turn under the download limit. */
  #queued = false
  readonly #lateAnswers = new LateAnswers()
  readonly #patience: Patience

  constructor(peer: Peer) {
    this.#peer = peer
    this.helping = new Helping(peer)
    this.#patience = new Patience(() => peer.torrent.now())
  }

  /** How many more pieces the peer could take now. */
  get room(): number {
    const { ready, session, torrent, wire } = this.#peer
    if (!ready || wire.peerChoking || this.#patience.paused) return 0
    if (torrent.resources.intake.waitMs > INTAKE_WAIT_MS) return 0
    const room = session.room()
    if (Number.isFinite(room)) return room
    let queued = this.#inFlight + this.helping.inFlight
    for (const { assembly } of this.#ties.values()) queued += assembly?.missing ?? 0
    const blocks = Math.ceil(torrent.metainfo.pieceLength / BLOCK_BYTES)
    return Math.ceil(Math.max(0, this.depth - queued) / blocks)
  }

  /** Pieces that are being fetched here, with the blocks that are in. */
  get assemblies(): Assembly[] {
    return [...this.#ties.values()].flatMap(({ assembly, phase }) =>
      phase === 'fetching' && assembly !== undefined ? [assembly] : [],
    )
  }

  /** Another peer brought a block of a piece that is fetched here; `asked` when we had asked. */
  brought(assembly: Assembly, block: Block, asked: boolean): void {
    const tie = this.#ties.get(block.piece)
    if (tie?.phase !== 'fetching' || tie.assembly !== assembly) return
    tie.mixed = true
    if (asked) {
      this.#inFlight--
      this.#cancel(block)
    }
    if (assembly.whole) this.#whole(tie, assembly)
  }

  /** Asks no more for what another peer owes; the requests that are out are cancelled. */
  stopHelping(piece: PieceIndex): void {
    for (const block of this.helping.stop(piece)) this.#late(block)
  }

  /** A block that was asked for here as well is no longer needed. */
  unneeded(block: Block): void {
    if (this.helping.cancel(block)) this.#late(block)
  }

  /** How many pieces are tied to the peer. */
  get tied(): number {
    return this.#ties.size
  }

  /** How long requests have been waiting for any answer of the peer, also if they were given up. */
  get unansweredMs(): number {
    return this.#patience.unansweredMs
  }

  /** Ties free pieces to the peer and offers them to the gate. */
  offer(pieces: readonly PieceIndex[]): void {
    for (const piece of pieces) {
      this.#ties.set(piece, { phase: 'offered', assembly: undefined, freed: false, mixed: false })
    }
    this.#peer.session.want(pieces)
  }

  /** The gate wants the piece fetched. */
  fetch(piece: PieceIndex): void {
    const tie = this.#ties.get(piece)
    if (tie === undefined || tie.phase !== 'offered') return
    const { partials, metainfo } = this.#peer.torrent
    tie.mixed = partials.has(piece)
    tie.assembly = partials.get(piece) ?? new Assembly(piece, pieceSize(metainfo, piece))
    partials.delete(piece)
    tie.phase = 'fetching'
    if (this.#inFlight === 0) this.#patience.begin()
  }

  /** The gate gives the piece up. */
  free(piece: PieceIndex): void {
    const tie = this.#ties.get(piece)
    if (tie === undefined) return
    for (const block of tie.phase === 'fetching' ? (tie.assembly?.asked() ?? []) : []) {
      this.#cancel(block)
    }
    this.#untie(piece, tie)
  }

  #cancel(block: Block): void {
    this.#late(block)
    this.#peer.wire.cancel(block.piece, block.offset, block.length)
  }

  /** A cancelled request may be answered all the same (BEP 6: it must be). */
  #late(block: Block): void {
    if (this.#peer.wire.hasFast) this.#lateAnswers.expect(block)
  }

  /** The connection is gone: every piece is free. */
  release(): void {
    for (const [piece, tie] of [...this.#ties]) this.#untie(piece, tie)
  }

  #untie(piece: PieceIndex, tie: Tie): void {
    if (tie.phase === 'checking') {
      tie.freed = true
      return
    }
    const { gate, partials, events } = this.#peer.torrent
    const { assembly } = tie
    for (const { offset } of assembly?.asked() ?? []) this.#unask(assembly, offset)
    if (assembly?.started && !gate.exclusive) partials.set(piece, assembly)
    this.#ties.delete(piece)
    events.freed(piece)
  }

  #unask(assembly: Assembly | undefined, offset: number): boolean {
    if (assembly?.unask(offset) !== true) return false
    this.#inFlight--
    this.#peer.torrent.resources.intake.refund(BLOCK_BYTES)
    return true
  }

  /** Asks for blocks until the pipeline is full, once it has room for a batch. */
  pump(): void {
    const { torrent, wire } = this.#peer
    if (wire.peerChoking || this.#inFlight > this.depth - Math.min(BATCH, this.depth)) return
    const { intake } = torrent.resources
    if (intake.limit === undefined) this.#ask(Number.POSITIVE_INFINITY)
    else if (!this.#queued && this.assemblies.some(({ missing }) => missing > 0))
      void this.#askInTurn(intake)
  }

  async #askInTurn(intake: Limiter): Promise<void> {
    this.#queued = true
    const { wire } = this.#peer
    await intake.inTurn(this, (most) =>
      this.#peer.closed || wire.peerChoking ? 0 : this.#ask(most),
    )
    this.#queued = false
    if (!this.#peer.closed) this.pump()
  }

  /** Asks for blocks of about so many bytes, as far as the pipeline has room; how many it were. */
  #ask(most: number): number {
    let bytes = 0
    for (const { phase, assembly } of this.#ties.values()) {
      if (phase !== 'fetching' || assembly === undefined) continue
      while (this.#inFlight < this.depth && bytes < most) {
        const block = assembly.ask()
        if (block === undefined) break
        this.#inFlight++
        bytes += block.length
        this.#patience.asked()
        this.#peer.wire.request(block.piece, block.offset, block.length)
      }
    }
    return bytes
  }

  /** A block came in. */
  arrived(block: Block, bytes: Uint8Array): void {
    const late = this.#lateAnswers.take(block)
    const helped = this.helping.take(block)
    if (helped !== undefined) return this.#helpCame(helped, block, bytes)
    const tie = this.#ties.get(block.piece)
    const assembly = tie?.phase === 'fetching' ? tie.assembly : undefined
    const wanted = assembly !== undefined && this.#peer.session.arrived(block)
    if (tie === undefined || !wanted || !assembly.put(block.offset, bytes)) {
      // Some blocks cross with a cancel.
      const wasted = !late && this.#lateAnswers.waste(bytes.length, this.rate.total)
      if (wasted) this.#peer.drop('not-requested')
      return
    }
    this.#inFlight--
    this.#patience.answered(true)
    this.rate.add(bytes.length)
    this.#peer.torrent.downloaded.add(bytes.length)
    if (assembly.helped) this.#peer.torrent.events.shared(this.#peer, assembly, block, false)
    if (assembly.whole) this.#whole(tie, assembly)
  }

  /** A block came in that another peer owes. */
  #helpCame(assembly: Assembly, block: Block, bytes: Uint8Array): void {
    const { downloaded, events } = this.#peer.torrent
    const before = assembly.bring(block.offset, bytes)
    this.#patience.answered(false)
    if (before === undefined) return
    this.rate.add(bytes.length)
    downloaded.add(bytes.length)
    events.shared(this.#peer, assembly, block, before === 'asked')
  }

  #whole(tie: Tie, assembly: Assembly): void {
    tie.phase = 'checking'
    this.#peer.torrent.events.received(this.#peer, assembly)
  }

  /** Whether a piece that is being checked is still tied to the peer, and wanted by the gate. */
  expects(piece: PieceIndex): boolean {
    return this.#ties.get(piece)?.freed === false && this.#peer.session.expects(piece)
  }

  /** What was given up while it was checked does not count; false if `free` is still to come. */
  abandon(piece: PieceIndex): boolean {
    const tie = this.#ties.get(piece)
    if (tie?.freed === false) [tie.phase, tie.assembly] = ['offered', undefined]
    else this.#ties.delete(piece)
    return !this.#ties.has(piece)
  }

  /** A piece was checked; false when it is not tied to the peer any more. */
  settled(piece: PieceIndex, good: boolean): boolean {
    const tie = this.#ties.get(piece)
    if (tie === undefined) return false
    if (!good && !tie.mixed) this.junk++
    tie.assembly = undefined
    if (good || tie.freed) this.#ties.delete(piece)
    else tie.phase = 'offered'
    if (tie.freed) return false
    this.#peer.session.verified(piece, good)
    return true
  }

  /** The peer rejected a block (BEP 6). */
  rejected(block: Block): void {
    if (this.#lateAnswers.take(block) || this.helping.rejected(block)) return
    const tie = this.#ties.get(block.piece)
    if (tie?.phase !== 'fetching' || !this.#unask(tie.assembly, block.offset)) return
    this.pause()
    this.#peer.session.rejected(block)
  }

  /** The peer choked us; without BEP 6 that drops every request (BEP 3). */
  choked(): void {
    if (this.#peer.wire.hasFast || !this.#peer.ready) return
    this.helping.clear()
    for (const tie of [...this.#ties.values()]) {
      const asked = tie.phase === 'fetching' ? (tie.assembly?.asked() ?? []) : []
      for (const { offset } of asked) this.#unask(tie.assembly, offset)
      if (asked[0] !== undefined) this.#peer.session.rejected(asked[0])
    }
  }

  /** Gives a free torrent's pieces to others when the peer has stalled. */
  tick(): void {
    const owes = !this.#peer.torrent.gate.exclusive && this.#inFlight > 0
    if (!owes || this.#patience.silentMs < STALL_MS) return
    this.pause()
    for (const [piece, { phase }] of [...this.#ties]) if (phase !== 'checking') this.free(piece)
  }

  /** A free torrent asks elsewhere for a while; a paid gate has its own answer to a reject. */
  pause(): void {
    if (!this.#peer.torrent.gate.exclusive) this.#patience.pause()
  }
}
