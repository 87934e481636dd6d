/**
 * One connection: line, framer, Wire and gate session, and the two halves that fetch and serve.
 *
 * Bytes flow line -> framer -> Wire -> the handlers below -> the gate, and its actions come back
 * through `act`. The Wire parses in the turn in which bytes arrive, so nothing queues on the way
 * in; what bounds memory is the way out: blocks wait for the line (uploads), and a peer that lets
 * too much pile up is not read until it reads (line).
 */
import { type Code, refused } from '../../shared/errors.js'
import type { Cid, PieceIndex } from '../../shared/identifier.js'
import {
  HANDSHAKE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  PEER_REQUESTS_MAX_COUNT,
  PIPELINE_REQUESTS_COUNT,
} from '../../shared/limits.js'
import { Framer } from '../../shared/wire/frame.js'
import type { Line } from '../net/line.js'
import { Bitfield } from './bitfield.js'
import { Downloads } from './downloads.js'
import type { GateAction, GateSession } from './gate.js'
import type { Torrent } from './torrent.js'
import { blockOf, Uploads } from './uploads.js'
import { PeerWire } from './wire.js'

/** BEP 10 id under which we receive the gate's extension. */
const EXTENSION_ID = 1
const NOTHING = new Uint8Array(0)

/** Whether a peer has said all that it has to before it may do anything. */
export const isMet = ({ ready, session }: Peer): boolean => ready && session.met()

/** A connected peer of one torrent. */
export class Peer {
  readonly torrent: Torrent
  readonly address: string
  /** Whether we opened the connection. */
  readonly initiator: boolean
  readonly wire: PeerWire
  readonly session: GateSession
  readonly uploads = new Uploads(this)
  readonly downloads = new Downloads(this)
  /** What the peer has. */
  pieces: Bitfield
  /** Both handshakes are through. */
  ready = false
  closed = false
  /** We have said what we have; haves may follow. */
  introduced = false
  /** Why the connection was closed. */
  code: Code | undefined
  readonly openedAt: number
  readonly #line: Line
  readonly #framer: Framer
  #kicked = false

