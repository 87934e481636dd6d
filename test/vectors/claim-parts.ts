/**
 * What a seller was paid under the grant of all vectors, and its claims.
 */

import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { payee } from '../../shared/schemes/floodgate/payee.js'
import { payer } from '../../shared/schemes/floodgate/payer.js'
import type { Earned, PaidPiece, Progress } from '../../shared/schemes/scheme.js'
import { buyer, type Member, PURSE, p, RID } from './world.js'

/** Payments to one seller: every token, every signature by its k, and every position. */
export interface Paid {
  readonly seller: Uid
  readonly paid: readonly PaidPiece[]
  readonly progress: readonly Progress[]
  readonly payment: Uint8Array
}

/** One step of the buyer's with a seller. */
export function step(seller: Uid, at: Progress | undefined, what: Parameters<typeof payer.pay>[3]) {
  return must(payer.pay(PURSE as never, seller, at, what, buyer.signer))
}

/** The buyer pays these pieces to a seller, in order, and signs for them. */
export function paidTo(seller: Pick<Member, 'uid'>, pieces: readonly number[]): Paid {
  let at: Progress | undefined
  const paid: PaidPiece[] = []
  const progress: Progress[] = []
  for (const piece of pieces.map(p)) {
    const token = step(seller.uid, at, { step: 'token', piece })
    at = token.progress
    paid.push({ piece, token: token.bytes })
    progress.push(at)
  }
  const payment = step(seller.uid, at, { step: 'payment' }).bytes
  return { seller: seller.uid, paid, progress, payment }
}

/** The claim of all that was paid beyond `after`. */
export function claimOf({ seller, paid, payment }: Paid, after = 0): Uint8Array {
  const earned: Earned = {
    ...{ rid: RID, seller, after, payment: { k: paid.length, bytes: payment } },
    paidBeyond: (k) => paid.slice(k),
  }
  const claim = payee.claim(earned)
  if (claim === undefined) throw new Error('nothing to claim')
  return claim
}

/** The token of a piece. */
export const tokenOf = (piece: number): Uint8Array =>
  step(buyer.uid, undefined, { step: 'token', piece: p(piece) }).bytes

/** The page that holds a piece's hash. */
export const pageFor = (piece: number): Uint8Array =>
  step(buyer.uid, undefined, { step: 'page', piece: p(piece) as PieceIndex }).bytes
