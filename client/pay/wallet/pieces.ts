/** Piece lists as the wallet stores them: u32 big-endian, packed. */
import type { PieceIndex } from '../../../shared/identifier.js'

/** Packs piece indexes, 4 bytes each. */
export function packPieces(pieces: readonly PieceIndex[]): Buffer {
  const packed = Buffer.alloc(pieces.length * 4)
  for (const [index, piece] of pieces.entries()) packed.writeUInt32BE(piece, index * 4)
  return packed
}

/** Unpacks what packPieces made. */
export function unpackPieces(packed: Buffer): PieceIndex[] {
  const pieces: PieceIndex[] = []
  for (let at = 0; at < packed.length; at += 4) pieces.push(packed.readUInt32BE(at) as PieceIndex)
  return pieces
}
