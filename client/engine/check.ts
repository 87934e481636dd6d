/** Resume: which pieces of a content are already on disk and whole. */
import { hash } from 'node:crypto'
import { equal } from '../../shared/bytes.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { type Metainfo, pieceHash, pieceSize } from '../../shared/metainfo.js'
import { Bitfield } from './bitfield.js'
import type { Storage } from './storage.js'

/** Whether bytes are the piece that the torrent names. */
export function isPiece(metainfo: Metainfo, piece: PieceIndex, data: Uint8Array): boolean {
  return equal(hash('sha1', data, 'buffer'), pieceHash(metainfo, piece))
}

/** Hashes every piece whose bytes exist; the event loop runs on between two pieces. Reads the next
 * piece while one is hashed. Stops early, with what it has, once `stopped` says so. */
export async function checkPieces(
  metainfo: Metainfo,
  storage: Storage,
  stopped: () => boolean,
): Promise<Bitfield | Refusal> {
  const have = new Bitfield(metainfo.pieceCount)
  const present = await storage.present()
  if (refused(present)) return present
  const read = (piece: number) => {
    const index = piece as PieceIndex
    return storage.read(index, 0, pieceSize(metainfo, index))
  }
  const next = (after: number) => {
    let piece = after
    while (piece < metainfo.pieceCount && !present(piece as PieceIndex)) piece++
    return piece
  }
  let piece = next(0)
  let reading = piece < metainfo.pieceCount ? read(piece) : undefined
  while (reading !== undefined && !stopped()) {
    const data = await reading
    if (refused(data)) return data
    const following = next(piece + 1)
    reading = following < metainfo.pieceCount ? read(following) : undefined
    if (isPiece(metainfo, piece as PieceIndex, data)) have.add(piece)
    piece = following
  }
  await reading
  return have
}
