/**
 * Named sellers that a grant never asked: replaced without using up a place, but only when no list
 * that names them is good any more, and never by the buyer's word (D5).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rid } from '../../shared/identifier.js'
import {
  ANNOUNCE_INTERVAL_MS,
  CLOCK_SKEW_MAX_MS,
  NAMED_SELLERS_MIN_COUNT,
  PEER_LIST_MAX_AGE_MS,
} from '../../shared/limits.js'
import { NAMED_REFRESH_MS } from '../../shared/tracker-limits.js'
import { wasNamed } from '../../tracker/case-files.js'
import { claimOf, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const BOUND = NAMED_SELLERS_MIN_COUNT

/** Sellers of a small content, so many as a grant may be named, and others that come later. */
async function stage(world: World) {
  const sold = await world.publish(8, { n: 1, b: 1 })
  const member = (name: string) => world.member(name)
  const sellers = await Promise.all([...'abcd'].map(member))
  const others = await Promise.all([...'efgh'].map(member))
  const buyer = await world.member('buyer', '9')
  for (const seller of sellers) await seller.announce(sold.cid, 7000)
  const bought = await buyer.buy(sold)
  assert.equal(bought.list.sellers.length, BOUND)
  return { sold, sellers, others, buyer, bought, rid: bought.rid }
}

async function announceAll(sold: Sold, members: readonly Member[]): Promise<void> {
  for (const member of members) await member.announce(sold.cid, 7000)
}

async function namedNow(sold: Sold, buyer: Member, rid: Rid): Promise<string[]> {
  const { list } = await buyer.announce(sold.cid, 7001, { rid, left: 1 })
  return (list?.sellers ?? []).map(({ uid }) => uid)
}

/** A seller says under which grants it was asked. */
async function tell(seller: Member, { cid }: Sold, rids: readonly Rid[]): Promise<void> {
  const call = { ...seller.head(), cid, port: 7000, left: 0, event: '', asked: rids }
  assert.equal((await seller.send('announce', call)).code, 'ok')
}

test('who was never asked is replaced once every list that names it is too old', async () => {
  const world = await World.start()
  try {
    const { sold, others, buyer, rid } = await stage(world)
    world.aheadMs += 23 * HOUR_MS
    await announceAll(sold, others)
    assert.deepEqual(await namedNow(sold, buyer, rid), [], 'its lists of yesterday are still good')
    world.aheadMs += 3 * HOUR_MS
    await announceAll(sold, others)
    const now = await namedNow(sold, buyer, rid)
    assert.deepEqual(now.sort(), others.map(({ uid }) => uid).sort())
  } finally {
    await world.close()
  }
})

test('who is asked on the last of such lists has time to tell of it', async () => {
  const world = await World.start()
  try {
    const { sold, sellers, others, buyer, rid } = await stage(world)
    // Named again while the date of the last list is recent: so it is not written anew.
    world.aheadMs += NAMED_REFRESH_MS - MINUTE_MS
    await announceAll(sold, sellers)
    assert.equal((await namedNow(sold, buyer, rid)).length, BOUND)
    world.aheadMs += PEER_LIST_MAX_AGE_MS + CLOCK_SKEW_MAX_MS - MINUTE_MS
    // They are asked now, by clocks that go slow, and one announce of theirs is lost.
    const told = 2 * ANNOUNCE_INTERVAL_MS
    world.aheadMs += told - MINUTE_MS
    await announceAll(sold, others)
    assert.deepEqual(await namedNow(sold, buyer, rid), [], 'the buyer is before them')
    world.aheadMs += MINUTE_MS
    for (const seller of sellers) await tell(seller, sold, [rid])
    world.aheadMs += 3 * HOUR_MS
    await announceAll(sold, others)
    assert.deepEqual(await namedNow(sold, buyer, rid), [])
  } finally {
    await world.close()
  }
})

test('who told of a request, or claimed, keeps its place for the life of the grant', async () => {
  const world = await World.start()
  try {
    const { sold, sellers, others, buyer, bought, rid } = await stage(world)
    const [asked, paid] = sellers as [Member, Member]
    await tell(asked, sold, [rid])
    const payments = buyer.pay(bought, paid.uid, [3])
    const claimed = await paid.claim([claimOf(rid, paid.uid, payments)])
    assert.equal(claimed.grants[0]?.code, 'ok')
    world.aheadMs += 30 * HOUR_MS
    await announceAll(sold, others)
    assert.equal((await namedNow(sold, buyer, rid)).length, BOUND - 2)
  } finally {
    await world.close()
  }
})

test('who tells too late takes its place all the same, and was named for good', async () => {
  const world = await World.start()
  try {
    const { sold, sellers, others, buyer, rid } = await stage(world)
    // The tracker was away, or they were: nobody told of what the buyer asked.
    world.aheadMs += 30 * HOUR_MS
    await announceAll(sold, others.slice(0, 2))
    assert.equal((await namedNow(sold, buyer, rid)).length, 2)
    const [first] = sellers as [Member]
    const grant = await world.tracker.store.read((rows) => rows.grants.byRid(rid))
    const known = await world.tracker.store.read((rows) => rows.members.byUid(first.uid))
    assert(grant !== undefined && known !== undefined)
    const was = await world.tracker.store.read((rows) => wasNamed(rows, grant, known))
    assert.equal(was, true, 'a debt to it can be paid by letter')
    for (const seller of sellers) await tell(seller, sold, [rid])
    await announceAll(sold, others)
    const now = await namedNow(sold, buyer, rid)
    const inTime = [...sellers, ...others.slice(0, 2)].map(({ uid }) => uid)
    assert.deepEqual(now.sort(), inTime.sort(), 'there is no place for more')
  } finally {
    await world.close()
  }
})

test('a seller that no list named tells of nothing, and a buyer cannot free a place', async () => {
  const world = await World.start()
  try {
    const { sold, sellers, others, buyer, rid } = await stage(world)
    await tell(others[0] as Member, sold, [rid, 'ff'.repeat(16) as Rid])
    for (const seller of sellers) await tell(seller, sold, [rid])
    await tell(buyer, sold, [rid])
    world.aheadMs += 30 * HOUR_MS
    await announceAll(sold, others)
    assert.deepEqual(await namedNow(sold, buyer, rid), [])
  } finally {
    await world.close()
  }
})

test('a seller that goes on being named is not replaced, asked or not', async () => {
  const world = await World.start()
  try {
    const { sold, sellers, others, buyer, rid } = await stage(world)
    for (let hours = 0; hours < 40; hours += 8) {
      world.aheadMs += 8 * HOUR_MS
      await announceAll(sold, [...sellers, ...others])
      const now = await namedNow(sold, buyer, rid)
      assert.deepEqual(now.sort(), sellers.map(({ uid }) => uid).sort())
    }
  } finally {
    await world.close()
  }
})
