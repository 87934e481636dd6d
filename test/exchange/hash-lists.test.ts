/**
 * Hash lists both ways (D4): from the buyer and from the tracker, with the same verdicts; kept over
 * a restart, counted, and from the buyers while the tracker is away.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AskPages } from '../../client/pay/page-source.js'
import { type Code, must, refuse } from '../../shared/errors.js'
import { Debtors } from '../../shared/exchange/debtors.js'
import type { Page } from '../../shared/exchange/pages.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type { SellerContext, SellerInput } from '../../shared/exchange/seller-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceHash, pieceSize } from '../../shared/metainfo.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { openBody, signBody } from '../../shared/wire/messages.js'
import { KEYRING, NOW_MS, type Party, party } from '../contract/provider.js'
import { at, makeContent, wrongFiles } from '../engine-content.js'
import { openDatabase } from '../open-database.js'
import { until } from '../until.js'
import { Market, startTrader, type Trader } from './market.js'

const KIB = 1024
/** Longer than four ticks, after which a buyer whose blocks are rejected withdraws. */
const SLOW_MS = 1500
const PIECES = 300
const content = makeContent({ 'film.bin': PIECES * 16 * KIB - 7 }, 16 * KIB)
const market = new Market(content, floodgate)
const [buyer, seller] = [party('buyer'), party('seller')]
const { metainfo } = content

const issuedTo = (member: Party) => must(floodgate.broker.issue(market.issueContext(member))).issued

/** A page of a member's grant, as the payer gives it. */
function pageOf(piece: number, member = buyer): Page {
  const context = { keyring: KEYRING, buyer: member.uid, cid: metainfo.cid }
  const purse = must(floodgate.payer.accept(issuedTo(member), context))
  const step = { step: 'page', piece: piece as PieceIndex } as const
  const paid = must(floodgate.payer.pay(purse, seller.uid, undefined, step, member.signer))
  return { page: paid.page as number, body: paid.bytes }
}

const WAYS = ['buyer', 'tracker'] as const

/** Where buyers stand with a seller that never met one. */
const NOBODY = new Debtors({ trust: [], paid: [], owed: [], unsigned: [] }, () => NOW_MS)

/** What a seller that gets this page, or none, says to a request for piece 3. */
function verdict(way: (typeof WAYS)[number], page: Page | undefined): Code | 'ok' {
  const { rid } = market.facts(buyer)
  const { cid } = metainfo
  const context: SellerContext = {
    ...{ self: seller.uid, signer: seller.signer, cid, keyring: KEYRING, has: () => true },
    ...{ payee: floodgate.payee, scheme: floodgate.name, fetchesPages: way === 'tracker' },
    peer: { uid: buyer.uid, key: buyer.publicKey },
    debtor: (grant) => NOBODY.of(buyer.uid, grant, NOW_MS),
    hashOf: (piece) => pieceHash(metainfo, piece),
    sizeOf: (piece) => pieceSize(metainfo, piece),
  }
  let state = newSeller(rid)
  const step = (input: SellerInput) => {
    const stepped = stepSeller(state, input, context)
    state = stepped.state
    for (const effect of stepped.effects) {
      if (effect.do === 'close') return effect.code
      if (effect.do !== 'send' || effect.message.name !== 'refusal') continue
      const verifier = { fingerprint: seller.signer.fingerprint, publicKey: seller.publicKey }
      return must(openBody('refusal', effect.message.signed, verifier)).code as Code
    }
    return stepped.effects.some((effect) => effect.do === 'save') ? 'ok' : undefined
  }
  const books = { k: 0, counter: 0, signers: [], opening: issuedTo(buyer).open }
  const peers = market.list(buyer, [seller])
  const history = {
    ...{ paid: [], payment: undefined, counter: 0, runs: [], owed: [], forgiven: [], resent: [] },
    ...{ list: 0 },
  }
  const [now, message] = [NOW_MS, { name: 'open', rid, scheme: floodgate.name, peers, ...books }]
  assert.equal(step({ on: 'open', message, history, now } as SellerInput), 'ok')
  const parties = { rid, cid, buyer: buyer.uid, seller: seller.uid }
  const body = { ...parties, counter: 1, pieces: [3 as PieceIndex], time: now }
  const signed = signBody('request', body, buyer.signer)
  const ask = { on: 'request', message: { name: 'request', rid, signed }, now } as const
  if (way === 'tracker') {
    assert.equal(step(ask), undefined, 'the request waits')
    return step({ on: 'pages', pages: page === undefined ? [] : [page], now }) as Code | 'ok'
  }
  const shown = page && step({ on: 'page', message: { name: 'page', rid, ...page }, now })
  return (shown ?? step(ask)) as Code | 'ok'
}

const good = pageOf(3)
const tampered = Uint8Array.from(good.body)
tampered[100] = (tampered[100] ?? 0) ^ 1
const CASES: readonly (readonly [string, Page | undefined, Code | 'ok'])[] = [
  ['a good page', good, 'ok'],
  ['a tampered page', { ...good, body: tampered }, 'page-invalid'],
  ['a page cut short', { ...good, body: good.body.subarray(0, -32) }, 'page-invalid'],
  ['no page', undefined, 'page-missing'],
  ['another page', pageOf(299), 'page-missing'],
  ['another page in its place', { ...pageOf(299), page: 0 }, 'page-invalid'],
  ["a page of another buyer's grant", pageOf(3, party('other')), 'page-invalid'],
  ['a page beyond the last', { ...good, page: 2 }, 'page-invalid'],
]

