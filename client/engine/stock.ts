/**
 * Taking stock at the start: what did not change since it was last known is not hashed again.
 *
 * A file counts as unchanged when size, both times (of content and of inode) and inode number are
 * the same; whatever differs in one of them is read and hashed. The inode's time cannot be set, so
 * a file that somebody changed is looked at even if its other time was put back.
 */
import { equal } from '../../shared/bytes.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { Bitfield } from './bitfield.js'
import { type CheckJob, checkPieces } from './check.js'
import { type FileState, STAMP_BYTES } from './file-state.js'
import { Storage } from './storage.js'
import type { SwarmOptions } from './swarm-options.js'

/** How a content was found, or left. */
export interface Stock {
  /** A bitfield as BEP 3 has it. */
  readonly pieces: Uint8Array
  /** STAMP_BYTES for each file of the torrent, zeros for one that was not there, or is not as we
   * know it. */
  readonly stamps: Uint8Array
}

/** What a torrent's first look at the disk depends on. */
type StockOptions = Pick<
  SwarmOptions,
  'chosen' | 'cut' | 'metainfo' | 'resources' | 'stock' | 'trusted'
>

/** Where a content's stock is kept between two runs; the functions must not throw. */
export interface StockBook {
  recall(): Stock | undefined
  keep(stock: Stock): void
}

/**
 * Stamps of files as the book keeps them. None of a file that somebody else has changed meanwhile:
 * what was known of it before says nothing, so the next start hashes it.
 */
export function stampsOf(files: readonly (FileState | undefined)[]): Uint8Array {
  const stamps = new Uint8Array(files.length * STAMP_BYTES)
  for (const [at, file] of files.entries()) {
    if (file?.foreign === false) stamps.set(file.stamp, at * STAMP_BYTES)
  }
  return stamps
}

/** The pieces that are here: by the book where nothing changed, else by their hashes. */
export async function takeStock(
  job: Omit<CheckJob, 'among'>,
  known: Stock | undefined,
): Promise<Bitfield | Refusal> {
  const { files, metainfo, storage } = job
  const now = stampsOf(files)
  const fits =
    known?.stamps.length === now.length &&
    known.pieces.length === Math.ceil(metainfo.pieceCount / 8)
  if (!fits) return checkPieces(job)
  const { stamps } = known
  const same = (index: number) => {
    const [from, to] = [index * STAMP_BYTES, (index + 1) * STAMP_BYTES]
    const ours = files[index]?.foreign !== true
    return ours && equal(now.subarray(from, to), stamps.subarray(from, to))
  }
  const changed = new Bitfield(metainfo.pieceCount)
  for (const index of files.keys()) {
    if (!same(index)) for (const piece of storage.piecesOf(index)) changed.add(piece)
  }
  const found = await checkPieces({ ...job, among: (piece) => changed.has(piece) })
  if (refused(found)) return found
  for (let piece = 0 as PieceIndex; piece < metainfo.pieceCount; piece++) {
    const kept = ((known.pieces[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
    // A file that went, and was not missed, has no stamp, then as now.
    if (kept && !changed.has(piece) && storage.covered(piece, files)) found.add(piece)
  }
  return found
}

/** Opens the files of a torrent and finds the pieces that are here; `watch` may end the look early,
 * and counts. Refuses as the disk does, and leaves nothing open then. */
export async function openStock(
  options: StockOptions & Pick<SwarmOptions, 'folder'>,
  watch: Pick<CheckJob, 'stopped' | 'checking'>,
): Promise<{ readonly have: Bitfield; readonly storage: Storage } | Refusal> {
  const { chosen, folder, metainfo, resources } = options
  const storage = await Storage.open(metainfo, folder, chosen, resources.handles)
  if (refused(storage)) return storage
  const have = await firstStock(options, storage, watch)
  if (!refused(have)) return { have, storage }
  await storage.close()
  return have
}

/** Empty files belong to the content too; a seed on a read-only disk may lack them. */
async function firstStock(
  options: StockOptions,
  storage: Storage,
  watch: Pick<CheckJob, 'stopped' | 'checking'>,
): Promise<Bitfield | Refusal> {
  const { chosen, cut, metainfo, resources, stock, trusted } = options
  const files = (await storage.bringBack()) ?? (await storage.survey())
  if (refused(files)) return files
  const problem =
    (cut ? await storage.cut(files) : undefined) ?? (await storage.createEmptyFiles(chosen))
  const job = { metainfo, storage, hasher: resources.hasher, files, ...watch }
  const have = trusted ? Bitfield.full(metainfo.pieceCount) : await takeStock(job, stock?.recall())
  return refused(have) || have.full ? have : (problem ?? have)
}

/** Keeps how the content lies on the disk now; nothing may be written to it meanwhile. */
export async function keepStock(book: StockBook, have: Bitfield, storage: Storage): Promise<void> {
  const files = await storage.survey()
  if (!refused(files)) book.keep({ pieces: have.bytes.slice(), stamps: stampsOf(files) })
}

/** Pieces that share a file with one of which bytes are gone, itself included. */
export function suspects(storage: Storage, piece: PieceIndex): Set<PieceIndex> {
  const found = new Set<PieceIndex>([piece])
  for (const index of storage.filesOf(piece)) {
    for (const other of storage.piecesOf(index)) found.add(other)
  }
  return found
}
