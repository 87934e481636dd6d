/** Looks at everything of a content on disk, and says file by file what is wrong. */
import { type Refusal, refused } from '../../shared/errors.js'
import type { MetainfoFile } from '../../shared/file-list.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Bitfield } from './bitfield.js'
import { checkPieces } from './check.js'
import type { Hasher } from './hasher.js'
import type { Selection } from './selection.js'
import { type Stock, stampsOf } from './stock.js'
import { Storage } from './storage.js'

/** One file as it was found. */
export interface FileFinding {
  readonly file: MetainfoFile
  /** Bytes on disk; undefined when it is not there. */
  readonly size: number | undefined
  /** Pieces that lie in it, wholly or in part, and how many of them are not whole. */
  readonly pieces: number
  readonly bad: number
}

/** What an inspection found. */
export interface Findings {
  /** Pieces looked at, and how many of them are whole. */
  readonly pieces: number
  readonly good: number
  /** Files that are not as the torrent says. */
  readonly wrong: readonly FileFinding[]
  readonly have: Bitfield
  /** For the book of the next start. */
  readonly stock: Stock
}

/** What is inspected. */
export interface Inspection {
  readonly metainfo: Metainfo
  /** Must exist. */
  readonly folder: string
  readonly hasher: Hasher
  readonly stopped: () => boolean
  /** What was chosen when it was fetched. */
  readonly chosen: Selection
  /** Only the files of which it is true, and the pieces that lie in them. */
  readonly among: (file: MetainfoFile, index: number) => boolean
  /** Told of every piece. */
  readonly looked: (piece: PieceIndex, good: boolean) => void
}

/** Reads and hashes all pieces of the chosen files, whatever was known of them. */
export async function inspect(inspection: Inspection): Promise<Findings | Refusal> {
  const { among, chosen: selection, folder, hasher, looked, metainfo, stopped } = inspection
  const storage = await Storage.open(metainfo, folder, selection)
  if (refused(storage)) return storage
  try {
    const files = await storage.survey()
    if (refused(files)) return files
    const chosen = [...metainfo.files.keys()].filter((index) =>
      among(metainfo.files[index] as MetainfoFile, index),
    )
    const wanted = new Set(chosen.flatMap((index) => storage.piecesOf(index)))
    const job = { metainfo, storage, hasher, files, stopped, looked }
    const have = await checkPieces({ ...job, among: (piece) => wanted.has(piece) })
    if (refused(have)) return have
    const stored = chosen.filter((index) => metainfo.files[index]?.padding === false)
    const findings = stored.map((index): FileFinding => {
      const pieces = storage.piecesOf(index)
      const bad = pieces.filter((piece) => !have.has(piece)).length
      const file = metainfo.files[index] as MetainfoFile
      return { file, size: files[index]?.size, pieces: pieces.length, bad }
    })
    const wrong = findings.filter(({ bad, file, size }) => bad > 0 || size !== file.length)
    const stock = { pieces: have.bytes.slice(), stamps: stampsOf(files) }
    return { pieces: wanted.size, good: have.count, wrong, have, stock }
  } finally {
    await storage.close()
  }
}
