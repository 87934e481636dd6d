/** A piece that came in, on its way to the disk. */
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { isPiece } from './check.js'
import type { Torrent } from './torrent.js'

/** Hashes a piece and, when it is good, brings it to the disk (with `sync` through every cache);
 * whether it is good. Refuses as the disk does. */
export async function storePiece(
  { metainfo, resources, storage }: Torrent,
  piece: PieceIndex,
  bytes: Uint8Array,
  sync: boolean,
): Promise<boolean | Refusal> {
  const { hasher } = resources
  const judged = await isPiece({ hasher, metainfo }, piece, bytes)
  if (refused(judged) || !judged.good) return refused(judged) ? judged : false
  const problem = await storage.write(piece, judged.data)
  return (sync ? (problem ?? (await storage.flush())) : problem) ?? true
}
