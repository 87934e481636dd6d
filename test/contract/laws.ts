/**
 * The five laws of a payment scheme (design §3), each a check that throws when a scheme breaks it.
 *
 * The checks keep out of each other's way: a scheme that breaks one law alone fails that check alone
 * (broken.test.ts holds them to it). Sequences come from fast-check, which prints the smallest bad one.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { escrow } from '../../shared/account.js'
import { refused } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import type { PaidPiece, Progress, Scheme } from '../../shared/schemes/scheme.js'
import { crashLosesNothingSaved } from './crash.js'
import {
  claimOf,
  earned,
  granted,
  openSale,
  pay,
  purchase,
  type Sale,
  sell,
  startContext,
  submit,
  type World,
  withPage,
} from './world.js'

/** A law and its check. */
export interface Law {
  readonly name: string
  readonly check: (scheme: Scheme) => void
}

const times = (world: World, pieces: number): bigint => world.facts.reward * BigInt(pieces)

/** The claim, when there must be one. */
function mustClaim(world: World, sale: Sale, after: number): Uint8Array {
  const claim = claimOf(world, sale, after)
  assert.ok(claim !== undefined, 'signed pieces can be claimed')
  return claim
}

/** Whether a seller that hears all that was said to another would take it for payment to itself. */
function takesForeignPayment(world: World, thief: Uid, sale: Sale): boolean {
  const { payee } = world.scheme
  let till = openSale(world, {
    uid: thief,
    signer: world.buyer.signer,
    publicKey: world.buyer.publicKey,
  }).till
  for (const { piece, token } of sale.paid) {
    const next = payee.check(withPage(world, till, thief, piece), { step: 'token', piece }, token)
    if (refused(next)) return false
    till = next
  }
  const payment = sale.till.payment?.bytes as Uint8Array
  return !refused(payee.check(till, { step: 'payment' }, payment))
}

function worthlessToOthers(scheme: Scheme): void {
  const world = purchase(scheme)
  const { rid } = world.facts
  const [alice, bob, carol] = world.sellers
  const sale = sell(world, openSale(world, alice), [3, 0, 5])
  const own = sell(world, openSale(world, bob), [6, 7])
  const payment = sale.till.payment as { k: number; bytes: Uint8Array }
  const ownPayment = own.till.payment as { k: number; bytes: Uint8Array }
  const loot = { rid, paid: sale.paid, payment, after: 0 }

  assert.ok(!takesForeignPayment(world, carol.uid, sale), 'a thief takes it for its own payment')
  const opening = pay(world, carol.uid, undefined, { step: 'open' }).bytes
  const resumed = startContext(world, carol.uid, sale.paid, payment.bytes)
  assert.ok(refused(scheme.payee.start(opening, resumed)), 'a thief resumes a foreign payment')

  for (const thief of [carol, bob, world.buyer]) {
    submit(world, thief.uid, mustClaim(world, sale, 0))
    submit(world, thief.uid, scheme.payee.claim({ ...loot, seller: thief.uid }) as Uint8Array)
    assert.equal(earned(world, thief.uid), 0n, 'a thief is paid for a foreign payment')
  }
  const spliced = { rid, seller: bob.uid, paid: [...sale.paid, ...own.paid], after: 0 }
  submit(world, bob.uid, scheme.payee.claim({ ...spliced, payment: ownPayment }) as Uint8Array)
  submit(
    world,
    bob.uid,
    scheme.payee.claim({ ...spliced, payment: { ...ownPayment, k: 5 } }) as Uint8Array,
  )
  submit(world, bob.uid, mustClaim(world, own, 0))
  assert.equal(earned(world, bob.uid), times(world, 2), 'a thief adds foreign pieces to its own')
  granted(submit(world, alice.uid, mustClaim(world, sale, 0)), 'the payee claims')
  assert.equal(earned(world, alice.uid), times(world, 3), 'the payee is paid after the thieves')
}

function claimedTwicePaysOnce(scheme: Scheme): void {
  const world = purchase(scheme)
  const [alice] = world.sellers
  const early = sell(world, openSale(world, alice), [2, 4, 1])
  const first = mustClaim(world, early, 0)
  granted(submit(world, alice.uid, first), 'first claim')
  const again = granted(submit(world, alice.uid, first), 'the same claim again')
  assert.equal(again.accepted.length, 3, 'a claim again is answered as before')
  assert.equal(earned(world, alice.uid), times(world, 3), 'a claim twice pays once')

  const late = sell(world, early, [0, 6])
  const second = mustClaim(world, late, 3)
  granted(submit(world, alice.uid, second), 'second claim')
  for (const old of [second, first, second, mustClaim(world, late, 0)])
    submit(world, alice.uid, old)
  assert.equal(earned(world, alice.uid), times(world, 5), 'old claims again pay nothing')
  assert.equal(claimOf(world, late, 5), undefined, 'nothing is left to claim')
}

