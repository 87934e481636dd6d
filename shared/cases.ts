/**
 * The calls to the provider's desk: asking for a refund, and how one's own cases stand (design D9,
 * D12).
 */
import { head } from './api.js'
import type { Cid, Rid } from './identifier.js'
import { CASE_REASON_MAX_BYTES, CASES_MAX_COUNT, PAID_PIECES_MAX_COUNT } from './limits.js'
import {
  amountField,
  blob,
  hexId,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/**
 * Asks for the money of pieces of a grant that no live seller offers. The grant cannot be spent
 * from then on unless the desk rejects the case; a repeat is answered by the same case.
 */
export const RefundCall = record({
  ...head,
  rid: hexId<Rid>(16),
  /** Pieces that are neither held nor paid to anyone: a bitmap as in BEP 3. */
  pieces: blob(PAID_PIECES_MAX_COUNT / 8),
  reason: text(CASE_REASON_MAX_BYTES),
  /** 1 asks anew after a rejection. */
  again: int(0, 1),
})
export type RefundCall = TypeOf<typeof RefundCall>

/** Asks for one's own cases. */
export const CasesCall = record({ ...head })

const entry = {
  number: int(1),
  /** `refund`. */
  kind: text(16),
  /** `open`, `granted`, `paid` or `rejected`. */
  state: text(16),
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  opened: int(),
  /** A granted refund is paid at this time, as far as no seller has claimed the pieces by then. */
  deadline: int(),
  /** Pieces that it is about. */
  pieces: int(),
  /** What was paid; before that, what would be paid now. */
  amount: amountField,
  /** When the desk decided, and why. */
  decided: optional(int()),
  reason: optional(text(CASE_REASON_MAX_BYTES)),
}

/** How a case stands. */
export const RefundAnswer = record(entry)
export type CaseEntry = TypeOf<typeof RefundAnswer>

/** One's own cases, newest first. */
export const CasesAnswer = record({ cases: list(record(entry), CASES_MAX_COUNT) })
