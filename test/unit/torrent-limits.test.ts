/** The limits of a torrent, each at the last value that is allowed and at the first that is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromText } from '../../shared/bytes.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import {
  BENCODE_MAX_DEPTH,
  BENCODE_MAX_VALUES_COUNT,
  FILES_MAX_COUNT,
  FOLDERS_MAX_COUNT,
  FREE_PIECE_MIN_BYTES,
  METAINFO_MAX_BYTES,
  NAME_MAX_BYTES,
  PATH_MAX_BYTES,
  PIECE_MAX_BYTES,
  PIECES_MAX_COUNT,
} from '../../shared/limits.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'

const PIECE = 16_384

interface Parts {
  /** Bencode of `length` or `files`, and the key. */
  readonly files?: string
  readonly length?: number
  readonly name?: string
  readonly pieces?: number
  readonly pieceLength?: number
  /** Bencode of one more value of info. */
  readonly extra?: Uint8Array
}

/** Bencode by hand, since some of it is too large for an encoder that checks. */
function torrent({ files, name = 'x', pieces = 1, extra, ...parts }: Parts): Uint8Array {
  const { length = PIECE, pieceLength = PIECE } = parts
  const content = files === undefined ? `6:lengthi${length}e` : `5:filesl${files}e`
  return concat(
    fromText(`d4:infod${content}4:name${Buffer.byteLength(name)}:${name}`),
    fromText(`12:piece lengthi${pieceLength}e6:pieces${pieces * 20}:`),
    new Uint8Array(pieces * 20),
    ...(extra === undefined ? [] : [fromText('1:x'), extra]),
    fromText('ee'),
  )
}

function file(length: number, ...path: string[]): string {
  const elements = path.map((each) => `${Buffer.byteLength(each)}:${each}`)
  return `d6:lengthi${length}e4:pathl${elements.join('')}ee`
}

const reason = (result: Metainfo | Refusal): string => (refused(result) ? result.message : '')

test('10 MiB of metainfo', () => {
  const empty = torrent({ extra: fromText('0:') }).length
  // The length of the string that fills it up takes more digits the longer it is.
  const filled = (size: number): Uint8Array => {
    const body = size - empty + 1 - `${size}`.length
    return torrent({ extra: concat(fromText(`${body}:`), new Uint8Array(body)) })
  }
  const [last, first] = [filled(METAINFO_MAX_BYTES), filled(METAINFO_MAX_BYTES + 1)]
  assert.deepEqual([last.length, first.length - last.length], [METAINFO_MAX_BYTES, 1])
  must(parseMetainfo(last))
  assert.match(reason(parseMetainfo(first)), /10485761 bytes where 10485760 are allowed/)
})

test('2,097,152 pieces, of which 10 MiB hold the hashes of a quarter', () => {
  const last = torrent({ length: PIECES_MAX_COUNT * PIECE })
  assert.match(reason(parseMetainfo(last)), /20 bytes of hashes for 2097152 pieces/)
  const first = torrent({ length: PIECES_MAX_COUNT * PIECE + 1 })
  assert.match(reason(parseMetainfo(first)), /more than 2097152 pieces/)
  const pieces = 524_000
  assert.equal(must(parseMetainfo(torrent({ pieces, length: pieces * PIECE }))).pieceCount, pieces)
})

test('100,000 files', () => {
  const files = (count: number): string =>
    Array.from({ length: count }, (_, index) => file(index === 0 ? PIECE : 0, `${index}`)).join('')
  const parsed = must(parseMetainfo(torrent({ files: files(FILES_MAX_COUNT) })))
  assert.equal(parsed.files.length, FILES_MAX_COUNT)
  const first = parseMetainfo(torrent({ files: files(FILES_MAX_COUNT + 1) }))
  assert.match(reason(first), /more than 100000 files/)
})

test('100,000 folders', () => {
  // The folder of all is one of them.
  const files = (count: number): string => {
    const full = Math.floor((count - 1) / 100)
    const chains = Array.from({ length: full }, (_, index) => [
      `${index}`,
      ...new Array<string>(99).fill('f'),
    ])
    const rest = new Array<string>(count - 1 - full * 100).fill('r')
    if (rest.length > 0) chains.push(rest)
    return chains.map((chain, index) => file(index === 0 ? PIECE : 0, ...chain, 'x')).join('')
  }
  must(parseMetainfo(torrent({ files: files(FOLDERS_MAX_COUNT) })))
  const first = parseMetainfo(torrent({ files: files(FOLDERS_MAX_COUNT + 1) }))
  assert.match(reason(first), /more than 100000 folders/)
})

test('depth 100', () => {
  // The torrent and its info are the first two.
  const nested = (depth: number) => fromText('l'.repeat(depth - 2) + 'e'.repeat(depth - 2))
  must(parseMetainfo(torrent({ extra: nested(BENCODE_MAX_DEPTH) })))
  const first = parseMetainfo(torrent({ extra: nested(BENCODE_MAX_DEPTH + 1) }))
  assert.match(reason(first), /nested too deep/)
  const deepest = parseMetainfo(fromText('l'.repeat(METAINFO_MAX_BYTES)))
  assert.match(reason(deepest), /nested too deep/)
})

test('2,000,000 values', () => {
  const list = (count: number) => fromText(`l${'le'.repeat(count)}e`)
  // Keys, values and ends count: 15 of them around the list, two for each of its values.
  const fitting = Math.floor((BENCODE_MAX_VALUES_COUNT - 15) / 2)
  must(parseMetainfo(torrent({ extra: list(fitting) })))
  const first = parseMetainfo(torrent({ extra: list(fitting + 1) }))
  assert.match(reason(first), /more than 2000000 bencoded values/)
})

test('names of 255 bytes, paths of 2,048', () => {
  must(parseMetainfo(torrent({ name: 'n'.repeat(NAME_MAX_BYTES) })))
  const long = parseMetainfo(torrent({ name: 'n'.repeat(NAME_MAX_BYTES + 1) }))
  assert.match(reason(long), /a name longer than 255 bytes/)
  // The name of all and eight elements of 255 bytes, each with its separator.
  const path = (last: number): string =>
    file(PIECE, ...new Array<string>(7).fill('p'.repeat(255)), 'q'.repeat(last))
  const left = PATH_MAX_BYTES - 2 - 7 * 256 - 1
  must(parseMetainfo(torrent({ files: path(left) })))
  assert.match(reason(parseMetainfo(torrent({ files: path(left + 1) }))), /a path longer than 2048/)
})

test('pieces of 1 KiB to 64 MiB', () => {
  const of = (pieceLength: number) =>
    parseMetainfo(torrent({ pieceLength, length: Math.max(1, pieceLength) }))
  for (const length of [FREE_PIECE_MIN_BYTES, PIECE_MAX_BYTES, 100_000]) must(of(length))
  for (const length of [0, FREE_PIECE_MIN_BYTES - 1, PIECE_MAX_BYTES + 1]) {
    assert.match(reason(of(length)), /the piece length is not 1024 to 67108864 bytes/)
  }
})

test('a length of up to 2^53 - 1', () => {
  const of = (...lengths: number[]) =>
    parseMetainfo(torrent({ files: lengths.map((each, at) => file(each, `${at}`)).join('') }))
  assert.match(reason(of(2 ** 53 - 1)), /more than 2097152 pieces/)
  assert.match(reason(of(2 ** 53 - 1, 1)), /longer than 2\^53/)
  assert.match(reason(of(2 ** 53)), /number beyond 2\^53 - 1/)
})
