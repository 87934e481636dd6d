/** Hash threads: right digests, bytes handed over and back, a clean end. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { Hasher } from '../../client/engine/hasher.js'
import { equal } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import { HASH_IN_PLACE_MAX_BYTES } from '../../shared/swarm-limits.js'

function bytes(length: number): Uint8Array {
  const own = Buffer.allocUnsafeSlow(length)
  own.set(randomBytes(length))
  return own
}

test('pieces of any size get their digest, many at a time', async (t) => {
  const hasher = new Hasher(2)
  t.after(() => hasher.close())
  const sizes = [1, HASH_IN_PLACE_MAX_BYTES, HASH_IN_PLACE_MAX_BYTES + 1, 300_000, 5_000_000]
  const jobs = Array.from({ length: 40 }, (_, at) => bytes(sizes[at % sizes.length] as number))
  const copies = jobs.map((job) => Buffer.from(job))
  const hashed = await Promise.all(jobs.map((job) => hasher.hash(job)))
  for (const [at, answer] of hashed.entries()) {
    const { data, digest } = must(answer)
    const copy = copies[at] as Buffer
    assert.ok(equal(digest, createHash('sha1').update(copy).digest()))
    assert.ok(equal(data, copy))
  }
})

test('a large piece is handed over: nobody else can change it meanwhile', async (t) => {
  const hasher = new Hasher(1)
  t.after(() => hasher.close())
  const job = bytes(1_000_000)
  const answer = hasher.hash(job)
  assert.equal(job.length, 0)
  assert.equal(must(await answer).data.length, 1_000_000)
})

test('while a piece is hashed the event loop runs on', async (t) => {
  const hasher = new Hasher(1)
  t.after(() => hasher.close())
  let turns = 0
  let hashing = true
  const count = () => {
    turns++
    if (hashing) setImmediate(count)
  }
  const jobs = [bytes(64_000_000), bytes(64_000_000)].map((job) => hasher.hash(job))
  setImmediate(count)
  await Promise.all(jobs)
  hashing = false
  assert.ok(turns > 2, `${turns}`)
})

test('what is not hashed when the threads end is refused', async () => {
  const hasher = new Hasher(1)
  const jobs = Array.from({ length: 8 }, () => hasher.hash(bytes(4_000_000)))
  await hasher.close()
  const answers = await Promise.all(jobs)
  assert.ok(answers.some((answer) => refused(answer) && answer.code === 'internal'))
  assert.ok(refused(await hasher.hash(bytes(100_000))))
})

test('a thread that ends by itself takes its own pieces with it and no others', async (t) => {
  const hasher = new Hasher(1)
  t.after(() => hasher.close())
  const started = once(process, 'worker')
  const jobs = Array.from({ length: 8 }, () => hasher.hash(bytes(100_000)))
  const [worker] = (await started) as [Worker]
  await worker.terminate()
  const answers = await Promise.all(jobs)
  assert.ok(answers.filter((answer) => refused(answer)).length <= 2)
  assert.ok(answers.some((answer) => !refused(answer)))
})

// Nothing else keeps this process alive: a wait that lets go of it ends the file, and fails here.
test('an answer that meets the end of the threads lets nobody wait for ever', async () => {
  const hasher = new Hasher(1)
  must(await hasher.hash(bytes(100_000)))
  const last = hasher.hash(bytes(100_000))
  const hashed = performance.now() + 500
  while (performance.now() < hashed);
  await hasher.close()
  // Refused where the machine was too busy for the thread to come to it; waited for all the same.
  await last
})

test('idle threads keep no process alive, busy ones do', () => {
  const module = new URL('../../client/engine/hasher.js', import.meta.url).href
  const script = `
    const { Hasher } = await import('${module}')
    const hasher = new Hasher(2)
    for (let round = 0; round < 5; round++) await hasher.hash(Buffer.allocUnsafeSlow(9_000_000))
    console.log('all hashed')`
  const args = ['--input-type=module', '-e', script]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.deepEqual([status, stdout], [0, 'all hashed\n'])
})
