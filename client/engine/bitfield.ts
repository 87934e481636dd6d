/** Which pieces someone has: one bit a piece, the first in the highest bit (BEP 3). */

/** A set of piece indexes below a fixed count. */
export class Bitfield {
  /** As it goes over the wire; bits beyond the last piece are zero. */
  readonly bytes: Uint8Array
  readonly size: number
  #count = 0

  constructor(size: number, bytes: Uint8Array = new Uint8Array(Math.ceil(size / 8))) {
    this.size = size
    this.bytes = bytes.slice()
    for (let piece = 0; piece < size; piece++) if (this.has(piece)) this.#count++
  }

  /** The set of all pieces. */
  static full(size: number): Bitfield {
    const bytes = new Uint8Array(Math.ceil(size / 8)).fill(0xff)
    if (size % 8 !== 0) bytes[bytes.length - 1] = 0xff & ~(0xff >> (size % 8))
    return new Bitfield(size, bytes)
  }

  /** How many pieces are in the set. */
  get count(): number {
    return this.#count
  }

  /** Whether every piece is in the set. */
  get full(): boolean {
    return this.#count === this.size
  }

  has(piece: number): boolean {
    return ((this.bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
  }

  add(piece: number): void {
    if (piece >= this.size || this.has(piece)) return
    this.bytes[piece >> 3] = (this.bytes[piece >> 3] as number) | (0x80 >> (piece & 7))
    this.#count++
  }

  remove(piece: number): void {
    if (!this.has(piece)) return
    this.bytes[piece >> 3] = (this.bytes[piece >> 3] as number) & ~(0x80 >> (piece & 7))
    this.#count--
  }

  /** Whether this set has a piece within a third that another lacks. */
  exceeds(other: Bitfield, within: Bitfield): boolean {
    return this.bytes.some(
      (byte, at) => (byte & ~(other.bytes[at] ?? 0) & (within.bytes[at] ?? 0)) !== 0,
    )
  }
}
