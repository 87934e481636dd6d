/**
 * The six laws of a payment scheme (design §3, D12), each a check that throws when a scheme breaks
 * it.
 *
 * The checks keep out of each other's way: a scheme that breaks one law alone fails that check
 * alone (broken.test.ts holds them to it). Sequences come from fast-check, which prints the
 * smallest bad one.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { refused } from '../../shared/errors.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import type { Books } from './books.js'
import { neverMoreThanIssued } from './conspiracy.js'
import { crashLosesNothingSaved } from './crash.js'
import { evidenceProves } from './evidence.js'
import type { Party } from './provider.js'
import {
  beyond,
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
  readonly check: (scheme: Scheme, books: Books) => Promise<void>
}

const times = (world: World, pieces: number): bigint => world.facts.reward * BigInt(pieces)

/** The claim, when there must be one. */
function mustClaim(world: World, sale: Sale, after: number): Uint8Array {
  const claim = claimOf(world, sale, after)
  assert.ok(claim !== undefined, 'signed pieces can be claimed')
  return claim
}

/** Whether a seller that hears all that was said to another takes it for payment to itself. */
function takesForeignPayment(world: World, thief: Party, sale: Sale, payment: Uint8Array): boolean {
  const { payee } = world.scheme
  let { till } = openSale(world, thief)
  for (const { piece, token } of sale.paid) {
    const next = payee.check(withPage(world, till, thief, piece), { step: 'token', piece }, token)
    if (refused(next)) return false
    till = next
  }
  return !refused(payee.check(till, { step: 'payment' }, payment))
}

async function worthlessToOthers(scheme: Scheme, books: Books): Promise<void> {
  const world = await purchase(scheme, books)
  const { rid } = world.facts
  const [alice, bob, carol] = world.sellers
  const sale = sell(world, openSale(world, alice), [3, 0, 5])
  const own = sell(world, openSale(world, bob), [6, 7])
  const { payment } = sale.till
  assert.ok(payment !== undefined && own.till.payment !== undefined, 'a till keeps its payment')

  const foreign = takesForeignPayment(world, carol, sale, payment.bytes)
  assert.ok(!foreign, 'a thief takes a foreign payment for its own')
  const opening = pay(world, carol, undefined, { step: 'open' }).bytes
  const resumed = startContext(world, carol, sale.paid, payment.bytes)
  assert.ok(refused(scheme.payee.start(opening, resumed)), 'a thief resumes a foreign payment')

  const steal = async (thief: Party, earnings: Pick<Sale, 'paid'>, proof: typeof payment) => {
    const paidBeyond = beyond(earnings.paid)
    const loot = { rid, seller: thief.uid, paidBeyond, payment: proof, after: 0 }
    const claim = scheme.payee.claim(loot)
    if (claim !== undefined) await submit(world, thief, claim)
  }
  for (const thief of [carol, bob, world.buyer]) {
    await submit(world, thief, mustClaim(world, sale, 0))
    await steal(thief, sale, payment)
    assert.equal(await earned(world, thief), 0n, 'a thief is paid for a foreign payment')
  }
  const spliced = { paid: [...sale.paid, ...own.paid] }
  await steal(bob, spliced, own.till.payment)
  await steal(bob, spliced, { ...own.till.payment, k: 5 })
  await submit(world, bob, mustClaim(world, own, 0))
  assert.equal(await earned(world, bob), times(world, 2), 'a thief adds foreign pieces to its own')
  granted(await submit(world, alice, mustClaim(world, sale, 0)), 'the payee claims')
  assert.equal(await earned(world, alice), times(world, 3), 'the payee is paid after the thieves')
}

async function claimedTwicePaysOnce(scheme: Scheme, books: Books): Promise<void> {
  const world = await purchase(scheme, books)
  const [alice] = world.sellers
  const early = sell(world, openSale(world, alice), [2, 4, 1])
  const first = mustClaim(world, early, 0)
  granted(await submit(world, alice, first), 'first claim')
  const again = granted(await submit(world, alice, first), 'the same claim again')
  assert.equal(again.accepted.length, 3, 'a claim again is answered as before')
  for (const { piece, hash } of again.accepted) {
    const paid = early.paid.find((each) => each.piece === piece)
    assert.ok(paid !== undefined, 'what is acknowledged was claimed')
    const own = scheme.payee.acknowledgement(world.facts.rid, paid)
    assert.deepEqual([...hash], [...own], 'the payee cannot tell what is acknowledged')
  }
  assert.equal(await earned(world, alice), times(world, 3), 'a claim twice pays once')

  const late = sell(world, early, [0, 6])
  const second = mustClaim(world, late, 3)
  granted(await submit(world, alice, second), 'second claim')
  for (const old of [second, first, second, mustClaim(world, late, 0)]) {
    await submit(world, alice, old)
  }
  assert.equal(await earned(world, alice), times(world, 5), 'old claims again pay nothing')
  assert.equal(claimOf(world, late, 5), undefined, 'nothing is left to claim')
}

/** Each claim covers some new pieces, and all older ones again when it is `whole`. */
const overlapping = fc.array(
  fc.record({ pieces: fc.integer({ min: 1, max: 3 }), whole: fc.boolean() }),
  { minLength: 2, maxLength: 4 },
)

async function overlapPaysUnion(scheme: Scheme, books: Books): Promise<void> {
  const claims = fc.asyncProperty(overlapping, async (steps) => {
    const world = await purchase(scheme, books, { pieces: 12, price: 2000n })
    const [alice] = world.sellers
    let sale = openSale(world, alice)
    for (const { pieces, whole } of steps) {
      const settled = sale.paid.length
      const next = Array.from({ length: pieces }, (_, place) => 11 - settled - place)
      sale = sell(world, sale, next)
      const claim = mustClaim(world, sale, whole ? 0 : settled)
      const { accepted } = granted(await submit(world, alice, claim), 'overlapping claim')
      const acknowledged = new Set(accepted.map(({ piece }) => Number(piece)))
      assert.ok(
        next.every((piece) => acknowledged.has(piece)),
        'every new piece is acknowledged',
      )
      const union = times(world, settled + pieces)
      assert.equal(await earned(world, alice), union, 'overlapping claims pay the union')
    }
  })
  const whole = { pieces: 3, whole: true }
  await fc.assert(claims, { numRuns: 25, examples: [[[whole, whole]]] })
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
  { name: 'evidence proves what the buyer signed, and nothing else', check: evidenceProves },
]
