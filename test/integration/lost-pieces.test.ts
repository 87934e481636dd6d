/**
 * Pieces that went bad on the disk, and a grant that ended too early: who brings them back, and
 * what it costs, with the programs as they are (D8, D9).
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'

const PIECES = 24
const PIECE_BYTES = 16_384
const REWARD = 10_000n
const PRICE = 1_000_000n
const LOST = [0, 5, 6, 23]
const PATIENCE = ['--request-timeout', '1s']

/** A provider with one content and a buyer with money. */
async function open(t: TestContext, publish: readonly string[] = []): Promise<Market> {
  const market = await Market.open(
    { ...{ bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES }, price: '1', reward: '0.01' },
    { publish },
  )
  t.after(() => market.close())
  await market.member('ann', '5')
  for (const name of ['bob', 'carol']) await market.member(name)
  return market
}

const fileOf = (market: Market): string => join(market.home('ann-out'), 'content.bin')

/** A seller's own copy of the content. */
async function seller(market: Market, name: string, ...more: string[]): Promise<Program> {
  return market.seller(name, '--data', market.folder, ...more)
}

function get(market: Market, ...more: string[]): Program {
  return market.start('ann', 'get', market.cid, '--out', market.home('ann-out'), ...more)
}

/** Changes one byte of each of these pieces on ann's disk. */
function spoil(market: Market, pieces: readonly number[]): void {
  const file = readFileSync(fileOf(market))
  for (const piece of pieces)
    file.writeUInt8(file.readUInt8(piece * PIECE_BYTES) ^ 255, piece * PIECE_BYTES)
  writeFileSync(fileOf(market), file)
}

/** What ann has spent by the tracker's account, which must agree with her wallet. */
async function spent(market: Market): Promise<bigint> {
  const wallet = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.equal(wallet.agrees, true)
  return BigInt(String(wallet.spent))
}

const whole = (market: Market) =>
  assert.equal(sha256Of(readFileSync(fileOf(market))), market.sha256)

test('the seller that was paid sends lost pieces again, and nobody pays', async (t) => {
  const market = await open(t)
  const bob = await seller(market, 'bob')
  doneOf(await get(market, '--yes').ended)
  spoil(market, LOST)
  const again = doneOf(await get(market).ended)
  whole(market)
  assert.equal(again.paid, String(PRICE))
  assert.equal(await spent(market), PRICE)
  const sold = doneOf(await bob.stop()).earned
  assert.equal(sold, String(BigInt(PIECES) * REWARD))
  await market.verify()
})

test('when that seller is gone the pieces are bought alone, once it was agreed to', async (t) => {
  const market = await open(t)
  const bob = await seller(market, 'bob')
  doneOf(await get(market, '--yes').ended)
  doneOf(await bob.stop())
  spoil(market, LOST)
  const carol = await seller(market, 'carol')
  const unasked = await get(market, ...PATIENCE).ended
  const last = unasked.events.at(-1)
  assert.deepEqual([unasked.status, last?.code], [1, 'not-confirmed'])
  assert.match(String(last?.message), /--yes to pay 0\.04 /)
  assert.equal(await spent(market), PRICE)
  const mended = await get(market, '--yes', ...PATIENCE).ended
  doneOf(mended)
  whole(market)
  const offer = mended.events.find(({ event }) => event === 'offer')
  assert.deepEqual([offer?.pieces, offer?.price], [LOST.length, String(4n * REWARD)])
  assert.equal(await spent(market), PRICE + 4n * REWARD)
  assert.equal(doneOf(await carol.stop()).earned, String(4n * REWARD))
  doneOf(await get(market).ended)
  assert.equal(await spent(market), PRICE + 4n * REWARD, 'what is complete costs nothing more')
  await market.verify()
})

test('kill -9 while lost pieces are bought: they are bought once', async (t) => {
  const market = await open(t)
  const bob = await seller(market, 'bob')
  doneOf(await get(market, '--yes').ended)
  doneOf(await bob.stop())
  spoil(market, LOST)
  const first = get(market, '--yes', ...PATIENCE)
  await first.until('offer')
  await first.stop('SIGKILL')
  const second = get(market, '--yes', ...PATIENCE)
  const carol = await seller(market, 'carol')
  doneOf(await second.ended)
  whole(market)
  assert.equal(await spent(market), PRICE + 4n * REWARD)
  doneOf(await carol.stop())
  await market.verify()
})

test('a download whose grant ends goes on by pieces, not by the price again', async (t) => {
  const market = await open(t, ['--spend-window', '3s', '--claim-window', '1h'])
  const bob = await seller(market, 'bob', '--up-limit', '64KB')
  const download = get(market, '--yes', ...PATIENCE)
  await download.until('offer', ({ pieces }) => pieces !== undefined)
  const carol = await seller(market, 'carol')
  const ended = await download.ended
  doneOf(ended)
  whole(market)
  const offers = ended.events.filter(({ event }) => event === 'offer')
  assert.equal(offers[0]?.price, String(PRICE))
  const pieces = offers.slice(1).map((offer) => BigInt(Number(offer.pieces)))
  assert.ok(pieces.every((count) => count > 0n && count <= PIECES))
  const more = pieces.reduce((sum, count) => sum + count, 0n) * REWARD
  assert.equal(await spent(market), PRICE + more)
  doneOf(await carol.stop())
  doneOf(await bob.stop())
  await market.verify()
})
