/**
 * Reading a file of a torrent while it comes in.
 *
 * What is missing is waited for, and from the place where somebody reads on it comes first, in
 * order (order.ts). Each reader has a place of its own, so that one at the beginning and one at the
 * end of a film (its index often lies there) do not take turns in losing theirs.
 */
import { Failure, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceSize } from '../../shared/metainfo.js'
import { READ_CHUNK_MAX_BYTES } from '../../shared/swarm-limits.js'
import type { Order } from './order.js'
import type { Torrent } from './torrent.js'

/** A part of one file. */
export interface FileSpan {
  /** Index of the file in the torrent's list. */
  readonly index: number
  /** Bytes of the file from `start` on and below `end`. */
  readonly start: number
  readonly end: number
}

/** What is read from. */
export interface ReadSource {
  readonly torrent: Torrent
  readonly order: Order
  /** Bytes of a piece that should be here are gone from the disk. */
  readonly lost: (piece: PieceIndex) => void
}

/** Reads a part of a file, in chunks, as far as `stop` lets it; throws a Failure when the torrent
 * ends before, or the disk fails. */
export async function* readAlong(
  { lost, order, torrent }: ReadSource,
  { end, index, start }: FileSpan,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { have, metainfo, storage } = torrent
  const { pieceLength } = metainfo
  const base = metainfo.files[index]?.offset ?? 0
  const pieceAt = (position: number) => Math.floor((base + position) / pieceLength) as PieceIndex
  const reader = order.read(pieceAt(start))
  const stopped = new Promise<void>((resolve) => {
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
  try {
    for (let position = start; position < end && !stop.aborted; ) {
      const piece = pieceAt(position)
      reader.moveTo(piece)
      if (!have.has(piece)) {
        await Promise.race([reader.arrival(piece), stopped])
        if (!have.has(piece) && !stop.aborted) throw new Failure(refuse('interrupted'))
        continue
      }
      const offset = base + position - piece * pieceLength
      const most = Math.min(end - position, READ_CHUNK_MAX_BYTES)
      const length = Math.min(pieceSize(metainfo, piece) - offset, most)
      const bytes: Uint8Array | Refusal = await storage.read(piece, offset, length)
      if (!refused(bytes)) {
        position += length
        yield bytes
      } else if (bytes.code === 'data-lost') lost(piece)
      else throw new Failure(bytes)
    }
  } finally {
    reader.close()
  }
}
