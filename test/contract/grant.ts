/**
 * Grants of the scheme `floodgate` with everyone around them, for the tests of its own bytes.
 */
import assert from 'node:assert/strict'
import { type Code, type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { CLAIM_MAX_BYTES } from '../../shared/schemes/floodgate/records.js'
import type {
  AcceptContext,
  IssueContext,
  RedeemContext,
  StartContext,
} from '../../shared/schemes/scheme.js'
import { decode, encode, type Field } from '../../shared/wire/record.js'
import { KEYRING, type Party, party } from './provider.js'
import { acceptIssued, beyond, granted, issueContext } from './world.js'

export const { payer, payee, broker } = floodgate
export const buyer = party('buyer')
export const alice = party('alice')
export const bob = party('bob')
export const p = (piece: number): PieceIndex => piece as PieceIndex

export function is(value: unknown, code: Code, what: string): void {
  assert.ok(refused(value), `${what} is taken`)
  assert.equal((value as Refusal).code, code, what)
}

export const accepting = (facts: IssueContext['facts']): AcceptContext => {
  return { keyring: KEYRING, buyer: facts.buyer, cid: facts.cid }
}

/** Decodes with a schema, changes some fields, and encodes again. */
export function changed<T extends object>(schema: Field<T>, bytes: Uint8Array, change: Partial<T>) {
  const value = decode(schema, bytes, CLAIM_MAX_BYTES)
  assert.ok(!refused(value))
  return encode(schema, { ...value, ...change })
}

export const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  const place = (at + copy.length) % copy.length
  copy[place] = (copy[place] as number) ^ 1
  return copy
}

/** A grant of `pieces`, its purse, and what surrounds it. */
export function bought(pieces = 300, only?: readonly PieceIndex[]) {
  const setting = { pieces, price: 10n ** 9n, ...(only && { only }) }
  const context = issueContext('unit', setting)
  const { issued, settlement } = granted(broker.issue(context), 'issue')
  const purse = acceptIssued(floodgate, context.facts, issued)
  return { context, facts: context.facts, issued, settlement, purse }
}

export const startOf = (seller: Party): StartContext => ({
  keyring: KEYRING,
  buyer: buyer.uid,
  buyerKey: buyer.publicKey,
  seller: seller.uid,
  cid: issueContext('unit').facts.cid,
  paid: [],
  payment: undefined,
})

export const redeeming = (context: IssueContext, claimant: Party): RedeemContext => ({
  facts: context.facts,
  seed: context.seed,
  buyerKey: buyer.publicKey,
  fingerprint: KEYRING.fingerprint,
  claimant: claimant.uid,
  settled: undefined,
  spentTo: () => undefined,
})

/** Pieces paid by the buyer to a seller and signed for, checked by nobody. */
export function paidTo(seller: Party, pieces: readonly number[], grant = bought()) {
  let at = undefined as Parameters<typeof payer.pay>[2]
  const paid = pieces.map((piece) => {
    const step = { step: 'token', piece: p(piece) } as const
    const { bytes, progress } = granted(
      payer.pay(grant.purse, seller.uid, at, step, buyer.signer),
      'token',
    )
    at = progress
    return { piece: p(piece), token: bytes }
  })
  const last = granted(
    payer.pay(grant.purse, seller.uid, at, { step: 'payment' }, buyer.signer),
    'payment',
  )
  const payment = { k: last.progress.k, bytes: last.bytes }
  const { rid } = grant.facts
  const earned = { rid, seller: seller.uid, paidBeyond: beyond(paid), payment, after: 0 }
  return { ...grant, earned, payment, claim: payee.claim(earned) as Uint8Array }
}
