/**
 * Torrent files (BEP 3, BEP 27): parsing with every check that the packages leave out, and
 * encoding.
 *
 * The content id is the hash of the raw `info` bytes as they came, never of a re-encoding. Names
 * are checked here once, so that whoever joins them to a folder cannot leave it. The provider signs
 * terms that name the cid, so encoding has two steps: `encodeInfo`, then `encodeTorrent` around its
 * bytes.
 */
import { createHash } from 'node:crypto'
import { concat, fromText, toHex } from './bytes.js'
import { type Refusal, refused } from './errors.js'
import {
  type Dictionary,
  field,
  invalid,
  isDictionary,
  type MetainfoFile,
  parseFiles,
  text,
} from './file-list.js'
import type { Cid, PieceIndex } from './identifier.js'
import {
  ANNOUNCE_URLS_MAX_COUNT,
  FREE_PIECE_MIN_BYTES,
  METAINFO_MAX_BYTES,
  PIECE_MAX_BYTES,
  PIECES_MAX_COUNT,
} from './limits.js'
import { decodeValue, type Encodable, encodeValue, scan, type Value } from './wire/bencode.js'

/** A torrent file that passed every check. */
export interface Metainfo {
  readonly cid: Cid
  readonly name: string
  readonly files: readonly MetainfoFile[]
  /** Bytes of all files together; at least 1. */
  readonly length: number
  readonly pieceLength: number
  readonly pieceCount: number
  /** SHA-1 of every piece, 20 bytes each. */
  readonly hashes: Uint8Array
  readonly private: boolean
  readonly source: string | undefined
  readonly announce: readonly string[]
  /** The signed dictionary of a paid content (design D10), not verified here. */
  readonly floodgate: { readonly terms: Uint8Array; readonly signer: Uint8Array } | undefined
}

/** Bytes of one piece; only the last may be shorter than `pieceLength`. */
export function pieceSize(metainfo: Metainfo, piece: PieceIndex): number {
  return Math.min(metainfo.pieceLength, metainfo.length - piece * metainfo.pieceLength)
}

/** SHA-1 of one piece, 20 bytes, as the torrent states it. */
export function pieceHash(metainfo: Metainfo, piece: PieceIndex): Uint8Array {
  return metainfo.hashes.subarray(piece * 20, piece * 20 + 20)
}

/** Parses a torrent file; refuses as torrent-invalid, with what is wrong, whatever BEP 3 does not
 * allow or a limit forbids. */
export function parseMetainfo(bytes: Uint8Array): Metainfo | Refusal {
  const limits = { maxBytes: METAINFO_MAX_BYTES }
  const scanned = scan(bytes, limits)
  if (refused(scanned)) return invalid(scanned.message)
  const top = decodeValue(bytes, limits)
  if (refused(top)) return invalid(top.message)
  const rawInfo = scanned.span('info')
  if (!isDictionary(top) || rawInfo === undefined) return invalid('no info')
  const info = field(top, 'info')
  if (!isDictionary(info)) return invalid('info is not a dictionary')
  const version = versionProblem(info)
  if (version !== undefined) return version
  const name = text(field(info, 'name.utf-8') ?? field(info, 'name'))
  if (name === undefined) return invalid('no name in UTF-8')
  const files = parseFiles(info, name)
  if (refused(files)) return files
  const pieces = parsePieces(info, files)
  if (refused(pieces)) return pieces
  const floodgate = parseFloodgate(field(top, 'floodgate'))
  if (refused(floodgate)) return floodgate
  return {
    cid: cidOf(rawInfo),
    name,
    files,
    ...pieces,
    private: field(info, 'private') === 1,
    source: text(field(info, 'source')),
    announce: parseAnnounce(top),
    floodgate,
  }
}

function cidOf(info: Uint8Array): Cid {
  return toHex(createHash('sha1').update(info).digest()) as Cid
}

/**
 * Of a hybrid torrent (BEP 52) the part of version 1 is read, and everything that is hashed, named
 * or stored comes from it; its part of version 2 can say what it likes.
 */
function versionProblem(info: Dictionary): Refusal | undefined {
  const version = field(info, 'meta version') ?? 1
  if (version !== 1 && version !== 2) return invalid('a meta version that is unknown')
  if (version === 1 || field(info, 'pieces') !== undefined) return undefined
  return invalid('of version 2 alone (BEP 52); a hybrid torrent has piece hashes of version 1 too')
}

type Pieces = Pick<Metainfo, 'length' | 'pieceLength' | 'pieceCount' | 'hashes'>

