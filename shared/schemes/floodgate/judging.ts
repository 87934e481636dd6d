/**
 * What a claim says and whether the buyer's signature covers it: for the broker, which derives the
 * tokens, and for evidence, which has the pages of the hash list instead.
 */
import type { KeyObject } from 'node:crypto'
import { equal } from '../../bytes.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { Fingerprint, PieceIndex, Uid } from '../../identifier.js'
import { decode } from '../../wire/record.js'
import type { GrantFacts, Progress } from '../scheme.js'
import { CLAIM_MAX_BYTES, Claim, type Payment, readPayment } from './records.js'
import { advance, coverage, coveredCount, TOKEN_BYTES } from './tokens.js'

/** Under which grant, whose payments, which provider. */
export interface ClaimContext {
  readonly facts: GrantFacts
  readonly buyerKey: KeyObject
  readonly fingerprint: Fingerprint
}

/** A claim with its payment verified; that it covers the pieces is not checked yet. */
export interface OpenedClaim {
  readonly claim: Claim
  readonly payment: Payment
}

/**
 * Reads a claim and verifies the payment in it.
 *
 * Refusals in order: too-large, malformed, wrong-grant, claim-payee, malformed (tokens that are not
 * one per piece), those of the payment's signature, claim-payee.
 */
export function openClaim(
  bytes: Uint8Array,
  claimant: Uid,
  { facts, buyerKey, fingerprint }: ClaimContext,
): OpenedClaim | Refusal {
  const { rid } = facts
  const claim = decode(Claim, bytes, CLAIM_MAX_BYTES)
  if (refused(claim)) return claim
  if (claim.rid !== rid) return refuse('wrong-grant', 'the claim is of another grant')
  if (claim.seller !== claimant) return refuse('claim-payee')
  if (claim.tokens !== undefined && claim.tokens.length !== claim.pieces.length * TOKEN_BYTES) {
    return refuse('malformed', 'a claim brings one token for each of its pieces, or none')
  }
  const payment = readPayment(claim.payment, { rid, buyerKey, fingerprint })
  if (refused(payment)) return payment
  return payment.seller === claimant ? { claim, payment } : refuse('claim-payee')
}

/**
 * Where the payments stand after the claim, when it goes on at `from`.
 *
 * Refusals in order: claim-gap, piece-unknown, malformed (a piece twice), bad-payment, page-missing
 * (no hash is known of a piece).
 */
export function follow(
  { claim, payment }: OpenedClaim,
  from: Progress | undefined,
  facts: GrantFacts,
  hashOf: (piece: PieceIndex) => Uint8Array | undefined,
): Progress | Refusal {
  if (from?.k !== claim.after) {
    return refuse('claim-gap', `payments are settled up to ${from?.k ?? 0}`)
  }
  if (!claim.pieces.every(coverage(facts))) return refuse('piece-unknown')
  if (new Set(claim.pieces).size !== claim.pieces.length) {
    return refuse('malformed', 'the claim names a piece twice')
  }
  // Each piece is paid to a seller once, so no honest counter goes beyond; claims stay countable.
  const k = from.k + claim.pieces.length
  if (payment.k !== k || k > coveredCount(facts)) return refuse('bad-payment')
  let progress = from
  for (const piece of claim.pieces) {
    const hash = hashOf(piece)
    if (hash === undefined) return refuse('page-missing')
    progress = advance(progress, piece, hash)
  }
  return equal(payment.chain, progress.chain) ? progress : refuse('bad-payment')
}
