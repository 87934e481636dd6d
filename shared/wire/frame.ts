/**
 * The guard between a socket and the stock Wire: frames the peer wire (BEP 3, 6, 10).
 *
 * The Wire believes any length, reads it as signed, and hands extension handshakes straight to a
 * decoder that can be made to run for ever (design §6). So every message is framed here first: its
 * length is judged from its first five bytes, before anything is buffered, and the Wire only ever
 * sees whole messages. What lies whole in a chunk passes as a view; only a message that straddles
 * chunks is copied, once.
 */
import { equal, fromText, readU32 } from '../bytes.js'
import { Refusal, refuse, refused } from '../errors.js'
import { BLOCK_MAX_BYTES, EXTENSION_MAX_BYTES, FRAME_MAX_BYTES } from '../limits.js'
import { decodeValue } from './bencode.js'

/** Bytes of the BEP 3 handshake. */
export const HANDSHAKE_BYTES = 68
/** What every handshake begins with (BEP 3). */
export const PROTOCOL = fromText('\x13BitTorrent protocol')
/** Id of an extension's messages (BEP 10). */
export const EXTENDED_ID = 20

/** Message ids of BEP 3, 6 and 10. */
const ID = {
  have: 4,
  bitfield: 5,
  piece: 7,
  suggest: 13,
  allowedFast: 17,
  extended: EXTENDED_ID,
} as const
/** Exact lengths after the prefix, id included. */
const EXACT: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 1,
  3: 1,
  [ID.have]: 5,
  6: 13,
  8: 13,
  9: 3,
  [ID.suggest]: 5,
  14: 1,
  15: 1,
  16: 13,
  [ID.allowedFast]: 5,
}
/** Messages whose first field is a piece index. */
const INDEXED = new Set([ID.have, 6, ID.piece, 8, ID.suggest, 16, ID.allowedFast])
/** Bitfield, have-all, have-none. */
const AVAILABILITY = new Set([ID.bitfield, 14, 15])
/**
 * aria2 sends a fresh bitfield instead of 20 haves; each costs a walk over all pieces, so a peer
 * has as many as such a download can need, and no more.
 */
const PIECES_PER_BITFIELD = 16
const SPARE_BITFIELDS = 16
/** Length prefix, id, piece index. */
const HEADER_BYTES = 9

/** Refuses what is not a BEP 3 handshake, as soon as a byte differs. */
export function checkHandshake(bytes: Uint8Array): Refusal | undefined {
  const known = Math.min(bytes.length, PROTOCOL.length)
  if (equal(bytes.subarray(0, known), PROTOCOL.subarray(0, known))) return undefined
  return refuse('malformed', 'not the BitTorrent protocol')
}

