/** The tracker is killed in mid-download: trading goes on, claims are delivered when it is back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'

const PIECES = 48
const REWARD = 10_000n

let market: Market
let seller: Program
let house: string

before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * 65_536, pieceLength: 65_536, price: '1', reward: '0.01' },
  })
  house = await market.member('seller')
  await market.member('ann', '5')
  seller = await market.seller('seller')
  await market.limit('seller', '100kB')
})
after(() => market.close())

test('the download finishes without it', async () => {
  const out = market.home('out')
  const ann = market.start('ann', 'get', market.cid, '--out', out, '--yes')
  await ann.until('progress', ({ left }) => Number(left) < PIECES * 65_536)
  await market.stopTracker('SIGKILL')
  const left = ann.events.findLast((event) => event.event === 'progress')?.left
  assert.ok(Number(left) > 0, 'killed before the end')
  await market.limit('seller', '')
  const done = doneOf(await ann.ended)
  assert.deepEqual(done.pieces, { [house]: PIECES })
  assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
})

test('a seller that stops meanwhile loses nothing', async () => {
  const ended = await seller.stop()
  assert.equal(doneOf(ended).earned, String(BigInt(PIECES) * REWARD))
  assert.ok(ended.events.some((event) => event.event === 'claim-delayed'))
  const { events, status, stderr } = await floodgate(market.home('seller'), 'claim')
  assert.equal(status, 1)
  assert.equal(events.at(-1)?.code, 'unreachable')
  assert.match(stderr, /127\.0\.0\.1.*cannot be reached/)
})

test('a seller that goes on claims by itself when it is back', async () => {
  seller = await market.seller('seller')
  await seller.until('claim-delayed')
  await market.startTracker()
  // What was claimed early, before the tracker went, may be answered first.
  const claimed = await seller.until('claimed', ({ pieces }) => Number(pieces) > 0)
  assert.equal(claimed.code, 'ok')
  doneOf(await seller.stop())
  const wallet = doneOf(await floodgate(market.home('seller'), 'wallet'))
  assert.equal(wallet.earned, String(BigInt(PIECES) * REWARD))
  assert.deepEqual([wallet.agrees, wallet.unclaimed, wallet.underWay], [true, 0, 0])
  await market.verify()
})
