/** Which pieces of a content are on disk and whole: all are read and hashed, several at a time. */
import { equal } from '../../shared/bytes.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { WRITES_MAX_BYTES } from '../../shared/limits.js'
import { type Metainfo, pieceHash, pieceSize } from '../../shared/metainfo.js'
import { Bitfield } from './bitfield.js'
import type { FileState } from './file-state.js'
import type { Hasher } from './hasher.js'
import type { Storage } from './storage.js'

/** How far the checks of one torrent are that go on now. */
export class Checking {
  #jobs = 0
  #looked = 0
  #count = 0

  /** So many pieces are to be looked at, or (0) nobody knows yet; `end` comes behind them. */
  begin(count: number): void {
    this.#jobs++
    this.#count += count
  }

  looked(): void {
    this.#looked++
  }

  end(): void {
    this.#jobs--
    if (this.#jobs === 0) [this.#looked, this.#count] = [0, 0]
  }

  /** Which part of the pieces was looked at, 0 to 1; undefined when no check goes on. */
  get part(): number | undefined {
    if (this.#jobs === 0) return undefined
    return this.#count === 0 ? 0 : this.#looked / this.#count
  }
}

/** What is to be checked, and who wants to know. */
export interface CheckJob {
  readonly metainfo: Metainfo
  readonly storage: Storage
  readonly hasher: Hasher
  /** As the storage's survey found them. */
  readonly files: readonly (FileState | undefined)[]
  /** Ends the check early, with what was found so far. */
  readonly stopped: () => boolean
  /** Pieces to look at; the others are not in the result. All when absent. */
  readonly among?: (piece: PieceIndex) => boolean
  /** Counts what was looked at. */
  readonly checking?: Checking | undefined
  /** Told of every piece that was looked at, in no order. */
  readonly looked?: (piece: PieceIndex, good: boolean) => void
}

/** Whether bytes are the piece that the torrent names. They are handed over to the hasher; the same
 * bytes come back. Refuses as internal. */
export async function isPiece(
  { hasher, metainfo }: Pick<CheckJob, 'hasher' | 'metainfo'>,
  piece: PieceIndex,
  bytes: Uint8Array,
): Promise<{ readonly good: boolean; readonly data: Uint8Array } | Refusal> {
  const hashed = await hasher.hash(bytes)
  if (refused(hashed)) return hashed
  return { good: equal(hashed.digest, pieceHash(metainfo, piece)), data: hashed.data }
}

/** Finds the whole pieces. What lies over missing bytes, or cannot be read any more, is not whole;
 * other troubles of the disk refuse the check. */
export async function checkPieces(job: CheckJob): Promise<Bitfield | Refusal> {
  const { checking, metainfo } = job
  checking?.begin(amountOf(metainfo, job.among))
  try {
    return await lookAt(job)
  } finally {
    checking?.end()
  }
}

function amountOf({ pieceCount }: Metainfo, among: CheckJob['among']): number {
  if (among === undefined) return pieceCount
  let count = 0
  for (let piece = 0 as PieceIndex; piece < pieceCount; piece++) if (among(piece)) count++
  return count
}

async function lookAt(job: CheckJob): Promise<Bitfield | Refusal> {
  const { among, checking, files, hasher, metainfo, stopped, storage } = job
  const looked = (piece: PieceIndex, good: boolean): void => {
    checking?.looked()
    job.looked?.(piece, good)
  }
  const have = new Bitfield(metainfo.pieceCount)
  let cursor = 0
  const next = (): PieceIndex | undefined => {
    while (cursor < metainfo.pieceCount && !stopped()) {
      const piece = cursor++ as PieceIndex
      if (among?.(piece) === false) continue
      if (storage.covered(piece, files)) return piece
      looked(piece, false)
    }
    return undefined
  }
  const lane = async (): Promise<Refusal | undefined> => {
    for (let piece = next(); piece !== undefined; piece = next()) {
      const bytes = await storage.read(piece, 0, pieceSize(metainfo, piece))
      if (refused(bytes) && bytes.code !== 'data-lost') return bytes
      const judged = refused(bytes) ? { good: false } : await isPiece(job, piece, bytes)
      if (refused(judged)) return judged
      if (judged.good) have.add(piece)
      looked(piece, judged.good)
    }
    return undefined
  }
  // One piece more than threads, so that the disk reads while they hash; less of large ones.
  const most = Math.max(2, Math.floor(WRITES_MAX_BYTES / metainfo.pieceLength))
  const lanes = Array.from({ length: Math.min(hasher.threads + 1, most) }, lane)
  const problem = (await Promise.all(lanes)).find((end) => end !== undefined)
  return problem ?? have
}
