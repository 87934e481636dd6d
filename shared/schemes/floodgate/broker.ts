/**
 * The provider's side: grants out of a seed, and claims judged against it.
 *
 * Nothing is stored per token: what a seller must have been given is derived again (D3), and what a
 * buyer signed says to whom. Nothing moves here; the settlement goes to the ledger.
 */
import { escrow, held, pending, spendable, type Transfer } from '../../account.js'
import { amount } from '../../amount.js'
import { equalSecret, signString } from '../../crypto.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { PieceIndex } from '../../identifier.js'
import { encode } from '../../wire/record.js'
import type {
  Broker,
  IssueContext,
  PaidPiece,
  Progress,
  RedeemContext,
  Redeemed,
} from '../scheme.js'
import { arbitrate } from './evidence.js'
import { follow, openClaim } from './judging.js'
import { type Claim, Grant, HashList, Opening } from './records.js'
import {
  acknowledgement,
  claimDigest,
  coveredCount,
  deriveTokens,
  grantKey,
  hashTokens,
  listDigest,
  noProgress,
  nth,
  pageDigests,
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

/** A claim that holds: its pieces with the tokens as derived, and where it leaves the payments. */
interface Judged {
  readonly paid: readonly PaidPiece[]
  readonly progress: Progress
  /** Pieces whose token was shown and is wrong. */
  readonly failed: ReadonlySet<PieceIndex>
}

/** Verifies a claim against the grant alone; refuses as openClaim, follow, then claim-mismatch. */
function judge(bytes: Uint8Array, context: RedeemContext): Judged | Refusal {
  const { claimant, facts, fingerprint, settled } = context
  const { rid } = facts
  const opened = openClaim(bytes, claimant, context)
  if (refused(opened)) return opened
  const { claim } = opened
  const from = claim.after === 0 ? noProgress(fingerprint, rid, claimant) : settled
  let tokens: Uint8Array | undefined
  const tokenOf = (piece: PieceIndex): Uint8Array => {
    tokens ??= deriveTokens(grantKey(context.seed, rid), facts.pieces)
    return nth(tokens, piece)
  }
  const hash = tokenHasher(rid)
  const progress = follow(opened, from, facts, (piece) => hash(piece, tokenOf(piece)))
  if (refused(progress)) return progress
  const paid = claim.pieces.map((piece) => ({ piece, token: tokenOf(piece) }))
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
  const judged = judge(claim, context)
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

/** The broker of the scheme `floodgate`. */
export const broker: Broker = { issue, redeem, arbitrate }
