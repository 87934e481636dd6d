/** Pages of a hash list over HTTP: the very ones that the buyer would give, and to one seller. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { PagesAnswer } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { CLAIM_WINDOW_MS, PURSES_MAX_PIECES } from '../../shared/limits.js'
import { signBody } from '../../shared/wire/messages.js'
import { Shelf } from '../../tracker/shelf.js'
import { type Bought, decodeBody, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const PIECES = 600

let world: World
let sold: Sold
let buyer: Member
let seller: Member
let bought: Bought

beforeEach(async () => {
  world = await World.start()
  sold = await world.publish(PIECES, { price: 20_000_000n as never })
  buyer = await world.member('buyer', '20')
  seller = await world.member('seller')
  bought = await buyer.buy(sold)
})
afterEach(async () => {
  assert.deepEqual(world.errors, [])
  await world.close()
})

const indexes = (pieces: readonly number[]) => pieces as PieceIndex[]

/** What the buyer signs when it asks a seller for pieces. */
function requestFor(to: Member, pieces: readonly number[]): Uint8Array {
  const parties = { rid: bought.rid, cid: sold.cid, buyer: buyer.uid, seller: to.uid }
  const body = { ...parties, counter: 1, pieces: indexes(pieces), time: world.tracker.now() }
  return signBody('request', body, buyer.signer)
}

/** Asks for the pages of pieces, with the request that a buyer made to `to`. */
function ask(by: Member, pieces: readonly number[], to = by) {
  const fields = { rid: bought.rid, request: requestFor(to, pieces), pieces: indexes(pieces) }
  return by.send('pages', { ...by.head(), ...fields })
}

/** The page of a piece as the buyer itself sends it. */
function pageOf(piece: number) {
  const step = { step: 'page', piece: piece as PieceIndex } as const
  const { bytes, page } = must(
    buyer.scheme.payer.pay(bought.purse, seller.uid, undefined, step, buyer.signer),
  )
  return { page, body: Buffer.from(bytes) }
}

const pagesIn = (body: Uint8Array) =>
  decodeBody(PagesAnswer, body).pages.map(({ page, body: bytes }) => ({
    page,
    body: Buffer.from(bytes),
  }))

test('a seller gets the pages that the buyer would send, also after a restart', async () => {
  const wanted = [3, 512, 4, 599]
  const expected = [3, 512].map(pageOf)
  const first = await ask(seller, wanted)
  assert.equal(first.signed, true)
  assert.deepEqual(pagesIn(first.body), expected)
  // From the purse that is kept, then from one made anew.
  assert.deepEqual(pagesIn((await ask(seller, wanted)).body), expected)
  await world.stop()
  await world.open()
  assert.deepEqual(pagesIn((await ask(seller, wanted)).body), expected)
})

test('only the seller of the request gets pages, and none of a closed grant', async () => {
  const other = await world.member('other')
  assert.equal((await ask(other, [3], seller)).code, 'wrong-seller')
  assert.equal((await ask(buyer, [3], seller)).code, 'wrong-seller')
  world.aheadMs = CLAIM_WINDOW_MS + 1
  assert.equal((await ask(seller, [3])).code, 'grant-closed')
})

test('a piece that the content does not have', async () => {
  assert.equal((await ask(seller, [PIECES])).code, 'piece-unknown')
})

test('what nobody used for long makes room, and one alone always fits', () => {
  const shelf = new Shelf<string>(PURSES_MAX_PIECES)
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [Rid, Rid, Rid]
  const half = PURSES_MAX_PIECES / 2
  shelf.put(one, 'one', half)
  shelf.put(two, 'two', half)
  assert.equal(shelf.get(one), 'one')
  shelf.put(three, 'three', half)
  const all = () => [one, two, three].map((rid) => shelf.get(rid))
  assert.deepEqual(all(), ['one', undefined, 'three'])
  shelf.put(two, 'huge', 4 * half)
  assert.deepEqual(all(), [undefined, 'huge', undefined])
})
