/**
 * Peer lists: the bound on named sellers over a grant's life (D5), who is preferred, who is left
 * out, and how soon a member should announce again.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ZERO } from '../../shared/amount.js'
import type { Cid, Uid } from '../../shared/identifier.js'
import {
  ANNOUNCE_EXPIRY_MS,
  ANNOUNCE_INTERVAL_MS,
  ANNOUNCE_YOUNG_INTERVAL_MS,
} from '../../shared/limits.js'
import { SWARM_PRESENCES_MAX_COUNT } from '../../shared/tracker-limits.js'
import { chooseSellers, namedBound } from '../../tracker/peer-list.js'
import { createSwarm, type Presence } from '../../tracker/swarm.js'
import { claimOf, type Member } from './tracker-member.js'
import { World } from './tracker-world.js'

const CID = 'd'.repeat(40) as Cid
const OTHER = 'e'.repeat(40) as Cid
const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))
const presence = (id: number, rest: Partial<Presence> = {}): Presence => ({
  id,
  uid: id.toString(16).padStart(32, '0') as Uid,
  house: false,
  host: '127.0.0.1',
  port: 1000 + id,
  left: 0,
  size: 1000,
  earned: ZERO,
  seenMs: 0,
  ...rest,
})

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

test('the bound is max(4, floor((p + claimed) / (4 (n + b - 1))))', () => {
  assert.equal(namedBound({ pieces: 700, n: 4, b: 8 }, 0), 15)
  assert.equal(namedBound({ pieces: 700, n: 4, b: 8 }, 700), 31)
  assert.equal(namedBound({ pieces: 700, n: 1, b: 1 }, 0), 175)
  assert.equal(namedBound({ pieces: 10, n: 1, b: 1 }, 0), 4)
})

test('whatever comes and goes, a grant never sees more sellers than the bound', () => {
  const crowd = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
  const judge = (rounds: readonly (readonly number[])[], bound: number): void => {
    const named = new Set<number>()
    const seen = new Set<number>()
    for (const ids of rounds) {
      const live = [...new Set(ids)].map((id) => presence(id, { house: id === 1 }))
      const sellers = chooseSellers(live, named, bound, random)
      for (const { id, house } of sellers) {
        if (house) continue
        named.add(id)
        seen.add(id)
      }
      // Who was named before and is there now is still named.
      for (const { id } of live) {
        if (named.has(id)) assert(sellers.some((seller) => seller.id === id))
      }
    }
    assert(seen.size <= bound)
    assert.deepEqual([...seen].sort(), [...named].sort())
  }
  const rounds = fc.array(crowd, { maxLength: 8 })
  fc.assert(fc.property(rounds, fc.integer({ min: 4, max: 20 }), judge), { numRuns: 100 })
})

test('the house comes first and costs no place; seeders before those who miss more', () => {
  const live = [
    presence(1, { left: 500 }),
    presence(2, { left: 0 }),
    presence(3, { house: true, left: 900 }),
    presence(4, { left: 100 }),
  ]
  assert.deepEqual(
    chooseSellers(live, new Set(), 2, random).map(({ id }) => id),
    [3, 2, 4],
  )
})

test('who is silent or has stopped is not live; a young or changing swarm asks again soon', () => {
  const swarm = createSwarm(() => true)
  for (let id = 1; id <= 9; id++) swarm.announce(CID, presence(id))
  assert.equal(swarm.interval(CID, 1000), ANNOUNCE_YOUNG_INTERVAL_MS)
  assert.equal(swarm.interval(CID, 60_000), ANNOUNCE_INTERVAL_MS)
  swarm.announce(CID, presence(9, { seenMs: 60_000 }))
  assert.equal(swarm.interval(CID, 60_000), ANNOUNCE_INTERVAL_MS)
  swarm.announce(CID, presence(10, { seenMs: 61_000 }))
  assert.equal(swarm.interval(CID, 61_000), ANNOUNCE_YOUNG_INTERVAL_MS)
  swarm.leave(CID, 10, 62_000)
  assert.equal(swarm.live(CID, 62_000).length, 9)
  const later = ANNOUNCE_EXPIRY_MS + 1
  assert.deepEqual(
    swarm.live(CID, later).map(({ id }) => id),
    [9],
  )
  assert.equal(swarm.interval(CID, later), ANNOUNCE_YOUNG_INTERVAL_MS)
})

test('full swarms take only who proved its address, until the silent have expired', () => {
  let proved = false
  const swarm = createSwarm(() => proved)
  for (let id = 0; id < SWARM_PRESENCES_MAX_COUNT; id++) swarm.announce(CID, presence(id))
  const present = (nowMs: number): number[] => {
    proved = true
    const ids = swarm.live(OTHER, nowMs).map(({ id }) => id)
    proved = false
    return ids
  }
  swarm.announce(OTHER, presence(-1))
  assert.deepEqual(present(0), [])
  proved = true
  swarm.announce(OTHER, presence(-2))
  assert.deepEqual(present(0), [-2])
  // Who stops, and who is silent, makes room.
  swarm.leave(CID, 0, 0)
  swarm.leave(CID, 1, 0)
  swarm.announce(OTHER, presence(-3))
  swarm.announce(OTHER, presence(-4))
  assert.deepEqual(present(0), [-2, -3])
  swarm.announce(OTHER, presence(-5, { seenMs: ANNOUNCE_EXPIRY_MS + 1 }))
  assert.deepEqual(present(ANNOUNCE_EXPIRY_MS + 1), [-5])
})

test('the named set outlives a restart, and grows with what was claimed', async () => {
  const sold = await world.publish(20)
  const buyer = await world.member('buyer', '2')
  const sellers: Member[] = []
  for (let i = 0; i < 12; i++) sellers.push(await world.member(`seller ${i}`))
  const announce = async (some: readonly Member[]): Promise<void> => {
    for (const [i, seller] of some.entries()) await seller.announce(sold.cid, 7000 + i)
  }
  // (20 + 0) / (4 (1 + 1 - 1)) = 5
  await announce(sellers.slice(0, 6))
  const bought = await buyer.buy(sold)
  const first = new Set(bought.list.sellers.map(({ uid }) => uid))
  assert.equal(first.size, 5)
  await world.stop()
  await world.open()
  // Only others are there now: nobody new may be named.
  await announce(sellers.slice(6))
  const second = await buyer.announce(sold.cid, 6999, { rid: bought.rid })
  assert.deepEqual(second.list?.sellers, [])
  const [uid] = first
  const paid = sellers.find((seller) => seller.uid === uid) as Member
  const pay = buyer.pay(bought, paid.uid, [0, 1, 2, 3, 4, 5, 6, 7])
  await paid.claim([claimOf(bought.rid, paid.uid, pay)])
  // (20 + 8) / 4 = 7: two more.
  const third = await buyer.announce(sold.cid, 6999, { rid: bought.rid })
  assert.equal(third.list?.sellers.length, 2)
})

test('the house is named beside the bound, a stopped seller no longer', async () => {
  const sold = await world.publish(4)
  const house = await world.member('house')
  const seller = await world.member('seller')
  await world.tracker.store.write(async (rows) => {
    const row = await rows.members.byUid(house.uid)
    await rows.members.setHouse(row?.id ?? 0, true)
  })
  await house.announce(sold.cid, 7100)
  await seller.announce(sold.cid, 7101, { left: 5 })
  const buyer = await world.member('buyer', '2')
  const { rid, list } = await buyer.buy(sold)
  assert.deepEqual(
    list.sellers.map(({ uid }) => uid),
    [house.uid, seller.uid],
  )
  await seller.announce(sold.cid, 7101, { event: 'stopped' })
  const next = await buyer.announce(sold.cid, 7102, { rid })
  assert.deepEqual(
    next.list?.sellers.map(({ uid }) => uid),
    [house.uid],
  )
})

test("another member's grant gives no list", async () => {
  const sold = await world.publish(4)
  const buyer = await world.member('buyer', '2')
  const { rid } = await buyer.buy(sold)
  const eve = await world.member('eve')
  await assert.rejects(eve.announce(sold.cid, 7000, { rid }), /unknown-grant/)
  await assert.rejects(eve.announce(CID, 7000), /unknown-cid/)
})
