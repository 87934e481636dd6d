/**
 * Torrents that must be refused, each with its reason: ours, and those that libtorrent's own tests
 * refuse (its names in brackets), as far as they say anything about version 1.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromText } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { type Encodable, encodeValue } from '../../shared/wire/bencode.js'

const KIB = 1024

type Entries = Record<string, Encodable>

const torrent = (info: Entries, around: Entries = {}): Uint8Array =>
  encodeValue({ ...around, info })

const GOOD: Entries = {
  name: 'content',
  'piece length': 16 * KIB,
  pieces: new Uint8Array(40),
  files: [
    { length: 20 * KIB, path: ['a'] },
    { length: 5, path: ['b', 'd'] },
  ],
}
const { files: _files, ...REST } = GOOD
const SINGLE: Entries = { ...REST, length: 20_000 }

/** GOOD without some keys, or with other values. */
function change(changes: Record<string, Encodable | undefined>): Uint8Array {
  const entries = Object.entries({ ...GOOD, ...changes })
  return torrent(Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Entries)
}
const files = (...list: Entries[]): Uint8Array => change({ files: list })
const named = (element: string | Uint8Array): Uint8Array =>
  files({ length: 20_000, path: [element] })
/** A file tree of version 2 (BEP 52) with one file. */
const TREE = { x: { '': { length: 20_000, 'pieces root': new Uint8Array(32).fill(1) } } }
const V2 = { name: 'x', 'piece length': 16 * KIB, 'meta version': 2, 'file tree': TREE }

