/**
 * The call that turns earnings into money, and its answer (paper §III.F; design D2).
 */
import { head } from './api.js'
import type { Rid, Uid } from './identifier.js'
import {
  CLAIM_GRANTS_MAX_COUNT,
  CLAIM_MAX_BYTES,
  CLAIM_OTHERS_MAX_COUNT,
  PAID_PIECES_MAX_COUNT,
} from './limits.js'
import {
  amountField,
  blob,
  bytes,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/** What a claim lists: each grant once, with the scheme's claim of it. */
export const ClaimedGrants = list(
  record({ rid: hexId<Rid>(16), claim: blob(CLAIM_MAX_BYTES) }),
  CLAIM_GRANTS_MAX_COUNT,
)

/** Claims of several grants; `id` makes asking again return the first answer. */
export const ClaimCall = record({ ...head, id: bytes(16), grants: ClaimedGrants })
export type ClaimCall = TypeOf<typeof ClaimCall>

/** What became of each grant. */
export const ClaimAnswer = record({
  grants: list(
    record({
      rid: hexId<Rid>(16),
      /** `ok` or a code of shared/errors.ts. */
      code: text(32),
      detail: optional(text(512)),
      /** Pieces whose tokens are settled now, and a hash for each (§III.F), 32 bytes apiece. */
      pieces: indexes(PAID_PIECES_MAX_COUNT),
      hashes: blob(PAID_PIECES_MAX_COUNT * 32),
      /** Pieces whose token was shown and is wrong; they are not paid, and not asked for again. */
      failed: indexes(PAID_PIECES_MAX_COUNT),
      /** Pieces that another seller was paid for. */
      alreadyPaid: indexes(PAID_PIECES_MAX_COUNT),
      /**
       * The claims that won them, with the buyer's signed payment: evidence for a complaint (D2).
       */
      others: list(
        record({ seller: hexId<Uid>(16), claim: blob(CLAIM_MAX_BYTES) }),
        CLAIM_OTHERS_MAX_COUNT,
      ),
      /** Counter up to which this seller's payments are settled. */
      settled: int(),
      /** Peer lists below this number are void: above all there are when a refund was asked for. */
      list: int(),
      /** What this claim credited, to the pending account. */
      credited: amountField,
      /** When it becomes spendable, in milliseconds of the tracker's time. */
      matures: int(),
    }),
    CLAIM_GRANTS_MAX_COUNT,
  ),
})
export type ClaimAnswer = TypeOf<typeof ClaimAnswer>
