/**
 * Claims of one grant, as the broker judges them.
 */
import { fromText, toHex } from '../../shared/bytes.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { Claim, Payment } from '../../shared/schemes/floodgate/records.js'
import { claimDigest } from '../../shared/schemes/floodgate/tokens.js'
import { decode, encode } from '../../shared/wire/record.js'
import { claimOf, paidTo } from './claim-parts.js'
import { type Case, caseMaker, flip } from './vector.js'
import { alice, bob, buyer, FACTS, FINGERPRINT, named, p, RID, SEED } from './world.js'

const paid = paidTo(alice, [256, 257, 3, 4])
const claim = claimOf(paid)
const at = (k: number) => ({ k, chain: paid.progress[k - 1]?.chain })

/** The claim with other fields; the digest is made anew unless it is the point. */
function claimWith(change: object, from = claim): Uint8Array {
  const value = { ...must(decode(Claim, from, 1_000_000)), ...change }
  return encode(Claim, value)
}

const paymentWith = (change: object, signer = buyer.signer): Uint8Array => {
  const last = { rid: RID, seller: alice.uid, ...at(4), ...change }
  return signString('payment', encode(Payment, last as never), signer)
}

export function claimCases(): Case[] {
  const redeem = caseMaker('redeem', '12')
  const given = {
    ...{ seed: SEED, facts: FACTS, buyerKey: buyer.publicKey, fingerprint: FINGERPRINT },
    ...{ claimant: alice.uid, spentTo: {}, claim },
  }
  const bad = (name: string, refuse: Case['refuse'], change: object) =>
    redeem(name, { ...given, ...change }, refuse)
  const bobs = claimOf(paidTo(bob, [256, 257, 3, 4]))
  const settled = { settled: at(2) }
  const doubled = [...paid.paid.slice(0, 3), ...paid.paid.slice(2, 3)]
  const tokens = paid.paid.map(({ token }) => toHex(token)).join('')
  const broken = flip(new Uint8Array(Buffer.from(tokens, 'hex')), 0)
  const pieces = (list: number[]) => ({ claim: claimWith({ pieces: list.map(p) }) })
  return [
    redeem('a claim of four pieces', given),
    redeem('a claim that continues', { ...given, claim: claimOf(paid, 2), ...settled }),
    redeem('a claim from the first again: the union', {
      ...{ ...given, ...settled, spentTo: { 256: alice.uid, 257: alice.uid } },
    }),
    redeem('a piece that was paid to another seller', { ...given, spentTo: { 3: bob.uid } }),
    redeem('everything settled already', {
      ...{ ...given, settled: at(4) },
      spentTo: Object.fromEntries([256, 257, 3, 4].map((piece) => [piece, alice.uid])),
    }),
    redeem('with the tokens along', { ...given, claim: claimWith({ tokens: paidTokens(tokens) }) }),
    bad('by another claimant', 'claim-payee', { claimant: bob.uid }),
    bad("another's payment under one's own name", 'claim-payee', {
      claim: claimWith({ payment: must(decode(Claim, bobs, 1_000_000)).payment }),
    }),
    bad('of another grant', 'wrong-grant', { claim: claimWith({ rid: toHex(named('x', 16)) }) }),
    bad('a payment of another grant', 'wrong-grant', {
      claim: claimWith({ payment: paymentWith({ rid: toHex(named('x', 16)) }) }),
    }),
    bad('a payment that the buyer did not sign', 'bad-signature', {
      claim: claimWith({ payment: paymentWith({}, alice.signer) }),
    }),
    bad('a receipt for a payment', 'bad-label', {
      claim: claimWith({ payment: signString('receipt', fromText('de'), buyer.signer) }),
    }),
    bad('a gap', 'claim-gap', { claim: claimOf(paid, 3), ...settled }),
    bad('continues where nothing is settled', 'claim-gap', { claim: claimOf(paid, 2) }),
    bad('a piece beyond the content', 'piece-unknown', pieces([256, 257, 3, 300])),
    bad('a piece twice', 'malformed', {
      claim: claimWith({ pieces: doubled.map(({ piece }) => piece) }),
    }),
    bad('pieces in another order', 'bad-payment', pieces([257, 256, 3, 4])),
    bad('a piece left out', 'bad-payment', pieces([256, 257, 3])),
    bad('a payment for more than is claimed', 'bad-payment', {
      claim: claimWith({ payment: paymentWith({ k: 5 }) }),
    }),
    bad('a digest over other tokens', 'claim-mismatch', {
      claim: claimWith({ digest: claimDigest(alice.uid, RID, wrongTokens()) }),
    }),
    bad("a digest in another's name", 'claim-mismatch', {
      claim: claimWith({ digest: claimDigest(bob.uid, RID, paid.paid) }),
    }),
    redeem('a wrong token brought along: the others are paid', {
      ...given,
      claim: claimWith({ digest: claimDigest(alice.uid, RID, wrongTokens()), tokens: broken }),
    }),
    bad('other tokens brought than the digest says', 'claim-mismatch', {
      claim: claimWith({ digest: claimDigest(bob.uid, RID, paid.paid), tokens: broken }),
    }),
    bad('fewer tokens than pieces', 'malformed', {
      claim: claimWith({ tokens: broken.subarray(32) }),
    }),
    bad('no record', 'malformed', { claim: fromText('l-3:') }),
    bad('a supplementary grant for other pieces', 'piece-unknown', {
      facts: { ...FACTS, only: [256, 257].map(p) },
    }),
  ]
}

const paidTokens = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

/** The first token with one bit changed. */
function wrongTokens() {
  return paid.paid.map(({ piece, token }, i) => ({
    piece,
    token: i === 0 ? flip(token, 0) : token,
  }))
}
