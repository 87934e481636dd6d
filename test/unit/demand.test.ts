/**
 * Demand in the signed catalogue: purchases, who fetches now, and how long downloads take.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Catalogue } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import { openProviderString } from '../../shared/keyring.js'
import { API_ANSWER_MAX_BYTES } from '../../shared/limits.js'
import { DEMAND_DOWNLOADS_COUNT, DEMAND_REFRESH_MS } from '../../shared/tracker-limits.js'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../shared/units.js'
import { decode } from '../../shared/wire/record.js'
import type { Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const PIECES = 8
const SIZE = PIECES * 16_384

let world: World
let people = 0
before(async () => {
  world = await World.start()
})
after(() => world.close())

/** What the catalogue says of a content, counted anew. */
async function shown({ cid }: Sold) {
  world.aheadMs += DEMAND_REFRESH_MS
  const response = await fetch(`${world.url}/fg/v1/catalogue?q=`)
  const { keyring } = world.tracker.authority
  const signed = new Uint8Array(await response.arrayBuffer())
  const payload = must(openProviderString('catalogue', signed, keyring, API_ANSWER_MAX_BYTES))
  const { contents } = must(decode(Catalogue, payload, API_ANSWER_MAX_BYTES))
  const entry = contents.find((each) => each.cid === cid)
  assert.ok(entry !== undefined)
  const { day, downloaders, expected, sellers, week } = entry
  return { day, week, sellers, downloaders, expected }
}

/** Somebody new that buys a content; a member calls from one port. */
async function buyer(sold: Sold) {
  const member = await world.member(`buyer ${people++}`, '5')
  const bought = await member.buy(sold)
  const port = 7000 + people
  const announce = (left: number, event = '') =>
    member.announce(sold.cid, port, { rid: bought.rid, left, event })
  return { member, bought, announce }
}

/** Lets a buyer fetch everything in so many seconds. */
async function fetched(sold: Sold, seconds: number, left = SIZE): Promise<void> {
  const { announce } = await buyer(sold)
  await announce(left, 'started')
  world.aheadMs += seconds * SECOND_MS
  await announce(0, 'completed')
  await announce(0, 'stopped')
}

test('nothing is known of a content that nobody bought', async () => {
  const none = { day: 0, week: 0, sellers: 0, downloaders: 0, expected: undefined }
  assert.deepEqual(await shown(await world.publish(PIECES)), none)
})

test('purchases count for a day and for a week, pieces bought alone do not', async () => {
  const sold = await world.publish(PIECES)
  const one = await buyer(sold)
  await one.member.supplement(sold, [3])
  world.aheadMs += 2 * DAY_MS
  await buyer(sold)
  const { day, week } = await shown(sold)
  assert.deepEqual([day, week], [1, 2])
  world.aheadMs += 5 * DAY_MS + HOUR_MS
  const later = await shown(sold)
  assert.deepEqual([later.day, later.week], [0, 1])
})

test('who fetches is told beside who can be fetched from', async () => {
  const sold = await world.publish(PIECES)
  const [one, two] = [await buyer(sold), await buyer(sold)]
  await one.announce(SIZE, 'started')
  await two.announce(SIZE, 'started')
  const both = await shown(sold)
  assert.deepEqual([both.sellers, both.downloaders], [2, 2])
  await two.announce(0, 'completed')
  const half = await shown(sold)
  assert.deepEqual([half.sellers, half.downloaders], [2, 1])
  await one.announce(100, 'stopped')
  const after = await shown(sold)
  assert.deepEqual([after.sellers, after.downloaders], [1, 0])
})

test('the expected time is the median of the last downloads', async () => {
  const sold = await world.publish(PIECES)
  await fetched(sold, 90)
  const first = (await shown(sold)).expected ?? 0
  assert.ok(first >= 90 && first < 95, `${first}`)
  await fetched(sold, 10)
  await fetched(sold, 40)
  const middle = (await shown(sold)).expected ?? 0
  assert.ok(middle >= 40 && middle < 45, `${middle}`)
  for (let count = 0; count < DEMAND_DOWNLOADS_COUNT; count++) await fetched(sold, 7)
  const newest = (await shown(sold)).expected ?? 0
  assert.ok(newest >= 7 && newest < 12, `old downloads are forgotten: ${newest}`)
  const kept = await world.tracker.store.read((rows) => rows.demand.finished())
  const { id } = (await world.tracker.store.read((rows) => rows.catalog.byCid(sold.cid))) ?? {}
  assert.equal(kept.filter(({ content }) => content === id).length, DEMAND_DOWNLOADS_COUNT)
})

test('half a download counts as for the whole, less than half not at all', async () => {
  const sold = await world.publish(PIECES)
  await fetched(sold, 30, SIZE / 4)
  assert.equal((await shown(sold)).expected, undefined)
  await fetched(sold, 30, SIZE / 2)
  const expected = (await shown(sold)).expected ?? 0
  assert.ok(expected >= 60 && expected < 66, `${expected}`)
})

test('a night between two halves says nothing', async () => {
  const sold = await world.publish(PIECES)
  const { announce } = await buyer(sold)
  await announce(SIZE, 'started')
  await announce(SIZE * 0.75, 'stopped')
  world.aheadMs += 8 * HOUR_MS
  await announce(SIZE * 0.75, 'started')
  world.aheadMs += 3 * SECOND_MS
  await announce(0)
  const expected = (await shown(sold)).expected ?? 0
  assert.ok(expected >= 4 && expected < 10, `${expected}`)
})

test('who was killed and starts again is counted from there', async () => {
  const sold = await world.publish(PIECES)
  const { announce } = await buyer(sold)
  await announce(SIZE, 'started')
  world.aheadMs += 8 * HOUR_MS
  await announce(SIZE, 'started')
  await announce(SIZE / 2)
  world.aheadMs += 12 * SECOND_MS
  await announce(0, 'stopped')
  const expected = (await shown(sold)).expected ?? 0
  assert.ok(expected >= 12 && expected < 18, `${expected}`)
})

test('a stranger that announces has bought nothing, and counts for nothing', async () => {
  const sold = await world.publish(PIECES)
  const member = await world.member('stranger')
  await member.announce(sold.cid, 6999, { left: SIZE, event: 'started' })
  world.aheadMs += SECOND_MS
  await member.announce(sold.cid, 6999, { left: 0, event: 'completed' })
  assert.equal((await shown(sold)).expected, undefined)
})
