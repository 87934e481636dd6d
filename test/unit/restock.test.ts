/** Buying what is missing waits for room under the wallet, where somebody can make some. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Restocking, restock } from '../../client/trade/restock.js'
import { Failure, type Refusal, refuse } from '../../shared/errors.js'

/** A download all of whose missing pieces must be bought; the wallet's disk is full at first. */
function restocking(fullTimes: number) {
  const seen = { looks: 0 }
  const grantsOf = (): never => {
    if (seen.looks++ >= fullTimes) throw new Failure(refuse('not-confirmed'))
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }
  const wallet = { grants: { of: grantsOf }, refunds: { ended: () => new Set() } }
  const content = { metainfo: { cid: '' }, provider: { row: { fingerprint: '' } } }
  const trade = { shortage: { missing: 1, stranded: [0] } }
  const job = { customer: { wallet }, content, trade, consent: {}, bought: () => undefined }
  return { job: job as unknown as Restocking, seen }
}

test('a full disk ends it where nobody waits', async () => {
  const { job, seen } = restocking(1)
  assert.equal((await restock(job, new AbortController().signal))?.code, 'disk-full')
  assert.equal(seen.looks, 1)
})

test('who waits is told once, and it goes on by itself', async () => {
  const { job, seen } = restocking(1)
  const told: (Refusal | undefined)[] = []
  const over = new AbortController()
  // What is waited for here does not keep a process alive by itself.
  const alive = setInterval(() => undefined, 1000)
  const waits = (problem: Refusal | undefined) => told.push(problem)
  const end = await restock({ ...job, waits }, over.signal)
  clearInterval(alive)
  assert.equal(end?.code, 'not-confirmed')
  assert.equal(seen.looks, 2)
  assert.deepEqual(
    told.map((problem) => problem?.code),
    ['disk-full'],
  )
})
