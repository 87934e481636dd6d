/**
 * Verdicts: what follows from a case file, and the little that is kept of it (design D12).
 */

import { CASE_REASON_MAX_BYTES } from '../case-limits.js'
import type { Uid } from '../identifier.js'
import { PAID_PIECES_MAX_COUNT } from '../limits.js'
import {
  type Field,
  hexId,
  indexes,
  int,
  optional,
  record,
  type TypeOf,
  text,
} from '../wire/record.js'

/** Which rule decided. */
export const OUTCOMES = [
  /** Nothing is decided: the accused has time to answer. */
  'waiting',
  /** What the plaintiff itself signed before it complained covers every piece. */
  'receipt',
  /** The accused showed that every piece is paid, or paid it now. */
  'payment',
  /** Word stands against word. */
  'denial',
  /** The accused fetched the notice and let its time pass. */
  'silent',
  /** The accused never came; what its grant still holds for the pieces goes to the plaintiff. */
  'unheard',
  /** The plaintiff was paid meanwhile. */
  'moot',
  /** One piece was signed over to two sellers. */
  'double-spent',
  /** Repeated complaints against one's own receipts. */
  'false-complaint',
  /** Marks beyond the content's thresholds. */
  'marks',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/**
 * Where a complaint stands: `open` until a rule decides; `upheld` proved, and paid at its deadline;
 * `paid` carried out; `proved` with nothing to pay; `settled` nothing is owed; `denied` word
 * against word; `rejected` by the desk.
 * Marks: `open` trading stopped, until the desk says `kept` or `lifted`.
 */
export type ComplaintState =
  | 'open'
  | 'upheld'
  | 'paid'
  | 'proved'
  | 'settled'
  | 'denied'
  | 'rejected'
  | 'kept'
  | 'lifted'

/** What is kept of a verdict, byte for byte the same wherever it is given. */
export const Verdict = record({
  /** Only what `verdict` made is ever decoded, by whoever keeps it. */
  outcome: text(16) as Field<string> as Field<Outcome & string>,
  state: text(16) as Field<string> as Field<ComplaintState & string>,
  /** Pieces that are paid to the plaintiff out of their own escrow. */
  escrow: indexes(PAID_PIECES_MAX_COUNT),
  /** Pieces whose reward goes to the plaintiff out of what else the grant holds. */
  beyond: indexes(PAID_PIECES_MAX_COUNT),
  /** Marks that the verdict leaves. */
  markPlaintiff: int(0, 1),
  markAccused: int(0, 1),
  /** Whose membership ends: a proof was shown. */
  revoked: optional(hexId<Uid>(16)),
  /** In words. */
  reason: text(CASE_REASON_MAX_BYTES),
})
export type Verdict = TypeOf<typeof Verdict>

const NOTHING = { escrow: [], beyond: [], markPlaintiff: 0, markAccused: 0 } as const

/** A verdict that moves nothing and marks nobody, but for what is said. */
export function verdict(
  outcome: Outcome,
  state: ComplaintState,
  reason: string,
  more: Partial<Verdict> = {},
): Verdict {
  return { ...NOTHING, ...more, outcome, state, reason }
}
