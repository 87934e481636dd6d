/**
 * One content under several grants at once, and the end of a paid download: each piece is paid once
 * by the grant whose turn it is, and one that a seller sits on goes to another (D7, D8).
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { FINGERPRINT, type Party, party } from '../contract/provider.js'
import { at, makeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'
import { bought, earnedFrom, Market, startTrader, type Trader } from './market.js'
import { spoil } from './spoil.js'

const PIECE_BYTES = 16 * 1024
const PIECES = 30
const content = makeContent({ 'film.bin': PIECES * PIECE_BYTES }, PIECE_BYTES)
const all = [...Array(PIECES).keys()]

/** Pieces that the buyer paid under its whole grant, or under one for some pieces. */
function paidUnder(trader: Trader, market: Market, only?: readonly number[]): number[] {
  const { rid } = market.facts(trader.party, only)
  const paid = trader.wallet.history(FINGERPRINT).paidPieces(rid)
  return paid.map(({ piece }) => piece).sort((a, b) => a - b)
}

/** A buyer that holds the whole grant and one for some pieces, and knows these sellers. */
async function holder(
  t: TestContext,
  market: Market,
  sellers: readonly Party[],
  only: readonly number[],
  folder?: string,
): Promise<Trader> {
  const buyer = party('buyer')
  const both = [bought(market, buyer, sellers), bought(market, buyer, sellers, only)]
  const options = { grants: both, requestTimeoutMs: 500 }
  return startTrader(t, market, 'buyer', { options, ...(folder === undefined ? {} : { folder }) })
}

/** A seller, and a buyer that has everything from it; both are gone again. */
async function orphan(t: TestContext, market: Market): Promise<[Trader, Trader]> {
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  await seller.stop()
  return [seller, buyer]
}

test('the older grant pays for what it can, and the newer one for nothing', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await holder(t, market, [seller.party], [7, 8])
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.deepEqual(paidUnder(buyer, market), all)
  assert.deepEqual(paidUnder(buyer, market, [7, 8]), [])
  assert.equal(earnedFrom(seller, market, buyer.party).length, PIECES)
})

test('what was lost with its seller is paid under the newer grant, and nothing else', async (t) => {
  const market = new Market(content, floodgate)
  const [gone, before] = await orphan(t, market)
  await spoil(before.folder, PIECE_BYTES, [3, 4])
  const other = await startTrader(t, market, 'other', { hasAll: true })
  const only = [3, 4, 5]
  const buyer = await holder(t, market, [gone.party, other.party], only, before.folder)
  buyer.swarm.addPeers([at(other)])
  await buyer.done
  await buyer.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.deepEqual(paidUnder(buyer, market), all, 'as before')
  assert.deepEqual(paidUnder(buyer, market, only), [3, 4], 'piece 5 was not lost')
})

test('a seller that sits on what the newer grant pays is left for another', async (t) => {
  const market = new Market(content, floodgate)
  const [gone, before] = await orphan(t, market)
  const only = [3, 4]
  await spoil(before.folder, PIECE_BYTES, only)
  const sits = await startTrader(t, market, 'sits', { hasAll: true, silentAbout: only })
  const other = await startTrader(t, market, 'other', { hasAll: true })
  const sellers = [gone.party, sits.party, other.party]
  const buyer = await holder(t, market, sellers, only, before.folder)
  const { rid } = market.facts(buyer.party, only)
  buyer.swarm.addPeers([at(sits)])
  // Its place is taken until it releases it, and the whole grant has room for nothing.
  const books = () => buyer.wallet.history(FINGERPRINT).buyer(rid, sits.party.uid)
  await until('the withdrawal', () => books().counter > 0 && books().runs.length === 0)
  buyer.swarm.addPeers([at(other)])
  await buyer.done
  await buyer.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.deepEqual(paidUnder(buyer, market, only), only)
  assert.deepEqual(earnedFrom(sits, market, buyer.party), [])
})

test('lost pieces of a seller that stays away are stranded once its time is over', async (t) => {
  const market = new Market(content, floodgate)
  const [gone, { folder }] = await orphan(t, market)
  await spoil(folder, PIECE_BYTES, [0, 29])
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [gone.party], folder })
  assert.deepEqual(buyer.gate.stranded(), [])
  // The gate looks four times a second.
  market.aheadMs += 30_000
  await until('both pieces', () => {
    market.aheadMs += 30_000
    return buyer.gate.stranded().length >= 2
  })
  assert.deepEqual(buyer.gate.stranded(), [0, 29])
})

test('a piece that a seller never sends is withdrawn and comes from another', async (t) => {
  const market = new Market(content, floodgate)
  const sits = await startTrader(t, market, 'seller', { hasAll: true, silentAbout: all.slice(-3) })
  const options = { requestTimeoutMs: 500 }
  const other = await startTrader(t, market, 'other', { hasAll: true })
  const sellers = [sits.party, other.party]
  const setting = { buysFrom: sellers, options, sequential: true }
  const buyer = await startTrader(t, market, 'buyer', setting)
  buyer.swarm.addPeers([at(sits)])
  const enough = PIECES - 3
  await until('all but the last', () => buyer.swarm.stats().have >= enough)
  assert.equal(buyer.swarm.stats().have, enough, 'the last ones do not come')
  buyer.swarm.addPeers([at(other)])
  await buyer.done
  await buyer.stop()
  await Promise.all([sits.stop(), other.stop()])
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  const [slow, quick] = [sits, other].map((seller) => earnedFrom(seller, market, buyer.party))
  assert.deepEqual(
    quick?.toSorted((a, b) => a - b),
    all.slice(-3),
  )
  assert.deepEqual(
    slow?.toSorted((a, b) => a - b),
    all.slice(0, -3),
  )
})
