/**
 * The whole trade over four processes: what the demo prints, what it leaves on the disk, and how it
 * ends when something goes wrong. An independent auditor reads the tracker's database afterwards.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { until } from '../until.js'
import {
  auditOf,
  childrenOf,
  type DownloadLine,
  downloadsOf,
  ROOT,
  randomFile,
  runDemo,
  scratch,
  startDemo,
} from './play.js'

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0)
}

test('two files are sold twice; every figure agrees with the auditor', async (t) => {
  const folder = scratch(t)
  const sources = [randomFile(folder, 'one.bin', 1_000_003), randomFile(folder, 'two.bin', 300_000)]
  const keep = join(folder, 'kept')
  const ended = await runDemo('--keep', keep, ...sources.map(({ path }) => path))
  assert.equal(ended.status, 0, ended.stderr)
  const downloads = downloadsOf(ended)
  assert.equal(downloads.length, 4)
  const sold: Record<string, number> = {}
  for (const { bytes, file, paid, pieces, peer, seconds, ...line } of downloads) {
    const source = sources.find(({ path }) => basename(path) === basename(file))
    assert.ok(source)
    assert.deepEqual([bytes, line.sha256], [source.bytes, source.sha256])
    assert.equal(sha256(file), source.sha256)
    const count = Math.ceil(bytes / 16_384)
    assert.equal(sum(Object.values(pieces)), count)
    assert.equal(paid, String(Math.ceil(count * 1.25) * 10_000))
    assert.ok(seconds > 0 && pieces[peer] === undefined)
    for (const [seller, each] of Object.entries(pieces)) sold[seller] = (sold[seller] ?? 0) + each
  }
  const done = ended.lines.at(-1) as { event: string; ok: boolean; ledger: { sum: string } }
  assert.deepEqual([done.event, done.ok, done.ledger.sum], ['done', true, '0'])
  const checked = auditOf(join(keep, 'tracker/tracker.db'))
  const incomes = checked.filter((line) => line.event === 'seller').map(({ pieces }) => pieces)
  assert.deepEqual(incomes.map(Number).sort(), Object.values(sold).sort())
})

test('a folder is sold as one content; its files all name the one price', async (t) => {
  const keep = join(scratch(t), 'kept')
  const ended = await runDemo('--keep', keep, join(ROOT, 'torrents/gallery'))
  assert.equal(ended.status, 0, ended.stderr)
  const downloads = downloadsOf(ended)
  const names = readdirSync(join(ROOT, 'torrents/gallery'))
  for (const peer of ['alice', 'bob']) {
    const lines = downloads.filter((line) => line.peer === peer)
    assert.deepEqual(lines.map(({ file }) => basename(file)).sort(), names.sort())
    assert.equal(new Set(lines.map(({ cid, paid }) => `${cid} ${paid}`)).size, 1)
    for (const { file, sha256: hash } of lines) {
      assert.equal(hash, sha256(join(ROOT, 'torrents/gallery', basename(file))))
    }
  }
})

test('files whose names not every system can hold arrive by other names', async (t) => {
  const odd = join(scratch(t), 'odd')
  mkdirSync(join(odd, 'CON'), { recursive: true })
  const names = ['a:b?.bin', 'CON/trailing. ', 'plain.bin']
  for (const name of names) writeFileSync(join(odd, name), name.repeat(1000))
  const ended = await runDemo(odd)
  assert.equal(ended.status, 0, ended.stderr)
  const arrived = downloadsOf(ended).filter(({ peer }) => peer === 'alice')
  const below = arrived.map(({ file }) => file.slice(file.lastIndexOf('/odd/') + 1))
  assert.deepEqual(below.sort(), ['odd/_CON/trailing__', 'odd/a_b_.bin', 'odd/plain.bin'])
})

test('without --json a person reads lines; without FILE the samples are sold', () => {
  const run = spawnSync('npm', ['start', '--silent'], { cwd: ROOT, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  for (const name of readdirSync(join(ROOT, 'torrents'))) {
    const sample = name !== 'README.md' && name !== 'make.mjs'
    assert.equal(run.stdout.includes(`alice has ${name}`), sample, name)
  }
  assert.match(run.stdout, /0\.00 {2}sum/)
  assert.match(run.stdout, /What to try next/)
  assert.ok(!run.stdout.includes('\u001b'), 'no control sequences where there is no terminal')
})

test('wrong input ends with a clear error and a non-zero exit', async (t) => {
  const folder = scratch(t)
  writeFileSync(join(folder, 'empty'), '')
  const { path } = randomFile(folder, 'file', 1000)
  const rows: [args: string[], status: number, code: string][] = [
    [[join(folder, 'absent')], 1, 'not-readable'],
    [[join(folder, 'empty')], 2, 'usage'],
    [['--keep', folder, path], 1, 'home-exists'],
    [[path, path], 2, 'usage'],
    [['--piece-length', 'x', path], 2, 'usage'],
    [['--up-limit', 'fast', path], 2, 'usage'],
    [['--nonsense'], 2, 'usage'],
  ]
  for (const [args, status, code] of rows) {
    const ended = await runDemo(...args)
    const last = ended.lines.at(-1)
    assert.deepEqual([ended.status, last?.event, last?.code], [status, 'error', code], args.join())
    assert.ok(ended.stderr.length > 0)
  }
})

/** A demo that is in the middle of a slow download. */
async function inDownload(folder: string) {
  const { path } = randomFile(folder, 'slow.bin', 2_000_000)
  const demo = startDemo(folder, '--up-limit', '50kB', path)
  const pid = demo.child.pid ?? 0
  const find = (word: string) => childrenOf(pid).find(({ command }) => command.includes(word))
  await until('a buyer at work', () => find(' get '), { everyMs: 100 })
  return { ...demo, find, pids: childrenOf(pid).map((each) => each.pid) }
}

