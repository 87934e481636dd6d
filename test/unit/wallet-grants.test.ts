/** Grants of several providers in one wallet. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import type { Cid, Fingerprint, Rid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const row: BoughtRow = {
  ...{ rid: 'aa'.repeat(16) as Rid, fingerprint: ONE, cid: 'cc'.repeat(20) as Cid },
  ...{ scheme: 'floodgate', open: new Uint8Array([1]), secret: new Uint8Array([2]) },
  ...{ peers: new Uint8Array([3]), price: 5n },
}

test('a provider that reuses the id of another one touches nothing of its grant', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'))
  t.after(() => wallet.close())
  const { grants } = wallet
  grants.put(row)
  const peers = new Uint8Array([9])
  assert.throws(() => grants.put({ ...row, fingerprint: OTHER, peers }), { code: 'wrong-grant' })
  const listOf = (kept: readonly BoughtRow[]) => kept.map((each) => [...each.peers])
  assert.deepEqual(listOf(grants.of(ONE, row.cid)), [[3]])
  assert.deepEqual(grants.of(OTHER, row.cid), [])
  grants.put({ ...row, peers })
  assert.deepEqual(listOf(grants.all()), [[9]])
})
