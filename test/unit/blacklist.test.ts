/** The blacklist: who is blocked, under which provider, for how long, and for what. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { viewWallet } from '../../client/pay/wallet/view.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { formatOffences } from '../../client/ui/format.js'
import type { Fingerprint, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const UID = 'aa'.repeat(16) as Uid
const ENTRY = {
  ...({ provider: ONE, uid: UID, code: 'by-hand', reason: 'never pays' } as const),
  ...{ evidence: new Uint8Array([1, 2]), since: 1000, until: 2000 },
}

test('an entry holds until its time, for its provider alone; it is remembered after', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { blacklist } = wallet
  assert.equal(blacklist.blocks(ONE, UID, 1000), false)
  blacklist.add(ENTRY)
  const held = [999, 1999, 2000].map((now) => blacklist.blocks(ONE, UID, now))
  assert.deepEqual(held, [true, true, false])
  assert.equal(blacklist.blocks(OTHER, UID, 1500), false)
  blacklist.add({ ...ENTRY, reason: 'again', since: 3000, until: null })
  const entry = blacklist.get(ONE, UID)
  assert.deepEqual([entry?.offences, entry?.reason, entry?.until], [2, 'again', null])
  assert.deepEqual([...(entry?.evidence ?? [])], [1, 2])
  assert.equal(blacklist.blocks(ONE, UID, Number.MAX_SAFE_INTEGER), true)
  assert.equal(blacklist.lift(ONE, UID, 4000), true)
  assert.equal(blacklist.lift(ONE, UID, 4000), false)
  assert.equal(blacklist.blocks(ONE, UID, 4000), false)
  assert.deepEqual(
    blacklist.of(ONE).map(({ offences }) => offences),
    [2],
  )
  assert.deepEqual([blacklist.of(OTHER), blacklist.providersOf(UID)], [[], [ONE]])
})

test('only what a member did itself is said to grow longer', () => {
  assert.equal(formatOffences('by-hand', 2), '2')
  assert.equal(formatOffences('bad-token', 2), '2; twice as long each time')
  assert.equal(formatOffences('by-hand', 0), 'not counted')
})

test("what is nobody's fault, or ours, is never a reason", async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  for (const code of [
    'idle-timeout',
    'certificate-expired',
    'seller-silent',
    'internal',
  ] as const) {
    assert.throws(() => wallet.blacklist.add({ ...ENTRY, code }), /nothing to punish/)
  }
  assert.deepEqual(wallet.blacklist.of(ONE), [])
})

test('another process edits it while the wallet is open, and looks at nothing else', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  assert.equal(viewWallet(path), undefined)
  const wallet = openWallet(path, new Uint8Array(32))
  t.after(() => wallet.close())
  const edits = viewWallet(path, true)
  edits?.blacklist.add(ENTRY)
  edits?.close()
  assert.equal(wallet.blacklist.blocks(ONE, UID, 1500), true)
  const view = viewWallet(path)
  t.after(() => view?.close())
  assert.equal(view?.blacklist.blocks(ONE, UID, 1500), true)
  assert.throws(() => view?.blacklist.add(ENTRY), /readonly/)
})
