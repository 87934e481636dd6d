/**
 * Who is named first: earnings that nobody has for nothing, and places for new sellers (design D5).
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Amount } from '../../shared/amount.js'
import type { Uid } from '../../shared/identifier.js'
import { PLACES_PER_NEWCOMER } from '../../shared/tracker-limits.js'
import { chooseSellers } from '../../tracker/peer-list.js'
import { inOrder } from '../../tracker/ranking.js'
import type { Presence } from '../../tracker/swarm.js'
import { claimOf } from './tracker-member.js'
import { World } from './tracker-world.js'

/** The same numbers in every run. */
function dice(seed: string): (bytes: number) => Uint8Array {
  let count = 0
  return (bytes) =>
    createHash('shake256', { outputLength: bytes }).update(`${seed} ${count++}`).digest()
}

const earning = (id: number, earned: bigint, rest: Partial<Presence> = {}): Presence => ({
  id,
  uid: id.toString(16).padStart(32, '0') as Uid,
  house: false,
  host: `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}`,
  port: 6881,
  left: 0,
  size: 1000,
  earned: earned as Amount,
  seenMs: 0,
  ...rest,
})
const ids = (some: readonly Presence[]): number[] => some.map(({ id }) => id)
const crowd = (from: number, count: number, earned = 0n, rest: Partial<Presence> = {}) =>
  Array.from({ length: count }, (_, i) => earning(from + i, earned, rest))

test('three of four places are for who has carried, the fourth for who has not', () => {
  const order = ids(inOrder([...crowd(1, 8, 5n), ...crowd(100, 8)], 0, dice('places')))
  const newcomers = order.map((id) => id >= 100)
  assert.deepEqual(newcomers.slice(0, 8), [false, false, false, true, false, false, false, true])
  // What was taken before counts: the next place is the fourth.
  const [next] = inOrder([...crowd(1, 8, 5n), ...crowd(100, 8)], 3, dice('places'))
  assert((next?.id ?? 0) >= 100)
})

test('whatever the crowd, everybody comes once and newcomers keep their places', () => {
  const sizes = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(50))
  fc.assert(
    fc.property(sizes, ([known, fresh, taken]) => {
      const order = ids(inOrder([...crowd(1, known, 9n), ...crowd(100, fresh)], taken, dice('all')))
      assert.equal(new Set(order).size, known + fresh)
      for (const [at, id] of order.entries()) {
        const left = order.slice(at)
        const due = (taken + at + 1) % PLACES_PER_NEWCOMER === 0
        if (due && left.some((each) => each >= 100)) assert(id >= 100)
        if (!due && left.some((each) => each < 100)) assert(id < 100)
      }
    }),
  )
})

test('who has earned more comes first more often, and splitting earnings gains nothing', () => {
  const rolls = dice('lots')
  const wins = { one: 0, split: 0 }
  for (let i = 0; i < 2000; i++) {
    const [first] = inOrder([earning(1, 100n), ...crowd(2, 100, 1n)], 0, rolls)
    if (first?.id === 1) wins.one++
    else wins.split++
  }
  // Both earned the same; four standard deviations are 90.
  assert(Math.abs(wins.one - wins.split) < 180, JSON.stringify(wins))
})

test('a thousand accounts on one network have one place before others have theirs', () => {
  const fakes = crowd(1000, 1000, 0n, { host: '198.51.100.9' })
  const v6 = Array.from({ length: 100 }, (_, i) => {
    return earning(5000 + i, 0n, { host: `2001:db8:1:2::${i + 1}` })
  })
  const honest = crowd(1, 6)
  const order = ids(inOrder([...fakes, ...v6, ...honest], 0, dice('sybils')))
  assert.equal(order.slice(0, 8).filter((id) => id < 1000).length, 6)
  const named = chooseSellers([...fakes, ...honest, ...crowd(50, 6, 7n)], new Set(), 8, dice('x'))
  assert.equal(named.filter(({ id }) => id < 100).length >= 7, true)
})

test('nor has a whole IPv6 site, however many networks are routed to it', () => {
  const fakes = Array.from({ length: 1000 }, (_, i) => {
    return earning(5000 + i, 0n, { host: `2001:db8:1:${i.toString(16)}::1` })
  })
  const neighbour = earning(7, 0n, { host: '2001:db8:2:1::1' })
  const order = ids(inOrder([...fakes, ...crowd(1, 6), neighbour], 0, dice('site')))
  assert.equal(order.slice(0, 8).filter((id) => id < 1000).length, 7)
})

test('who has nothing of the content yet is nobody who carries it', () => {
  const empty = earning(1, 1_000_000n, { left: 1000 })
  assert.deepEqual(ids(inOrder([empty, earning(2, 1n)], 0, dice('empty'))), [2, 1])
})

test('a seller that claimed is named before newcomers that came earlier', async () => {
  const world = await World.start()
  try {
    const sold = await world.publish(16)
    const [veteran, ...fresh] = await Promise.all(
      ['veteran', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => world.member(name)),
    )
    assert(veteran !== undefined)
    const first = await world.member('first', '2')
    const bought = await first.buy(sold)
    const pay = first.pay(bought, veteran.uid, [0, 1, 2])
    await veteran.claim([claimOf(bought.rid, veteran.uid, pay)])
    for (const member of fresh) await member.announce(sold.cid, 7000)
    await veteran.announce(sold.cid, 7001)
    for (let i = 0; i < 5; i++) {
      const { list } = await (await world.member(`buyer ${i}`, '2')).buy(sold)
      assert.equal(list.sellers[0]?.uid, veteran.uid)
      assert.equal(list.sellers.length, 4)
    }
  } finally {
    await world.close()
  }
})