function overlapPaysUnion(scheme: Scheme): void {
  const overlapping = fc.array(
    fc.record({ pieces: fc.integer({ min: 1, max: 3 }), whole: fc.boolean() }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  const check = (claims: readonly { pieces: number; whole: boolean }[]): void => {
    const world = purchase(scheme, { pieces: 12, price: 2000n })
    const [alice] = world.sellers
    let sale = openSale(world, alice)
    for (const { pieces, whole } of claims) {
      const k = sale.paid.length
      const next = Array.from({ length: pieces }, (_, i) => 11 - k - i)
      sale = sell(world, sale, next)
      const after = whole ? 0 : (world.bank.settled(alice.uid)?.k ?? 0)
      const redeemed = granted(submit(world, alice.uid, mustClaim(world, sale, after)), 'claim')
      assert.equal(redeemed.accepted.length, new Set(redeemed.accepted.map((a) => a.piece)).size)
      assert.ok(redeemed.accepted.length >= pieces, 'every new piece is accepted')
      assert.equal(earned(world, alice.uid), times(world, k + pieces), 'overlap pays the union')
    }
  }
  fc.assert(fc.property(overlapping, check), {
    numRuns: 25,
    examples: [
      [
        [
          { pieces: 3, whole: true },
          { pieces: 3, whole: true },
        ],
      ],
    ],
  })
}

/** One act of a conspiracy of the buyer with all sellers. */
type Act =
  | { readonly act: 'pay'; readonly seller: number; readonly piece: number }
  | { readonly act: 'claim'; readonly seller: number; readonly whole: boolean }
  | { readonly act: 'steal'; readonly seller: number; readonly thief: number }

/** What a conspirator holds: tokens that no honest till has checked. */
interface Hoard {
  paid: PaidPiece[]
  at: Progress | undefined
  claims: Uint8Array[]
}

function perform(world: World, hoards: readonly Hoard[], act: Act): void {
  const { uid } = world.sellers[act.seller] as { uid: Uid }
  const hoard = hoards[act.seller] as Hoard
  if (act.act === 'pay') {
    const piece = act.piece as PieceIndex
    const { bytes: token, progress } = pay(world, uid, hoard.at, { step: 'token', piece })
    hoard.paid.push({ piece, token })
    hoard.at = progress
    return
  }
  if (act.act === 'steal') {
    const thief = world.sellers[act.thief] as { uid: Uid }
    for (const claim of hoard.claims) submit(world, thief.uid, claim)
    return
  }
  if (hoard.at === undefined) return
  const payment = { k: hoard.at.k, bytes: pay(world, uid, hoard.at, { step: 'payment' }).bytes }
  const after = act.whole ? 0 : (world.bank.settled(uid)?.k ?? 0)
  const { rid } = world.facts
  const claim = world.scheme.payee.claim({ rid, seller: uid, paid: hoard.paid, payment, after })
  if (claim !== undefined) hoard.claims.push(claim)
  for (const any of hoard.claims) submit(world, uid, any)
}

const PIECES = 4
const seller = fc.nat(2)
const conspiracy = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ act: fc.constant('pay' as const), seller, piece: fc.nat(PIECES - 1) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('claim' as const), seller, whole: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('steal' as const), seller, thief: seller }),
    },
  ),
  { maxLength: 24 },
)
const everything = (to: number): Act[] => [
  ...Array.from({ length: PIECES }, (_, piece): Act => ({ act: 'pay', seller: to, piece })),
  { act: 'claim', seller: to, whole: true },
]

function neverMoreThanIssued(scheme: Scheme): void {
  const check = (acts: readonly Act[]): void => {
    const world = purchase(scheme, { pieces: PIECES, price: 500n })
    const hoards = world.sellers.map((): Hoard => ({ paid: [], at: undefined, claims: [] }))
    for (const act of acts) perform(world, hoards, act)
    const paidOut = world.sellers.reduce((sum, { uid }) => sum + earned(world, uid), 0n)
    assert.ok(paidOut <= times(world, PIECES), 'more was paid than was issued')
    assert.equal(world.bank.balance(escrow(world.facts.rid)), times(world, PIECES) - paidOut)
  }
  const twice: Act[] = [...everything(0), ...everything(0)]
  fc.assert(fc.property(conspiracy, check), {
    numRuns: 40,
    examples: [[[...everything(0), ...everything(1), ...everything(2)]], [twice]],
  })
  const outside = PIECES as PieceIndex
  const world = purchase(scheme, { pieces: PIECES, price: 500n })
  const { purse, buyer, sellers } = world
  const step = { step: 'token', piece: outside } as const
  const paid = scheme.payer.pay(purse, sellers[0].uid, undefined, step, buyer.signer)
  assert.ok(refused(paid), 'a piece is paid that the grant does not cover')
}

/** The laws, in the design's order. */
export const LAWS: readonly Law[] = [
  { name: 'a payment is worth nothing to anyone but its payee', check: worthlessToOthers },
  { name: 'a claim twice pays once', check: claimedTwicePaysOnce },
  { name: 'overlapping claims pay the union', check: overlapPaysUnion },
  { name: 'no sequence of messages pays more than was issued', check: neverMoreThanIssued },
  {
    name: 'a crash between any two effects loses at most the unsaved message',
    check: crashLosesNothingSaved,
  },
]
