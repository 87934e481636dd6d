/** Grants of several providers in one wallet. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { amount } from '../../shared/amount.js'
import type { Save } from '../../shared/exchange/exchange.js'
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const row: BoughtRow = {
  ...{ rid: 'aa'.repeat(16) as Rid, fingerprint: ONE, cid: 'cc'.repeat(20) as Cid },
  ...{ scheme: 'floodgate', open: new Uint8Array([1]), secret: new Uint8Array([2]) },
  ...{ peers: new Uint8Array([3]), price: 5n, time: 9 },
}

test('grants of one id from two providers are kept apart', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { grants } = wallet
  const peers = new Uint8Array([9])
  grants.put(row)
  grants.put({ ...row, fingerprint: OTHER, peers })
  grants.putPeers(OTHER, row.rid, new Uint8Array([10]))
  const listOf = (kept: readonly BoughtRow[]) => kept.map((each) => [...each.peers])
  assert.deepEqual(listOf(grants.of(ONE, row.cid)), [[3]])
  assert.deepEqual(listOf(grants.of(OTHER, row.cid)), [[10]])
  grants.put({ ...row, peers })
  assert.deepEqual(listOf(grants.of(ONE, row.cid)), [[9]])
})

test("a provider that names another one's grant settles and spends nothing of it", async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { cid, rid } = row
  const buyer = 'bb'.repeat(16) as Uid
  const saves = [
    {
      kind: 'met',
      cid,
      scheme: 'floodgate',
      reward: amount(7n),
      opening: new Uint8Array(1),
      list: 1,
    },
    { kind: 'earned', k: 1, piece: 7 as PieceIndex, token: new Uint8Array(32), trust: 1 },
    { kind: 'signed', k: 1, payment: new Uint8Array([5]) },
  ] as const satisfies readonly Save[]
  const effects = saves.map(
    (save) => ({ do: 'save', role: 'seller', rid, peer: buyer, save }) as const,
  )
  await wallet.commit(ONE, effects)
  const id = new Uint8Array([1])
  wallet.claims.begin({ id, fingerprint: OTHER, grants: new Uint8Array(1) })
  const none = { pieces: [], failed: [], alreadyPaid: [] }
  const [seven, booked] = [[7 as PieceIndex], { rid, settled: 1, list: 5, reset: false }]
  const settled = [{ ...none, ...booked, failed: seven }]
  wallet.claims.acknowledge({ fingerprint: OTHER, id }, new Uint8Array(1), 0n, settled)
  assert.deepEqual(wallet.claims.denied(ONE), [])
  assert.equal(wallet.claims.unclaimedPieces(ONE), 1)
  assert.deepEqual(wallet.history(OTHER).seller(rid, buyer).paid, [])
  assert.equal(wallet.history(ONE).seller(rid, buyer).list, 1)
  await wallet.commit(OTHER, effects)
  wallet.claims.acknowledge({ fingerprint: ONE, id }, new Uint8Array(1), 0n, settled)
  assert.deepEqual(
    [ONE, OTHER].map((each) => wallet.claims.unclaimedPieces(each)),
    [0, 1],
  )
  const earned = () => wallet.claims.earned(ONE).map(({ amount, pieces }) => [pieces, amount])
  assert.deepEqual(earned(), [[1, 0n]])
  const others = [8, 9] as PieceIndex[]
  const more = [{ ...none, ...booked, failed: others, alreadyPaid: others }]
  wallet.claims.acknowledge({ fingerprint: ONE, id }, new Uint8Array(1), 0n, more)
  assert.deepEqual(earned(), [[1, 0n]], 'what was never earned cannot be denied')
  const paid = [{ ...none, ...booked, pieces: seven }]
  wallet.claims.acknowledge({ fingerprint: ONE, id }, new Uint8Array(1), 7n, paid)
  assert.deepEqual([earned(), wallet.claims.denied(ONE)], [[[1, 7n]], []], 'paid after all')
})

test('the tracker is told once under which grants of a content we were asked', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { cid, rid } = row
  const saved = (provider: Fingerprint, save: Save) =>
    wallet.commit(provider, [
      { do: 'save', role: 'seller', rid, peer: 'bb'.repeat(16) as Uid, save },
    ])
  const opening = new Uint8Array(1)
  await saved(ONE, { kind: 'met', cid, scheme: 'floodgate', reward: amount(7n), opening, list: 1 })
  assert.deepEqual(wallet.history(ONE).untold(cid), [], 'whoever opened only has asked for nothing')
  const asked = { kind: 'opened', pieces: [7 as PieceIndex], request: new Uint8Array(1) } as const
  await saved(ONE, { ...asked, counter: 1 })
  assert.deepEqual(wallet.history(ONE).untold(cid), [rid])
  assert.deepEqual(wallet.history(ONE).untold('dd'.repeat(20) as Cid), [])
  assert.deepEqual(wallet.history(OTHER).untold(cid), [])
  wallet.history(ONE).setTold([rid])
  await saved(ONE, { ...asked, counter: 2 })
  assert.deepEqual(wallet.history(ONE).untold(cid), [])
})

test('a part of some pieces that was ordered is under way for all of them', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { grants } = wallet
  const ordered = { fingerprint: ONE, cid: row.cid }
  const [part, all] = [[1], [1, 2]].map((only) => ({ ...ordered, only: only as PieceIndex[] }))
  assert.ok(part !== undefined && all !== undefined)
  grants.order(part, { fresh: new Uint8Array(16), price: 5n, time: 9 }, () => undefined)
  assert.equal(grants.isUnderWay(all), true)
  assert.equal(grants.isUnderWay({ ...all, fingerprint: OTHER }), false)
  grants.refusedOrder(part)
  assert.equal(grants.isUnderWay(all), false, 'the tracker took no money')
})
