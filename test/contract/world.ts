/**
 * A world for one grant: a provider, a buyer, three sellers, the purse and the books.
 *
 * Schemes are driven through their contract alone; what a seller would hear on the wire is passed by
 * hand from payer to payee.
 */
import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { FUNDING, pending, spendable } from '../../shared/account.js'
import { amount } from '../../shared/amount.js'
import { fromText, toHex } from '../../shared/bytes.js'
import { type Signer, sha256 } from '../../shared/crypto.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { Keyring } from '../../shared/keyring.js'
import { privateKeyFromSeed } from '../../shared/keys.js'
import type {
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
import { Bank } from './bank.js'

const named = (name: string, bytes: number): string => toHex(sha256(fromText(name)).slice(0, bytes))

/** The pinned provider of every world. */
export const FINGERPRINT = named('root', 32) as Fingerprint
const PROVIDER_KEY = privateKeyFromSeed(sha256(fromText('signing')))
/** Digest of the provider's signing certificate. */
export const CERTIFICATE = sha256(fromText('certificate'))

/** A member with a key. */
export interface Party {
  readonly uid: Uid
  readonly signer: Signer
  readonly publicKey: KeyObject
}

/** A member named so; the same name is the same member. */
export function party(name: string): Party {
  const privateKey = privateKeyFromSeed(sha256(fromText(`key of ${name}`)))
  const signer = { fingerprint: FINGERPRINT, privateKey }
  return { uid: named(name, 16) as Uid, signer, publicKey: createPublicKey(privateKey) }
}

/** A ring that holds the provider's signing key. */
export const KEYRING: Keyring = {
  fingerprint: FINGERPRINT,
  root: new Uint8Array(0),
  add: () => CERTIFICATE,
  keyOf: (digest) =>
    toHex(digest) === toHex(CERTIFICATE) ? createPublicKey(PROVIDER_KEY) : undefined,
  certificateOf: () => undefined,
}

/** A purchased grant and everyone around it. */
export interface World {
  readonly scheme: Scheme
  readonly facts: GrantFacts
  readonly issue: IssueContext
  readonly issued: Issued
  readonly purse: Purse
  readonly buyer: Party
  readonly sellers: readonly [Party, Party, Party]
  readonly bank: Bank
}

/** What a test may set of a grant. */
export interface Setting {
  readonly pieces?: number
  readonly price?: bigint
  readonly only?: readonly PieceIndex[]
}

/** A grant of 8 pieces at a reward of 100 for a price of 1000, unless set otherwise. */
export function issueContext(setting: Setting = {}, rid = 'grant'): IssueContext {
  const { pieces = 8, price = 1000n, only } = setting
  const facts: GrantFacts = {
    rid: named(rid, 16) as Rid,
    cid: named('content', 20) as Cid,
    buyer: party('buyer').uid,
    pieces,
    reward: amount(100n),
    n: 2,
    b: 2,
    issued: 1_700_000_000_000,
    spendUntil: 1_800_000_000_000,
    claimUntil: 1_900_000_000_000,
    ...(only && { only }),
  }
  return {
    facts,
    price: amount(price),
    order: new Uint8Array(0),
    seed: sha256(fromText(`seed of ${rid}`)),
    signer: { fingerprint: FINGERPRINT, privateKey: PROVIDER_KEY, certificate: CERTIFICATE },
  }
}

/** The value, when it is not a refusal; a refusal fails the test by its code. */
export function granted<T>(value: T | Refusal, what: string): T {
  assert.ok(!refused(value), `${what}: ${refused(value) && `${value.code} ${value.detail}`}`)
  return value
}

/** Funds the buyer, issues a grant and accepts it. */
export function purchase(scheme: Scheme, setting: Setting = {}): World {
  const issue = issueContext(setting)
  const { facts, price } = issue
  const bank = new Bank()
  const buyer = party('buyer')
  const topUp = { debit: FUNDING, credit: spendable(buyer.uid), amount: price }
  bank.commit({ transfers: [topUp], spends: [], settled: undefined })
  const { issued, settlement } = granted(scheme.broker.issue(issue), 'issue')
  assert.equal(bank.commit(settlement), undefined, 'the ledger had to refuse the purchase')
  const accepting = { keyring: KEYRING, buyer: buyer.uid, cid: facts.cid }
  const purse = granted(scheme.payer.accept(issued, accepting), 'accept')
  const sellers = [party('alice'), party('bob'), party('carol')] as const
  return { scheme, facts, issue, issued, purse, buyer, sellers, bank }
}

/** One step of the buyer towards a seller. */
export function pay(world: World, seller: Uid, at: Progress | undefined, step: PayStep): Paid {
  const { scheme, purse, buyer } = world
  return granted(scheme.payer.pay(purse, seller, at, step, buyer.signer), step.step)
}

/** What a seller knows when the buyer opens. */
export function startContext(
  world: World,
  seller: Uid,
  paid: readonly PaidPiece[] = [],
  payment?: Uint8Array,
): StartContext {
  const { buyer, facts } = world
  const { uid, publicKey: buyerKey } = buyer
  return { keyring: KEYRING, buyer: uid, buyerKey, seller, cid: facts.cid, paid, payment }
}

/** One buyer's dealings with one seller: the seller's till and all that was paid. */
export interface Sale {
  readonly seller: Uid
  readonly till: Till
  readonly at: Progress | undefined
  readonly paid: readonly PaidPiece[]
}

/** Opens the grant with a seller. */
export function openSale(world: World, seller: Party): Sale {
  const opening = pay(world, seller.uid, undefined, { step: 'open' }).bytes
  const context = startContext(world, seller.uid)
  const till = granted(world.scheme.payee.start(opening, context), 'start')
  return { seller: seller.uid, till, at: undefined, paid: [] }
}

/** The till with the page that covers a piece, when the scheme has pages. */
export function withPage(world: World, till: Till, seller: Uid, piece: PieceIndex): Till {
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

/** The seller's claim of all that is signed beyond `after`. */
export function claimOf(world: World, sale: Sale, after: number): Uint8Array | undefined {
  const { payment } = sale.till
  if (payment === undefined) return undefined
  const { seller, paid } = sale
  return world.scheme.payee.claim({ rid: world.facts.rid, seller, paid, payment, after })
}

/** What the tracker judges a claim by. */
export function redeemContext(world: World, claimant: Uid): RedeemContext {
  const { facts, issue, buyer, bank } = world
  return {
    facts,
    seed: issue.seed,
    buyerKey: buyer.publicKey,
    fingerprint: FINGERPRINT,
    claimant,
    settled: bank.settled(claimant),
    spentTo: (piece) => bank.spentTo(piece),
  }
}

/** Redeems a claim and commits what the broker wants; the ledger must not have to refuse it. */
export function submit(world: World, claimant: Uid, claim: Uint8Array): Redeemed | Refusal {
  const context = redeemContext(world, claimant)
  const redeemed = world.scheme.broker.redeem(claim, context)
  if (refused(redeemed)) return redeemed
  const objection = world.bank.commit(redeemed.settlement, claimant, context.settled)
  assert.equal(objection, undefined, 'the ledger had to refuse a settlement')
  return redeemed
}

/** What a member earned so far. */
export function earned(world: World, member: Uid): bigint {
  return world.bank.balance(pending(member))
}
