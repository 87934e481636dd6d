/**
 * What the tracker keeps of claims that paid, as rows, and the questions it asks of them.
 */
import type { Amount } from '../shared/amount.js'
import type { PieceIndex } from '../shared/identifier.js'

/**
 * A claim that paid: to whom, how much, when it matures, for which pieces, and the claim itself.
 */
export interface ClaimRow {
  readonly id: number
  readonly commit: number
  readonly grant: number
  readonly seller: number
  readonly due: number
  readonly matured: boolean
  /** Row of the flow for which it is held, or was withheld (flows.ts). */
  readonly flow: number | undefined
  readonly withheld: boolean
  /** Commit by which it matured or was withheld. */
  readonly ended: number | undefined
  readonly amount: Amount
  readonly pieces: Uint8Array
  readonly claim: Uint8Array
}

/** Claims that paid. */
export interface ClaimRows {
  insert(claim: Omit<ClaimRow, 'id' | 'matured' | 'flow' | 'withheld' | 'ended'>): Promise<void>
  /** Claims of a grant in the order in which they were paid. */
  ofGrant(grant: number): Promise<ClaimRow[]>
  /** The claim by which one seller was paid for a piece. */
  winning(grant: number, seller: number, piece: PieceIndex): Promise<ClaimRow | undefined>
  /** How long all claims of one seller together are. */
  bytes(grant: number, seller: number): Promise<number>
  /** Claims that can mature: those that nothing holds. */
  due(nowMs: number, maxCount: number): Promise<ClaimRow[]>
  /** Notes that a claim matured, by which commit. */
  matured(id: number, commit: number): Promise<void>
}
