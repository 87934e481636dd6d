/**
 * The ledger's accounts by name (design D15), and the transfers between them.
 *
 * These eight kinds are all there are; a new kind is a decision. A balance is credits minus debits,
 * so `funding`, from which all money comes and to which it goes, is the one account that goes below
 * zero.
 */
import type { Amount } from './amount.js'
import type { Cid, Rid, Uid } from './identifier.js'

declare const brand: unique symbol
/** Name of an account in the tracker's ledger. */
export type Account = string & { readonly [brand]: 'Account' }

/** Where money enters and leaves: top-ups are debited here, payouts credited. */
export const FUNDING = 'funding' as Account
/** What the provider has earned for good. */
export const REVENUE = 'provider:revenue' as Account

/** Money a member can spend. */
export const spendable = (uid: Uid): Account => `member:${uid}:spendable` as Account
/** Earnings whose complaint window has not passed yet (D9). */
export const pending = (uid: Uid): Account => `member:${uid}:pending` as Account
/** Money a member asked to be paid out, until the provider has paid it or gives it back. */
export const payout = (uid: Uid): Account => `member:${uid}:payout` as Account
/** Rewards of one grant that wait to be claimed. */
export const escrow = (rid: Rid): Account => `grant:${rid}:escrow` as Account
/** The provider's part of one price until the complaint window has passed (D9). */
export const held = (rid: Rid): Account => `grant:${rid}:held` as Account
/** Unclaimed rewards of a content's closed grants (D9). */
export const carrier = (cid: Cid): Account => `carrier:${cid}` as Account

/** One posting: `amount` leaves `debit` and arrives at `credit`; balanced by construction. */
export interface Transfer {
  readonly debit: Account
  readonly credit: Account
  readonly amount: Amount
}
