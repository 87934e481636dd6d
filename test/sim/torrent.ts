/** One content at one member: its connections, its picker, its disk, and its gate. */
import { createHash } from 'node:crypto'
import { Bitfield } from '../../client/engine/bitfield.js'
import type { Block } from '../../client/engine/gate.js'
import { Picker } from '../../client/engine/picker.js'
import { NORMAL } from '../../client/engine/selection.js'
import type { PayGate } from '../../client/pay/paygate.js'
import { equal } from '../../shared/bytes.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { type Metainfo, pieceHash, pieceSize } from '../../shared/metainfo.js'
import type { Clock } from './clock.js'
import type { Conduct } from './conduct.js'
import { Contact } from './contact.js'
import type { Dice } from './dice.js'
import type { End } from './network.js'

/** A content of a run, with its bytes. */
export interface SimContent {
  readonly metainfo: Metainfo
  readonly bytes: Uint8Array
}

/** What a torrent is made of. */
export interface TorrentParts {
  readonly content: SimContent
  readonly conduct: Conduct
  readonly clock: Clock
  readonly dice: Dice
  readonly gate: PayGate
  /** A block leaves for the member at an address. */
  readonly delivered: (to: string, block: Block) => void
}

/** How long a piece takes to the disk, least and most; milliseconds. */
const WRITE_MS = [1, 12] as const

/** A torrent that runs; after a crash there is another one with the same disk. */
export class Torrent {
  readonly parts: TorrentParts
  /** Pieces on the disk, verified. */
  readonly have: Bitfield
  readonly picker: Picker
  /** By the other side's address. */
  readonly contacts = new Set<Contact>()
  alive = true
  readonly #counted = new Map<Contact, Bitfield>()

  /** `have` is the disk: it outlives the torrent. */
  constructor(have: Bitfield, parts: TorrentParts) {
    this.parts = parts
    this.have = have
    this.picker = new Picker(have, new Uint8Array(have.size).fill(NORMAL), parts.dice.next)
  }

  get left(): number {
    const { metainfo } = this.parts.content
    return (this.have.size - this.have.count) * metainfo.pieceLength
  }

  /** A new connection. */
  meet(address: string, initiator: boolean, end: End): Contact {
    const contact = new Contact(this, address, initiator, end)
    this.contacts.add(contact)
    return contact
  }

  /** The other side says what it has. */
  described(contact: Contact, pieces: Bitfield): void {
    for (let piece = 0; piece < pieces.size; piece++) {
      if (pieces.has(piece)) contact.pieces.add(piece)
    }
    if (contact.pieces.full) return
    const counted = new Bitfield(pieces.size, contact.pieces.bytes)
    this.#counted.set(contact, counted)
    this.picker.join(counted)
  }

  /** The other side has one more piece. */
  gained(contact: Contact, piece: PieceIndex): void {
    contact.pieces.add(piece)
    const counted = this.#counted.get(contact)
    if (counted === undefined || counted.has(piece)) return
    counted.add(piece)
    this.picker.gained(piece)
  }

  /** A connection is gone. */
  leave(contact: Contact): void {
    const counted = this.#counted.get(contact)
    if (counted !== undefined) this.picker.leave(counted)
    this.#counted.delete(contact)
    this.contacts.delete(contact)
  }

  /** Free pieces for a connection, as many as its gate has room for; they are tied to it. */
  pick({ pieces, session }: Contact): PieceIndex[] {
    const sharers = [...this.contacts].filter(({ ready }) => ready).length
    const share = Math.ceil(this.picker.free / Math.max(1, sharers))
    const count = Math.min(session.room(), share)
    if (count <= 0) return []
    const picked = this.picker.pick(count, (piece) => pieces.has(piece) && session.mayFetch(piece))
    for (const piece of picked) this.picker.take(piece)
    return picked
  }

  /** The bytes that leave when the gate says that a block be served. */
  read(contact: Contact, block: Block): Uint8Array | undefined {
    const { conduct, content, delivered } = this.parts
    const { piece, offset, length } = block
    if (conduct.serves === 'nothing') return undefined
    const last = offset + length === pieceSize(content.metainfo, piece)
    if (conduct.serves === 'all but the last block' && last) return undefined
    delivered(contact.address, block)
    if (conduct.serves === 'junk') return new Uint8Array(length)
    const at = piece * content.metainfo.pieceLength + offset
    return content.bytes.subarray(at, at + length)
  }

  /** A piece is whole: to the disk, then to the gate, which pays for it. */
  received(contact: Contact, piece: PieceIndex, bytes: Uint8Array): void {
    const { clock, conduct, content, dice } = this.parts
    const hash = createHash('sha1').update(bytes).digest()
    const good = equal(hash, pieceHash(content.metainfo, piece))
    clock.after(dice.between(...WRITE_MS), () => {
      if (!this.alive) return
      if (good && !conduct.grabs && !contact.session.expects(piece)) return contact.abandon(piece)
      if (!good) return contact.settled(piece, false)
      this.have.add(piece)
      this.picker.done(piece)
      for (const other of this.contacts) other.tell(piece)
      if (!Number.isFinite(conduct.paysAfterMs)) return
      clock.after(conduct.paysAfterMs, () => {
        if (this.alive) contact.settled(piece, true)
      })
    })
  }

  /** To be called again and again. */
  tick(): void {
    const { clock, conduct } = this.parts
    for (const contact of [...this.contacts]) {
      if (clock.now - contact.sinceMs > conduct.hangsUpAfterMs) contact.drop()
      else contact.tick(clock.now)
    }
  }

  /** The process is gone: nothing is said any more; the other sides hear it from the network. */
  end(): void {
    this.alive = false
    for (const contact of [...this.contacts]) contact.drop()
  }
}