function parsePieces(info: Dictionary, files: readonly MetainfoFile[]): Pieces | Refusal {
  const last = files.at(-1) as MetainfoFile
  const length = last.offset + last.length
  if (files.every((file) => file.padding || file.length === 0)) {
    return invalid('no content: every file is empty')
  }
  const pieceLength = field(info, 'piece length')
  if (
    typeof pieceLength !== 'number' ||
    pieceLength < FREE_PIECE_MIN_BYTES ||
    pieceLength > PIECE_MAX_BYTES
  ) {
    return invalid(`the piece length is not ${FREE_PIECE_MIN_BYTES} to ${PIECE_MAX_BYTES} bytes`)
  }
  const pieceCount = Math.ceil(length / pieceLength)
  if (pieceCount > PIECES_MAX_COUNT) return invalid(`more than ${PIECES_MAX_COUNT} pieces`)
  const hashes = field(info, 'pieces')
  if (!(hashes instanceof Uint8Array)) return invalid('no piece hashes (BEP 3)')
  if (hashes.length !== 20 * pieceCount) {
    return invalid(`${hashes.length} bytes of hashes for ${pieceCount} pieces`)
  }
  return { length, pieceLength, pieceCount, hashes }
}

function parseFloodgate(value: Value | undefined): Metainfo['floodgate'] | Refusal {
  if (value === undefined) return undefined
  if (!isDictionary(value)) return invalid('floodgate is not a dictionary')
  const [terms, signer] = [field(value, 'terms'), field(value, 'signer')]
  if (!(terms instanceof Uint8Array && signer instanceof Uint8Array)) {
    return invalid('floodgate without terms and signer')
  }
  return { terms, signer }
}

/** Tracker URLs of BEP 12 tiers in order, then BEP 3's; what is not text is left out. */
function parseAnnounce(top: Dictionary): string[] {
  const urls = new Set<string>()
  const tiers = field(top, 'announce-list')
  const values = [
    ...(Array.isArray(tiers) ? (tiers as Value[]).flat() : []),
    field(top, 'announce'),
  ]
  for (const value of values) {
    const url = text(value as Value | undefined)
    if (url !== undefined && url !== '') urls.add(url)
  }
  return [...urls].slice(0, ANNOUNCE_URLS_MAX_COUNT)
}

/** What `info` is made of. */
export interface InfoParts {
  readonly name: string
  /** Paths below `name`, in the order of the stream; one entry with any path when `singleFile`. */
  readonly files: readonly { readonly path: readonly string[]; readonly length: number }[]
  readonly singleFile: boolean
  readonly pieceLength: number
  /** SHA-1 of every piece, 20 bytes each. */
  readonly hashes: Uint8Array
  readonly private: boolean
  readonly source: string | undefined
}

/** Encodes `info` (BEP 3, BEP 27) and computes the content id that follows from it. */
export function encodeInfo(parts: InfoParts): { cid: Cid; infoBytes: Uint8Array } {
  const { name, files, pieceLength, hashes, source } = parts
  const infoBytes = encodeValue({
    name,
    ...(parts.singleFile ? { length: files[0]?.length ?? 0 } : { files: files.map(fileEntry) }),
    'piece length': pieceLength,
    pieces: hashes,
    ...(parts.private ? { private: 1 } : {}),
    ...(source === undefined ? {} : { source }),
  })
  return { cid: cidOf(infoBytes), infoBytes }
}

function fileEntry({ path, length }: InfoParts['files'][number]): Encodable {
  return { path: [...path], length }
}

/** What stands around `info` in a torrent file. */
export interface TorrentParts {
  readonly infoBytes: Uint8Array
  readonly announce: readonly string[]
  readonly comment?: string
  readonly createdBy?: string
  readonly floodgate?: { readonly terms: Uint8Array; readonly signer: Uint8Array }
}

/** Encodes a torrent file around the raw bytes of its `info`, which stay as they are. */
export function encodeTorrent(parts: TorrentParts): Uint8Array {
  const { announce, comment, createdBy, floodgate, infoBytes } = parts
  const entry = (key: string, value: Encodable): [string, Uint8Array] => [key, encodeValue(value)]
  const entries: [string, Uint8Array][] = []
  if (announce[0] !== undefined) entries.push(entry('announce', announce[0]))
  if (announce.length > 1) {
    const tiers = announce.map((url) => [url])
    entries.push(entry('announce-list', tiers))
  }
  if (comment !== undefined) entries.push(entry('comment', comment))
  if (createdBy !== undefined) entries.push(entry('created by', createdBy))
  if (floodgate !== undefined) entries.push(entry('floodgate', { ...floodgate }))
  entries.push(['info', infoBytes])
  const body = entries.flatMap(([key, value]) => [encodeValue(key), value])
  return concat(fromText('d'), ...body, fromText('e'))
}
