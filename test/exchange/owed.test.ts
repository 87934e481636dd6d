/**
 * Pieces that lie on the disk unpaid, as a crash leaves them: they are paid to the seller whose
 * open request asks for them, and to nobody else (D7, D12).
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Customer } from '../../client/customer.js'
import type { SaveEffect } from '../../client/pay/wallet/wallet.js'
import { restingBooks } from '../../client/trade/resting.js'
import { fromText } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'
import { must, refused } from '../../shared/errors.js'
import { signWithdrawal } from '../../shared/exchange/buying.js'
import type { Save } from '../../shared/exchange/exchange.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { signBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, NOW_MS, type Party, party } from '../contract/provider.js'
import { at, folder, makeContent } from '../engine-content.js'
import { until } from '../until.js'
import { openBooks } from './books.js'
import { bought, earnedFrom, Market, startTrader } from './market.js'

const PIECE_BYTES = 16 * 1024
const content = makeContent({ 'film.bin': 3 * PIECE_BYTES }, PIECE_BYTES)
const PIECE = 0 as PieceIndex
const [buyer, slow, quick] = [party('buyer'), party('slow'), party('quick')]

/** The first request of the buyer to a seller, for one piece. */
function requestTo(market: Market, seller: Party): Extract<Save, { kind: 'asked' }> {
  const { cid, rid } = market.facts(buyer)
  const run = { counter: 1, pieces: [PIECE], time: NOW_MS }
  const parties = { rid, cid, buyer: buyer.uid, seller: seller.uid }
  const request = signBody('request', { ...parties, ...run }, buyer.signer)
  return { kind: 'asked', counter: 1, pieces: [PIECE], request }
}

/** A folder with the whole content and books in which this was saved. */
async function home(
  t: TestContext,
  market: Market,
  name: string,
  saves: readonly Omit<SaveEffect, 'do' | 'rid'>[],
): Promise<string> {
  const path = await folder(t)
  const books = openBooks(join(path, 'wallet.db'), sha256(fromText(`wallet of ${name}`)))
  const { rid } = market.facts(buyer)
  books.commit(
    FINGERPRINT,
    saves.map((one) => ({ do: 'save', rid, ...one })),
  )
  books.close()
  return path
}

/** A seller at work that has sent the piece of its request, wholly or in part. */
async function sellerAt(t: TestContext, market: Market, seller: Party) {
  const { request } = requestTo(market, seller)
  const of = { role: 'seller', peer: buyer.uid } as const
  const begun = { counter: 1, piece: PIECE, tries: 0, time: NOW_MS }
  const path = await home(t, market, seller.name, [
    { ...of, save: { kind: 'opened', counter: 1, pieces: [PIECE], request } },
    { ...of, save: { kind: 'owed', ...begun } },
  ])
  return startTrader(t, market, seller.name, { hasAll: true, folder: path })
}

/** A buyer that has all pieces: it withdrew from one seller, and its request to another is open. */
async function buyerWith(t: TestContext, market: Market, requestTimeoutMs = 30_000) {
  const { rid } = market.facts(buyer)
  const parties = { buyer: buyer.uid, seller: slow.uid, time: NOW_MS }
  const gone = signWithdrawal(rid, { counter: 1, pieces: [PIECE] }, parties, buyer.signer)
  const path = await home(t, market, 'buyer', [
    { role: 'buyer', peer: slow.uid, save: requestTo(market, slow) },
    {
      ...{ role: 'buyer', peer: slow.uid },
      save: { kind: 'withdrawn', counter: 1, withdrawal: gone },
    },
    { role: 'buyer', peer: quick.uid, save: requestTo(market, quick) },
  ])
  const sellers = { buysFrom: [slow, quick], options: { requestTimeoutMs } }
  return startTrader(t, market, 'buyer', { ...sellers, hasAll: true, folder: path })
}

test('a piece on the disk is paid to whom it is asked of, to nobody before', async (t) => {
  const market = new Market(content, floodgate, { n: 2, b: 1 })
  const { rid } = market.facts(buyer)
  const trader = await buyerWith(t, market)
  const paid = () => trader.wallet.history(FINGERPRINT).paidPieces(rid)
  const withdrawn = await sellerAt(t, market, slow)
  trader.swarm.addPeers([at(withdrawn)])
  await until('the seller releases what was withdrawn', () => {
    const { release } = trader.wallet.evidence(FINGERPRINT).asked(rid, slow.uid, 1) ?? {}
    return release instanceof Uint8Array
  })
  assert.deepEqual(paid(), [])
  const forLetter = await trader.gate.apart.unpaid(rid, slow.uid)
  assert.equal(typeof forLetter === 'function' && forLetter(PIECE), false, 'by letter neither')
  const asked = await sellerAt(t, market, quick)
  trader.swarm.addPeers([at(asked)])
  await until('the seller is paid', () => earnedFrom(asked, market, buyer).length > 0)
  assert.deepEqual(paid(), [{ piece: PIECE, seller: quick.uid }])
  assert.deepEqual(earnedFrom(withdrawn, market, buyer), [])
})

test('a piece on the disk is paid before its request is withdrawn', async (t) => {
  const market = new Market(content, floodgate, { n: 2, b: 1 })
  const { rid } = market.facts(buyer)
  const trader = await buyerWith(t, market, 200)
  const history = trader.wallet.history(FINGERPRINT)
  await until('the request ends', () => history.openRequests(rid).length === 0)
  assert.deepEqual(history.paidPieces(rid), [{ piece: PIECE, seller: quick.uid }])
  assert.deepEqual(trader.gate.unsettled(), [{ rid, seller: quick.uid }], 'a letter is due')
})

test('at rest it is owed to the same one, and no disk is read without need', async (t) => {
  const market = new Market(content, floodgate, { n: 2, b: 1 })
  const { metainfo } = content
  const { cid } = metainfo
  const { rid } = market.facts(buyer)
  const trader = await buyerWith(t, market)
  await trader.stop()
  const { folder: path, wallet } = trader
  wallet.grants.put(bought(market, buyer, [slow, quick]))
  wallet.contents.put({ cid, fingerprint: FINGERPRINT, torrent: content.torrent, folder: path })
  const booksOf = (stop: AbortSignal) =>
    restingBooks({ wallet, stop } as Customer, FINGERPRINT, cid)
  const books = booksOf(new AbortController().signal)
  const isOwed = async ({ uid }: Party) => must(await books.unpaid(rid, uid))(PIECE)
  assert.deepEqual([await isOwed(slow), await isOwed(quick)], [false, true])
  // Whoever looks at the disk in a program that is stopped is refused.
  const stopped = booksOf(AbortSignal.abort())
  assert.ok(!refused(await stopped.unpaid(rid, slow.uid)))
  assert.ok(refused(await stopped.unpaid(rid, quick.uid)))
})
