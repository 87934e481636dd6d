/** The verdict that another copy of a home went on, where the disk does not take it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Newest } from '../../client/pay/provider/newest.js'
import type { ProviderBook } from '../../client/pay/wallet/providers.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'

function newest(overtake: () => void) {
  let counter = 0
  const book = {
    isOvertaken: () => false,
    nextCounter: () => ++counter,
    counter: () => counter,
    overtake,
  }
  return new Newest(book as unknown as ProviderBook, '11'.repeat(32) as Fingerprint)
}

test('a verdict that a full disk does not take holds in this process all the same', async () => {
  const home = newest(() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  })
  let calls = 0
  const leave = async (): Promise<Refusal> => {
    calls++
    return refuse('stale-counter')
  }
  for (let tries = 0; tries < 3; tries++) {
    const answer = (await home.send(leave)) as Refusal
    assert.equal(answer.code, 'home-copied')
  }
  assert.equal(calls, 1, 'no call leaves any more')
  assert.equal(home.doubt()?.code, 'home-copied')
})

test('a bug in keeping it is not hidden', async () => {
  const home = newest(() => {
    throw new Error('no such column')
  })
  await assert.rejects(() => home.send(async () => refuse('stale-counter')), /no such column/)
})
