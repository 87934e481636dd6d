/**
 * Payments left with the tracker for a seller that is gone (design D12): what is owed is paid even
 * if both never meet again.
 */
import { head } from './api.js'
import { LETTER_MAX_BYTES, LETTERS_MAX_COUNT } from './case-limits.js'
import type { Cid, PieceIndex, Rid, Uid } from './identifier.js'
import { PAID_PIECES_MAX_COUNT, STATE_PAYMENTS_MAX_COUNT } from './limits.js'
import { blob, type Field, hexId, int, list, optional, record, type TypeOf } from './wire/record.js'

/**
 * A payment as a buyer would have sent it: the tokens behind the first k, and the signature that
 * names the seller and covers them all. It is worth nothing to anybody else.
 */
export const Letter = record({
  rid: hexId<Rid>(16),
  /** Payments that come before those in the letter. */
  k: int(),
  payments: list(
    record({
      piece: int(0, PAID_PIECES_MAX_COUNT - 1) as Field<PieceIndex & number> as Field<PieceIndex>,
      token: blob(512),
    }),
    STATE_PAYMENTS_MAX_COUNT,
  ),
  /** The scheme's payment of k and as many as there are in the letter. */
  payment: blob(4096),
})
export type Letter = TypeOf<typeof Letter>

/**
 * Leaves letters, takes those that wait, and says which were taken before. For one grant and seller
 * the newest letter counts.
 */
export const MailCall = record({
  ...head,
  letters: list(
    record({ seller: hexId<Uid>(16), letter: blob(LETTER_MAX_BYTES) }),
    LETTERS_MAX_COUNT,
  ),
  /** Numbers of letters that are in the caller's books: they are not kept any longer. */
  taken: list(int(1), LETTERS_MAX_COUNT),
  /** Letters up to this number are not wanted: they cannot be taken up yet. */
  after: optional(int()),
})
export type MailCall = TypeOf<typeof MailCall>

/** Letters to the caller, oldest first; `waiting` counts those that come after them. */
export const MailAnswer = record({
  letters: list(
    record({
      number: int(1),
      from: hexId<Uid>(16),
      cid: hexId<Cid>(20),
      letter: blob(LETTER_MAX_BYTES),
    }),
    LETTERS_MAX_COUNT,
  ),
  waiting: int(),
})
