/**
 * Limits of what crosses the border of the books, in and out, and of statements of them.
 */
import { DAY_MS } from './units.js'

/** The code of a voucher: 96 bits, which with their check are twenty letters that one can type. */
export const VOUCHER_BYTES = 12
/** A voucher that says nothing else: a year in a drawer. */
export const VOUCHER_LIFE_MS = 365 * DAY_MS
/** Vouchers that one run of the verb makes: a print shop's batch. */
export const VOUCHERS_MADE_MAX_COUNT = 1000
/** The provider's note to a voucher. */
export const VOUCHER_NOTE_MAX_BYTES = 256
/** Where a payout shall go: a bank account and a name, or a link. */
export const PAYOUT_TO_MAX_BYTES = 256
/** The provider's reference or reason of a payout: a sentence. */
export const PAYOUT_NOTE_MAX_BYTES = 256
/** Payouts of one member that wait for the provider, each of them work for a person. */
export const PAYOUTS_WAITING_MAX_COUNT = 8
/** A page of a statement begins no further commit after so many postings: some 100 KiB. */
export const POSTINGS_PAGE_COUNT = 500
/** Postings of one page: the last commit may be a claim of 64 grants, each a posting. */
export const POSTINGS_MAX_COUNT = POSTINGS_PAGE_COUNT + 64
/** Payouts that one answer shows. */
export const PAYOUTS_SHOWN_MAX_COUNT = 64
