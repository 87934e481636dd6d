/**
 * What each side refuses, what it bounds, and what it does again: the rules of D5 to D7 one by one.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sha256 } from '../../shared/crypto.js'
import type { Fingerprint, PieceIndex, Rid } from '../../shared/identifier.js'
import { PAYMENT_DUE_MS } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { type Message, signBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, NOW_MS, party } from '../contract/provider.js'
import { folder, makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market, type MarketSetting } from './market.js'
import type { Mischief } from './mischief.js'

const PIECES = 12
const content = makeContent({ 'x.bin': PIECES * 16 * 1024 }, 16 * 1024)

async function link(t: TestContext, mischief: Mischief = {}, setting: MarketSetting = {}) {
  const market = new Market(content, floodgate, { n: 2, b: 4, ...setting })
  const pair = new Link(market, await folder(t), Number.MAX_SAFE_INTEGER, mischief)
  t.after(() => pair.close())
  return pair
}

/** Lets everything through but messages of these names. */
const without = (...names: Message['name'][]) => ({
  onMessage: (message: Message) => (names.includes(message.name) ? undefined : message),
})

/** Changes the first `count` messages of a name. */
function changing<N extends Message['name']>(
  name: N,
  count: number,
  change: (message: Extract<Message, { name: N }>) => Message,
) {
  let left = count
  return (message: Message) =>
    message.name === name && left-- > 0 ? change(message as Extract<Message, { name: N }>) : message
}

test('who never pays gets one piece, the same everywhere, four times at most', async (t) => {
  const pair = await link(t, without('token', 'payment'))
  for (let connection = 0; connection < 8; connection++) {
    pair.connect()
    for (let piece = 0; piece < PIECES; piece++) pair.ask(piece, 16 * 1024)
  }
  assert.equal(pair.served, 4, 'the first time and three tries')
  const owed = pair.wallets.seller.history(FINGERPRINT).seller(pair.rid, pair.buyer.uid).owed
  assert.deepEqual(owed, [{ piece: 0, counter: 1, tries: 3 }])
})

test('a debt under one grant closes every other grant of that buyer', async (t) => {
  const pair = await link(t, without('token', 'payment'))
  pair.connect()
  const { debtors } = pair
  const other = 'ff'.repeat(16) as Rid
  const elsewhere = () => debtors.of(pair.buyer.uid, other, NOW_MS)
  assert.equal(elsewhere().elsewhere, 1)
  pair.now += PAYMENT_DUE_MS
  assert.equal(elsewhere().owesElsewhere, false, 'a piece may still be on its way')
  pair.now += 1
  assert.equal(elsewhere().owesElsewhere, true)
  const here = debtors.of(pair.buyer.uid, pair.rid, NOW_MS)
  assert.equal(here.owesElsewhere, false, 'the grant itself stays open, so that it can be paid')
  assert.deepEqual([...here.late], [0])
})

test('the seller must be named by the signed list before anything is served', async (t) => {
  const pair = await link(t, { named: [party('somebody else')] })
  pair.connect()
  pair.ask(0)
  assert.deepEqual(pair.refusals, ['not-named'])
  assert.equal(pair.served, 0)
})

test('a list of yesterday names nobody', async (t) => {
  const pair = await link(t)
  pair.now = NOW_MS + 24 * 3_600_000 + 1
  pair.connect()
  assert.deepEqual(pair.refusals, ['list-stale'])
  assert.equal(pair.served, 0)
})

test('an older list than one already shown is stale', async (t) => {
  const old = await link(t)
  const first = old.market.list(old.buyer, [old.seller])
  old.connect()
  const open = changing('open', 1, (message) => ({ ...message, peers: first }))
  const pair = new Link(old.market, await folder(t), Number.MAX_SAFE_INTEGER, { onMessage: open })
  t.after(() => pair.close())
  Object.assign(pair.wallets, { seller: old.wallets.seller })
  pair.connect()
  assert.deepEqual(pair.refusals, ['list-stale'])
})

test('a block that no open request names is rejected and costs no I/O', async (t) => {
  const pair = await link(t, without('request'))
  pair.connect()
  pair.ask(7)
  assert.equal(pair.served, 0)
})

test('a piece that fails its hash comes again within the same debt', async (t) => {
  const failures = new Map<PieceIndex, number>([[3 as PieceIndex, 3]])
  const isGood = (piece: PieceIndex) => {
    const left = failures.get(piece) ?? 0
    failures.set(piece, left - 1)
    return left <= 0
  }
  const pair = await link(t, { isGood })
  pair.connect()
  assert.equal(pair.disk.size, PIECES)
  assert.equal(pair.served, PIECES + 3)
  assert.equal(
    pair.wallets.seller.history(FINGERPRINT).seller(pair.rid, pair.buyer.uid).paid.length,
    PIECES,
  )
})

test('two pieces of junk end the trade unpaid; the pieces are free again', async (t) => {
  const pair = await link(t, { isGood: () => false })
  pair.connect()
  assert.equal(pair.closed, 'piece-junk')
  assert.deepEqual(pair.wallets.buyer.history(FINGERPRINT).openRequests(pair.rid), [])
  assert.deepEqual(pair.wallets.buyer.history(FINGERPRINT).paidPieces(pair.rid), [])
})

