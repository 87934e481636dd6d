/** The writing thread on a real wallet: what resolved is on the disk, and a failure is the end. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openWallet, type SaveEffect, type Wallet } from '../../client/pay/wallet/wallet.js'
import type { Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'
import { openDatabase } from '../open-database.js'

const PROVIDER = 'f'.repeat(64) as Fingerprint
const RID = 'a'.repeat(32) as Rid
const SELLER = 'b'.repeat(32) as Uid

const paid = (k: number, piece: number): SaveEffect => ({
  ...{ do: 'save', role: 'buyer', rid: RID, peer: SELLER },
  save: { kind: 'paid', k, piece: piece as PieceIndex },
})

async function wallet(t: TestContext): Promise<{ path: string; wallet: Wallet }> {
  const path = join(await folder(t), 'wallet.db')
  const wallet = openWallet(path, new Uint8Array(32))
  t.after(() => wallet.close())
  return { path, wallet }
}

/** Pieces that a process reading the file now would find paid. */
function paidIn(path: string): unknown[] {
  const database = openDatabase(path, { readonly: true })
  try {
    return database.prepare('SELECT piece FROM paid ORDER BY k').pluck().all()
  } finally {
    database.close()
  }
}

test('what resolved is on the disk, in the order in which it was given', async (t) => {
  const { path, wallet: one } = await wallet(t)
  await one.commit(PROVIDER, [paid(1, 7), paid(2, 3)])
  assert.deepEqual(paidIn(path), [7, 3])
  // The second group gathers while the first is written, from two callers.
  const groups = [
    one.commit(PROVIDER, [paid(3, 5)]),
    one.commit(PROVIDER, [paid(4, 1)]),
    one.commit(PROVIDER, [paid(5, 0)]),
  ]
  await groups[2]
  assert.deepEqual(paidIn(path), [7, 3, 5, 1, 0])
  await Promise.all(groups)
  assert.deepEqual(one.history(PROVIDER).paidPieces(RID).length, 5)
})

test('byte strings arrive whole, be they a view of something larger', async (t) => {
  const { wallet: one } = await wallet(t)
  const request = Buffer.from('before the request after').subarray(7, 18)
  const pieces = [2 as PieceIndex]
  const save = { kind: 'asked', counter: 1, pieces, request } as const
  await one.commit(PROVIDER, [{ do: 'save', role: 'buyer', rid: RID, peer: SELLER, save }])
  const { runs } = one.history(PROVIDER).buyer(RID, SELLER)
  assert.equal(String(runs[0]?.request), 'the request')
})

test('closing waits for what was given before, and takes nothing after', async (t) => {
  const { path, wallet: one } = await wallet(t)
  const last = [one.commit(PROVIDER, [paid(1, 0)]), one.commit(PROVIDER, [paid(2, 1)])]
  await one.close()
  assert.deepEqual(paidIn(path), [0, 1])
  await Promise.all(last)
  await assert.rejects(one.commit(PROVIDER, [paid(3, 2)]), /closed/)
})

test('a group that fails leaves nothing behind and ends all writing', async (t) => {
  const { path, wallet: one } = await wallet(t)
  await one.commit(PROVIDER, [paid(1, 0)])
  const twice = one.commit(PROVIDER, [paid(2, 1), paid(3, 0)])
  const behind = one.commit(PROVIDER, [paid(2, 2)])
  await assert.rejects(twice, { code: 'SQLITE_CONSTRAINT_UNIQUE' })
  await assert.rejects(behind, { code: 'SQLITE_CONSTRAINT_UNIQUE' })
  await assert.rejects(one.commit(PROVIDER, [paid(2, 2)]), { code: 'SQLITE_CONSTRAINT_UNIQUE' })
  assert.deepEqual(paidIn(path), [0])
})

test('a thread that cannot begin is a save that failed', async (t) => {
  const { path, wallet: one } = await wallet(t)
  const database = openDatabase(path)
  database.exec('DROP TABLE paid')
  database.close()
  await assert.rejects(one.commit(PROVIDER, [paid(1, 0)]), /no such table/)
  await assert.rejects(one.commit(PROVIDER, [paid(1, 0)]), /no such table/)
})

test('the main thread writes meanwhile, each by turns', async (t) => {
  const { path, wallet: one } = await wallet(t)
  const [pieces, none] = [200, new Uint8Array(0)]
  one.providers.put({
    ...{ fingerprint: PROVIDER, url: 'http://127.0.0.1:1', name: 'p', currency: 'c' },
    ...{ root: none, issuing: none, signing: none, seal: none, memberName: 'm', clockOffset: 0 },
  })
  const groups: Promise<void>[] = []
  for (let k = 1; k <= pieces; k++) {
    groups.push(one.commit(PROVIDER, [paid(k, k)]))
    assert.equal(one.providers.nextCounter(PROVIDER), k)
    if (k % 10 === 0) await groups.at(-1)
  }
  await Promise.all(groups)
  assert.equal(paidIn(path).length, pieces)
})
