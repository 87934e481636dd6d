/**
 * What the tracker keeps of cases, as rows, and the questions it asks of them.
 */
import type { Amount } from '../shared/amount.js'

/** What a case is about; complaints will be another kind. */
export type CaseKind = 'refund'

/**
 * `open`: the desk has not decided; `granted`: it has, and the money moves at the deadline; `paid`
 * and `rejected` are the ends.
 */
export type CaseState = 'open' | 'granted' | 'paid' | 'rejected'

/** A case at the provider's desk. */
export interface CaseRow {
  readonly id: number
  readonly kind: CaseKind
  readonly state: CaseState
  /** Row of the grant it is about. */
  readonly grant: number
  /** Member rows: who asks, and of whom; nobody is accused by a refund. */
  readonly plaintiff: number
  readonly accused: number | undefined
  /** Bitmap of the pieces it is about. */
  readonly pieces: Uint8Array
  readonly opened: number
  /** Until when others may act before a verdict against their interest takes effect. */
  readonly deadline: number
  /** What the plaintiff signed, as it came. */
  readonly evidence: Uint8Array
  /** What the tracker knew when the case was opened (CaseFacts of tracker/cases.ts). */
  readonly known: Uint8Array
  /** Commit that carried the verdict out. */
  readonly settled: number | undefined
  /** What it moved out of the grant's escrow and held money; 0 before. */
  readonly fromEscrow: Amount
  readonly fromHeld: Amount
}

/** One line of a case's audit trail. */
export interface CaseEventRow {
  readonly at: number
  /** A member's uid, `desk NAME`, or `tracker`. */
  readonly who: string
  /** The state that the case came to. */
  readonly what: CaseState
  readonly reason: string
}

/** Cases and their audit trails, which only ever grow. */
export interface CaseRows {
  insert(
    row: Omit<CaseRow, 'id' | 'settled' | 'fromEscrow' | 'fromHeld'>,
    event: CaseEventRow,
  ): Promise<number>
  byId(id: number): Promise<CaseRow | undefined>
  /** The newest case of a kind about a grant. */
  latest(grant: number, kind: CaseKind): Promise<CaseRow | undefined>
  /** Cases about a grant, oldest first. */
  ofGrant(grant: number): Promise<CaseRow[]>
  /** Cases that a member opened, newest first. */
  ofPlaintiff(member: number, maxCount: number): Promise<CaseRow[]>
  /** Cases from the newest on; those the desk is done with only when asked for. */
  all(done: boolean, maxCount: number): Promise<CaseRow[]>
  /** Granted cases whose deadline has come. */
  due(nowMs: number, maxCount: number): Promise<CaseRow[]>
  events(id: number): Promise<CaseEventRow[]>
  /** Brings a case to the state that the event names. */
  advance(id: number, event: CaseEventRow): Promise<void>
  /** Notes what carried the verdict out. */
  carriedOut(
    id: number,
    done: { readonly commit: number; readonly fromEscrow: Amount; readonly fromHeld: Amount },
  ): Promise<void>
}
