/**
 * The calls to the provider's desk: asking for a refund, complaining, answering a complaint, and
 * how one's own cases stand (design D9, D12).
 */
import { head } from './api.js'
import {
  BUNDLE_MAX_BYTES,
  CASE_FILE_MAX_BYTES,
  CASE_REASON_MAX_BYTES,
  CASES_MAX_COUNT,
  PROOF_MAX_BYTES,
} from './case-limits.js'
import type { Cid, Rid, Uid } from './identifier.js'
import { CLAIM_MAX_BYTES, PAID_PIECES_MAX_COUNT, RUN_MAX_PIECES } from './limits.js'
import {
  amountField,
  blob,
  hexId,
  indexes,
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

/** Complains: files a bundle (mediation/bundle.ts). A request is complained of once. */
export const ComplainCall = record({ ...head, bundle: blob(BUNDLE_MAX_BYTES) })
export type ComplainCall = TypeOf<typeof ComplainCall>

/** What an accused member says to a case, signed by it; the whole call is kept as evidence. */
export const RespondCall = record({
  ...head,
  number: int(1),
  /** `receipt`, `payment` or `denial`. */
  kind: text(16),
  /** What it has to say beside that. */
  reason: text(CASE_REASON_MAX_BYTES),
  /**
   * The scheme's claim of the plaintiff under this grant, from the first payment on, as the payee's
   * `claim` makes it: it holds the payment that the accused signed.
   */
  proof: optional(blob(CLAIM_MAX_BYTES)),
  /** The plaintiff's signed receipt of that payment. */
  receipt: optional(blob(PROOF_MAX_BYTES)),
  /** The plaintiff's signed release of the request, which answered a withdrawal. */
  release: optional(blob(PROOF_MAX_BYTES)),
})
export type RespondCall = TypeOf<typeof RespondCall>

/**
 * Asks for one's own cases, and for the file of one of them. Who is accused has fetched the notice
 * by it: from then on its time to answer runs.
 */
export const CasesCall = record({ ...head, file: optional(int(1)) })
export type CasesCall = TypeOf<typeof CasesCall>

const entry = {
  number: int(1),
  /** `refund`, `unpaid`, `double-spent`, `false-complaint` or `marks`. */
  kind: text(16),
  /** Of a refund `open`, `granted`, `paid` or `rejected`; of others see mediation/rules.ts. */
  state: text(16),
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  opened: int(),
  /** When it is decided, or paid, without anybody doing anything. */
  deadline: int(),
  /** Pieces that it is about. */
  pieces: int(),
  /** What was paid; before that, what would be paid now. */
  amount: amountField,
  /** When it was decided, and why. */
  decided: optional(int()),
  reason: optional(text(CASE_REASON_MAX_BYTES)),
  /** `plaintiff` or `accused`: what the caller is in it. */
  role: text(16),
  /** The member on the other side; a refund has none. */
  other: optional(hexId<Uid>(16)),
  /** Of a complaint: the pieces that it says are unpaid, and the counter of their request. */
  disputed: optional(indexes(RUN_MAX_PIECES)),
  counter: optional(int(1)),
  /** When the accused fetched the notice. */
  fetched: optional(int()),
  /** Which rule decided (mediation/rules.ts). */
  outcome: optional(text(16)),
}

/** How a case stands. */
export const CaseAnswer = record(entry)
export type CaseEntry = TypeOf<typeof CaseAnswer>

/** One's own cases: notices not fetched yet, what waits by its deadline, then the newest. */
export const CasesAnswer = record({
  cases: list(CaseAnswer, CASES_MAX_COUNT),
  /** The case file that was asked for (mediation/case-file.ts). */
  file: optional(blob(CASE_FILE_MAX_BYTES)),
})
