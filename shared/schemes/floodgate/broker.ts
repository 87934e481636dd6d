/**
 * The provider's side: grants out of a seed, and claims judged against it.
 *
 * Nothing is stored per token: what a seller must have been given is derived again (D3), and what a
 * buyer signed says to whom. Nothing moves here; the settlement goes to the ledger.
 */
import { escrow, held, pending, spendable, type Transfer } from '../../account.js'
import { amount } from '../../amount.js'
import { equal } from '../../bytes.js'
import { equalSecret, signString } from '../../crypto.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { PieceIndex, Uid } from '../../identifier.js'
import { decode, encode } from '../../wire/record.js'
import type {
  Broker,
  Evidence,
  IssueContext,
  PaidPiece,
  Progress,
  RedeemContext,
  Redeemed,
  Verdict,
} from '../scheme.js'
import { CLAIM_MAX_BYTES, Claim, Grant, HashList, Opening, readPayment } from './records.js'
import {
  acknowledgement,
  advance,
  claimDigest,
  coverage,
  coveredCount,
  deriveTokens,
  grantKey,
  hashTokens,
  listDigest,
  noProgress,
  nth,
  pageDigests,
  TOKEN_BYTES,
  tokenHasher,
} from './tokens.js'

/**
 * Refuses as terms-invalid when the rewards exceed the price, so that no grant can pay out more.
 */
function issue(context: IssueContext): ReturnType<Broker['issue']> {
  const { facts, price, seed, signer } = context
  const rewards = amount(facts.reward * BigInt(coveredCount(facts)))
  if (rewards > price) return refuse('terms-invalid', 'the rewards exceed the price')
  const { certificate } = signer
  const key = grantKey(seed, facts.rid)
  const digests = pageDigests(hashTokens(facts.rid, deriveTokens(key, facts.pieces)))
  const list = encode(HashList, { ...facts, digest: listDigest(digests), signer: certificate })
  const grant = encode(Grant, { ...facts, key, signer: certificate })
  const open = encode(Opening, { list: signString('hash-list', list, signer), digests })
  const debit = spendable(facts.buyer)
  const transfers: readonly Transfer[] = [
    { debit, credit: escrow(facts.rid), amount: rewards },
    { debit, credit: held(facts.rid), amount: amount(price - rewards) },
  ]
  return {
    issued: { open, secret: signString('grant', grant, signer) },
    settlement: {
      transfers: transfers.filter((transfer) => transfer.amount > 0n),
      spends: [],
      settled: undefined,
    },
  }
}

type JudgeContext = Pick<RedeemContext, 'facts' | 'seed' | 'buyerKey' | 'fingerprint' | 'settled'>

/** A claim that holds: its pieces with the tokens as derived, and where it leaves the payments. */
interface Judged {
  readonly paid: readonly PaidPiece[]
  readonly progress: Progress
  /** Pieces whose token was shown and is wrong. */
  readonly failed: ReadonlySet<PieceIndex>
}

/**
 * Verifies a claim against the grant alone.
 *
 * Refusals in order: too-large, malformed, wrong-grant, claim-payee, malformed (tokens that are not
 * one per piece), those of the payment's signature, claim-payee, claim-gap, piece-unknown,
 * malformed (a piece twice), bad-payment, claim-mismatch.
 */
