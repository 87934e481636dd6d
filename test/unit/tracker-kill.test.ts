/**
 * kill -9 of a serving tracker in the middle of purchases and claims: after the restart every call
 * has happened wholly or not at all, and asking again brings everything to its end exactly once.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf, Member, type Served } from './tracker-member.js'
import { serve } from './tracker-process.js'
import { World } from './tracker-world.js'

const ROUNDS_COUNT = 6
const BUYERS_COUNT = 4

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

test('a tracker killed at any moment has charged and paid once, or not yet', async () => {
  const sold = await world.publish(12)
  const people = []
  for (let i = 0; i < BUYERS_COUNT; i++) {
    const buyer = await world.member(`buyer ${i}`, '2')
    people.push({ buyer, id: new Uint8Array(randomBytes(16)) })
  }
  const seller = await world.member('seller')
  // From here on another process serves the same home; ours only reads.
  const served: { -readonly [K in keyof Served]: Served[K] } = { tracker: world.tracker, url: '' }
  const move = (member: Member): Member =>
    Object.assign(new Member(served, member.name), { ...member, world: served })
  const moved = people.map(({ buyer, id }) => ({ buyer: move(buyer), id }))
  const earner = move(seller)
  const business = async (buyer: Member, id: Uint8Array): Promise<void> => {
    const bought = await buyer.buy(sold, id)
    const paid = buyer.pay(bought, earner.uid, [0, 1, 2])
    await earner.claim([claimOf(bought.rid, earner.uid, paid)])
  }
  for (let round = 0; round < ROUNDS_COUNT; round++) {
    const serving = await serve(world.home.folder)
    served.url = `http://127.0.0.1:${serving.port}`
    const work = moved.map(({ buyer, id }) => business(buyer, id).catch(() => undefined))
    await sleep(round * 12)
    await serving.stop('SIGKILL')
    await Promise.all(work)
    assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  }
  const serving = await serve(world.home.folder)
  served.url = `http://127.0.0.1:${serving.port}`
  for (const { buyer, id } of moved) await business(buyer, id)
  assert.equal((await serving.stop('SIGINT')).code, 0)
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const balances = await world.balances()
  assert.equal(balances[`member:${seller.uid}:pending`], BigInt(BUYERS_COUNT * 3) * 10_000n)
  for (const { buyer } of people) {
    assert.equal(balances[`member:${buyer.uid}:spendable`], undefined)
  }
})
