/**
 * Floodgate's claims: paid once, or refused with exactly their own code; and what they prove.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, toHex, u32 } from '../../shared/bytes.js'
import { digest } from '../../shared/crypto.js'
import type { Code } from '../../shared/errors.js'
import { idBytes, type PieceIndex } from '../../shared/identifier.js'
import { Claim } from '../../shared/schemes/floodgate/records.js'
import { claimDigest, deriveTokens, grantKey, nth } from '../../shared/schemes/floodgate/tokens.js'
import type { PayStep, RedeemContext } from '../../shared/schemes/scheme.js'
import {
  alice,
  bob,
  broker,
  buyer,
  changed,
  flip,
  is,
  p,
  paidTo,
  payee,
  payer,
  redeeming,
} from '../contract/grant.js'
import { KEYRING, type Party } from '../contract/provider.js'
import { granted, issueContext } from '../contract/world.js'

test('a claim is paid or refused with its own code', () => {
  const { context, claim, payment } = paidTo(alice, [7, 290, 3])
  const judge = (bytes: Uint8Array, claimant = alice, settled?: RedeemContext['settled']) =>
    broker.redeem(bytes, { ...redeeming(context, claimant), settled })
  const redeemed = granted(judge(claim), 'claim')
  assert.deepEqual(redeemed.settlement.spends, [7, 290, 3])
  assert.equal(redeemed.settlement.transfers[0]?.amount, 300n)
  const { rid } = context.facts
  const tokens = deriveTokens(grantKey(context.seed, rid), 300)
  const hash = digest('accepted', idBytes(rid), u32(290), nth(tokens, 290))
  assert.equal(toHex(redeemed.accepted[1]?.hash as Uint8Array), toHex(hash))

  const edit = (change: Partial<Claim>): Uint8Array => changed(Claim, claim, change)
  const paymentTo = (seller: Party) => paidTo(seller, [7, 290, 3]).payment.bytes
  const duplicate = paidTo(alice, [7, 290, 7]).claim
  const wrong = concat(nth(tokens, 7), nth(tokens, 289), nth(tokens, 3))
  const claims: [string, Code, Uint8Array][] = [
    ['junk', 'malformed', fromHex('6465') as Uint8Array],
    ['another grant', 'wrong-grant', edit({ rid: issueContext('other').facts.rid })],
    ['another seller', 'claim-payee', edit({ seller: bob.uid })],
    ['a payment to another seller', 'claim-payee', edit({ payment: paymentTo(bob) })],
    ['a flipped payment', 'bad-signature', edit({ payment: flip(payment.bytes, -1) })],
    ['a gap', 'claim-gap', edit({ after: 1 })],
    ['pieces in another order', 'bad-payment', edit({ pieces: [p(290), p(7), p(3)] })],
    ['a piece less', 'bad-payment', edit({ pieces: [p(7), p(290)] })],
    ['a piece beyond the content', 'piece-unknown', edit({ pieces: [p(7), p(290), p(300)] })],
    ['a piece twice', 'malformed', duplicate],
    ['a flipped digest', 'claim-mismatch', edit({ digest: new Uint8Array(32) })],
    ['wrong tokens', 'claim-mismatch', edit({ digest: new Uint8Array(32), tokens: wrong })],
  ]
  for (const [what, code, bytes] of claims) is(judge(bytes), code, what)
  is(judge(claim, bob), 'claim-payee', 'a foreign claim')
  const brought = claimDigest(alice.uid, rid, [
    { piece: p(7), token: nth(wrong, 0) },
    { piece: p(290), token: nth(wrong, 1) },
    { piece: p(3), token: nth(wrong, 2) },
  ])
  const good = granted(judge(edit({ digest: brought, tokens: wrong })), 'all but one token')
  assert.deepEqual([good.failed, good.settlement.spends], [[290], [7, 3]])
  assert.equal(good.settlement.settled?.k, 3, 'later claims go on behind the failed one')

  const owner = {
    ...redeeming(context, alice),
    spentTo: (piece: PieceIndex) => (piece === 3 ? bob.uid : undefined),
  }
  const partly = granted(broker.redeem(claim, owner), 'partly paid')
  assert.deepEqual([partly.alreadyPaid, partly.settlement.spends], [[3], [7, 290]])
  assert.equal(partly.settlement.transfers[0]?.amount, 200n)
})

test('a claim goes on where the settled payments end', () => {
  const all = paidTo(alice, [7, 290, 3])
  const settled = paidTo(alice, [7, 290])
  const first = granted(broker.redeem(settled.claim, redeeming(all.context, alice)), 'first')
  const mark = first.settlement.settled
  assert.equal(mark?.k, 2)
  const rest = payee.claim({ ...all.earned, after: 2 }) as Uint8Array
  const context = { ...redeeming(all.context, alice), settled: mark }
  const next = granted(broker.redeem(rest, context), 'next')
  assert.deepEqual([next.settlement.spends, next.settlement.settled?.k], [[3], 3])
  const old = granted(
    broker.redeem(settled.claim, { ...context, settled: next.settlement.settled }),
    'old',
  )
  assert.equal(old.settlement.settled?.k, 3, 'an old claim does not move the mark back')
})

test('arbitration names the pieces that were signed over to two sellers', () => {
  const a = paidTo(alice, [9, 1, 4])
  const b = paidTo(bob, [4, 2, 9])
  const at = <S extends PayStep>(step: S) =>
    granted(payer.pay(a.purse, alice.uid, undefined, step, buyer.signer), step.step)
  const pages = [0, 256].map((piece) => {
    const { bytes: body, page = -1 } = at({ step: 'page', piece: p(piece) })
    return { page, body }
  })
  const evidence = {
    ...{ keyring: KEYRING, buyer: buyer.uid, buyerKey: buyer.publicKey },
    ...{ cid: a.context.facts.cid, opening: at({ step: 'open' }).bytes, pages },
  }
  const claims = [
    { seller: alice.uid, claim: a.claim },
    { seller: bob.uid, claim: b.claim },
    { seller: alice.uid, claim: paidTo(alice, [9, 1]).claim },
  ]
  const found = granted(broker.arbitrate({ ...evidence, claims }), 'findings')
  assert.deepEqual([found.doubleSpent, found.facts], [[4, 9], a.context.facts])
  assert.deepEqual(
    found.paid.map(({ pieces }) => pieces),
    [
      [9, 1, 4],
      [4, 2, 9],
    ],
  )
  const forged = [{ seller: bob.uid, claim: a.claim }]
  is(broker.arbitrate({ ...evidence, claims: forged }), 'claim-payee', 'forged evidence')
  const later = { seller: alice.uid, claim: payee.claim({ ...a.earned, after: 1 }) as Uint8Array }
  is(broker.arbitrate({ ...evidence, claims: [later] }), 'claim-gap', 'evidence from the middle')
  const early = { seller: alice.uid, claim: paidTo(alice, [9]).claim }
  const joined = granted(broker.arbitrate({ ...evidence, claims: [early, later] }), 'joined')
  assert.deepEqual(joined.paid[0]?.pieces, [9, 1, 4])

  const some = { ...evidence, claims }
  is(broker.arbitrate({ ...some, pages: [] }), 'page-missing', 'evidence without pages')
  const swapped = pages.map(({ page, body }) => ({ page: 1 - page, body }))
  is(broker.arbitrate({ ...some, pages: swapped }), 'page-invalid', 'pages of other pieces')
  is(broker.arbitrate({ ...some, buyer: bob.uid }), 'wrong-buyer', 'the grant of somebody else')
})
