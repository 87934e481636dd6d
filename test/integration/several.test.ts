/** Several contents in one `get`: each to its end, whatever becomes of the others. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeContent, writeContent } from '../engine-content.js'
import { sha256Of } from './market.js'
import { doneOf, floodgate, Program } from './programs.js'

const KIB = 1024
const names = ['one.bin', 'two.bin', 'three.bin']
const contents = names.map((name, at) => makeContent({ [name]: (at + 1) * 300 * KIB }, 16 * KIB))

let base: string
let torrents: string[]
let seeder: Program
let peer: string
before(async () => {
  base = mkdtempSync(join(tmpdir(), 'floodgate-several-'))
  const data = join(base, 'data')
  mkdirSync(data)
  torrents = []
  for (const [at, content] of contents.entries()) {
    await writeContent(content, data)
    const path = join(base, `${names[at]}.torrent`)
    writeFileSync(path, content.torrent)
    torrents.push(path)
  }
  const args = ['seed', ...torrents, '--data', data, '--host', '127.0.0.1']
  seeder = new Program('floodgate', join(base, 'seeder'), args)
  const { port } = await seeder.until('listening')
  peer = `127.0.0.1:${port}`
  for (const { metainfo } of contents) {
    await seeder.until('seeding', ({ cid }) => cid === metainfo.cid)
  }
})
after(async () => {
  doneOf(await seeder.stop())
  rmSync(base, { recursive: true })
})

test('all are fetched at once, each told of by itself', async () => {
  const out = join(base, 'out')
  const args = ['--out', out, '--host', '127.0.0.1', '--peer', peer]
  // The first is named twice, and fetched once.
  const ended = await floodgate(join(base, 'home'), 'get', ...torrents, torrents[0] ?? '', ...args)
  assert.equal(doneOf(ended).downloads, 3)
  const brought = ended.events.filter(({ event }) => event === 'downloaded')
  assert.deepEqual(brought.map(({ cid }) => cid).sort(), contents.map((c) => c.metainfo.cid).sort())
  for (const { files } of brought) {
    for (const { path, sha256 } of files as { path: string; sha256: string }[]) {
      const name = path.slice(out.length + 1)
      const body = contents[names.indexOf(name)]?.files.get(name) as Uint8Array
      assert.equal(sha256, sha256Of(body))
      assert.equal(sha256Of(readFileSync(path)), sha256)
    }
  }
})

test('one that fails is named, the others come through', async () => {
  const out = join(base, 'out2')
  const bad = join(base, 'bad.torrent')
  writeFileSync(bad, 'nothing of the kind')
  const [first = '', second = ''] = torrents
  const args = ['--out', out, '--host', '127.0.0.1', '--peer', peer]
  const ended = await floodgate(join(base, 'home2'), 'get', first, bad, second, ...args)
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'torrent-invalid'])
  assert.match(ended.stderr, /1 of 3 downloads failed/)
  const failed = ended.events.filter(({ event }) => event === 'failed')
  assert.deepEqual(
    failed.map(({ name }) => name),
    [bad],
  )
  assert.equal(ended.events.filter(({ event }) => event === 'downloaded').length, 2)
  for (const at of [0, 1]) {
    const name = names[at] as string
    const body = contents[at]?.files.get(name) as Uint8Array
    assert.equal(sha256Of(readFileSync(join(out, name))), sha256Of(body))
  }
})
