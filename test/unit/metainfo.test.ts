/** Torrent files: what is read from good ones, and that each fault is refused. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { concat, fromText, toHex } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
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
