/**
 * What friends of a buyer get out of its grant by complaining, over HTTP and a real database: no
 * more than a seller can lose to it, and no piece twice.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CASES_MAX_COUNT } from '../../shared/case-limits.js'
import { ANSWER_MS, Courtroom, DAY_MS, REWARD } from './courtroom.js'
import { bundle, casesOf, complain, paid, respond } from './plaintiff.js'
import { type Bought, claimOf, type Member } from './tracker-member.js'
import type { World } from './tracker-world.js'

let court: Courtroom
let world: World
let buyer: Member
let seller: Member
let rival: Member
let bought: Bought
beforeEach(async () => {
  court = await Courtroom.open()
  ;({ world, buyer, seller, rival, bought } = court)
})
afterEach(() => court.close())

/** Lets the time of all that is told pass. */
async function silence(): Promise<void> {
  world.aheadMs += ANSWER_MS + 1000
  await court.settle()
}

/** A claim of pieces that the buyer signed over. */
const claims = (by: Member, pieces: readonly number[]) =>
  by.claim([claimOf(bought.rid, by.uid, paid(world, buyer, by, bought, pieces))])

test('silence pays a friend what a seller can lose, however often it complains', async () => {
  const before = await court.wealthOf(rival)
  await court.told([0, 1], rival)
  await silence()
  await court.told([2], rival)
  await silence()
  assert.equal((await court.file([3], rival)).reply.code, 'too-many-open', 'n + b - 1 = 3')
  assert.equal(await court.wealthOf(rival), before + 3n * REWARD)
  const had = await court.wealthOf(seller)
  await claims(seller, [3, 4, 5])
  assert.equal(await court.wealthOf(seller), had + 3n * REWARD, 'the rest is left to who is paid')
})

test('what was denied or paid leaves room to complain of the next', async () => {
  await respond(buyer, await court.told([0, 1, 2], rival), 'denial')
  const number = await court.told([3, 4, 5], rival)
  const { proof } = paid(world, buyer, rival, bought, [3, 4, 5])
  await respond(buyer, number, 'payment', { proof })
  assert.equal((await court.file([6, 7, 8], rival)).reply.code, 'ok')
})

test('a piece that silence paid out of the price is not paid again on proof', async () => {
  await claims(rival, [1])
  const before = await court.wealthOf(seller)
  await court.told([1])
  await silence()
  assert.equal(await court.wealthOf(seller), before + REWARD)
  await claims(seller, [1])
  // What is not held any more would come out of what nobody claimed.
  world.aheadMs += 500 * DAY_MS
  await court.settle()
  assert.equal(await court.wealthOf(seller), before + REWARD)
})

test('a piece that is paid out of the price on proof is not paid again for silence', async () => {
  await claims(rival, [1])
  const before = await court.wealthOf(seller)
  const number = await court.told([1])
  await claims(seller, [1])
  await silence()
  assert.equal(await court.wealthOf(seller), before + REWARD)
  assert.deepEqual(await court.stateOf(number), ['settled', 'moot'])
})

test('a seller that forgot a payment is paid by what its buyer shows of it', async () => {
  const before = await court.wealthOf(seller)
  const number = await court.told([1, 2])
  const { proof, receipt } = paid(world, buyer, seller, bought, [1, 2])
  const { entry } = await respond(buyer, number, 'receipt', { proof, receipt })
  assert.equal(entry?.outcome, 'receipt')
  assert.equal(await court.wealthOf(seller), before + 2n * REWARD)
})

test('who complains under a grant keeps its place among those that it was shown', async () => {
  const { store } = world.tracker
  const asked = () =>
    store.read(async (rows) => {
      const grant = await rows.grants.byRid(bought.rid)
      const member = await rows.members.byUid(rival.uid)
      assert.ok(grant !== undefined && member !== undefined)
      return (await rows.grants.named(grant)).find((each) => each.seller === member.id)?.asked
    })
  assert.equal(await asked(), false)
  await court.file([1], rival)
  assert.equal(await asked(), true)
})

test('whoever has more cases than one answer holds is told of all of them in turn', async () => {
  const wide = await world.publish(80, { n: 32, b: 8 })
  for (const each of [seller, rival]) await each.announce(wide.cid, 7001)
  const grant = await buyer.buy(wide)
  for (const by of [seller, rival]) {
    for (let piece = 0; piece < 35; piece++) {
      const { reply } = await complain(by, await bundle(world, by, buyer, grant, [piece]))
      assert.equal(reply.code, 'ok')
    }
  }
  for (let times = 0; times < 2; times++) {
    assert.equal((await casesOf(buyer)).cases.length, CASES_MAX_COUNT)
  }
  const { store } = world.tracker
  const unread = await store.read(async (rows) => {
    return rows.cases.unread((await rows.members.byUid(buyer.uid))?.id ?? 0)
  })
  assert.equal(unread, 0)
})
