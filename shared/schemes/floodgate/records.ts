/**
 * What the scheme puts into bytes: the grant, the hash list, the opening, the payment and the
 * claim.
 *
 * All are bencoded dictionaries (wire/record.ts); grant and hash list are signed by the provider,
 * the payment by the buyer. The token itself (32 bytes) and a page (32 bytes a hash) have no frame.
 */
import type { KeyObject } from 'node:crypto'
import { openString } from '../../crypto.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { Cid, Fingerprint, Rid, Uid } from '../../identifier.js'
import {
  PAGE_HASHES_COUNT,
  PAID_PIECES_MAX_COUNT,
  RUN_MAX_PIECES,
  SUPPLEMENT_PIECES_MAX_COUNT,
  WINDOW_MAX_PIECES,
} from '../../limits.js'
import {
  amountField,
  blob,
  bytes,
  decode,
  hexId,
  indexes,
  int,
  optional,
  record,
  type TypeOf,
} from '../../wire/record.js'

/** A signed hash list or grant: some 400 bytes, and the pieces of a supplementary grant. */
export const LIST_MAX_BYTES = 1024 + 4 * SUPPLEMENT_PIECES_MAX_COUNT
const DIGESTS_MAX_BYTES = 32 * (PAID_PIECES_MAX_COUNT / PAGE_HASHES_COUNT)
/** An opening: the list and 32 bytes for each of at most 256 pages. */
export const OPENING_MAX_BYTES = LIST_MAX_BYTES + DIGESTS_MAX_BYTES + 64
/** A signed payment has some 230 bytes. */
export const PAYMENT_MAX_BYTES = 512
/** Index and token of every piece, and the payment. */
export const CLAIM_MAX_BYTES = PAID_PIECES_MAX_COUNT * 36 + 1024

const facts = {
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  buyer: hexId<Uid>(16),
  pieces: int(1, PAID_PIECES_MAX_COUNT),
  reward: amountField,
  n: int(1, WINDOW_MAX_PIECES),
  b: int(1, RUN_MAX_PIECES),
  issued: int(),
  spendUntil: int(),
  claimUntil: int(),
  /** Ascending; a supplementary grant covers these pieces alone (D8). */
  only: optional(indexes(SUPPLEMENT_PIECES_MAX_COUNT)),
}

/** The facts alone, as both the grant and the hash list repeat them. */
export const Facts = record(facts)

/** Payload of the signed string `grant`, for the buyer alone: the key of all its tokens (D3). */
export const Grant = record({ ...facts, key: bytes(32), signer: bytes(32) })

/** Payload of the signed string `hash-list`, for anyone: the facts and the list's digest (D4). */
export const HashList = record({ ...facts, digest: bytes(32), signer: bytes(32) })

/** What a buyer opens with: the signed hash list and the digests of its pages, 32 bytes each. */
export const Opening = record({ list: blob(LIST_MAX_BYTES), digests: blob(DIGESTS_MAX_BYTES) })

/** Payload of the signed string `payment`: the first k pieces paid to `seller` (D2). */
export const Payment = record({
  rid: hexId<Rid>(16),
  seller: hexId<Uid>(16),
  k: int(1),
  chain: bytes(32),
})
export type Payment = TypeOf<typeof Payment>

/** A claim: the pieces after..k in payment order, the payment that covers them, and one digest. */
export const Claim = record({
  rid: hexId<Rid>(16),
  seller: hexId<Uid>(16),
  /** Counter of the last payment that is settled already; 0 claims from the first. */
  after: int(),
  pieces: indexes(PAID_PIECES_MAX_COUNT),
  payment: blob(PAYMENT_MAX_BYTES),
  digest: bytes(32),
  /** The tokens themselves, 32 bytes each, when the tracker asked for them after a mismatch. */
  tokens: optional(blob(32 * PAID_PIECES_MAX_COUNT)),
})
export type Claim = TypeOf<typeof Claim>

/** Whose payment is expected, under which grant and provider. */
export interface PaymentContext {
  readonly rid: Rid
  readonly buyerKey: KeyObject
  readonly fingerprint: Fingerprint
}

/** Verifies a signed payment; refuses as openString, malformed, or wrong-grant. */
export function readPayment(signed: Uint8Array, context: PaymentContext): Payment | Refusal {
  const { rid, buyerKey: publicKey, fingerprint } = context
  const payload = openString('payment', signed, { fingerprint, publicKey }, PAYMENT_MAX_BYTES)
  if (refused(payload)) return payload
  const payment = decode(Payment, payload, PAYMENT_MAX_BYTES)
  if (refused(payment)) return payment
  return payment.rid === rid ? payment : refuse('wrong-grant', 'the payment is of another grant')
}
