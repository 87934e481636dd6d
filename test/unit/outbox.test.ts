/** What a save protects never leaves without it, also when the disk is full and then is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Outbox } from '../../client/pay/outbox.js'
import type { SaveEffect } from '../../client/pay/wallet/wallet.js'

const SAVE = { do: 'save', save: { kind: 'ended', counter: 1 } } as SaveEffect

test('effects follow their saves, those of one turn in one transaction', async () => {
  const done: string[] = []
  const outbox = new Outbox((saves) => done.push(`${saves.length} saved`), assert.ifError)
  outbox.perform(() => done.push('before'))
  outbox.save(SAVE)
  outbox.perform(() => done.push('first'))
  outbox.save(SAVE)
  outbox.perform(() => done.push('second'))
  await setImmediate()
  assert.deepEqual(done, ['before', '2 saved', 'first', 'second'])
})

test('after a save that failed nothing is written or sent any more', async () => {
  const done: string[] = []
  let full = true
  const commit = () => {
    if (full) throw new Error('disk full')
    done.push('saved')
  }
  const outbox = new Outbox(commit, () => done.push('failed'))
  outbox.save(SAVE)
  outbox.perform(() => done.push('sent'))
  await setImmediate()
  full = false
  outbox.perform(() => done.push('sent'))
  outbox.save(SAVE)
  outbox.perform(() => done.push('sent'))
  await setImmediate()
  assert.deepEqual(done, ['failed'])
})
