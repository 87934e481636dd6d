/**
 * A world for one grant: a provider, a buyer, three sellers, the purse and the books.
 *
 * Schemes are driven through their contract alone; what a seller would hear on the wire is passed
 * by hand from payer to payee.
 */
import assert from 'node:assert/strict'
import { pending } from '../../shared/account.js'
import { amount } from '../../shared/amount.js'
import { fromText } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, PieceIndex, Rid } from '../../shared/identifier.js'
import type {
  Earned,
  GrantFacts,
  IssueContext,
  Issued,
  Paid,
  PaidPiece,
  PayStep,
  Progress,
  Purse,
  RedeemContext,
  Redeemed,
  Scheme,
  StartContext,
  Till,
} from '../../shared/schemes/scheme.js'
import type { Books } from './books.js'
import { FINGERPRINT, KEYRING, NOW_MS, named, type Party, PROVIDER, party } from './provider.js'

/** A purchased grant and everyone around it. */
export interface World {
  readonly scheme: Scheme
  readonly books: Books
  readonly facts: GrantFacts
  readonly issue: IssueContext
  readonly issued: Issued
  readonly purse: Purse
  readonly buyer: Party
  readonly sellers: readonly [Party, Party, Party]
}

/** What a test may set of a grant. */
export interface Setting {
  readonly pieces?: number
  readonly price?: bigint
  readonly only?: readonly PieceIndex[]
}

/** A grant of 8 pieces at a reward of 100 for a price of 1000, unless set otherwise. */
export function issueContext(name: string, setting: Setting = {}): IssueContext {
  const { pieces = 8, price = 1000n, only } = setting
  const facts: GrantFacts = {
    rid: named(name, 16) as Rid,
    cid: named('content', 20) as Cid,
    buyer: party('buyer').uid,
    pieces,
    reward: amount(100n),
    n: 2,
    b: 2,
    issued: NOW_MS,
    spendUntil: NOW_MS + 1000,
    claimUntil: NOW_MS + 2000,
    ...(only && { only }),
  }
  const seed = sha256(fromText(`seed of ${name}`))
  return { facts, price: amount(price), order: new Uint8Array(0), seed, signer: PROVIDER }
}

/** The value, when it is not a refusal; a refusal fails the test by its code. */
export function granted<T>(value: T | Refusal, what: string): T {
  assert.ok(!refused(value), refused(value) ? `${what}: ${value.code} ${value.detail}` : what)
  return value
}

/** A fresh purse of what was issued, as after a restart. */
export function acceptIssued(scheme: Scheme, facts: GrantFacts, issued: Issued): Purse {
  const context = { keyring: KEYRING, buyer: facts.buyer, cid: facts.cid }
  return granted(scheme.payer.accept(issued, context), 'accept')
}

/** Funds the buyer, issues a grant, commits its price and accepts it. */
export async function purchase(
  scheme: Scheme,
  books: Books,
  setting: Setting = {},
): Promise<World> {
  const issue = issueContext(books.freshName(), setting)
  const { facts, price } = issue
  const buyer = party('buyer')
  const { issued, settlement } = granted(scheme.broker.issue(issue), 'issue')
  const objection = await books.buy(facts, { buyer, price, settlement })
  assert.equal(objection, undefined, 'the ledger refuses the purchase')
  const purse = acceptIssued(scheme, facts, issued)
  const sellers = [
    party(`alice ${facts.rid}`),
    party(`bob ${facts.rid}`),
    party(`carol ${facts.rid}`),
  ] as const
  return { scheme, books, facts, issue, issued, purse, buyer, sellers }
}

/** One step of the buyer towards a seller. */
export function pay(world: World, seller: Party, at: Progress | undefined, step: PayStep): Paid {
  const { scheme, purse, buyer } = world
  return granted(scheme.payer.pay(purse, seller.uid, at, step, buyer.signer), step.step)
}

