/**
 * A grant of ours taken up outside of any trade, and what was signed under it made again: a payment
 * has no time in it, so signing it anew gives the bytes that the seller was sent (D12).
 */
import type { Signer } from '../../shared/crypto.js'
import { assert, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import type { PaidPiece, Progress, Purse, Scheme } from '../../shared/schemes/scheme.js'
import { type Provider, uidOf } from './provider.js'
import type { BoughtRow } from './wallet/grants.js'

/** A grant of ours with which payments can be made and proved. */
export interface OwnPurse {
  readonly scheme: Scheme
  readonly purse: Purse
  readonly signer: Signer
}

/** Takes a grant up as it was bought; refuses as unknown-scheme, and as the payer's `accept`. */
export function openPurse(
  row: BoughtRow,
  provider: Provider,
  schemes: ReadonlyMap<string, Scheme>,
  signer: Signer,
): OwnPurse | Refusal {
  const scheme = schemes.get(row.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const context = { keyring: provider.keyring, buyer: uidOf(provider.row), cid: row.cid }
  const purse = scheme.payer.accept(row, context)
  return refused(purse) ? purse : { scheme, purse, signer }
}

/**
 * The claim of a seller that we paid these pieces to, in payment order and from the first on: it
 * holds our signature over all of them. Refuses as the payer when the books are of another grant.
 */
export function provePayments(
  { purse, scheme, signer }: OwnPurse,
  seller: Uid,
  pieces: readonly PieceIndex[],
): Uint8Array | Refusal {
  const { payee, payer } = scheme
  const paid: PaidPiece[] = []
  let at: Progress | undefined
  for (const piece of pieces) {
    const token = payer.pay(purse, seller, at, { step: 'token', piece }, signer)
    if (refused(token)) return token
    at = token.progress
    paid.push({ piece, token: token.bytes })
  }
  const signed = payer.pay(purse, seller, at, { step: 'payment' }, signer)
  if (refused(signed)) return signed
  const payment = { k: pieces.length, bytes: signed.bytes }
  const { rid } = purse.facts
  const paidBeyond = (k: number) => paid.slice(k)
  const claim = payee.claim({ rid, seller, paidBeyond, payment, after: 0 })
  assert(claim !== undefined, 'something was paid')
  return claim
}
