/** `get --list` and `--files`: only what was chosen is fetched, also the next time. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeContent, writeContent } from '../engine-content.js'
import { DIST, doneOf, floodgate, Program } from './programs.js'

const KIB = 1024
const content = makeContent({ 'a.bin': 100 * KIB, 'b.bin': 100 * KIB, 'c.txt': 10 * KIB }, 16 * KIB)
const { cid } = content.metainfo

let base: string
let home: string
let torrent: string
let out: string
let seeder: Program
let net: string[]
before(async () => {
  base = mkdtempSync(join(tmpdir(), 'floodgate-selection-'))
  home = join(base, 'home')
  out = join(base, 'out')
  torrent = join(base, 'content.torrent')
  writeFileSync(torrent, content.torrent)
  mkdirSync(join(base, 'data'))
  await writeContent(content, join(base, 'data'))
  seeder = new Program('floodgate', join(base, 'seeder'), [
    ...['seed', torrent, '--data', join(base, 'data'), '--host', '127.0.0.1'],
  ])
  const { port } = await seeder.until('listening')
  await seeder.until('seeding')
  net = ['--out', out, '--host', '127.0.0.1', '--peer', `127.0.0.1:${port}`]
})
after(async () => {
  doneOf(await seeder.stop())
  rmSync(base, { recursive: true })
})

const pathsOf = (done: Readonly<Record<string, unknown>>) =>
  (done.files as { path: string }[]).map(({ path }) => path.slice(out.length + 1))

test('the files are listed with their numbers, and nothing is fetched', async () => {
  const ended = await floodgate(home, 'get', torrent, '--list')
  doneOf(ended)
  const listed = ended.events.filter(({ event }) => event === 'file')
  assert.deepEqual(
    listed.map(({ bytes, name, number }) => [number, name, bytes]),
    [
      [1, 'a.bin', 100 * KIB],
      [2, 'b.bin', 100 * KIB],
      [3, 'c.txt', 10 * KIB],
    ],
  )
  assert.equal(existsSync(out), false)
})

test('what fits no file is wrong usage', async () => {
  const ended = await floodgate(home, 'get', torrent, ...net, '--files', '*.flac')
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [2, 'usage'])
  assert.match(ended.stderr, /--list shows them/)
})

test('only the chosen file is fetched, checked, and meant by the same command later', async () => {
  const first = doneOf(await floodgate(home, 'get', torrent, ...net, '--files', 'b.bin'))
  assert.deepEqual(pathsOf(first), ['content/b.bin'])
  assert.deepEqual(readdirSync(join(out, 'content')), ['b.bin'])
  const checked = doneOf(await floodgate(home, 'check', cid))
  assert.deepEqual([checked.good, checked.pieces], [7, 7])
  const again = doneOf(await floodgate(home, 'get', torrent, ...net))
  assert.deepEqual(pathsOf(again), ['content/b.bin'])
  const words = ['get', torrent, ...net, '--home', home]
  const main = join(DIST, 'client/main.js')
  const { stdout } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' })
  assert.match(stdout, /^1 of 3 files, as chosen; --files '\*' fetches all$/m)
  const all = doneOf(await floodgate(home, 'get', torrent, ...net, '--files', '*'))
  assert.equal(pathsOf(all).length, 3)
  assert.deepEqual(readdirSync(out), ['content'])
  const whole = doneOf(await floodgate(home, 'check', cid))
  assert.deepEqual([whole.good, whole.pieces], [14, 14])
})