/** What a seller knows when the buyer opens. */
export function startContext(
  world: World,
  seller: Party,
  paid: readonly PaidPiece[] = [],
  payment?: Uint8Array,
): StartContext {
  const { buyer, facts } = world
  const { uid, publicKey: buyerKey } = buyer
  const ours = { keyring: KEYRING, seller: seller.uid, cid: facts.cid }
  return { ...ours, buyer: uid, buyerKey, paid, payment }
}

/** One buyer's dealings with one seller: the seller's till and all that was paid. */
export interface Sale {
  readonly seller: Party
  readonly till: Till
  readonly at: Progress | undefined
  readonly paid: readonly PaidPiece[]
}

/** Opens the grant with a seller. */
export function openSale(world: World, seller: Party): Sale {
  const opening = pay(world, seller, undefined, { step: 'open' }).bytes
  const context = startContext(world, seller)
  const till = granted(world.scheme.payee.start(opening, context), 'start')
  return { seller, till, at: undefined, paid: [] }
}

/** The till with the page that covers a piece, when the scheme has pages. */
export function withPage(world: World, till: Till, seller: Party, piece: PieceIndex): Till {
  if (till.covers(piece)) return till
  const { bytes, page } = pay(world, seller, undefined, { step: 'page', piece })
  assert.ok(page !== undefined, 'a till that needs a page gets one')
  return granted(world.scheme.payee.check(till, { step: 'page', page }, bytes), 'page')
}

/** Pays pieces, and signs when told so; every step must check out. */
export function sell(world: World, sale: Sale, pieces: readonly number[], sign = true): Sale {
  const { payee } = world.scheme
  const { seller } = sale
  let { till, at } = sale
  const paid = [...sale.paid]
  for (const index of pieces) {
    const piece = index as PieceIndex
    till = withPage(world, till, seller, piece)
    const { bytes: token, progress } = pay(world, seller, at, { step: 'token', piece })
    till = granted(payee.check(till, { step: 'token', piece }, token), 'token')
    at = progress
    paid.push({ piece, token })
  }
  if (sign) {
    const { bytes } = pay(world, seller, at, { step: 'payment' })
    till = granted(payee.check(till, { step: 'payment' }, bytes), 'payment')
  }
  return { seller, till, at, paid }
}

/** What a seller saved, as a scheme reads it. */
export function beyond(paid: readonly PaidPiece[]): Earned['paidBeyond'] {
  return (k) => paid.slice(k)
}

/** The seller's claim of all that is signed beyond `after`. */
export function claimOf(world: World, sale: Sale, after: number): Uint8Array | undefined {
  const { payment } = sale.till
  if (payment === undefined) return undefined
  const { seller, paid } = sale
  return world.scheme.payee.claim({
    rid: world.facts.rid,
    seller: seller.uid,
    paidBeyond: beyond(paid),
    payment,
    after,
  })
}

/** What the tracker judges a claim by. */
export async function redeemContext(world: World, claimant: Party): Promise<RedeemContext> {
  const { facts, issue, buyer, books } = world
  const standing = await books.standing(facts.rid, claimant)
  const grant = { facts, seed: issue.seed, buyerKey: buyer.publicKey, fingerprint: FINGERPRINT }
  return { ...grant, claimant: claimant.uid, ...standing }
}

/** Redeems a claim and commits what the broker wants; the ledger must not have to refuse it. */
export async function submit(
  world: World,
  seller: Party,
  claim: Uint8Array,
): Promise<Redeemed | Refusal> {
  const context = await redeemContext(world, seller)
  const redeemed = world.scheme.broker.redeem(claim, context)
  if (refused(redeemed)) return redeemed
  const { settlement } = redeemed
  const from = context.settled
  const objection = await world.books.settle(world.facts, { seller, from, settlement })
  assert.equal(objection, undefined, 'the ledger refuses a settlement')
  return redeemed
}

/** What a member earned under this grant so far; every world has sellers of its own. */
export async function earned(world: World, member: Party): Promise<bigint> {
  return world.books.balance(pending(member.uid))
}
