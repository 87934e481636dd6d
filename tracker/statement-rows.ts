/**
 * What a member's statement is made of, as questions to the rows.
 */
import type { Account } from '../shared/account.js'
import type { ClaimRow } from './claim-rows.js'

/** Commits of an account, and what claims have to do with them. */
export interface StatementRows {
  /** Commits above `after` that moved money of an account, the lowest first. */
  commitsOf(account: Account, after: number, maxCount: number): Promise<number[]>
  /** Claims that a commit paid. */
  paidIn(commit: number): Promise<ClaimRow[]>
  /** The claim that a commit let mature, or withheld. */
  endedIn(commit: number): Promise<ClaimRow | undefined>
}