  constructor(torrent: Torrent, line: Line, address: string, initiator: boolean) {
    this.torrent = torrent
    this.address = address
    this.initiator = initiator
    this.#line = line
    this.#framer = new Framer(torrent.metainfo.pieceCount)
    this.pieces = new Bitfield(torrent.metainfo.pieceCount)
    this.openedAt = torrent.now()
    this.wire = new PeerWire((data) => line.send(data))
    this.session = torrent.gate.open({ initiator, address }, (action) => this.#act(action))
    const { extension } = torrent.gate
    if (extension !== undefined) this.wire.extendedMapping = { [EXTENSION_ID]: extension }
    this.wire.extendedHandshake = {
      v: 'Floodgate 0.1',
      reqq: PEER_REQUESTS_MAX_COUNT,
      ...this.session.handshake,
    }
    this.#listen()
  }

  /** Begins: an initiator sends its handshake, an acceptor reads what has come so far. */
  start(received: Uint8Array): void {
    if (this.initiator) this.#greet()
    else this.#read(received)
    this.#line.open({
      data: (chunk) => this.#read(chunk),
      ended: () => this.drop('goodbye'),
    })
  }

  /** 20 bytes, once the handshake is in. */
  get peerId(): Uint8Array | undefined {
    return this.wire.peerIdBuffer ?? undefined
  }

  /** Bytes that wait for the network. */
  get backlog(): number {
    return this.#line.backlog
  }

  /** Resolves when the network has taken everything, or the connection is over. */
  drained(): Promise<void> {
    return this.#line.drained()
  }

  /** Has the torrent look, at the end of this turn, at what the peer could fetch. */
  kick(): void {
    if (this.#kicked || this.closed) return
    this.#kicked = true
    queueMicrotask(() => {
      this.#kicked = false
      if (this.closed) return
      this.torrent.events.hungry(this)
      this.downloads.pump()
    })
  }

  /** Stops serving the peer; what it asked for is refused. */
  choke(): void {
    if (this.wire.amChoking) return
    this.wire.choke()
    this.uploads.clear()
  }

  tick(nowMs: number): void {
    const [limit, since] = isMet(this)
      ? [IDLE_TIMEOUT_MS, this.#line.heardAt]
      : [HANDSHAKE_TIMEOUT_MS, this.openedAt]
    if (nowMs - since > limit) this.drop('idle-timeout')
    if (!this.ready || this.closed) return
    if (nowMs - this.#line.sentAt > KEEP_ALIVE_MS) this.wire.keepAlive()
    this.downloads.tick()
    this.downloads.rate.at(nowMs)
    this.uploads.rate.at(nowMs)
    this.session.tick(nowMs)
    this.kick()
  }

  /** Closes the connection; what was sent before is still flushed. */
  drop(code: Code): void {
    if (this.closed) return
    this.closed = true
    this.code = code
    this.session.closed()
    this.downloads.release()
    this.#line.end()
    this.torrent.events.closed(this)
  }

  /** Resolves when the socket is gone. */
  gone(): Promise<void> {
    return this.#line.gone()
  }

  #listen(): void {
    const { wire } = this
    const { events } = this.torrent
    wire.on('handshake', (cid: Cid) => this.#greeted(cid))
    wire.on('extended', (name: string | number, data) => this.#extended(name, data))
    wire.on('bitfield', (field: { buffer: Uint8Array }) => this.#described(field.buffer))
    wire.on('have-all', () => this.#described(undefined))
    wire.on('have', (piece: PieceIndex) => events.described(this, piece))
    wire.on('interested', () => events.interested(this))
    wire.on('uninterested', () => events.interested(this))
    wire.on('choke', () => this.downloads.choked())
    wire.on('unchoke', () => this.kick())
    wire.on('request', (piece: number, offset: number, length: number) => {
      wire.peerRequests.length = 0
      this.uploads.requested(blockOf(piece, offset, length))
    })
    wire.on('cancel', (piece: number, offset: number, length: number) => {
      this.uploads.cancel(blockOf(piece, offset, length))
    })
    wire.on('piece', (piece: number, offset: number, data: Uint8Array) => {
      this.downloads.arrived(blockOf(piece, offset, data.length), data)
      this.kick()
    })
    wire.on('reject', (piece: number, offset: number, length: number) => {
      this.downloads.rejected(blockOf(piece, offset, length))
      this.kick()
    })
    // The Wire ends itself on a message of BEP 6 that was not agreed on.
    wire.on('finish', () => this.drop('malformed'))
  }

  #read(chunk: Uint8Array): void {
    if (this.closed) return
    const passed = this.#framer.feed(chunk)
    if (refused(passed)) {
      this.drop(passed.code)
      this.#line.cut()
      return
    }
    for (const messages of passed) {
      try {
        this.wire.feed(messages)
      } catch (error) {
        // The framer let only well-formed messages through: what is thrown here is a bug of ours.
        process.emitWarning(error instanceof Error ? error : String(error))
        this.drop('internal')
      }
      if (this.closed) return
      if (!this.introduced && this.peerId !== undefined) this.#introduce()
    }
  }

  #greet(): void {
    const { metainfo, peerId } = this.torrent
    this.wire.handshake(metainfo.cid, peerId, { fast: true })
  }

  #greeted(cid: Cid): void {
    if (cid !== this.torrent.metainfo.cid) {
      this.drop('unknown-cid')
      return
    }
    const code = this.torrent.events.greeted(this)
    if (code !== undefined) this.drop(code)
    else if (!this.initiator) this.#greet()
  }

  /** BEP 3 handshakes are through: says what we have, and waits for the gate's extension if any. */
  #introduce(): void {
    this.introduced = true
    const { gate, have } = this.torrent
    if (gate.exclusive && !this.wire.hasFast) {
      this.drop('no-fast')
      return
    }
    if (gate.extension !== undefined && this.wire.peerExtensions.extended !== true) {
      this.drop('hello-expected')
      return
    }
    if (this.wire.hasFast && have.full) this.wire.haveAll()
    else if (this.wire.hasFast && have.count === 0) this.wire.haveNone()
    else if (have.count > 0) this.wire.bitfield(have.bytes.slice())
    if (gate.extension === undefined) this.#ready()
  }

  #extended(name: string | number, data: unknown): void {
    const { extension } = this.torrent.gate
    if (name === 'handshake') {
      const { reqq } = this.wire.peerExtendedHandshake
      if (typeof reqq === 'number' && reqq > 0) {
        this.downloads.depth = Math.min(PIPELINE_REQUESTS_COUNT, reqq)
      }
      if (extension === undefined) return
      if ((this.wire.peerExtendedMapping[extension] ?? 0) > 0) this.#ready()
      else this.drop('hello-expected')
    } else if (name === extension && data instanceof Uint8Array) {
      if (this.ready) this.session.message(data)
      else this.drop('out-of-state')
      this.kick()
    }
  }

  #ready(): void {
    this.ready = true
    const ours = {
      handshake: this.wire.sentHandshake ?? NOTHING,
      extended: this.wire.sentExtended ?? NOTHING,
    }
    const theirs = {
      handshake: this.#framer.handshake ?? NOTHING,
      extended: this.#framer.extended ?? NOTHING,
    }
    const [initiator, acceptor] = this.initiator ? [ours, theirs] : [theirs, ours]
    this.session.handshaken({ initiator, acceptor })
    this.torrent.events.ready(this)
    this.kick()
  }

  #described(bytes: Uint8Array | undefined): void {
    const { size } = this.pieces
    this.pieces = bytes === undefined ? Bitfield.full(size) : new Bitfield(size, bytes)
    this.torrent.events.described(this, undefined)
  }

  #act(action: GateAction): void {
    if (this.closed) return
    switch (action.do) {
      case 'send':
        this.wire.extended(this.torrent.gate.extension ?? '', action.payload)
        break
      case 'fetch':
        this.downloads.fetch(action.piece)
        break
      case 'free':
        // Kicks whoever may fetch it now.
        return this.downloads.free(action.piece)
      case 'serve':
        this.uploads.serve(action.block)
        break
      case 'reject':
        this.uploads.reject(action.block)
        break
      case 'drop':
        this.drop(action.code)
        break
    }
    this.kick()
  }
}
