/** `floodgate check`: what is on disk, by torrent, by content id, by folder and by file. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeContent, writeContent } from '../engine-content.js'
import { DIST, doneOf, type Ended, floodgate, Program } from './programs.js'

const MAIN = join(DIST, 'client', 'main.js')
const KIB = 1024
const content = makeContent({ 'a.bin': 112 * KIB, 'b/c.bin': 50 * KIB, 'd.txt': 0 }, 16 * KIB)
const { cid, pieceCount } = content.metainfo

let base: string
let torrent: string
let home: string
before(async () => {
  base = mkdtempSync(join(tmpdir(), 'floodgate-check-'))
  torrent = join(base, 'content.torrent')
  home = join(base, 'home')
  writeFileSync(torrent, content.torrent)
  mkdirSync(join(base, 'data'))
  await writeContent(content, join(base, 'data'))
})
after(() => rmSync(base, { recursive: true }))

function codeOf({ events, status }: Ended): unknown {
  assert.equal(status, 1)
  return events.at(-1)?.code
}

test('a torrent and its folder need no home', async () => {
  const out = join(base, 'data')
  const done = doneOf(await floodgate(home, 'check', torrent, '--out', out))
  assert.deepEqual([done.good, done.pieces], [pieceCount, pieceCount])
  assert.equal(existsSync(home), false)
  const nothing = await floodgate(home, 'check', torrent, '--out', join(base, 'absent'))
  assert.equal(codeOf(nothing), 'not-readable')
  assert.equal(existsSync(join(base, 'absent')), false)
})

test('what get brought is known by its id, its folder, and each of its files', async () => {
  const seeder = new Program('floodgate', join(base, 'seeder'), [
    ...['seed', torrent, '--data', join(base, 'data'), '--host', '127.0.0.1'],
  ])
  const { port } = await seeder.until('listening')
  await seeder.until('seeding')
  const out = join(base, 'out')
  const args = ['--out', out, '--host', '127.0.0.1', '--peer', `127.0.0.1:${port}`]
  doneOf(await floodgate(home, 'get', torrent, ...args))
  doneOf(await seeder.stop())
  for (const name of [cid, torrent, out, join(out, 'content')]) {
    assert.equal(doneOf(await floodgate(home, 'check', name)).good, pieceCount)
  }
  assert.equal(doneOf(await floodgate(home, 'check', join(out, 'content', 'b', 'c.bin'))).good, 4)
  const one = [MAIN, 'check', join(out, 'content', 'a.bin'), '--home', home]
  const { stdout: said } = await promisify(execFile)(process.execPath, one)
  assert.equal(said, 'all 7 pieces verified; 4 more belong to files that were left out\n')

  truncateSync(join(out, 'content', 'b', 'c.bin'), 10)
  rmSync(join(out, 'content', 'd.txt'))
  const ended = await floodgate(home, 'check', cid)
  assert.equal(codeOf(ended), 'data-lost')
  const { files, good } = ended.events.find(({ event }) => event === 'checked') as {
    files: unknown
    good: number
  }
  assert.equal(good, 7)
  assert.deepEqual(files, [
    {
      path: join(out, 'content', 'b', 'c.bin'),
      problem: `${50 * KIB - 10} bytes short, 4 of 4 pieces missing or damaged`,
    },
    { path: join(out, 'content', 'd.txt'), problem: 'missing' },
  ])
  assert.equal(doneOf(await floodgate(home, 'check', join(out, 'content', 'a.bin'))).good, 7)
})

test('what nobody knows is said plainly', async () => {
  const unknown = await floodgate(home, 'check', join(base, 'data'))
  assert.equal(codeOf(unknown), 'not-readable')
  assert.match(unknown.stderr, /give its torrent file/)
  const absent = await floodgate(home, 'check', join(base, 'no-such'))
  assert.equal(codeOf(absent), 'not-readable')
})
