/** A seller that takes hash lists from the tracker, and goes on when the tracker is killed. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Market } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'

const PIECES = 300
const PIECE_BYTES = 16_384
const NONE = { pages: 0, bytes: 0 }
const BOTH_PAGES = { pages: 2, bytes: 32 * PIECES }

let market: Market
let seller: Program
let house: string

before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '4', reward: '0.01' },
  })
  house = await market.member('seller')
  await market.member('ann', '5')
  await market.member('bob', '5')
  seller = await market.seller('seller', '--hash-lists', 'tracker')
})
after(() => market.close())

const get = (name: string) =>
  market.start(name, 'get', market.torrent, '--out', market.home(`${name}-out`), '--yes').ended

test('what it is paid is checked by the pages of the tracker, and claimed', async () => {
  const done = doneOf(await get('ann'))
  assert.deepEqual(done.pieces, { [house]: PIECES })
  assert.deepEqual(done.hashPages, { buyer: NONE, tracker: NONE, cache: NONE })
})

test('while the tracker is away it takes those of the buyer, and says so', async () => {
  doneOf(await floodgate(market.home('bob'), 'buy', market.torrent, '--yes'))
  await market.stopTracker('SIGKILL')
  const done = doneOf(await get('bob'))
  assert.deepEqual(done.pieces, { [house]: PIECES })
  const { code, from } = await seller.until('hash-lists')
  assert.deepEqual([code, from], ['unreachable', 'buyer'])
  await market.startTracker()
  const ended = doneOf(await seller.stop())
  assert.deepEqual(ended.hashPages, { buyer: BOTH_PAGES, tracker: BOTH_PAGES, cache: NONE })
  await market.verify()
})

test('another source is wrong usage', async () => {
  const args = ['seed', market.torrent, '--hash-lists', 'friends']
  const { status, stderr } = await floodgate(market.home('seller'), ...args)
  assert.equal(status, 2)
  assert.match(stderr, /--hash-lists takes buyer or tracker, not "friends"/)
})
