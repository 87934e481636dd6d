/** Torrent files: what is read from good ones, and that each fault is refused. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { concat, fromText, toHex } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import {
  encodeInfo,
  encodeTorrent,
  parseMetainfo,
  pieceHash,
  pieceSize,
} from '../../shared/metainfo.js'
import { type Encodable, encodeValue } from '../../shared/wire/bencode.js'

const KIB = 1024

type Entries = Record<string, Encodable>

function torrent(info: Entries, around: Entries = {}): Uint8Array {
  return encodeValue({ ...around, info })
}

const GOOD: Entries = {
  name: 'content',
  'piece length': 16 * KIB,
  pieces: new Uint8Array(40),
  files: [
    { length: 20 * KIB, path: ['a'] },
    { length: 0, path: ['b', 'c'] },
    { length: 5, path: ['b', 'd'] },
  ],
}

function withFiles(...files: Entries[]): Entries {
  return { ...GOOD, files }
}

test('a multi-file torrent is read', () => {
  const metainfo = must(parseMetainfo(torrent(GOOD)))
  assert.deepEqual(
    metainfo.files.map(({ path, length, offset }) => [path.join('/'), length, offset]),
    [
      ['content/a', 20 * KIB, 0],
      ['content/b/c', 0, 20 * KIB],
      ['content/b/d', 5, 20 * KIB],
    ],
  )
  assert.deepEqual([metainfo.length, metainfo.pieceCount], [20 * KIB + 5, 2])
  assert.equal(pieceSize(metainfo, 0 as PieceIndex), 16 * KIB)
  assert.equal(pieceSize(metainfo, 1 as PieceIndex), 4 * KIB + 5)
  assert.equal(metainfo.private, false)
})

test('the content id is the hash of the raw info, unknown keys and all', () => {
  const info = concat(
    fromText('d6:lengthi5e4:name1:x12:piece lengthi16384e6:pieces20:'),
    new Uint8Array(20).fill(7),
    fromText('7:unknownl1:a1:bee'),
  )
  const metainfo = must(parseMetainfo(concat(fromText('d4:info'), info, fromText('e'))))
  assert.equal(metainfo.cid, createHash('sha1').update(info).digest('hex'))
  assert.equal(toHex(pieceHash(metainfo, 0 as PieceIndex)), '07'.repeat(20))
  assert.deepEqual(metainfo.files[0]?.path, ['x'])
})

test('trackers, mark and signed terms are read back as they were written', () => {
  const { cid, infoBytes } = encodeInfo({
    name: 'a name',
    files: [{ path: ['a name'], length: 5 }],
    singleFile: true,
    pieceLength: 16 * KIB,
    hashes: new Uint8Array(20),
    private: true,
    source: 'floodgate:00',
  })
  const floodgate = { terms: new Uint8Array([1, 2]), signer: new Uint8Array([3]) }
  const announce = ['http://one/announce', 'http://two/announce']
  const bytes = encodeTorrent({ infoBytes, announce, comment: 'c', createdBy: 'f', floodgate })
  const metainfo = must(parseMetainfo(bytes))
  assert.equal(metainfo.cid, cid)
  assert.equal(metainfo.private, true)
  assert.equal(metainfo.source, 'floodgate:00')
  assert.deepEqual(metainfo.announce, announce)
  assert.deepEqual(metainfo.floodgate && [...metainfo.floodgate.terms], [1, 2])
  assert.deepEqual(metainfo.floodgate && [...metainfo.floodgate.signer], [3])
  const bare = must(parseMetainfo(encodeTorrent({ infoBytes, announce: [] })))
  assert.deepEqual([bare.cid, bare.floodgate, bare.announce], [cid, undefined, []])
})

test('padding files (BEP 47) may repeat a name and are marked', () => {
  const pad = { attr: 'p', length: 12 * KIB, path: ['.pad', '12288'] }
  const files = [{ length: 4 * KIB, path: ['a'] }, pad, { length: 4 * KIB, path: ['b'] }, pad]
  const metainfo = must(parseMetainfo(torrent({ ...GOOD, files })))
  assert.deepEqual(
    metainfo.files.map(({ padding }) => padding),
    [false, true, false, true],
  )
})

const name = (element: string) => withFiles({ length: 20_000, path: [element] })
const { files: _files, ...WITHOUT_FILES } = GOOD
const { 'piece length': _pieceLength, ...WITHOUT_PIECE_LENGTH } = GOOD
const { name: _name, ...WITHOUT_NAME } = GOOD
const { pieces: _pieces, ...WITHOUT_PIECES } = GOOD

const FAULTS: Record<string, Uint8Array> = {
  'nothing at all': new Uint8Array(0),
  'no bencode': fromText('l-3:'),
  'trailing bytes': concat(torrent(GOOD), fromText('e')),
  'a list': encodeValue([GOOD]),
  'no info': encodeValue({ announce: 'x' }),
  'an info that is a string': encodeValue({ info: 'x' }),
  'no name': torrent(WITHOUT_NAME),
  'an empty name': torrent({ ...GOOD, name: '' }),
  'a name that climbs': torrent({ ...GOOD, name: '..' }),
  'a name with a slash': torrent({ ...GOOD, name: '/etc' }),
  'a name that is not UTF-8': torrent({ ...GOOD, name: new Uint8Array([0xff, 0xfe]) }),
  'neither length nor files': torrent(WITHOUT_FILES),
  'both length and files': torrent({ ...GOOD, length: 20_485 }),
  'an empty list of files': torrent(withFiles()),
  'a file without a path': torrent(withFiles({ length: 20_000 })),
  'an empty path': torrent(withFiles({ length: 20_000, path: [] })),
  'a path that is a string': torrent(withFiles({ length: 20_000, path: 'a' })),
  'a negative length': torrent(withFiles({ length: -1, path: ['a'] })),
  'a length that is a string': torrent(withFiles({ length: '20000', path: ['a'] })),
  'lengths that add up beyond 2^53': torrent(
    withFiles({ length: 2 ** 53 - 1, path: ['a'] }, { length: 2 ** 53 - 1, path: ['b'] }),
  ),
  'an element ..': torrent(name('..')),
  'an element .': torrent(name('.')),
  'an empty element': torrent(name('')),
  'a slash': torrent(name('a/b')),
  'a backslash': torrent(name('a\\b')),
  'a NUL': torrent(name('a\0b')),
  'an escape': torrent(name('\u001b[2J')),
  'a name of 256 bytes': torrent(name('ä'.repeat(128))),
  'a path of many elements': torrent(
    withFiles({ length: 20_000, path: Array.from({ length: 600 }, () => 'long') }),
  ),
  'one path twice': torrent(withFiles({ length: 20_000, path: ['a'] }, { length: 1, path: ['a'] })),
  'a file that is also a folder': torrent(
    withFiles({ length: 20_000, path: ['a'] }, { length: 1, path: ['a', 'b'] }),
  ),
  'a folder that is also a file': torrent(
    withFiles({ length: 20_000, path: ['a', 'b'] }, { length: 1, path: ['a'] }),
  ),
  'only empty files': torrent(withFiles({ length: 0, path: ['a'] })),
  'no piece length': torrent(WITHOUT_PIECE_LENGTH),
  'a piece length of 0': torrent({ ...GOOD, 'piece length': 0 }),
  'a negative piece length': torrent({ ...GOOD, 'piece length': -16_384 }),
  'a piece length beyond the limit': torrent({ ...GOOD, 'piece length': 2 ** 31 }),
  'no hashes': torrent(WITHOUT_PIECES),
  'a hash too few': torrent({ ...GOOD, pieces: new Uint8Array(20) }),
  'a hash too many': torrent({ ...GOOD, pieces: new Uint8Array(60) }),
  'half a hash': torrent({ ...GOOD, pieces: new Uint8Array(50) }),
  'terms without a signer': torrent(GOOD, { floodgate: { terms: 'x' } }),
  'terms that are a list': torrent(GOOD, { floodgate: ['x'] }),
}

for (const [fault, bytes] of Object.entries(FAULTS)) {
  test(`refused: ${fault}`, () => {
    const result = parseMetainfo(bytes)
    assert.ok(refused(result))
    assert.equal(result.code, 'torrent-invalid')
    assert.match(result.message, /^not a valid torrent: ./)
  })
}

test('the torrent from which the faults are made is valid', () => {
  assert.ok(!refused(parseMetainfo(torrent(name('a\u00e4 b:c*')))))
  assert.ok(!refused(parseMetainfo(torrent(GOOD))))
})
