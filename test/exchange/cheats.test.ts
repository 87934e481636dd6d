/** What a cheat gets and what it costs: withdrawals, false accounts, refusals out of turn. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PieceIndex } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { type Message, signBody } from '../../shared/wire/messages.js'
import { party } from '../contract/provider.js'
import { folder, makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market } from './market.js'
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
