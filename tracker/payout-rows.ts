/**
 * What the tracker keeps of payouts, as rows, and the questions it asks of them.
 */
import type { Amount } from '../shared/amount.js'

/** `asked`: the provider has not decided; then for good `paid` or `returned`. */
export type PayoutState = 'asked' | 'paid' | 'returned'

/** A payout that a member asked for, or the desk in its name. */
export interface PayoutRow {
  readonly id: number
  /** Member row. */
  readonly member: number
  /** Commit that took the money out of what the member can spend. */
  readonly commit: number
  readonly amount: Amount
  /** Where to, hidden (Vault.hide). */
  readonly destination: Uint8Array
  readonly asked: number
  /** Who of the desk asked, and why; undefined when the member did. */
  readonly made: { readonly by: string; readonly why: string } | undefined
  readonly state: PayoutState
  readonly decided: number | undefined
  /** Who decided, and the reference or reason. */
  readonly who: string | undefined
  readonly note: string | undefined
  /** Commit that paid it or gave it back. */
  readonly settled: number | undefined
}

/** A decision as it is written down. */
export interface PayoutEnd {
  readonly state: Exclude<PayoutState, 'asked'>
  readonly decided: number
  readonly who: string
  readonly note: string
  readonly settled: number
}

/** Payouts; rows are never removed. */
export interface PayoutRows {
  insert(
    row: Pick<PayoutRow, 'member' | 'commit' | 'amount' | 'destination' | 'asked' | 'made'>,
  ): Promise<number>
  byId(id: number): Promise<PayoutRow | undefined>
  byCommit(commit: number): Promise<PayoutRow | undefined>
  /** Those of a member: which wait, the oldest first, then the newest of the others. */
  ofMember(member: number, maxCount: number): Promise<PayoutRow[]>
  waiting(member: number): Promise<number>
  /** What a member got back of all that it asked for. */
  returned(member: number): Promise<Amount>
  /** The oldest that wait; with `done` all of them, the newest first. */
  all(done: boolean, maxCount: number): Promise<PayoutRow[]>
  decide(id: number, end: PayoutEnd): Promise<void>
}