test('a token that does not check out is asked for again, and the trade completes', async (t) => {
  const bad = changing('token', 1, (message) => ({ ...message, token: new Uint8Array(32) }))
  const pair = await link(t, { onMessage: bad })
  pair.connect()
  assert.equal(pair.disk.size, PIECES)
  assert.equal(
    pair.wallets.seller.history(FINGERPRINT).seller(pair.rid, pair.buyer.uid).paid.length,
    PIECES,
  )
})

test('payments that never check out end the trade after three tries', async (t) => {
  const bad = changing('token', 99, (message) => ({ ...message, token: new Uint8Array(32) }))
  const pair = await link(t, { onMessage: bad })
  pair.connect()
  assert.equal(pair.closed, 'payments-exhausted')
  assert.equal(pair.served, 1)
})

test('a silent seller is left by a saved withdrawal; its release closes the debt', async (t) => {
  let silent = true
  const onMessage = (message: Message) =>
    silent && message.name === 'request' ? undefined : message
  const pair = await link(t, { onMessage })
  pair.connect()
  assert.equal(pair.wallets.buyer.history(FINGERPRINT).openRequests(pair.rid).length, 1)
  silent = false
  pair.tick(31_000)
  assert.equal(pair.buying?.withdrawn.length, 0, 'the release answered the withdrawal')
  pair.connect()
  assert.equal(pair.disk.size, PIECES)
})

test('a statement with another hash closes the connection before a block is taken', async (t) => {
  let request = new Uint8Array(32)
  const mischief: { onMessage?: (message: Message) => Message } = {}
  const pair = await link(t, mischief)
  mischief.onMessage = (message) => {
    if (message.name === 'request') request = Uint8Array.from(sha256(message.signed))
    if (message.name !== 'statement') return message
    const parties = { rid: pair.rid, buyer: pair.buyer.uid, seller: pair.seller.uid }
    const body = { ...parties, request, hashes: new Uint8Array(80) }
    return { ...message, signed: signBody('statement', body, pair.seller.signer) }
  }
  pair.connect()
  assert.equal(pair.closed, 'statement-mismatch')
  assert.equal(pair.disk.size, 0)
})

test('no block is taken before its statement', async (t) => {
  const pair = await link(t, without('statement'))
  pair.connect()
  assert.equal(pair.closed, 'statement-missing')
  assert.equal(pair.disk.size, 0)
})

test('a third open request, a replayed counter and a piece asked twice are refused', async (t) => {
  const pair = await link(t, without('token', 'payment'))
  pair.connect()
  const parties = { rid: pair.rid, cid: content.metainfo.cid, buyer: pair.buyer.uid }
  const ask = (counter: number, pieces: number[]) => {
    const run = { counter, pieces: pieces as PieceIndex[], time: pair.now }
    const body = { ...parties, seller: pair.seller.uid, ...run }
    const signed = signBody('request', body, pair.buyer.signer)
    const before = pair.told.length
    pair.inject({ name: 'request', rid: pair.rid, signed })
    return pair.told.slice(before)
  }
  assert.deepEqual(ask(1, [8]), ['counter-replayed'])
  assert.deepEqual(ask(2, [0]), ['piece-open'])
  assert.deepEqual(ask(2, [7, 7]), ['malformed'])
  assert.deepEqual(ask(2, [4, 5, 6, 7, 8]), ['run-too-long'])
  assert.deepEqual(ask(2, [PIECES]), ['piece-unknown'])
  assert.deepEqual(ask(2, [8]), [])
  assert.deepEqual(ask(3, [9]), ['too-many-open'])
})

test('a piece that was paid is not sold again under the same grant', async (t) => {
  const pair = await link(t)
  pair.connect()
  assert.equal(pair.disk.size, PIECES)
  const { served } = pair
  const parties = { rid: pair.rid, cid: content.metainfo.cid, buyer: pair.buyer.uid }
  const run = { counter: 99, pieces: [5, 6] as PieceIndex[], time: pair.now }
  const body = { ...parties, seller: pair.seller.uid, ...run }
  const signed = signBody('request', body, pair.buyer.signer)
  pair.inject({ name: 'request', rid: pair.rid, signed })
  pair.ask(5)
  assert.deepEqual(pair.told, ['piece-open'])
  assert.equal(pair.served, served)
})

test('debts and grants of one provider mean nothing under another', async (t) => {
  const pair = await link(t, without('token', 'payment'))
  pair.connect()
  const { history } = pair.wallets.seller
  const other = 'ab'.repeat(32) as Fingerprint
  assert.deepEqual(history(other).debtors().owed, [])
  const books = (provider: Fingerprint) => history(provider).seller(pair.rid, pair.buyer.uid)
  assert.deepEqual([books(other).owed.length, books(other).counter], [0, 0])
  assert.equal(books(FINGERPRINT).owed.length, 1)
})