/** Frames what one peer sends; one per connection. */
export class Framer {
  /** The raw 68 bytes, once they are in. */
  handshake: Uint8Array | undefined
  /** The raw payload of the BEP 10 handshake (after id 20 and id 0), once it is in. */
  extended: Uint8Array | undefined
  #bitfieldsLeft: number
  readonly #pieceCount: number
  /** A message of which the end is still to come: its first bytes, then the whole of it. */
  #partial: Uint8Array = new Uint8Array(0)
  #filled = 0

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount
    this.#bitfieldsLeft = SPARE_BITFIELDS + pieceCount / PIECES_PER_BITFIELD
  }

  /** Takes a chunk; returns byte strings that each hold whole messages, in order. After a refusal
   * the connection is to be closed: malformed, too-large, out-of-state or second-handshake. */
  feed(chunk: Uint8Array): Uint8Array[] | Refusal {
    const passed: Uint8Array[] = []
    let at = this.#filled > 0 ? this.#resume(chunk, passed) : 0
    if (refused(at)) return at
    if (this.#filled > 0) return passed
    const start = at
    for (;;) {
      const size = this.#sizeOf(chunk.subarray(at))
      if (refused(size)) return size
      if (size === undefined || size > chunk.length - at) {
        if (at > start) passed.push(chunk.subarray(start, at))
        this.#keep(chunk.subarray(at), size)
        return passed
      }
      const first = this.handshake === undefined
      const problem = this.#whole(chunk.subarray(at, at + size))
      if (problem !== undefined) return problem
      at += size
      if (first) return this.#afterHandshake(chunk, at, passed)
    }
  }

  /** The handshake stands alone, so that its receiver can answer before the next message. */
  #afterHandshake(chunk: Uint8Array, at: number, passed: Uint8Array[]): Uint8Array[] | Refusal {
    passed.push(chunk.subarray(at - HANDSHAKE_BYTES, at))
    const rest = this.feed(chunk.subarray(at))
    return refused(rest) ? rest : [...passed, ...rest]
  }

  /** Completes the straddling message from a new chunk; returns the bytes used. */
  #resume(chunk: Uint8Array, passed: Uint8Array[]): number | Refusal {
    let used = 0
    for (;;) {
      const known = this.#partial.subarray(0, this.#filled)
      const size = this.#sizeOf(known)
      if (refused(size)) return size
      const wanted = size ?? Math.min(this.#filled + 1, HANDSHAKE_BYTES)
      if (size !== undefined && this.#filled === size) break
      if (wanted > this.#partial.length) this.#keep(known, size)
      const more = chunk.subarray(used, used + wanted - this.#filled)
      if (more.length === 0) return used
      this.#partial.set(more, this.#filled)
      this.#filled += more.length
      used += more.length
    }
    const message = this.#partial.subarray(0, this.#filled)
    this.#partial = new Uint8Array(0)
    this.#filled = 0
    const problem = this.#whole(message)
    if (problem !== undefined) return problem
    passed.push(message)
    return used
  }

  #keep(bytes: Uint8Array, size: number | undefined): void {
    this.#filled = bytes.length
    if (bytes.length === 0) return
    const partial = new Uint8Array(size ?? HANDSHAKE_BYTES)
    partial.set(bytes)
    this.#partial = partial
  }

  /** Bytes of the message at the start, prefix included; undefined while too little is known. */
  #sizeOf(bytes: Uint8Array): number | undefined | Refusal {
    if (this.handshake === undefined) {
      const problem = checkHandshake(bytes)
      if (problem !== undefined) return problem
      return bytes.length < PROTOCOL.length ? undefined : HANDSHAKE_BYTES
    }
    if (bytes.length < 4) return undefined
    const length = readU32(bytes)
    if (length === 0) return 4
    if (length > FRAME_MAX_BYTES) return refuse('too-large', `a message of ${length} bytes`)
    if (bytes.length < 5) return undefined
    const id = bytes[4] as number
    const bounds = this.#boundsOf(id)
    if (length < bounds[0] || length > bounds[1]) {
      return refuse(
        length > bounds[1] ? 'too-large' : 'malformed',
        `message ${id}: ${length} bytes`,
      )
    }
    if (!INDEXED.has(id)) return 4 + length
    if (bytes.length < HEADER_BYTES) return undefined
    const piece = readU32(bytes, 5)
    return piece < this.#pieceCount ? 4 + length : refuse('piece-unknown', `no piece ${piece}`)
  }

  /** Least and most bytes of a message, id included. */
  #boundsOf(id: number): readonly [number, number] {
    const exact = EXACT[id]
    if (exact !== undefined) return [exact, exact]
    if (id === ID.piece) return [10, 9 + BLOCK_MAX_BYTES]
    if (id === ID.extended) return [2, 2 + EXTENSION_MAX_BYTES]
    if (id === ID.bitfield) {
      const bytes = 1 + Math.ceil(this.#pieceCount / 8)
      return [bytes, bytes]
    }
    return [1, EXTENSION_MAX_BYTES]
  }

  /** Judges a whole message by what came before it. */
  #whole(message: Uint8Array): Refusal | undefined {
    if (this.handshake === undefined) {
      this.handshake = message.slice()
      return undefined
    }
    const id = message[4]
    if (id === undefined) return undefined
    if (AVAILABILITY.has(id)) {
      this.#bitfieldsLeft--
      if (this.#bitfieldsLeft < 0) return refuse('out-of-state', 'too many bitfields')
      return id === ID.bitfield ? this.#spareBits(message) : undefined
    }
    if (id !== ID.extended || message[5] !== 0) return undefined
    if (this.extended !== undefined) return refuse('second-handshake')
    this.extended = message.slice(6)
    return checkExtended(this.extended)
  }

  /** BEP 3: bits beyond the last piece are zero. */
  #spareBits(message: Uint8Array): Refusal | undefined {
    const used = this.#pieceCount % 8
    const last = message.at(-1) as number
    if (used === 0 || (last & (0xff >> used)) === 0) return undefined
    return refuse('malformed', 'a bitfield with bits beyond the last piece')
  }
}

/** The handshake must be a dictionary whose `m` maps names to ids: the Wire calls methods on what
 * it finds there. */
function checkExtended(payload: Uint8Array): Refusal | undefined {
  const value = decodeValue(payload, { maxBytes: EXTENSION_MAX_BYTES })
  if (value instanceof Refusal) return value
  const map = isRecord(value) ? value.m : undefined
  if (!isRecord(value) || (map !== undefined && !isRecord(map))) {
    return refuse('malformed', 'an extension handshake that is no dictionary')
  }
  for (const id of Object.values(map ?? {})) {
    if (typeof id !== 'number' || id < 0 || id > 255) {
      return refuse('malformed', 'an extension id that is not a byte')
    }
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && !(value instanceof Uint8Array) && !Array.isArray(value)
}
