/**
 * A piece that was paid and lost comes again from the seller that was paid: free, three times, and
 * at no moment a way to anything that is not paid (D8).
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { PieceIndex } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { type Message, signBody } from '../../shared/wire/messages.js'
import { iou } from '../contract/iou/iou.js'
import { FINGERPRINT } from '../contract/provider.js'
import { folder, makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market } from './market.js'
import type { Mischief } from './mischief.js'

const PIECES = 6
const PIECE_BYTES = 16 * 1024
const content = makeContent({ 'x.bin': PIECES * PIECE_BYTES }, PIECE_BYTES)
const all = [...Array(PIECES).keys()] as PieceIndex[]

async function link(t: TestContext, mischief: Mischief = {}, scheme: Scheme = floodgate) {
  const market = new Market(content, scheme, { n: 2, b: 4 })
  const pair = new Link(market, await folder(t), Number.MAX_SAFE_INTEGER, mischief)
  t.after(() => pair.close())
  return pair
}

/** Everything about money that the two books hold. */
function money({ wallets, rid, buyer, seller }: Link) {
  const sold = wallets.seller.history(FINGERPRINT).seller(rid, buyer.uid)
  const bought = wallets.buyer.history(FINGERPRINT).buyer(rid, seller.uid)
  const { paid, payment, owed, forgiven, runs } = sold
  return { paid, payment, owed, forgiven, runs, bought: bought.paid, open: bought.runs }
}

const resent = ({ wallets, rid, buyer }: Link) =>
  wallets.seller.history(FINGERPRINT).seller(rid, buyer.uid).resent

/** The disk loses pieces, and both meet again. */
function lose(pair: Link, ...pieces: number[]): boolean {
  for (const piece of pieces) pair.disk.delete(piece as PieceIndex)
  return pair.connect()
}

function request(pair: Link, counter: number, pieces: number[]) {
  const { rid, buyer, seller, now: time } = pair
  const parties = { rid, cid: content.metainfo.cid, buyer: buyer.uid, seller: seller.uid }
  const body = { ...parties, counter, pieces: pieces as PieceIndex[], time }
  pair.inject({ name: 'request', rid, signed: signBody('request', body, buyer.signer) })
}

for (const scheme of [floodgate, iou]) {
  test(`${scheme.name}: lost pieces come again and no money moves`, async (t) => {
    const pair = await link(t, {}, scheme)
    pair.connect()
    const before = money(pair)
    const { served } = pair
    lose(pair, 1, 4)
    assert.equal(pair.disk.size, PIECES)
    assert.equal(pair.served, served + 2)
    assert.deepEqual(money(pair), before)
    assert.deepEqual(resent(pair), [
      { piece: 1, tries: 1 },
      { piece: 4, tries: 1 },
    ])
  })
}

test('the fourth time a piece is lost the seller says so, and the buyer gives it up', async (t) => {
  const pair = await link(t)
  pair.connect()
  const before = money(pair)
  for (let time = 1; time <= 3; time++) {
    lose(pair, 2)
    assert.equal(pair.disk.size, PIECES)
  }
  const { served } = pair
  lose(pair, 2)
  assert.deepEqual(pair.told, ['resends-exhausted'])
  assert.deepEqual(pair.lost, [2])
  assert.equal(pair.served, served)
  assert.equal(pair.closed, undefined, 'the connection goes on')
  assert.deepEqual(money(pair), before)
})

test('a whole content that was paid is sent three times more, and not once beyond', async (t) => {
  const pair = await link(t)
  pair.connect()
  for (let time = 1; time <= 3; time++) lose(pair, ...all)
  assert.equal(pair.served, 4 * PIECES)
  lose(pair, ...all)
  assert.equal(pair.served, 4 * PIECES)
})

