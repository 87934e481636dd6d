/**
 * Floodgate's tokens, grants and openings: what the provider issued is taken whole or refused.
 */
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { fromHex, toHex, u32 } from '../../shared/bytes.js'
import { digest, type Signer, sha256, signString } from '../../shared/crypto.js'
import { type Code, refused } from '../../shared/errors.js'
import { type Fingerprint, idBytes } from '../../shared/identifier.js'
import {
  CLAIM_MAX_BYTES,
  Grant,
  HashList,
  Opening,
} from '../../shared/schemes/floodgate/records.js'
import { deriveTokens, grantKey, nth, tokenHasher } from '../../shared/schemes/floodgate/tokens.js'
import type { Till } from '../../shared/schemes/scheme.js'
import { decode, encode } from '../../shared/wire/record.js'
import {
  accepting,
  alice,
  bob,
  bought,
  broker,
  buyer,
  flip,
  is,
  p,
  paidTo,
  payee,
  payer,
  redeeming,
  startOf,
} from '../contract/grant.js'
import { KEYRING, PROVIDER } from '../contract/provider.js'
import { granted, issueContext } from '../contract/world.js'

test('tokens are the keystream under the grant key, each to be had alone', () => {
  const { context, facts, purse } = bought()
  const key = grantKey(context.seed, facts.rid)
  const all = deriveTokens(key, facts.pieces)
  assert.equal(toHex(nth(all, 0)), toHex(deriveTokens(key, 1)))
  const token = payer.pay(
    purse,
    alice.uid,
    undefined,
    { step: 'token', piece: p(299) },
    buyer.signer,
  )
  assert.ok(!refused(token))
  assert.equal(toHex(token.bytes), toHex(nth(all, 299)))
  assert.equal(token.bytes.buffer.byteLength, 32, 'a token does not lean on the others')
  const hash = digest('token hash', idBytes(facts.rid), u32(299), token.bytes)
  assert.equal(toHex(tokenHasher(facts.rid)(299, token.bytes)), toHex(hash))
  const first = digest(
    'chain',
    idBytes(KEYRING.fingerprint),
    idBytes(facts.rid),
    idBytes(alice.uid),
  )
  assert.equal(toHex(token.progress.chain), toHex(sha256(first, u32(299), hash)))
})

test('a purchase moves the price: rewards to escrow, the rest to held', () => {
  const { settlement, facts } = bought(300)
  const moved = settlement.transfers.map(({ credit, amount }) => [credit, amount])
  const rewards = 300n * 100n
  const expected = [
    [`grant:${facts.rid}:escrow`, rewards],
    [`grant:${facts.rid}:held`, 10n ** 9n - rewards],
  ]
  assert.deepEqual(moved, expected)
  const exact = granted(broker.issue(issueContext('exact', { pieces: 10, price: 1000n })), 'issue')
  assert.equal(
    exact.settlement.transfers.length,
    1,
    'nothing is held of a price that is all rewards',
  )
  is(broker.issue(issueContext('poor', { pieces: 10, price: 999n })), 'terms-invalid', 'low price')
})

const { context: issuing, facts, issued } = bought()
const key = grantKey(issuing.seed, facts.rid)
const opening = decode(Opening, issued.open, CLAIM_MAX_BYTES)
assert.ok(!refused(opening))
const { list, digests } = opening
const payload = list.subarray('floodgate/1 hash-list\n'.length + 32, -64)
const content = decode(HashList, payload, CLAIM_MAX_BYTES)
assert.ok(!refused(content))

/** The opening with another list, signed by whoever and under whatever label. */
const openingOf = (change: object, label: 'hash-list' | 'terms' = 'hash-list', signer?: Signer) => {
  const changed = encode(HashList, { ...content, ...change })
  return encode(Opening, { list: signString(label, changed, signer ?? PROVIDER), digests })
}
const grantOf = (change: object): Uint8Array =>
  signString(
    'grant',
    encode(Grant, { ...facts, key, signer: PROVIDER.certificate, ...change }),
    PROVIDER,
  )

