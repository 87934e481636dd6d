/**
 * What the tracker keeps of vouchers, as rows, and the questions it asks of them.
 */
import type { Amount } from '../shared/amount.js'

/** A voucher, and what became of it. */
export interface VoucherRow {
  readonly id: number
  /** SHA-256 of the code. */
  readonly hash: Uint8Array
  readonly amount: Amount
  /** The provider's own words, such as to whom it was given. */
  readonly note: string
  /** Digest of what paid for it (Vault.pseudonym). */
  readonly source: Uint8Array | undefined
  /** Milliseconds of the tracker's clock. */
  readonly made: number
  readonly until: number
  /** Since when it is void. */
  readonly voided: number | undefined
  /** Member row of who redeemed it, and the commit that credited it. */
  readonly member: number | undefined
  readonly commit: number | undefined
}

/** Vouchers by their hash; rows are never removed. */
export interface VoucherRows {
  insert(
    row: Pick<VoucherRow, 'hash' | 'amount' | 'note' | 'source' | 'made' | 'until'>,
  ): Promise<number>
  byHash(hash: Uint8Array): Promise<VoucherRow | undefined>
  byId(id: number): Promise<VoucherRow | undefined>
  /** The newest first; those that can still be redeemed, or every one. */
  all(nowMs: number | undefined, maxCount: number): Promise<VoucherRow[]>
  /** Those that were redeemed. */
  redeemed(): Promise<VoucherRow[]>
  redeem(id: number, member: number, commit: number): Promise<void>
  void(id: number, nowMs: number): Promise<void>
}