function judge(bytes: Uint8Array, claimant: Uid, context: JudgeContext): Judged | Refusal {
  const { facts, buyerKey, fingerprint, settled } = context
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
  if (payment.seller !== claimant) return refuse('claim-payee')
  const from = claim.after === 0 ? noProgress(fingerprint, rid, claimant) : settled
  if (from?.k !== claim.after) {
    return refuse('claim-gap', `payments are settled up to ${settled?.k ?? 0}`)
  }
  if (!claim.pieces.every(coverage(facts))) return refuse('piece-unknown')
  if (new Set(claim.pieces).size !== claim.pieces.length) {
    return refuse('malformed', 'the claim names a piece twice')
  }
  // Each piece is paid to a seller once, so no honest counter goes beyond; claims stay countable.
  const k = from.k + claim.pieces.length
  if (payment.k !== k || k > coveredCount(facts)) return refuse('bad-payment')
  const tokens = deriveTokens(grantKey(context.seed, rid), facts.pieces)
  const paid = claim.pieces.map((piece) => ({ piece, token: nth(tokens, piece) }))
  const hashOf = tokenHasher(rid)
  const progress = paid.reduce(
    (at, { piece, token }) => advance(at, piece, hashOf(piece, token)),
    from,
  )
  if (!equal(payment.chain, progress.chain)) return refuse('bad-payment')
  const failed = failedTokens(claim, paid)
  return refused(failed) ? failed : { paid, progress, failed }
}

/**
 * The pieces whose token is wrong, found by the tokens themselves when the digest does not fit. The
 * buyer's signature covers every piece all the same: its chain is over the hash list, not over what
 * the seller holds, so one bad token keeps no other from being paid. Refuses as claim-mismatch a
 * claim that brings no tokens, or others than its digest says.
 */
function failedTokens(
  { digest: shown, rid, seller, tokens }: Claim,
  paid: readonly PaidPiece[],
): ReadonlySet<PieceIndex> | Refusal {
  if (equalSecret(shown, claimDigest(seller, rid, paid))) return new Set()
  if (tokens === undefined) return refuse('claim-mismatch')
  const brought = paid.map(({ piece }, place) => ({ piece, token: nth(tokens, place) }))
  if (!equalSecret(shown, claimDigest(seller, rid, brought))) return refuse('claim-mismatch')
  const wrong = paid.filter(({ token }, place) => !equalSecret(token, nth(tokens, place)))
  return new Set(wrong.map(({ piece }) => piece))
}

/** Refuses as judge; pays each piece once, whoever claims it how often. */
function redeem(claim: Uint8Array, context: RedeemContext): Redeemed | Refusal {
  const { facts, claimant, settled } = context
  const judged = judge(claim, claimant, context)
  if (refused(judged)) return judged
  const spends: PieceIndex[] = []
  const alreadyPaid: PieceIndex[] = []
  const accepted: { piece: PieceIndex; hash: Uint8Array }[] = []
  for (const { piece, token } of judged.paid) {
    if (judged.failed.has(piece)) continue
    const owner = context.spentTo(piece)
    if (owner !== undefined && owner !== claimant) {
      alreadyPaid.push(piece)
      continue
    }
    if (owner === undefined) spends.push(piece)
    accepted.push({ piece, hash: acknowledgement(facts.rid, { piece, token }) })
  }
  const transfer = {
    debit: escrow(facts.rid),
    credit: pending(claimant),
    amount: amount(facts.reward * BigInt(spends.length)),
  }
  const ahead = settled === undefined || judged.progress.k > settled.k
  return {
    settlement: {
      transfers: transfer.amount > 0n ? [transfer] : [],
      spends,
      settled: ahead ? judged.progress : settled,
    },
    accepted,
    alreadyPaid,
    failed: [...judged.failed],
  }
}

/** Refuses as judge, claims being judged from the first payment on. */
function arbitrate(evidence: Evidence): Verdict | Refusal {
  const sellersOf = new Map<PieceIndex, Set<Uid>>()
  for (const { seller, claim } of evidence.claims) {
    const judged = judge(claim, seller, { ...evidence, settled: undefined })
    if (refused(judged)) return judged
    for (const { piece } of judged.paid) {
      sellersOf.set(piece, (sellersOf.get(piece) ?? new Set()).add(seller))
    }
  }
  const doubleSpent = [...sellersOf].filter(([, sellers]) => sellers.size > 1)
  return { doubleSpent: doubleSpent.map(([piece]) => piece).sort((a, b) => a - b) }
}

/** The broker of the scheme `floodgate`. */
export const broker: Broker = { issue, redeem, arbitrate }
