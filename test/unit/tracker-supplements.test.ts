/** Pieces sold alone to who bought their content: for lost ones, and when the grant has ended. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { audit } from '../../tracker/audit/audit.js'
import { settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { type Bought, claimOf, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const PIECES = 40
const REWARD = 10_000n
const YEAR_MS = 366 * 24 * 3_600_000

interface Scene {
  readonly world: World
  readonly sold: Sold
  readonly buyer: Member
  readonly seller: Member
  readonly whole: Bought
}

async function scene(t: TestContext): Promise<Scene> {
  const world = await World.start()
  t.after(() => world.close())
  const sold = await world.publish(PIECES)
  const buyer = await world.member('buyer', '10')
  const seller = await world.member('seller')
  const whole = await buyer.buy(sold)
  return { world, sold, buyer, seller, whole }
}

/** The books are right by our own verifier and by the independent one. */
async function balanced({ world }: Scene): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(audit(world.home.database).problems, [])
}

async function bought(
  { buyer, sold }: Scene,
  ...args: Parameters<Member['supplement']> extends [unknown, ...infer R] ? R : never
): Promise<Bought> {
  const reply = await buyer.supplement(sold, ...args)
  assert.equal(reply.code, 'ok', reply.detail)
  return buyer.accept(sold, reply)
}

test('pieces alone cost their reward, all of it to escrow, and pay like others', async (t) => {
  const stage = await scene(t)
  const { world, buyer, seller } = stage
  const before = (await world.balances())[`member:${buyer.uid}:spendable`] as bigint
  const grant = await bought(stage, [3, 17, 39])
  assert.equal(grant.answer.paid, 3n * REWARD)
  assert.deepEqual(grant.purse.facts.only, [3, 17, 39])
  const balances = await world.balances()
  assert.equal(balances[`member:${buyer.uid}:spendable`], before - 3n * REWARD)
  assert.equal(balances[`grant:${grant.rid}:escrow`], 3n * REWARD)
  assert.equal(balances[`grant:${grant.rid}:held`], undefined)
  await balanced(stage)
  const paid = buyer.pay(grant, seller.uid, [39, 3])
  const { grants } = await seller.claim([claimOf(grant.rid, seller.uid, paid)])
  assert.deepEqual([grants[0]?.code, grants[0]?.credited], ['ok', 2n * REWARD])
  await balanced(stage)
})

test('a token of another piece is not part of such a grant', async (t) => {
  const stage = await scene(t)
  const { buyer, seller } = stage
  const grant = await bought(stage, [3, 17])
  const step = { step: 'token', piece: 4 as PieceIndex } as const
  const paid = buyer.scheme.payer.pay(grant.purse, seller.uid, undefined, step, buyer.signer)
  assert.ok(refused(paid) && paid.code === 'piece-unknown')
})

test('asking again for pieces that an open grant can pay returns it, free', async (t) => {
  const stage = await scene(t)
  const { buyer, sold, world } = stage
  const id = new Uint8Array(randomBytes(16))
  const first = await bought(stage, [1, 2, 3], { id })
  const spent = await world.balances()
  for (const only of [[1, 2, 3], [3], [0, 2]]) {
    const again = await bought(stage, only)
    assert.deepEqual([again.rid, again.answer.again], [first.rid, 1])
  }
  assert.equal((await bought(stage, [1, 2, 3], { id })).rid, first.rid, 'by its id as well')
  assert.deepEqual(await world.balances(), spent)
  const other = await buyer.supplement(sold, [5], { id })
  assert.equal(other.code, 'malformed', 'the id bought other pieces')
  await balanced(stage)
})

test('pieces claimed for, and those of grants that are used up, are sold anew', async (t) => {
  const stage = await scene(t)
  const { buyer, seller } = stage
  const first = await bought(stage, [1, 2])
  await seller.claim([claimOf(first.rid, seller.uid, buyer.pay(first, seller.uid, [1]))])
  const second = await bought(stage, [1])
  assert.notEqual(second.rid, first.rid, 'its piece was claimed for')
  const third = await bought(stage, [2], { used: [first.rid] })
  assert.notEqual(third.rid, first.rid, 'paid to a seller that has not claimed')
  await balanced(stage)
})

test('only who bought the content may buy its pieces, and only such as there are', async (t) => {
  const stage = await scene(t)
  const { buyer, sold, world } = stage
  const stranger = await world.member('stranger', '10')
  assert.equal((await stranger.supplement(sold, [1])).code, 'not-bought')
  assert.equal((await buyer.supplement(sold, [])).code, 'malformed')
  assert.equal((await buyer.supplement(sold, [2, 1])).code, 'malformed')
  assert.equal((await buyer.supplement(sold, [1, 1])).code, 'malformed')
  assert.equal((await buyer.supplement(sold, [PIECES])).code, 'piece-unknown')
  const poor = await world.member('poor', '2')
  await poor.buy(sold)
  const reply = await poor.supplement(sold, [1, 2])
  assert.equal(reply.code, 'insufficient-funds')
  assert.match(reply.detail, /the pieces cost 0\.02 /)
  await balanced(stage)
})

test('no price is paid twice: after spend-until what is missing is bought alone', async (t) => {
  const stage = await scene(t)
  const { buyer, seller, sold, whole, world } = stage
  const half = [...Array(PIECES / 2).keys()]
  await seller.claim([claimOf(whole.rid, seller.uid, buyer.pay(whole, seller.uid, half))])
  world.aheadMs += YEAR_MS
  const reply = await buyer.send('purchase', buyer.purchaseCall(sold))
  assert.equal(reply.code, 'bought-before')
  const missing = half.map((piece) => piece + PIECES / 2)
  const grant = await bought(stage, missing)
  assert.equal(grant.answer.paid, BigInt(missing.length) * REWARD)
  await balanced(stage)
  world.aheadMs += 2 * YEAR_MS
  await settleDue(world.tracker, world.tracker.now())
  const balances = await world.balances()
  assert.equal(balances[`grant:${grant.rid}:escrow`], undefined, 'closed, to the carrier fund')
  await balanced(stage)
})

test('a grant for few pieces is named few sellers', async (t) => {
  const stage = await scene(t)
  const { buyer, sold, whole, world } = stage
  for (let at = 0; at < 8; at++) {
    const seller = await world.member(`seller ${at}`)
    await seller.announce(sold.cid, 1000 + at)
  }
  const grant = await bought(stage, [1, 2, 3])
  assert.equal(grant.list.sellers.length, 4)
  const { list } = await buyer.announce(sold.cid, 999, { rid: whole.rid, left: 1 })
  assert.equal(list?.sellers.length, 8, 'the whole content has room for 10')
})

test('many grants for single pieces are named no more sellers than one', async (t) => {
  const stage = await scene(t)
  const { buyer, seller, sold, world } = stage
  for (let at = 0; at < 12; at++) {
    await (await world.member(`seller ${at}`)).announce(sold.cid, 1000 + at)
  }
  const named = new Set<string>()
  for (const piece of [1, 2, 3, 4, 5]) {
    const grant = await bought(stage, [piece])
    for (const { uid } of grant.list.sellers) named.add(uid)
    // An accomplice claims the reward back, so the next one costs nothing.
    await seller.claim([claimOf(grant.rid, seller.uid, buyer.pay(grant, seller.uid, [piece]))])
  }
  assert.equal(named.size, 4)
})
