/**
 * Sets of pieces as bits, the way BEP 3 writes a bitfield: piece 0 is the highest bit of byte 0.
 *
 * A grant's spent pieces and the pieces that each claim was paid for are kept in this form: 88
 * bytes for 700 pieces.
 */
import { assert } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'

/** An empty set with room for `pieces` pieces. */
export function emptyBitmap(pieces: number): Uint8Array {
  return new Uint8Array(Math.ceil(pieces / 8))
}

/** Whether the piece is in the set; a piece beyond its end is not. */
export function hasPiece(bitmap: Uint8Array, piece: PieceIndex): boolean {
  return ((bitmap[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
}

/** A copy of the set with these pieces added; the caller checked that they are within its room. */
export function withPieces(bitmap: Uint8Array, pieces: readonly PieceIndex[]): Uint8Array {
  const copy = new Uint8Array(bitmap)
  for (const piece of pieces) {
    assert(piece >= 0 && piece >> 3 < copy.length, `piece ${piece} lies outside the bitmap`)
    copy[piece >> 3] = (copy[piece >> 3] as number) | (0x80 >> (piece & 7))
  }
  return copy
}

/** The pieces of the set in ascending order. */
export function piecesOf(bitmap: Uint8Array): PieceIndex[] {
  const pieces: PieceIndex[] = []
  // Mostly empty: a seller that claims often has many sets of a few pieces each.
  for (let byte = bitmap.findIndex(Boolean); byte >= 0 && byte < bitmap.length; byte++) {
    if (bitmap[byte] === 0) continue
    for (let piece = byte * 8; piece < byte * 8 + 8; piece++) {
      if (hasPiece(bitmap, piece as PieceIndex)) pieces.push(piece as PieceIndex)
    }
  }
  return pieces
}

/** How many pieces the set holds. */
export function countPieces(bitmap: Uint8Array): number {
  let count = 0
  for (const byte of bitmap) {
    for (let bits = byte; bits !== 0; bits &= bits - 1) count++
  }
  return count
}