const REFUSED: Record<string, [bytes: Uint8Array, reason: RegExp]> = {
  // bencode
  'nothing at all': [new Uint8Array(0), /ends in the middle/],
  'a negative string length': [fromText('l-3:'), /digit expected, at byte 1/],
  'trailing bytes': [concat(change({}), fromText('e')), /bytes after the end/],
  'half a torrent': [change({}).subarray(0, 60), /past the end|ends in the middle/],
  'keys out of order (v2_unordered_files)': [fromText('d1:bi1e1:ai1ee'), /out of order/],
  'a key twice': [fromText('d1:ai1e1:ai1ee'), /out of order or repeated/],
  'an integer with a leading zero (v2_overlong_integer)': [fromText('d1:ai01ee'), /leading zero/],
  'minus zero': [fromText('d1:ai-0ee'), /minus zero/],
  'an integer beyond 2^53': [fromText('d1:ai9007199254740992ee'), /beyond 2\^53/],
  'a key __proto__': [fromText('d9:__proto__dee'), /__proto__/],
  'a string (string)': [fromText('4:info'), /no info/],
  'a list': [encodeValue([GOOD]), /no info/],
  // info
  'no info': [encodeValue({ announce: 'x' }), /no info/],
  'an info that is a string (invalid_info)': [encodeValue({ info: 'x' }), /not a dictionary/],
  'no name (no_name)': [change({ name: undefined }), /no name/],
  'a name that is a number (bad_name)': [change({ name: 5 }), /no name/],
  'a name that is a list (invalid_name)': [change({ name: ['x'] }), /no name/],
  'an empty name': [change({ name: '' }), /the name ""/],
  'a name that climbs': [change({ name: '..' }), /the name "\.\."/],
  'an absolute name': [change({ name: '/etc' }), /separator/],
  'a name on a drive': [change({ name: 'C:' }), /absolute path: "C:"/],
  'a name on a drive, in full': [change({ name: 'C:\\x' }), /separator/],
  'a share of the network': [change({ name: '\\\\host\\share' }), /separator/],
  'a name that is not UTF-8': [change({ name: new Uint8Array([0xff]) }), /no name in UTF-8/],
  'a name in overlong UTF-8': [change({ name: new Uint8Array([0xc0, 0xae]) }), /UTF-8/],
  'a name.utf-8 that climbs behind a good name': [change({ 'name.utf-8': '..' }), /the name/],
  // files
  'neither length nor files (invalid_merkle)': [change({ files: undefined }), /either length/],
  'both length and files': [change({ length: 20_485 }), /either length or files/],
  'no files (no_files)': [files(), /not a list/],
  'files that are a dictionary': [change({ files: { a: 1 } }), /not a list/],
  'a file that is a string': [change({ files: ['a'] }), /not a dictionary/],
  'no path (missing_path_list)': [files({ length: 20_000 }), /a path is not/],
  'an empty path': [files({ length: 20_000, path: [] }), /a path is not/],
  'a path that is a string (invalid_path_list)': [files({ length: 1, path: 'a' }), /a path is not/],
  'an element that is a number': [files({ length: 1, path: [1] }), /a path is not/],
  'an element that is not UTF-8': [named(new Uint8Array([0x61, 0xe2])), /not UTF-8/],
  'a path.utf-8 that climbs': [
    files({ length: 20_000, path: ['a'], 'path.utf-8': ['..', 'a'] }),
    /the name "\.\."/,
  ],
  'an element ..': [named('..'), /the name "\.\."/],
  'an element .': [named('.'), /the name "\."/],
  'an empty element': [named(''), /the name ""/],
  'a slash': [named('a/../../b'), /separator/],
  'a backslash': [named('..\\b'), /separator/],
  'a NUL': [named('a\0b'), /control/],
  'an escape': [named('\u001b[2J'), /control/],
  'a DEL': [named('a\u007f'), /control/],
  'a name of 256 bytes': [named('ä'.repeat(128)), /longer than 255/],
  'a path of many elements': [
    files({ length: 20_000, path: Array.from({ length: 600 }, () => 'long') }),
    /longer than 2048/,
  ],
  'one path twice (duplicate_files2)': [
    files({ length: 20_000, path: ['a'] }, { length: 1, path: ['a'] }),
    /two files named "content\/a"/,
  ],
  'a file that is also a folder': [
    files({ length: 20_000, path: ['a'] }, { length: 1, path: ['a', 'b'] }),
    /"content\/a" is both/,
  ],
  'a folder that is also a file': [
    files({ length: 20_000, path: ['a', 'b'] }, { length: 1, path: ['a'] }),
    /"content\/a" is both/,
  ],
  'a symbolic link (invalid_symlink)': [
    files(
      { length: 20_000, path: ['a'] },
      { attr: 'l', length: 0, path: ['b'], 'symlink path': ['..', 'c'] },
    ),
    /symbolic link/,
  ],
  'a link by its path alone': [
    files({ length: 20_000, path: ['a'], 'symlink path': ['b'] }),
    /symbolic link/,
  ],
  'padding that is a link (pad_file_symlink)': [
    files({ length: 20_000, path: ['a'] }, { attr: 'pl', length: 0, path: ['b'] }),
    /symbolic link/,
  ],
  // lengths
  'a negative length of all (negative_size)': [torrent({ ...SINGLE, length: -1 }), /a length/],
  'a negative length (negative_file_size)': [files({ length: -1, path: ['a'] }), /a length/],
  'a length that is a string (invalid_file_size)': [
    files({ length: '20000', path: ['a'] }),
    /a length/,
  ],
  'no length (v2_invalid_file)': [files({ path: ['a'] }), /a length/],
  'lengths that add up beyond 2^53 (v2_large_file)': [
    files({ length: 2 ** 53 - 1, path: ['a'] }, { length: 2 ** 53 - 1, path: ['b'] }),
    /longer than 2\^53/,
  ],
  'a length of 0 (zero)': [torrent({ ...SINGLE, length: 0, pieces: '' }), /every file is empty/],
  'only empty files (zero2)': [files({ length: 0, path: ['a'] }), /every file is empty/],
  'only padding': [files({ attr: 'p', length: 20_000, path: ['a'] }), /every file is empty/],
  'a byte more than the hashes cover': [
    files({ length: 32 * KIB + 1, path: ['a'] }),
    /40 bytes of hashes for 3 pieces/,
  ],
  'so few bytes that a hash is left over': [
    files({ length: 16 * KIB, path: ['a'] }),
    /40 bytes of hashes for 1 pieces/,
  ],
  // pieces
  'no piece length (missing_piece_len)': [change({ 'piece length': undefined }), /piece length/],
  'a piece length in letters (invalid_piece_len)': [
    change({ 'piece length': 'x' }),
    /piece length/,
  ],
  'a piece length of 0': [change({ 'piece length': 0 }), /piece length/],
  'a negative piece length (negative_piece_len)': [
    change({ 'piece length': -16_384 }),
    /piece length/,
  ],
  'no hashes': [change({ pieces: undefined }), /no piece hashes/],
  'hashes that are a number (invalid_pieces)': [change({ pieces: 5 }), /no piece hashes/],
  'half a hash (unaligned_pieces)': [change({ pieces: new Uint8Array(50) }), /50 bytes of hashes/],
  'more pieces than hashes could say (many_pieces)': [
    files({ length: 2 ** 50, path: ['a'] }),
    /more than 2097152 pieces/,
  ],
  'a root hash instead of hashes (invalid_root_hash2)': [
    torrent({ ...SINGLE, pieces: 0, 'root hash': new Uint8Array(20) }),
    /no piece hashes/,
  ],
  // version 2
  'version 2 alone (v2_only)': [torrent(V2), /of version 2 alone/],
  'version 2 with lengths but no hashes': [torrent({ ...V2, length: 20_000 }), /version 2 alone/],
  'a version to come': [change({ 'meta version': 3 }), /meta version/],
  // what makes it paid
  'terms without a signer': [torrent(GOOD, { floodgate: { terms: 'x' } }), /terms and signer/],
  'terms that are a list': [torrent(GOOD, { floodgate: ['x'] }), /floodgate/],
}

for (const [fault, [bytes, reason]] of Object.entries(REFUSED)) {
  test(`refused: ${fault}`, () => {
    const result = parseMetainfo(bytes)
    assert.ok(refused(result))
    assert.equal(result.code, 'torrent-invalid')
    assert.match(result.message, /^not a valid torrent: ./)
    assert.match(result.message, reason)
  })
}

test('the torrents from which the faults are made are valid', () => {
  for (const bytes of [change({}), torrent(SINGLE), named('a\u00e4 b:c*')])
    must(parseMetainfo(bytes))
})

test('a hybrid torrent is read by its version 1, with padding that has no path', () => {
  const padded = [
    { length: 20_000, path: ['x'] },
    { attr: 'p', length: 12_768 },
  ]
  const { cid } = must(parseMetainfo(torrent({ ...GOOD, ...V2, files: padded })))
  const other = { ...GOOD, ...V2, files: padded, 'file tree': 'whatever it says' }
  assert.notEqual(must(parseMetainfo(torrent(other))).cid, cid)
})