for (const way of WAYS) {
  for (const [name, page, expected] of CASES) {
    test(`from the ${way}: ${name} is ${expected}`, () => {
      assert.equal(verdict(way, page), expected)
    })
  }
}

/** The tracker's answers to a seller, and how often it was asked. */
function tracker(change: (page: Page) => Page = (page) => page) {
  const asked: number[] = []
  const ask: AskPages = async ({ pieces }) => {
    asked.push(...pieces)
    const pages = new Map(pieces.map((piece) => [pageOf(piece).page, change(pageOf(piece))]))
    return [...pages.values()]
  }
  return { asked, ask }
}

/** A whole download from this seller; gives the buyer when it has everything. */
async function sell(t: Parameters<typeof startTrader>[0], from: Trader): Promise<Trader> {
  const to = await startTrader(t, market, 'buyer', { buysFrom: [from.party] })
  to.swarm.addPeers([at(from)])
  await to.done
  await to.stop()
  await from.stop()
  assert.deepEqual(await wrongFiles(content, to.folder), [])
  return to
}

const setting = (askPages?: AskPages) => ({
  ...{ hasAll: true, options: askPages === undefined ? {} : { askPages } },
})
const BOTH_PAGES = { pages: 2, bytes: 32 * PIECES }
const NONE = { pages: 0, bytes: 0 }

test('without the setting both pages come from the buyer, once', async (t) => {
  const from = await startTrader(t, market, 'seller', setting())
  await sell(t, from)
  assert.deepEqual(from.gate.pageCounts, { buyer: BOTH_PAGES, tracker: NONE, cache: NONE })
})

test('with it from the tracker alone, and after a restart from the disk', async (t) => {
  const { asked, ask } = tracker()
  const from = await startTrader(t, market, 'seller', setting(ask))
  const to = await startTrader(t, market, 'buyer', { buysFrom: [from.party] })
  to.swarm.addPeers([at(from)])
  await until('both pages', () => from.gate.pageCounts.tracker.pages >= 2, { everyMs: 1 })
  assert.deepEqual(from.gate.pageCounts, { buyer: NONE, tracker: BOTH_PAGES, cache: NONE })
  await from.stop()
  const pages = asked.length
  const again = await startTrader(t, market, 'seller', { ...setting(ask), folder: from.folder })
  to.swarm.addPeers([at(again)])
  await to.done
  await to.stop()
  await again.stop()
  assert.deepEqual(again.gate.pageCounts, { buyer: NONE, tracker: NONE, cache: BOTH_PAGES })
  assert.equal(asked.length, pages, 'the tracker was asked no more')
})

test('blocks asked for while a slow tracker is asked wait, and nothing is withdrawn', async (t) => {
  const wide = new Market(content, floodgate, { n: 16, b: 16 })
  const { ask } = tracker()
  const slow: AskPages = async (call) => {
    await wait(SLOW_MS)
    return ask(call)
  }
  const from = await startTrader(t, wide, 'seller', setting(slow))
  const to = await startTrader(t, wide, 'buyer', { buysFrom: [from.party] })
  to.swarm.addPeers([at(from)])
  await to.done
  await to.stop()
  await from.stop()
  const wallet = openDatabase(join(to.folder, 'wallet.db'), { readonly: true })
  t.after(() => wallet.close())
  const withdrawn = 'SELECT count(*) FROM asked WHERE withdrawal IS NOT NULL'
  assert.equal(wallet.prepare(withdrawn).pluck().get(), 0)
})

const AWAY = refuse('unreachable', 'the tracker is away')
const LIARS: readonly (readonly [string, AskPages])[] = [
  ['a tracker that is away', async () => AWAY],
  ['a tracker that gives nothing', async () => []],
  ['a tracker that gives other pages', tracker(({ page }) => ({ page, body: tampered })).ask],
]
for (const [name, ask] of LIARS) {
  test(`${name} stops no trade: the buyer sends its pages`, async (t) => {
    const from = await startTrader(t, market, 'seller', setting(ask))
    await sell(t, from)
    assert.deepEqual(from.gate.pageCounts, { buyer: BOTH_PAGES, tracker: NONE, cache: NONE })
    const told = from.events.flatMap((event) => (event.event === 'pages' ? [event.problem] : []))
    assert.deepEqual(told, name.endsWith('away') ? [AWAY] : [])
  })
}

test('a grant that the tracker calls closed is sold nothing', async (t) => {
  const ask: AskPages = async () => refuse('grant-closed')
  const from = await startTrader(t, market, 'seller', setting(ask))
  const to = await startTrader(t, market, 'buyer', { buysFrom: [from.party] })
  to.swarm.addPeers([at(from)])
  const isRefused = () =>
    to.events.some((event) => event.event === 'refused' && event.code === 'grant-closed')
  await until('the refusal', isRefused)
  await to.stop()
  await from.stop()
  assert.equal(from.swarm.stats().uploadedBytes, 0)
})
