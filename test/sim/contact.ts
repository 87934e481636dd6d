/**
 * One connection of one member for one content: what client/engine does between the wire and the
 * gate, as far as money is concerned, without bytes of files.
 */
import { Bitfield } from '../../client/engine/bitfield.js'
import type { Block, GateAction, GateSession } from '../../client/engine/gate.js'
import { concat, fromHex, fromText } from '../../shared/bytes.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { BLOCK_BYTES } from '../../shared/limits.js'
import { pieceSize } from '../../shared/metainfo.js'
import type { RawHandshakes } from '../../shared/wire/channel.js'
import { ExtendedHandshake, type HandshakeEntry } from '../../shared/wire/messages.js'
import { encode } from '../../shared/wire/record.js'
import type { End, Frame, Plug } from './network.js'
import type { Torrent } from './torrent.js'

const PEER_ID_BYTES = 20

/** A connection as its member's torrent sees it. */
export class Contact implements Plug {
  readonly session: GateSession
  /** The address of the other side. */
  readonly address: string
  readonly pieces: Bitfield
  readonly sinceMs: number
  ready = false
  readonly #torrent: Torrent
  readonly #end: End
  readonly #initiator: boolean
  readonly #raw: RawHandshakes
  /** Pieces that are being fetched here, with the offsets of the blocks that came. */
  readonly #fetching = new Map<PieceIndex, Map<number, Uint8Array>>()
  /** Pieces that were offered to the gate and not given back. */
  readonly #tied = new Set<PieceIndex>()
  #gone = false

  constructor(torrent: Torrent, address: string, initiator: boolean, end: End) {
    const { clock, content, dice, gate } = torrent.parts
    this.sinceMs = clock.now
    this.#torrent = torrent
    this.#end = end
    this.#initiator = initiator
    this.address = address
    this.pieces = new Bitfield(content.metainfo.pieceCount)
    this.session = gate.open({ initiator, address }, (action) => this.#act(action))
    const cid = fromHex(content.metainfo.cid) as Uint8Array
    const lead = [new Uint8Array([19]), fromText('BitTorrent protocol'), new Uint8Array(8)]
    const entry = this.session.handshake.floodgate as HandshakeEntry
    this.#raw = {
      handshake: concat(...lead, cid, dice.bytes(PEER_ID_BYTES)),
      extended: encode(ExtendedHandshake, { floodgate: entry }),
    }
    if (initiator) this.#end.send({ is: 'greeting', raw: this.#raw })
  }

  receive(frame: Frame): void {
    if (this.#gone) return
    if (frame.is === 'greeting') this.#greeted(frame.raw)
    else if (!this.ready) this.drop()
    else if (frame.is === 'sealed') this.session.message(frame.payload)
    else if (frame.is === 'pieces')
      this.#torrent.described(this, new Bitfield(this.pieces.size, frame.bytes))
    else if (frame.is === 'have') this.#torrent.gained(this, frame.piece)
    else if (frame.is === 'request') this.session.requested(frame.block)
    else if (frame.is === 'reject') this.session.rejected(frame.block)
    else this.#arrived(frame.block, frame.bytes)
    this.kick()
  }

  #greeted(theirs: RawHandshakes): void {
    if (this.ready) return this.drop()
    if (!this.#initiator) this.#end.send({ is: 'greeting', raw: this.#raw })
    this.ready = true
    const [initiator, acceptor] = this.#initiator ? [this.#raw, theirs] : [theirs, this.#raw]
    this.session.handshaken({ initiator, acceptor })
    this.#end.send({ is: 'pieces', bytes: this.#torrent.have.bytes.slice() })
  }

  /** Says that we have one more piece. */
  tell(piece: PieceIndex): void {
    if (this.ready) this.#end.send({ is: 'have', piece })
  }

  #act(action: GateAction): void {
    if (this.#gone || !this.#torrent.alive) return
    if (action.do === 'send') this.#end.send({ is: 'sealed', payload: action.payload })
    else if (action.do === 'drop') this.drop()
    else if (action.do === 'fetch') this.#fetch(action.piece)
    else if (action.do === 'free') this.#free(action.piece)
    else if (action.do === 'reject') this.#end.send({ is: 'reject', block: action.block })
    else this.#serve(action.block)
  }

  /** Asks for the blocks of a piece that are not here yet. */
  #fetch(piece: PieceIndex): void {
    const here = this.#fetching.get(piece) ?? new Map()
    this.#fetching.set(piece, here)
    const size = pieceSize(this.#torrent.parts.content.metainfo, piece)
    for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
      if (here.has(offset)) continue
      const block = { piece, offset, length: Math.min(BLOCK_BYTES, size - offset) }
      this.#end.send({ is: 'request', block })
    }
  }

  #free(piece: PieceIndex): void {
    this.#fetching.delete(piece)
    if (this.#tied.delete(piece)) this.#torrent.picker.putBack(piece)
  }

  #serve(block: Block): void {
    const bytes = this.#torrent.read(this, block)
    if (bytes !== undefined) this.#end.send({ is: 'block', block, bytes })
  }

  #arrived(block: Block, bytes: Uint8Array): void {
    if (!this.session.arrived(block) && !this.#torrent.parts.conduct.grabs) return
    const { piece, offset } = block
    const here = this.#fetching.get(piece)
    if (here === undefined) return
    here.set(offset, bytes)
    const size = pieceSize(this.#torrent.parts.content.metainfo, piece)
    if (here.size * BLOCK_BYTES < size) return
    this.#fetching.set(piece, new Map())
    const blocks = [...here].sort(([one], [other]) => one - other).map(([, part]) => part)
    this.#torrent.received(this, piece, concat(...blocks))
  }

  /** A piece is on disk, or failed its hash. */
  settled(piece: PieceIndex, good: boolean): void {
    if (this.#gone) return
    if (good) {
      this.#fetching.delete(piece)
      this.#tied.delete(piece)
    }
    this.session.verified(piece, good)
    this.kick()
  }

  /** Gives up a piece that its gate expects no more. */
  abandon(piece: PieceIndex): void {
    this.#free(piece)
  }

  /** Offers the gate as much as it has room for. */
  kick(): void {
    if (this.#gone || !this.ready) return
    const picked = this.#torrent.pick(this)
    if (picked.length === 0) return
    for (const piece of picked) this.#tied.add(piece)
    this.session.want(picked)
  }

  tick(nowMs: number): void {
    if (this.#gone) return
    this.session.tick(nowMs)
    this.kick()
    if (this.#torrent.parts.conduct.grabs) this.#grab()
  }

  /** Asks for what the gate has not said may be fetched. */
  #grab(): void {
    for (const piece of this.#tied) if (!this.#torrent.have.has(piece)) this.#fetch(piece)
  }

  /** Closes from our side. */
  drop(): void {
    if (this.#gone) return
    this.#end.close()
    this.closed()
  }

  closed(): void {
    if (this.#gone) return
    this.#gone = true
    this.session.closed()
    for (const piece of [...this.#tied]) this.#free(piece)
    this.#torrent.leave(this)
  }
}
