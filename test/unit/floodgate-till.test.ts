/**
 * Floodgate's till: takes what fits, refuses the rest with its own code, and is never changed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256, signString } from '../../shared/crypto.js'
import type { Code } from '../../shared/errors.js'
import { Payment } from '../../shared/schemes/floodgate/records.js'
import type { PayStep, Progress } from '../../shared/schemes/scheme.js'
import { encode } from '../../shared/wire/record.js'
import { alice, bob, bought, buyer, flip, is, p, payee, payer, startOf } from '../contract/grant.js'
import { granted } from '../contract/world.js'

const { purse, facts, issued } = bought()
const pay = (step: PayStep, at?: Progress, to = alice) =>
  granted(payer.pay(purse, to.uid, at, step, buyer.signer), step.step)
const tokenStep = (piece: number) => ({ step: 'token', piece: p(piece) }) as const
const token = (piece: number, at?: Progress) => pay(tokenStep(piece), at)

const fresh = granted(payee.start(issued.open, startOf(alice)), 'start')
const page = pay({ step: 'page', piece: p(299) })
const paged = granted(payee.check(fresh, { step: 'page', page: 1 }, page.bytes), 'page')
const { bytes, progress } = token(299)
const paid = granted(payee.check(paged, tokenStep(299), bytes), 'token')

test('a page counts in its own place', () => {
  assert.equal(page.page, 1)
  const check = (place: number, content: Uint8Array) =>
    payee.check(fresh, { step: 'page', page: place }, content)
  is(check(1, flip(page.bytes, 0)), 'page-invalid', 'a flipped page')
  is(check(1, page.bytes.subarray(32)), 'page-invalid', 'a shorter page')
  is(check(0, page.bytes), 'page-invalid', 'a page in another place')
  is(check(2, page.bytes), 'page-invalid', 'a page beyond the end')
  const covered = [fresh.covers(p(299)), paged.covers(p(299)), paged.covers(p(0))]
  assert.deepEqual(covered, [false, true, false])
})

test('a token counts for its own piece, once', () => {
  is(payee.check(fresh, tokenStep(299), bytes), 'page-missing', 'no page')
  is(payee.check(paged, tokenStep(299), flip(bytes, 3)), 'bad-token', 'a flipped token')
  is(payee.check(paged, tokenStep(299), bytes.slice(1)), 'bad-token', 'a short token')
  is(payee.check(paged, tokenStep(298), bytes), 'bad-token', 'a token of another piece')
  is(payee.check(paged, tokenStep(300), bytes), 'piece-unknown', 'a piece beyond the content')
  is(payee.check(paid, tokenStep(299), bytes), 'piece-open', 'a piece twice')
  assert.deepEqual(paid.progress, progress)
})

test('a till stays good when others follow from it', () => {
  assert.equal(paged.progress.k, 0, 'the till before it stands where it stood')
  const other = granted(payee.check(paged, tokenStep(298), token(298).bytes), 'another future')
  const both = granted(payee.check(other, tokenStep(299), bytes), 'paid in one future alone')
  const first = granted(payee.check(paid, tokenStep(298), token(298).bytes), 'the first goes on')
  assert.deepEqual([both.progress.k, first.progress.k], [2, 2])
  assert.deepEqual(first.progress, token(298, progress).progress)
  is(payee.check(first, tokenStep(298), token(298).bytes), 'piece-open', 'a piece twice')
})

const payment = pay({ step: 'payment' }, progress).bytes
const signed = (change: object, signer = buyer.signer): Uint8Array => {
  const content = { rid: facts.rid, seller: alice.uid, ...progress, ...change }
  return signString('payment', encode(Payment, content), signer)
}

test('a payment counts when it names this seller and all that was paid', () => {
  const payload = payment.subarray('floodgate/1 payment\n'.length + 32, -64)
  const payments: [string, Code, Uint8Array][] = [
    ['a flipped signature', 'bad-signature', flip(payment, -1)],
    ['a flipped counter', 'bad-signature', flip(payment, -100)],
    ['another signer', 'bad-signature', signed({}, bob.signer)],
    ['another label', 'bad-label', signString('receipt', payload, buyer.signer)],
    ['too long', 'too-large', new Uint8Array(513)],
    ['a payment to another', 'wrong-seller', pay({ step: 'payment' }, progress, bob).bytes],
    ['another grant', 'wrong-grant', signed({ rid: alice.uid })],
    ['more than was paid', 'bad-payment', signed({ k: 2 })],
    ['another chain', 'bad-payment', signed({ chain: sha256(progress.chain) })],
    ['nothing in it', 'malformed', signString('payment', new Uint8Array(0), buyer.signer)],
  ]
  for (const [what, code, content] of payments) {
    is(payee.check(paid, { step: 'payment' }, content), code, what)
  }
  const done = granted(payee.check(paid, { step: 'payment' }, payment), 'payment')
  assert.deepEqual([done.payment?.k, paid.payment], [1, undefined])
  granted(payee.check(done, { step: 'payment' }, payment), 'the same payment sent again')
  const nothing = payer.pay(purse, alice.uid, undefined, { step: 'payment' }, buyer.signer)
  is(nothing, 'bad-payment', 'a payment for nothing')
})

test('a till starts again where the saved payments stand', () => {
  const saved = [{ piece: p(299), token: bytes }]
  const again = granted(
    payee.start(issued.open, { ...startOf(alice), paid: saved, payment }),
    'again',
  )
  assert.deepEqual(again.progress, progress)
  assert.deepEqual(again.payment?.bytes, payment)
  is(payee.check(again, tokenStep(299), bytes), 'piece-open', 'a piece that was saved as paid')
  const unsigned = granted(payee.start(issued.open, { ...startOf(alice), paid: saved }), 'unsigned')
  assert.deepEqual([unsigned.progress.k, unsigned.payment], [1, undefined])
  const lost = payee.start(issued.open, { ...startOf(alice), payment })
  is(lost, 'bad-payment', 'a payment without its tokens')
  const foreign = { ...startOf(bob), paid: saved, payment }
  is(payee.start(issued.open, foreign), 'wrong-seller', 'a payment to another')
})
