/** What a save protects never leaves without it, also when the disk is full and then is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Outbox } from '../../client/pay/outbox.js'
import type { SaveEffect } from '../../client/pay/wallet/wallet.js'
import type { Rid, Uid } from '../../shared/identifier.js'

const BOOKS = { rid: 'a'.repeat(32) as Rid, peer: 'b'.repeat(32) as Uid }
const OTHER = { ...BOOKS, peer: 'c'.repeat(32) as Uid }
const save = (books = BOOKS): SaveEffect => ({
  ...{ do: 'save', role: 'buyer', ...books },
  save: { kind: 'ended', counter: 1 },
})

/** A disk that writes when it is told to. */
class Disk {
  readonly done: string[] = []
  #writes: (() => void)[] = []

  readonly commit = (saves: readonly SaveEffect[]): Promise<void> =>
    new Promise((resolve) => {
      this.#writes.push(() => {
        this.done.push(`${saves.length} saved`)
        resolve()
      })
    })

  /** Says that something was done. */
  readonly note = (what: string) => () => {
    this.done.push(what)
  }

  /** Writes the group that waits, and lets what it protects leave. */
  async write(): Promise<void> {
    await setImmediate()
    const write = this.#writes.shift()
    assert.ok(write !== undefined, 'no group waits for the disk')
    write()
    await setImmediate()
  }
}

test('effects follow their saves, those of one turn in one group', async () => {
  const disk = new Disk()
  const outbox = new Outbox(disk.commit, assert.ifError)
  outbox.perform(disk.note('before'))
  outbox.save(save())
  outbox.perform(disk.note('first'))
  outbox.save(save())
  outbox.perform(disk.note('second'))
  assert.equal(outbox.busy, true)
  await disk.write()
  assert.deepEqual(disk.done, ['before', '2 saved', 'first', 'second'])
  assert.equal(outbox.busy, false)
})

test('while a group is written the next one gathers, and nothing overtakes', async () => {
  const disk = new Disk()
  const outbox = new Outbox(disk.commit, assert.ifError)
  outbox.save(save())
  outbox.perform(() => {
    disk.done.push('first')
    outbox.perform(disk.note('of the first'))
  })
  await setImmediate()
  outbox.perform(disk.note('second'))
  outbox.save(save())
  outbox.save(save())
  outbox.perform(disk.note('third'))
  await disk.write()
  assert.deepEqual(disk.done, ['1 saved', 'first'])
  await disk.write()
  const later = ['2 saved', 'second', 'third', 'of the first']
  assert.deepEqual(disk.done, ['1 saved', 'first', ...later])
})

test('who looks into books waits for their saves, and not for those of others', async () => {
  const disk = new Disk()
  const outbox = new Outbox(disk.commit, assert.ifError)
  outbox.look(BOOKS, disk.note('seen at once'))
  outbox.save(save())
  outbox.look(BOOKS, disk.note('seen'))
  await setImmediate()
  outbox.save(save())
  outbox.save(save(OTHER))
  await disk.write()
  assert.deepEqual(disk.done, ['seen at once', '1 saved'])
  outbox.save(save(OTHER))
  await disk.write()
  assert.deepEqual(disk.done, ['seen at once', '1 saved', '2 saved', 'seen'])
  await disk.write()
  await outbox.drained()
})

test('after a save that failed nothing is written or sent any more', async () => {
  const done: string[] = []
  let full = true
  const commit = async () => {
    if (full) throw new Error('disk full')
    done.push('saved')
  }
  const outbox = new Outbox(commit, () => done.push('failed'))
  outbox.save(save())
  outbox.perform(() => done.push('sent'))
  outbox.look(BOOKS, () => done.push('seen'))
  await outbox.drained()
  full = false
  outbox.perform(() => done.push('sent'))
  outbox.look(BOOKS, () => done.push('seen'))
  outbox.save(save())
  outbox.perform(() => done.push('sent'))
  await outbox.drained()
  assert.deepEqual(done, ['failed'])
})
