/** What a cheat gets and what it costs: withdrawals, false accounts, refusals out of turn. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PieceIndex } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { type Message, signBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, party } from '../contract/provider.js'
import { folder, makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market, type MarketSetting } from './market.js'
import type { Mischief } from './mischief.js'

const PIECES = 12
const PIECE_BYTES = 16 * 1024
const content = makeContent({ 'x.bin': PIECES * PIECE_BYTES }, PIECE_BYTES)

async function link(t: TestContext, mischief: Mischief = {}) {
  const market = new Market(content, floodgate, { n: 2, b: 4 })
  const pair = new Link(market, await folder(t), Number.MAX_SAFE_INTEGER, mischief)
  t.after(() => pair.close())
  return pair
}

/** Lets everything through but messages of these names. */
const without = (...names: Message['name'][]) => ({
  onMessage: (message: Message) => (names.includes(message.name) ? undefined : message),
})

function request(pair: Link, counter: number, pieces: number[]) {
  const parties = { rid: pair.rid, cid: content.metainfo.cid, buyer: pair.buyer.uid }
  const run = { counter, pieces: pieces as PieceIndex[], time: pair.now }
  const body = { ...parties, seller: pair.seller.uid, ...run }
  const signed = signBody('request', body, pair.buyer.signer)
  pair.inject({ name: 'request', rid: pair.rid, signed })
}

function withdraw(pair: Link, counter: number, pieces: number[]) {
  const parties = { rid: pair.rid, buyer: pair.buyer.uid, seller: pair.seller.uid }
  const run = { counter, pieces: pieces as PieceIndex[], time: pair.now }
  const signed = signBody('withdrawal', { ...parties, ...run }, pair.buyer.signer)
  pair.inject({ name: 'withdrawal', rid: pair.rid, signed })
}

test('who withdraws every piece before its last byte gets no more than its window', async (t) => {
  const pair = await link(t, without('request', 'token', 'payment'))
  pair.connect()
  pair.buying = undefined
  for (let piece = 0; piece < PIECES; piece++) {
    request(pair, piece + 1, [piece])
    pair.ask(piece, PIECE_BYTES - 1)
    withdraw(pair, piece + 1, [piece])
  }
  assert.equal(pair.served, 1, 'the window of a stranger')
})

/** A pair that has traded the first runs, and whose buyer is a cheat from now on. */
async function turned(t: TestContext, runs: number, setting: MarketSetting = {}) {
  let requests = 0
  const onMessage = (message: Message) =>
    message.name === 'request' && ++requests > runs && pair.buying ? undefined : message
  const market = new Market(content, floodgate, { n: 2, b: 1, ...setting })
  const pair = new Link(market, await folder(t), Number.MAX_SAFE_INTEGER, { onMessage })
  t.after(() => pair.close())
  pair.connect()
  pair.buying = undefined
  return pair
}

for (const [n, b] of [
  [1, 1],
  [2, 4],
  [3, 2],
] as const) {
  test(`payments give places back, but never more than n + b - 1 (n=${n}, b=${b})`, async (t) => {
    const pair = await turned(t, Math.max(1, Math.floor(5 / b)), { n, b })
    const { history } = pair.wallets.seller
    const paid = history(FINGERPRINT).seller(pair.rid, pair.buyer.uid).paid.length
    assert.ok(paid > 0 && paid < PIECES)
    const { served } = pair
    for (let round = 0; round < 3; round++) {
      for (let piece = 0; piece < PIECES; piece++) {
        const counter = 100 + round * PIECES + piece
        request(pair, counter, [piece])
        if (pair.selling?.runs.length === 0) continue
        if (pair.selling?.forgiven.has(piece as PieceIndex)) withdraw(pair, counter, [piece])
        else {
          pair.ask(piece, PIECE_BYTES - 1)
          withdraw(pair, counter, [piece])
        }
      }
    }
    const taken = pair.selling?.forgiven.size ?? 0
    assert.equal(pair.served - served, taken)
    assert.ok(taken <= n + b - 1, `${taken} pieces without pay`)
    assert.equal(taken, Math.min(n + b - 1, PIECES - paid), 'and the whole bound is there')
  })
}

test('after spend-until what is owed is paid, and nothing new is asked for', async (t) => {
  const swallow = new Set<Message['name']>()
  const onMessage = (message: Message) => (swallow.has(message.name) ? undefined : message)
  const market = new Market(content, floodgate, { n: 2, b: 1, spendMs: 3_600_000 })
  const pair = new Link(market, await folder(t), Number.MAX_SAFE_INTEGER, { onMessage })
  t.after(() => pair.close())
  swallow.add('token').add('payment')
  pair.connect()
  const books = () => {
    const history = pair.wallets.seller.history(FINGERPRINT)
    return history.seller(pair.rid, pair.buyer.uid)
  }
  assert.equal(books().owed.length, 1)
  assert.equal(books().paid.length, 0)
  swallow.clear()
  pair.now += 3_600_001
  pair.connect()
  assert.deepEqual([books().owed.length, books().paid.length], [0, 2], 'both open requests')
  assert.deepEqual(pair.told, ['grant-closed'], 'the next request')
  assert.equal(pair.disk.size, 2)
  pair.disk.clear()
  pair.told.length = 0
  pair.connect()
  assert.ok(pair.disk.has(0 as PieceIndex), 'what was paid comes again')
  pair.now += 3_600_001
  pair.connect()
  assert.deepEqual(pair.refusals.slice(-1), ['grant-closed'], 'at claim-until the books close')
})

test('a seller that states a counter beyond all bounds is left; the buyer lives on', async (t) => {
  const onMessage = (message: Message): Message =>
    message.name === 'state' ? { ...message, counter: Number.MAX_SAFE_INTEGER } : message
  const pair = await link(t, { onMessage })
  pair.connect()
  assert.equal(pair.closed, 'state-mismatch')
})

test('a refused opening leaves no debt behind: the trade goes on at the next one', async (t) => {
  let swallow: Message['name'][] = ['token', 'payment']
  let refuse = false
  const other = new Market(content, floodgate, { n: 2, b: 4 })
  const old = other.list(party('buyer'), [])
  const pair = await link(t, {
    onMessage: (message) => {
      if (swallow.includes(message.name)) return undefined
      return refuse && message.name === 'open' ? { ...message, peers: old } : message
    },
    isGood: (piece) => piece !== 0 || swallow.length === 0,
  })
  // The seller's first piece is lost on the way to the disk, and with it the connection.
  swallow = ['token', 'payment', 'resend']
  pair.connect()
  swallow = []
  refuse = true
  pair.connect()
  assert.deepEqual(pair.refusals, ['not-named'])
  pair.told.length = 0
  refuse = false
  pair.connect()
  assert.equal(pair.disk.size, PIECES, `${pair.closed} ${pair.refusals} ${pair.told}`)
})

test('what a seller has receipted it may not ask for again', async (t) => {
  let receipts = 0
  const pair = await link(t, {
    onMessage: (message) => {
      if (message.name !== 'receipt' || ++receipts !== 2) return message
      return { name: 'retry', rid: message.rid, k: 0, code: 'bad-token' }
    },
  })
  pair.connect()
  assert.equal(pair.closed, 'state-mismatch')
})