function alive(pids: readonly number[]): number[] {
  return pids.filter((pid) => existsSync(`/proc/${pid}`))
}

test('a program that dies is named, and nothing stays behind', async (t) => {
  const folder = scratch(t)
  const { ended, find, pids } = await inDownload(folder)
  process.kill(find(' seed ')?.pid ?? 0, 'SIGKILL')
  const { lines, status, stderr } = await ended
  assert.equal(status, 1)
  assert.equal(lines.at(-1)?.event, 'error')
  assert.match(stderr, /the seller \(house\) ended with SIGKILL/)
  assert.deepEqual(alive(pids), [])
  assert.deepEqual(readdirSync(folder), ['slow.bin'])
})

test('Ctrl-C stops every program and removes what was made', async (t) => {
  const folder = scratch(t)
  const { child, ended, pids } = await inDownload(folder)
  child.kill('SIGINT')
  const { lines, status } = await ended
  assert.equal(status, 1)
  assert.deepEqual([lines.at(-1)?.event, lines.at(-1)?.code], ['error', 'interrupted'])
  assert.deepEqual(alive(pids), [])
  assert.deepEqual(readdirSync(folder), ['slow.bin'])
})

test('a reader that goes away, or a closed terminal, is like Ctrl-C', async (t) => {
  const folder = scratch(t)
  const { path } = randomFile(folder, 'small.bin', 40_000)
  const unread = startDemo(folder, path)
  unread.child.stdout?.destroy()
  const closed = startDemo(folder, '--up-limit', '10kB', path)
  const children = () => childrenOf(closed.child.pid ?? 0)
  const begun = () => children().some(({ command }) => command.includes(' get '))
  await until('a buyer at work', begun, { everyMs: 100 })
  closed.child.kill('SIGHUP')
  for (const { ended } of [unread, closed]) assert.equal((await ended).status, 1)
  assert.deepEqual(readdirSync(folder), ['small.bin'])
})

test('download lines hold what the design promises, and nothing of another type', async (t) => {
  const { path } = randomFile(scratch(t), 'small.bin', 40_000)
  const ended = await runDemo('--piece-length', '16384', path)
  const line = downloadsOf(ended)[0] as DownloadLine
  const types = Object.fromEntries(Object.entries(line).map(([key, value]) => [key, typeof value]))
  assert.deepEqual(types, {
    ...{ event: 'string', peer: 'string', file: 'string', bytes: 'number', sha256: 'string' },
    ...{ seconds: 'number', paid: 'string', pieces: 'object', cid: 'string' },
  })
  const { ledger } = ended.lines.at(-1) as { ledger: { balances: Record<string, string> } }
  for (const [account, amount] of Object.entries(ledger.balances)) {
    assert.match(account, /^(funding|provider:revenue|member:[0-9a-f]{32}:spendable)$/)
    assert.match(amount, /^-?\d+$/)
  }
})
