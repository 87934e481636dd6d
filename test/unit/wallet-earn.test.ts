/** What the wallet keeps of earn: a budget that nothing passes, stakes, demand, traffic. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Agreement } from '../../client/pay/wallet/earn.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import type { Cid, Fingerprint, Rid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const [A, B, C] = ['aa', 'bb', 'cc'].map((digits) => digits.repeat(20)) as [Cid, Cid, Cid]
const KEY = new Uint8Array(32)
const AGREED: Agreement = {
  ...{ fingerprint: ONE, on: true, quota: 5e9, budget: 10n, folder: '/somewhere' },
  ...{ traffic: 1e12, upLimit: null, hours: 'mon 1-2', idleMs: null, load: 1.5 },
}

async function opened(t: TestContext): Promise<{ path: string; wallet: Wallet }> {
  const path = join(await folder(t), 'wallet.db')
  const wallet = openWallet(path, KEY)
  t.after(() => wallet.close())
  return { path, wallet }
}

test('an agreement is kept as it was made', async (t) => {
  const { wallet } = await opened(t)
  assert.equal(wallet.earn.agreement(), undefined)
  wallet.earn.agree(AGREED)
  assert.deepEqual(wallet.earn.agreement(), AGREED)
  const later = { ...AGREED, on: false, traffic: null, load: null, budget: 2n ** 61n }
  wallet.earn.agree(later)
  assert.deepEqual(wallet.earn.agreement(), later)
})

test('stakes never pass the budget, whatever became of them, also after a restart', async (t) => {
  const { path, wallet } = await opened(t)
  const { earn } = wallet
  assert.equal(earn.reserve(ONE, A, 1n, 0), false, 'nothing was agreed to')
  earn.agree(AGREED)
  assert.equal(earn.reserve(OTHER, A, 1n, 0), false, 'nothing was agreed to with this provider')
  assert.equal(earn.reserve(ONE, A, 6n, 0), true)
  assert.equal(earn.reserve(ONE, B, 5n, 0), false)
  earn.mark(ONE, A, 'held')
  earn.mark(ONE, A, 'dropped')
  assert.equal(earn.reserve(ONE, B, 5n, 0), false, 'what was dropped was paid')
  assert.equal(earn.reserve(ONE, A, 6n, 0), false, 'what was dropped is not bought again')
  const again = openWallet(path, KEY)
  t.after(() => again.close())
  assert.equal(again.earn.reserve(ONE, B, 5n, 0), false)
  assert.equal(again.earn.reserve(ONE, B, 4n, 0), true)
  assert.equal(again.earn.invested(ONE), 10n)
  assert.equal(earn.invested(OTHER), 0n)
  earn.agree({ ...AGREED, on: false, budget: 100n })
  assert.equal(earn.reserve(ONE, C, 1n, 0), false, 'it is off')
})

test('an order is repeated at its price, and released when it took no money', async (t) => {
  const { wallet } = await opened(t)
  const { earn, grants } = wallet
  earn.agree(AGREED)
  earn.reserve(ONE, A, 6n, 0)
  assert.equal(earn.reserve(ONE, A, 6n, 0), true, 'the same order')
  assert.equal(earn.reserve(ONE, A, 7n, 0), false)
  const ordered = { fingerprint: ONE, cid: A }
  const note = { fresh: new Uint8Array(16), price: 6n, time: 1 }
  grants.order(ordered, note, () => undefined)
  earn.release(ONE, A)
  assert.equal(earn.invested(ONE), 6n, 'its answer may have been lost')
  grants.refusedOrder(ordered)
  earn.release(ONE, A)
  assert.equal(earn.invested(ONE), 0n)
  earn.reserve(ONE, B, 6n, 0)
  const none = new Uint8Array(0)
  const rest = { scheme: 'floodgate', open: none, secret: none, peers: none, price: 6n, time: 1 }
  grants.put({ rid: 'ee'.repeat(16) as Rid, fingerprint: ONE, cid: B, ...rest })
  earn.release(ONE, B)
  assert.equal(earn.invested(ONE), 6n, 'its grant is here')
})

test('a stake tells since when it is complete, what it earned and when that grew', async (t) => {
  const { wallet } = await opened(t)
  const { earn } = wallet
  earn.agree(AGREED)
  earn.reserve(ONE, A, 6n, 5)
  earn.complete(ONE, A, 10)
  earn.complete(ONE, A, 99)
  earn.earned(ONE, A, 3n, 20)
  earn.earned(ONE, A, 3n, 30)
  earn.earned(ONE, A, 2n, 40)
  earn.rest(ONE, A, true)
  const row = { cid: A, price: 6n, state: 'ordered', complete: 10, earned: 2n, grew: 20 }
  assert.deepEqual(earn.stakes(ONE), [{ ...row, resting: true }])
})

test('demand is kept by day, and forgotten when it is old unless earn bought it', async (t) => {
  const { wallet } = await opened(t)
  const { earn } = wallet
  earn.agree(AGREED)
  earn.reserve(ONE, A, 1n, 0)
  const seen = (cid: Cid, day: number, bought: number) => ({ cid, day, bought, sellers: 2 })
  earn.observe(ONE, [seen(A, 1, 4), seen(B, 1, 4)], 0)
  earn.observe(ONE, [seen(A, 1, 5)], 0)
  earn.observe(OTHER, [seen(A, 1, 9)], 0)
  assert.deepEqual(
    [...earn.demand(ONE)],
    [
      [A, [seen(A, 1, 5)]],
      [B, [seen(B, 1, 4)]],
    ],
  )
  earn.observe(ONE, [seen(C, 9, 1)], 9)
  assert.deepEqual([...earn.demand(ONE).keys()], [A, C])
})

test('traffic is kept by month', async (t) => {
  const { wallet } = await opened(t)
  wallet.earn.bookTraffic('2026-11', 2 ** 45)
  wallet.earn.bookTraffic('2026-11', 2 ** 46)
  assert.equal(wallet.earn.traffic('2026-11'), 2 ** 46)
  assert.equal(wallet.earn.traffic('2026-12'), 0)
})