test('a piece that comes back wrong is asked for three times, then given up', async (t) => {
  const broken = new Set<PieceIndex>()
  const pair = await link(t, { isGood: (piece) => !broken.has(piece) })
  pair.connect()
  const before = money(pair)
  broken.add(3 as PieceIndex)
  lose(pair, 3)
  assert.deepEqual(pair.lost, [3])
  assert.equal(pair.closed, undefined)
  assert.deepEqual(money(pair), before)
  assert.deepEqual(resent(pair), [{ piece: 3, tries: 3 }])
})

test('silence is waited out three times, then the piece is given up', async (t) => {
  let silent = false
  const pair = await link(t, { arrives: () => !silent })
  pair.connect()
  silent = true
  lose(pair, 0)
  for (let time = 1; time <= 3; time++) {
    assert.deepEqual(pair.lost, [])
    pair.tick(31_000)
  }
  assert.deepEqual(pair.lost, [0])
})

test('the way back opens nothing that is not paid, and takes no place from what is', async (t) => {
  const pair = await link(t)
  pair.connect()
  const counter = money(pair).paid.length
  pair.buying = undefined
  request(pair, 50, [0])
  const { served } = pair
  for (const piece of all) pair.ask(piece)
  assert.equal(pair.served, served + 1, 'the one piece that the request names')
  request(pair, 51, [1])
  assert.deepEqual(pair.told, ['too-many-open'], 'one at a time')
  for (let block = 1; block < 40; block++) pair.ask(0)
  assert.equal(pair.served, served + PIECE_BYTES / 1024, 'no byte more than the piece has')
  assert.deepEqual(resent(pair), [{ piece: 0, tries: 1 }])
  request(pair, 51, [0, 1])
  assert.deepEqual(pair.told.slice(1), ['piece-open'], 'only alone')
  assert.equal(money(pair).paid.length, counter)
})

test('a debt stays a debt while a lost piece comes again', async (t) => {
  let requests = 0
  const onMessage = (message: Message) =>
    message.name === 'request' && ++requests > 1 && pair.buying !== undefined ? undefined : message
  const pair = await link(t, { onMessage })
  pair.connect()
  pair.buying = undefined
  request(pair, 50, [4, 5])
  pair.ask(4, PIECE_BYTES)
  const before = money(pair)
  assert.equal(before.owed.length, 1)
  request(pair, 51, [0])
  pair.ask(0, PIECE_BYTES)
  assert.deepEqual(money(pair), before)
  pair.ask(5, PIECE_BYTES)
  assert.equal(money(pair).owed.length, 2, 'its window is as large as before')
})

for (const scheme of [floodgate, iou]) {
  test(`${scheme.name}: a crash before any effect of a resend costs a try at most`, () => {
    const points = crash(scheme, Number.MAX_SAFE_INTEGER)
    assert.ok(points.includes('seller save resent') && points.includes('buyer save asked'))
    for (let point = 1; point <= points.length; point++) crash(scheme, point)
  })
}

/** Two lost pieces come again with one power cut on the way; gives the effects of the recovery. */
function crash(scheme: Scheme, at: number): readonly string[] {
  const home = mkdtempSync(join(tmpdir(), 'floodgate-'))
  const market = new Market(content, scheme, { n: 2, b: 4 })
  const pair = new Link(market, home)
  try {
    pair.connect()
    const before = money(pair)
    pair.performed.length = 0
    pair.crashAt = at
    if (!lose(pair, 1, 4)) pair.connect()
    const what = `point ${at}: ${pair.performed[at - 1]}, closed ${pair.closed}`
    assert.equal(pair.disk.size, PIECES, what)
    assert.deepEqual(money(pair), before, what)
    const tries = resent(pair)
    assert.deepEqual(
      tries.map(({ piece }) => piece),
      [1, 4],
      what,
    )
    assert.ok(tries.reduce((sum, each) => sum + each.tries, 0) <= 3, what)
    return [...pair.performed]
  } finally {
    pair.close()
    rmSync(home, { recursive: true, force: true })
  }
}