test('an opening is taken whole or refused with its own code, by buyer and seller alike', () => {
  const { privateKey } = bob.signer
  const stranger = { fingerprint: KEYRING.fingerprint, privateKey }
  const foreign = {
    fingerprint: toHex(sha256(key)) as Fingerprint,
    privateKey: PROVIDER.privateKey,
  }
  const otherList = (changed: Uint8Array) => encode(Opening, { list: changed, digests })
  const openings: [string, Code, Uint8Array][] = [
    ['junk', 'malformed', fromHex('00') as Uint8Array],
    ['too much', 'too-large', new Uint8Array(100_000)],
    ['a flipped signature', 'bad-signature', otherList(flip(list, -1))],
    ['a flipped fact', 'bad-signature', otherList(flip(list, -70))],
    ['another label', 'bad-label', openingOf({}, 'terms')],
    ['another version', 'unsupported-version', otherList(flip(list, 10))],
    ['another provider', 'wrong-provider', openingOf({}, 'hash-list', foreign)],
    ['a member as provider', 'bad-signature', openingOf({}, 'hash-list', stranger)],
    ['an unknown signer', 'certificate-invalid', openingOf({ signer: sha256(key) })],
    ['another buyer', 'wrong-buyer', openingOf({ buyer: bob.uid })],
    ['another content', 'wrong-grant', openingOf({ cid: `${facts.cid.slice(2)}00` })],
    ['flipped page digests', 'page-invalid', encode(Opening, { list, digests: flip(digests, 5) })],
    ['a page too few', 'page-invalid', encode(Opening, { list, digests: digests.slice(32) })],
    ['more pieces than pages', 'page-invalid', openingOf({ pieces: 600 })],
  ]
  for (const [what, code, open] of openings) {
    is(payer.accept({ ...issued, open }, accepting(facts)), code, `buyer: ${what}`)
    is(payee.start(open, startOf(alice)), code, `seller: ${what}`)
  }
  assert.ok(!refused(payee.start(openingOf({}), startOf(alice))))
})

test('a grant is taken whole or refused with its own code', () => {
  const another = issueContext('other', { pieces: 300, price: 10n ** 9n })
  const other = granted(broker.issue(another), 'issue')
  const secrets: [string, Code, Uint8Array][] = [
    ['no grant', 'malformed', new Uint8Array(0)],
    ['too much', 'too-large', new Uint8Array(100_000)],
    ['a flipped grant', 'bad-signature', flip(issued.secret, -70)],
    ['the hash list as grant', 'bad-label', list],
    ['the grant of another purchase', 'wrong-grant', other.issued.secret],
    ['another reward', 'wrong-grant', grantOf({ reward: 99n })],
    ['a narrower grant', 'wrong-grant', grantOf({ only: [p(1)] })],
    ['another key', 'page-invalid', grantOf({ key: sha256(key) })],
  ]
  for (const [what, code, secret] of secrets) {
    is(payer.accept({ ...issued, secret }, accepting(facts)), code, what)
  }
  assert.ok(!refused(payer.accept({ ...issued, secret: grantOf({}) }, accepting(facts))))
})

test('a supplementary grant covers its pieces alone', () => {
  const only = [p(5), p(280)]
  const { settlement, purse, issued, context } = bought(300, only)
  assert.equal(settlement.transfers[0]?.amount, 200n)
  const step = { step: 'token', piece: p(6) } as const
  is(payer.pay(purse, alice.uid, undefined, step, buyer.signer), 'piece-unknown', 'outside')
  const page = { step: 'page', piece: p(6) } as const
  is(payer.pay(purse, alice.uid, undefined, page, buyer.signer), 'piece-unknown', 'page outside')
  const till = granted(payee.start(issued.open, startOf(alice)), 'start')
  assert.deepEqual(till.facts.only, only)
  is(payee.check(till, step, new Uint8Array(32)), 'piece-unknown', 'till')
  const whole = paidTo(alice, [5, 6])
  is(broker.redeem(whole.claim, redeeming(context, alice)), 'piece-unknown', 'claim')
})

test('what a piece costs in time, for the record', (context) => {
  const pieces = 4096
  const grant = bought(pieces)
  const { purse, issued } = grant
  let till = granted(payee.start(issued.open, startOf(alice)), 'start')
  for (let piece = 0; piece < pieces; piece += 256) {
    const page = granted(
      payer.pay(purse, alice.uid, undefined, { step: 'page', piece: p(piece) }, buyer.signer),
      'page',
    )
    till = granted(
      payee.check(till, { step: 'page', page: page.page as number }, page.bytes),
      'page',
    )
  }
  let at: Till['progress'] | undefined
  const begun = performance.now()
  for (let piece = 0; piece < pieces; piece++) {
    const step = { step: 'token', piece: p(piece) } as const
    const paid = granted(payer.pay(purse, alice.uid, at, step, buyer.signer), 'token')
    till = granted(payee.check(till, step, paid.bytes), 'check')
    at = paid.progress
  }
  const perPiece = ((performance.now() - begun) * 1000) / pieces
  assert.equal(till.progress.k, pieces)
  assert.deepEqual(till.progress, at)
  context.diagnostic(`token paid and checked in ${perPiece.toFixed(1)} microseconds`)
})
