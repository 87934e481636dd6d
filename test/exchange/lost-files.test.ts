/**
 * Files that were paid and went bad on the disk, over real sockets: who sends them again, and what
 * that costs (D8).
 */
import assert from 'node:assert/strict'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { FINGERPRINT } from '../contract/provider.js'
import { at, folder, makeContent, writeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'
import { earnedFrom, Market, startTrader, type Trader } from './market.js'
import { spoil } from './spoil.js'

const PIECE_BYTES = 16 * 1024
const PIECES = 60
const content = makeContent({ 'film.bin': PIECES * PIECE_BYTES }, PIECE_BYTES)

/** A buyer that has paid one seller for everything, and has stopped. */
async function bought(t: TestContext, market: Market): Promise<{ seller: Trader; buyer: Trader }> {
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  return { seller, buyer }
}

/** What the buyer's wallet says it paid. */
const paidBy = (trader: Trader, market: Market) =>
  trader.wallet
    .history(FINGERPRINT)
    .paidPieces(market.facts(trader.party).rid)
    .sort((a, b) => a.piece - b.piece)

test('pieces that went bad come again from the paid seller and cost nothing', async (t) => {
  const market = new Market(content, floodgate)
  const { seller, buyer } = await bought(t, market)
  const paid = paidBy(buyer, market)
  const lost = [0, 7, 8, 9, 31, PIECES - 1]
  await spoil(buyer.folder, PIECE_BYTES, lost)
  const { folder } = buyer
  const again = await startTrader(t, market, 'buyer', { buysFrom: [seller.party], folder })
  assert.equal(again.swarm.stats().have, PIECES - lost.length, 'the recheck finds them')
  again.swarm.addPeers([at(seller)])
  await again.done
  await again.stop()
  await seller.stop()
  assert.deepEqual(await wrongFiles(content, folder), [])
  assert.deepEqual(paidBy(again, market), paid)
  assert.equal(earnedFrom(seller, market, buyer.party).length, PIECES)
  const books = seller.wallet
    .history(FINGERPRINT)
    .seller(market.facts(buyer.party).rid, buyer.party.uid)
  assert.deepEqual(
    books.resent.map(({ piece, tries }) => [piece, tries]),
    lost.map((piece) => [piece, 1]),
  )
  assert.deepEqual([books.owed, books.forgiven, books.runs], [[], [], []])
})

test('a file that goes while it is sold comes again from the paid seller, free', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await truncate(join(buyer.folder, 'film.bin'), 10 * PIECE_BYTES)
  const other = await startTrader(t, market, 'other', { buysFrom: [buyer.party] })
  other.swarm.addPeers([at(buyer)])
  await other.done
  await until('what was lost', () => buyer.swarm.stats().have === PIECES)
  await Promise.all([other.stop(), buyer.stop(), seller.stop()])
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.deepEqual(await wrongFiles(content, other.folder), [])
  const paid = paidBy(buyer, market)
  assert.deepEqual(
    paid.map(({ piece }) => piece),
    [...Array(PIECES).keys()],
  )
  assert.ok(paid.every((each) => each.seller === seller.party.uid))
  assert.equal(earnedFrom(seller, market, buyer.party).length, PIECES)
})

test('a lost piece that waits makes no run of other pieces too long', async (t) => {
  const market = new Market(content, floodgate)
  const half = Array.from({ length: PIECES / 2 }, (_, at) => at + PIECES / 2)
  const shop = await folder(t)
  await writeContent(content, shop)
  await spoil(shop, PIECE_BYTES, half)
  const first = await startTrader(t, market, 'seller', { folder: shop })
  const before = await startTrader(t, market, 'buyer', { buysFrom: [first.party] })
  before.swarm.addPeers([at(first)])
  await until('all that the seller has', () => before.swarm.stats().have >= half.length)
  await before.stop()
  await first.stop()
  await before.wallet.close()
  await first.wallet.close()
  await writeContent(content, shop)
  await spoil(before.folder, PIECE_BYTES, [3])
  await spoil(shop, PIECE_BYTES, [3])
  const seller = await startTrader(t, market, 'seller', { folder: shop })
  const { folder: inside } = before
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party], folder: inside })
  buyer.swarm.addPeers([at(seller)])
  await until('all but one', () => buyer.swarm.missing <= 1)
  const refusals = buyer.events.filter(({ event }) => event === 'refused')
  assert.deepEqual(refusals, [])
  assert.equal(buyer.swarm.missing, 1, 'the seller has lost the piece, too')
})
