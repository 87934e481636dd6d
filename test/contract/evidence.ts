/**
 * The sixth law: evidence proves what the buyer signed, to anyone, and nothing else (D12).
 */
import assert from 'node:assert/strict'
import { refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Evidence, Scheme } from '../../shared/schemes/scheme.js'
import type { Books } from './books.js'
import { KEYRING, party } from './provider.js'
import { claimOf, granted, openSale, pay, purchase, type Sale, sell, type World } from './world.js'

/** What anyone can have: the opening, all pages, and claims. */
function evidenceOf(world: World, claims: Evidence['claims']): Evidence {
  const { buyer, facts, sellers } = world
  const [alice] = sellers
  const pages = new Map<number, Uint8Array>()
  for (let piece = 0; piece < facts.pieces; piece++) {
    const step = { step: 'page', piece: piece as PieceIndex } as const
    const { bytes, page } = pay(world, alice, undefined, step)
    if (page !== undefined) pages.set(page, bytes)
  }
  return {
    keyring: KEYRING,
    ...{ buyer: buyer.uid, buyerKey: buyer.publicKey, cid: facts.cid },
    opening: pay(world, alice, undefined, { step: 'open' }).bytes,
    pages: [...pages].map(([page, body]) => ({ page, body })),
    claims,
  }
}

function shown(world: World, sale: Sale): Evidence['claims'][number] {
  const claim = claimOf(world, sale, 0)
  assert.ok(claim !== undefined, 'signed pieces can be claimed')
  return { seller: sale.seller.uid, claim }
}

/** Whoever was paid is found paid, a piece signed over twice is found, forged claims are not. */
export async function evidenceProves(scheme: Scheme, books: Books): Promise<void> {
  const world = await purchase(scheme, books)
  const [alice, bob, carol] = world.sellers
  const first = sell(world, openSale(world, alice), [3, 0])
  const later = sell(world, first, [5])
  const own = shown(world, later)
  const other = shown(world, sell(world, openSale(world, bob), [6, 5]))
  const find = (claims: Evidence['claims']) =>
    granted(scheme.broker.arbitrate(evidenceOf(world, claims)), 'evidence')

  const { facts, paid, doubleSpent } = find([shown(world, first), own])
  assert.deepEqual(facts, world.facts, 'evidence tells another grant')
  assert.deepEqual(
    paid.map(({ seller, pieces }) => [seller, pieces]),
    [[alice.uid, [3, 0, 5]]],
    'evidence tells other pieces than were signed over',
  )
  assert.deepEqual(paid[0]?.payment, later.till.payment?.bytes, 'evidence tells another payment')
  assert.deepEqual(doubleSpent, [], 'a buyer that paid once is found to have paid twice')
  assert.deepEqual(find([own, other]).doubleSpent, [5], 'a piece signed over twice is not found')

  const forged = evidenceOf(world, [{ ...own, seller: carol.uid }])
  assert.ok(refused(scheme.broker.arbitrate(forged)), 'a claim proves a payment to somebody else')
  const { publicKey } = party('mallory')
  const framed = { ...evidenceOf(world, [own]), buyerKey: publicKey }
  assert.ok(refused(scheme.broker.arbitrate(framed)), 'a member is convicted by another signature')
}
