/**
 * Bytes of files that are not wanted, where they share a piece with one that is.
 *
 * A piece is fetched, paid and hashed whole, so these bytes come along; they lie in one hidden file
 * beside the content (libtorrent does the same), a place of a piece's length for every piece that
 * holds more than one file. The places depend on the torrent alone, so another selection finds them
 * again.
 */
import type { MetainfoFile } from '../../shared/file-list.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Metainfo } from '../../shared/metainfo.js'
import { sharedPieces } from './selection.js'
import type { Segment } from './storage.js'

/** The hidden file of one content, and which files use it. */
export class Aside {
  /** Follows those of the torrent. */
  readonly index: number
  readonly file: MetainfoFile
  /** Indexes of files whose bytes lie here. */
  readonly files = new Set<number>()
  /** Pieces that have a place, in order. */
  readonly pieces: readonly PieceIndex[]
  readonly #metainfo: Metainfo
  readonly #places = new Map<number, number>()

  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo
    this.index = metainfo.files.length
    this.pieces = sharedPieces(metainfo) as PieceIndex[]
    for (const [place, piece] of this.pieces.entries()) this.#places.set(piece, place)
    const path = [`.floodgate-${metainfo.cid}.parts`]
    const length = this.pieces.length * metainfo.pieceLength
    this.file = { path, stored: path, length, offset: 0, padding: false }
  }

  /** Pieces with a place that hold bytes of a file. */
  piecesOf(index: number): PieceIndex[] {
    const { length = 0, offset = 0 } = this.#metainfo.files[index] ?? {}
    const { pieceLength } = this.#metainfo
    const ends = new Set([offset, offset + length - 1].map((at) => Math.floor(at / pieceLength)))
    return [...ends].filter((piece) => this.#places.has(piece)) as PieceIndex[]
  }

  /** Where a part of a file that is kept aside lies; what has no place is nowhere. */
  redirect(segment: Segment): Segment {
    const { file, position } = segment
    const piece = Math.floor((file.offset + position) / this.#metainfo.pieceLength)
    return this.#places.has(piece) ? this.segment(segment, piece) : segment
  }

  /** The place here of a part of a file that lies in this piece. */
  segment(segment: Segment, piece: number): Segment {
    const { file, position } = segment
    const { pieceLength } = this.#metainfo
    const place = (this.#places.get(piece) ?? 0) * pieceLength
    const within = file.offset + position - piece * pieceLength
    return { ...segment, index: this.index, file: this.file, position: place + within }
  }
}
