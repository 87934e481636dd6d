/**
 * Payments that reach a seller by letter: after a crash at any point one letter settles everything
 * that was delivered, and the trade goes on from there as from any connection (D12).
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fail } from '../../shared/command.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import type { Save } from '../../shared/exchange/exchange.js'
import {
  type Credited,
  creditLetter,
  type PaymentLetter,
  writeLetter,
} from '../../shared/exchange/letter.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { Purse } from '../../shared/schemes/scheme.js'
import { iou } from '../contract/iou/iou.js'
import { FINGERPRINT, KEYRING, NOW_MS } from '../contract/provider.js'
import { makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market } from './market.js'

function purseOf({ buyer, market }: Link): Purse {
  const { broker, payer } = market.scheme
  const { issued } = must(broker.issue(market.issueContext(buyer)))
  const { cid } = market.content.metainfo
  return must(payer.accept(issued, { keyring: KEYRING, buyer: buyer.uid, cid }))
}

/** What the buyer writes by its books; what it saved first is durable. */
function write(link: Link): PaymentLetter | undefined {
  const { disk, market, rid, seller, wallets } = link
  const { signer } = link.buyer
  const books = wallets.buyer.history(FINGERPRINT)
  const known = wallets.buyer.evidence(FINGERPRINT).receipt(rid, seller.uid)?.k ?? 0
  const paid = new Set(books.paidPieces(rid).map(({ piece }) => piece))
  const writer = { payer: market.scheme.payer, purse: purseOf(link), seller: seller.uid, signer }
  const written = must<ReturnType<typeof writeLetter>>(
    writeLetter(books.buyer(rid, seller.uid), known, {
      ...writer,
      unpaid: (piece) => disk.has(piece) && !paid.has(piece),
    }),
  )
  if (written === undefined || refused(written)) return undefined
  keep(link, 'buyer', written.saves)
  return written.letter
}

function keep(
  { buyer, rid, seller, wallets }: Link,
  role: 'buyer' | 'seller',
  saves: readonly Save[],
) {
  const peer = role === 'buyer' ? seller.uid : buyer.uid
  const effects = saves.map((save) => ({ do: 'save', role, rid, peer, save }) as const)
  wallets[role].commit(FINGERPRINT, effects)
}

/** What the seller makes of a letter by its books, with the pages that a tracker would give it. */
function read(link: Link, letter: PaymentLetter, paged = true): Credited | Refusal {
  const { buyer, market, rid, seller, wallets } = link
  const { payee, payer } = market.scheme
  const history = wallets.seller.history(FINGERPRINT).seller(rid, buyer.uid)
  const met = wallets.seller.evidence(FINGERPRINT).met(rid, buyer.uid)
  const { opening } = met ?? fail('unknown-grant', 'the seller knows nothing of the grant')
  const purse = purseOf(link)
  const pages = letter.payments.map(({ piece }) => {
    const { bytes, page } = must(
      payer.pay(purse, seller.uid, undefined, { step: 'page', piece }, buyer.signer),
    )
    return { page: page ?? 0, body: bytes }
  })
  return creditLetter(letter, {
    ...{ payee, keyring: KEYRING, seller: seller.uid, buyer: buyer.uid, opening, history },
    debtor: wallets.seller.debtors(FINGERPRINT).of(buyer.uid, rid, NOW_MS),
    ...{ buyerKey: buyer.publicKey, cid: market.content.metainfo.cid, pages: paged ? pages : [] },
  })
}

/** Crashes at a point, settles by letter, and gives the effects; with `point` 0 nothing crashes. */
function play(market: Market, point: number): readonly string[] {
  const { pieceCount } = market.content.metainfo
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
  const link = new Link(market, folder, point === 0 ? Number.MAX_SAFE_INTEGER : point)
  try {
    link.connect()
    const what = `point ${point}: ${link.performed[point - 1]}`
    const letter = write(link)
    if (letter !== undefined) {
      const credited = must(read(link, letter))
      keep(link, 'seller', credited.saves)
      assert.deepEqual(must(read(link, letter)).pieces, [], `${what}: read twice`)
    }
    const owing = link.wallets.buyer.history(FINGERPRINT).paidPieces(link.rid).length
    const [unclaimed] = link.wallets.seller.claims.unclaimed(FINGERPRINT, 1)
    assert.equal(unclaimed?.payment.k ?? 0, owing, `${what}: all that was paid can be claimed`)
    assert.equal(owing, link.disk.size, `${what}: all that is here is paid`)
    link.connect()
    assert.equal(link.disk.size, pieceCount, `${what}, closed ${link.closed}`)
    assert.deepEqual(link.wallets.seller.evidence(FINGERPRINT).debts(), [], what)
    return link.performed
  } finally {
    link.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const [scheme, n, b, pieces] of [
  [floodgate, 1, 1, 3],
  [floodgate, 2, 3, 6],
  [iou, 2, 3, 6],
] as const) {
  test(`${scheme.name}: a letter settles what any crash left (n=${n}, b=${b})`, () => {
    const content = makeContent({ 'x.bin': pieces * 16 * 1024 - 3 }, 16 * 1024)
    const market = new Market(content, scheme, { n, b })
    const points = play(market, 0)
    for (let point = 1; point <= points.length; point++) play(market, point)
  })
}

/** A trade whose payments from the second on never arrived. */
function cutOff(): { link: Link; letter: PaymentLetter; end: () => void } {
  const content = makeContent({ 'x.bin': 10 * 16 * 1024 }, 16 * 1024)
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
  let tokens = 0
  const link = new Link(new Market(content, floodgate, { n: 2, b: 4 }), folder, undefined, {
    onMessage: (message) =>
      message.name === 'payment' || (message.name === 'token' && ++tokens > 1)
        ? undefined
        : message,
  })
  link.connect()
  const end = () => {
    link.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { link, letter: write(link) ?? fail('usage', 'nothing was owed'), end }
}

test('a letter that was tampered with, or lacks its pages, is not credited at all', () => {
  const { end, letter, link } = cutOff()
  const [first, ...others] = letter.payments
  assert.ok(first !== undefined && others.length > 0)
  const tokenOf = (place: number) => letter.payments[place]?.token ?? new Uint8Array(0)
  const codeOf = (changed: Partial<PaymentLetter>, paged = true) => {
    const credited = read(link, { ...letter, ...changed }, paged)
    return refused(credited) ? credited.code : 'ok'
  }
  const swapped = letter.payments.map((paid, place) => ({ ...paid, token: tokenOf(1 - place) }))
  assert.equal(codeOf({ payments: swapped }), 'bad-token')
  assert.equal(codeOf({ payments: [first] }), 'bad-payment', 'the signature covers more')
  assert.equal(codeOf({ k: 2 }), 'state-mismatch')
  assert.equal(codeOf({}, false), 'page-missing')
  const altered = Uint8Array.from(letter.payment).fill(0, -8)
  assert.equal(codeOf({ payment: altered }), 'bad-signature')
  assert.equal(codeOf({}), 'ok')
  end()
})
