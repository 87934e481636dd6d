/**
 * Free torrents need no provider: any folder of files, found by a peer's address or a plain
 * tracker.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { hashPieces } from '../engine-content.js'
import { startPlainTracker } from '../plain-tracker.js'
import { contentOf, sha256Of } from './market.js'
import { doneOf, floodgate, Program } from './programs.js'

const PIECE_BYTES = 32_768
const FILES = { 'a.bin': 200_000, 'empty.txt': 0, 'b?.bin': 70_001 }
/** One of the names is not for every system; what is fetched gets another. */
const STORED = ['a.bin', 'b_.bin', 'empty.txt']

let folder: string
let content: Buffer
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-free-'))
  content = contentOf(Object.values(FILES).reduce((sum, size) => sum + size, 0))
  mkdirSync(join(folder, 'data', 'album'), { recursive: true })
  let at = 0
  for (const [name, size] of Object.entries(FILES)) {
    writeFileSync(join(folder, 'data', 'album', name), content.subarray(at, at + size))
    at += size
  }
})
after(() => rmSync(folder, { recursive: true }))

/** Writes the torrent of the files, with these trackers. */
function torrentWith(announce: readonly string[]): string {
  const { infoBytes } = encodeInfo({
    name: 'album',
    files: Object.entries(FILES).map(([name, length]) => ({ path: [name], length })),
    ...{ singleFile: false, pieceLength: PIECE_BYTES, private: false, source: undefined },
    hashes: hashPieces(content, PIECE_BYTES),
  })
  const path = join(folder, 'album.torrent')
  writeFileSync(path, encodeTorrent({ infoBytes, announce }))
  return path
}

function seed(torrent: string): Program {
  const args = ['seed', torrent, '--data', join(folder, 'data'), '--host', '127.0.0.1']
  return new Program('floodgate', join(folder, 'seeder'), args)
}

async function get(torrent: string, out: string, ...more: readonly string[]): Promise<void> {
  const args = ['get', torrent, '--out', out, '--host', '127.0.0.1', ...more]
  const ended = await floodgate(join(folder, 'getter'), ...args)
  const done = doneOf(ended)
  const renamed = ended.events.filter(({ event }) => event === 'renamed')
  assert.deepEqual(renamed, [{ event: 'renamed', path: 'album/b?.bin', stored: 'album/b_.bin' }])
  assert.deepEqual([done.paid, done.pieces], ['0', {}])
  assert.deepEqual(readdirSync(out), ['album'])
  assert.deepEqual(readdirSync(join(out, 'album')).sort(), STORED)
  const files = done.files as { path: string; sha256: string }[]
  for (const { path, sha256 } of files) assert.equal(sha256Of(readFileSync(path)), sha256)
  const whole = files.map(({ path }) => readFileSync(path))
  assert.equal(sha256Of(Buffer.concat(whole)), sha256Of(content))
}

test('from a peer that is named', async () => {
  const torrent = torrentWith([])
  const seeder = seed(torrent)
  const { port } = await seeder.until('listening')
  await seeder.until('seeding')
  await get(torrent, join(folder, 'out1'), '--peer', `127.0.0.1:${port}`)
  doneOf(await seeder.stop('SIGTERM'))
})

test('through an ordinary tracker', async (t) => {
  const { url } = await startPlainTracker(t)
  const torrent = torrentWith([url])
  const seeder = seed(torrent)
  await seeder.until('seeding')
  await get(torrent, join(folder, 'out2'))
  doneOf(await seeder.stop())
})

test('nobody there: Ctrl-C ends it, and it goes on later', async () => {
  const torrent = torrentWith([])
  const out = join(folder, 'out3')
  const args = ['get', torrent, '--out', out, '--host', '127.0.0.1']
  const getter = new Program('floodgate', join(folder, 'getter'), args)
  await getter.until('progress')
  const ended = await getter.stop()
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'interrupted'])
  assert.match(ended.stderr, /the same command goes on where it stopped/)
  const seeder = seed(torrent)
  const { port } = await seeder.until('listening')
  await get(torrent, out, '--peer', `127.0.0.1:${port}`)
  doneOf(await seeder.stop())
})
