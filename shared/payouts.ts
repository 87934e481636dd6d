/**
 * Payouts: members ask for money of theirs, the provider pays it or gives it back (PROTOCOL 13.11).
 */
import { head } from './api.js'
import {
  PAYOUT_NOTE_MAX_BYTES,
  PAYOUT_TO_MAX_BYTES,
  PAYOUTS_SHOWN_MAX_COUNT,
} from './money-limits.js'
import {
  amountField,
  bytes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/** Takes an amount out of what the caller can spend; `id` makes asking again take nothing. */
export const PayoutCall = record({
  ...head,
  id: bytes(16),
  amount: amountField,
  /** Where the money shall go, in words that the provider understands. */
  to: text(PAYOUT_TO_MAX_BYTES),
})
export type PayoutCall = TypeOf<typeof PayoutCall>

/** A payout as its member sees it. */
export const PayoutAnswer = record({
  number: int(1),
  /** `asked`: it waits for the provider; `paid`; or `returned`: the account has it again. */
  state: text(16),
  amount: amountField,
  to: text(PAYOUT_TO_MAX_BYTES),
  asked: int(),
  decided: optional(int()),
  /** The provider's reference of what it paid, or why it did not. */
  note: optional(text(PAYOUT_NOTE_MAX_BYTES)),
})
export type PayoutAnswer = TypeOf<typeof PayoutAnswer>

/** Asks for one's own payouts, those that wait and then the newest. */
export const PayoutsCall = record({ ...head })
export const PayoutsAnswer = record({ payouts: list(PayoutAnswer, PAYOUTS_SHOWN_MAX_COUNT) })
