/**
 * What convicts by itself, over HTTP and a real database: double spending and complaints against
 * one's own receipts; and who is paid for it out of what.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { COMPLAINTS_MAX_COUNT } from '../../shared/case-limits.js'
import { signBody } from '../../shared/wire/messages.js'
import { Courtroom, DAY_MS, REWARD, WINDOW_MS } from './courtroom.js'
import { bundle, casesOf, complain, paid, request, respond } from './plaintiff.js'
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

test('one piece signed over to two sellers ends the membership and pays the second', async () => {
  const before = await court.wealthOf(rival)
  await seller.claim([claimOf(bought.rid, seller.uid, paid(world, buyer, seller, bought, [1, 2]))])
  const twice = claimOf(bought.rid, rival.uid, paid(world, buyer, rival, bought, [0, 2]))
  const { grants } = await rival.claim([twice])
  assert.deepEqual([grants[0]?.pieces, grants[0]?.alreadyPaid], [[0], [2]])
  await rival.claim([twice])
  const { cases } = await casesOf(rival)
  assert.equal(cases.length, 1, 'one case, however often it is claimed')
  assert.deepEqual([cases[0]?.kind, cases[0]?.state], ['double-spent', 'upheld'])
  const barred = await buyer.send('renew', buyer.head())
  assert.equal(barred.code, 'certificate-revoked')
  await court.balanced()
  world.aheadMs += WINDOW_MS + 1000
  await court.settle()
  assert.equal(
    await court.wealthOf(rival),
    before + 2n * REWARD,
    'one by the claim, one by the verdict',
  )
  assert.deepEqual(await court.stateOf(cases[0]?.number ?? 0, rival), ['paid', 'double-spent'])
})

test('double spending among friends is no rebate, and hides behind no number', async () => {
  const friends = await Promise.all(Array.from({ length: 10 }, (_, at) => world.member(`f${at}`)))
  for (const [piece, friend] of friends.entries()) {
    await friend.claim([claimOf(bought.rid, friend.uid, buyer.pay(bought, friend.uid, [piece]))])
  }
  const [first, second] = friends as [Member, Member]
  await second.claim([claimOf(bought.rid, second.uid, buyer.pay(bought, second.uid, [1, 0]))])
  const all = Array.from({ length: 10 }, (_, piece) => piece)
  const before = await court.wealthOf(seller)
  await seller.claim([claimOf(bought.rid, seller.uid, paid(world, buyer, seller, bought, all))])
  assert.equal((await casesOf(first)).cases.length, 0)
  world.aheadMs += WINDOW_MS + 1000
  await court.settle()
  assert.equal(await court.wealthOf(second), REWARD, 'what it claimed, and nothing of the price')
  assert.equal(await court.wealthOf(seller), before + 10n * REWARD, 'all of it, by two files')
})

test('of a price that is all rewards the second is paid at the end', async () => {
  const dear = await world.publish(20, { price: 200_000n as never, complaint: WINDOW_MS })
  await rival.announce(dear.cid, 7001)
  const grant = await buyer.buy(dear)
  const before = await court.wealthOf(rival)
  await seller.claim([claimOf(grant.rid, seller.uid, buyer.pay(grant, seller.uid, [1]))])
  await rival.claim([claimOf(grant.rid, rival.uid, buyer.pay(grant, rival.uid, [1]))])
  world.aheadMs += WINDOW_MS + 1000
  await court.settle()
  assert.equal(await court.wealthOf(rival), before, 'nothing is held of this price')
  await court.balanced()
  world.aheadMs += 500 * DAY_MS
  await court.settle()
  assert.equal(await court.wealthOf(rival), before + REWARD)
  assert.equal(await court.balanceOf(`carrier:${dear.cid}`), 18n * REWARD)
})

test('complaints against own receipts on and on end a membership; a backup does not', async () => {
  const pieces: number[] = []
  const refuted = async () => {
    const piece = pieces.push(pieces.length) - 1
    const { entry } = await court.file([piece])
    assert.ok(entry !== undefined)
    const { proof, receipt } = paid(world, buyer, seller, bought, pieces)
    await respond(buyer, entry.number, 'receipt', { proof, receipt })
  }
  for (let times = 0; times < 4; times++) await refuted()
  assert.equal((await seller.send('renew', seller.head())).code, 'ok', 'nobody had told it')
  for (let times = 0; times < 2; times++) {
    await casesOf(seller)
    world.aheadMs += DAY_MS
    await refuted()
  }
  assert.equal((await seller.send('renew', seller.head())).code, 'certificate-revoked')
})

test('nobody hides from proof behind complaints that it was not told of', async () => {
  const { sold } = court
  await rival.announce(sold.cid, 7001)
  const refuted = async (grant: Bought, by: Member) => {
    const asked = request(world, by, seller.uid, grant, [1])
    const { entry } = await complain(seller, await bundle(world, seller, by, grant, [1], asked))
    assert.ok(entry !== undefined)
    const parties = { rid: grant.rid, buyer: by.uid, seller: seller.uid }
    const said = { counter: entry.counter ?? 0, pieces: [1 as never] }
    const time = world.tracker.now() - 3_600_000
    const release = signBody('release', { ...parties, ...said, time }, seller.signer)
    await respond(by, entry.number, 'receipt', { release })
  }
  for (let times = 0; times < COMPLAINTS_MAX_COUNT; times++) await refuted(bought, buyer)
  const other = await world.member('other', '5')
  const grant = await other.buy(sold)
  await refuted(grant, other)
  for (let times = 0; times < 2; times++) {
    await casesOf(seller)
    world.aheadMs += DAY_MS
    await refuted(grant, other)
  }
  assert.equal((await seller.send('renew', seller.head())).code, 'certificate-revoked')
})
