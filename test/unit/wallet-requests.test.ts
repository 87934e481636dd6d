/** What a seller's wallet keeps of requests: the open ones, and the highest counter. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import type { Save } from '../../shared/exchange/exchange.js'
import type { Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'
import { openDatabase } from '../open-database.js'

const PROVIDER = 'f'.repeat(64) as Fingerprint
const RID = 'a'.repeat(32) as Rid
const BUYER = 'b'.repeat(32) as Uid

test('requests that are withdrawn without end leave one row', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  const wallet = openWallet(path, new Uint8Array(32))
  t.after(() => wallet.close())
  const commit = (...saves: readonly Save[]) =>
    wallet.commit(
      PROVIDER,
      saves.map((save) => ({ do: 'save', role: 'seller', rid: RID, peer: BUYER, save })),
    )
  const request = new Uint8Array(400)
  const opened = (counter: number): Save => {
    return { kind: 'opened', counter, pieces: [counter as PieceIndex], request }
  }
  await commit(opened(1), opened(2))
  for (let counter = 3; counter < 500; counter++) {
    await commit(opened(counter), { kind: 'closed', counter })
  }
  // Those that never came use their counter up all the same, in whatever order.
  const strays = Array.from({ length: 500 }, (_, at) => (at % 2 === 0 ? 600 - at : 600 + at))
  await commit(...strays.map((counter): Save => ({ kind: 'closed', counter })))
  const { counter, runs } = wallet.history(PROVIDER).seller(RID, BUYER)
  assert.deepEqual([counter, runs.map((run) => run.counter)], [1099, [1, 2]])
  const database = openDatabase(path, { readonly: true })
  t.after(() => database.close())
  assert.equal(database.prepare('SELECT count(*) FROM opened').pluck().get(), 3)
  await commit({ kind: 'closed', counter: 1 })
  assert.equal(database.prepare('SELECT count(*) FROM opened').pluck().get(), 2)
})
