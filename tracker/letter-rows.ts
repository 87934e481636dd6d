/**
 * What the tracker keeps of letters between members, as rows, and the questions it asks of them.
 */
import type { Cid, Uid } from '../shared/identifier.js'

/** A letter that waits; its number is never given to another one. */
export interface LetterRow {
  readonly id: number
  readonly from: Uid
  readonly cid: Cid
  readonly body: Uint8Array
}

/** A letter to keep; grant and seller are rows. */
export interface NewLetter {
  readonly grant: number
  readonly seller: number
  readonly body: Uint8Array
  /** Milliseconds of the tracker's clock. */
  readonly at: number
}

/** Payments for sellers that are gone, one for each grant and seller. */
export interface LetterRows {
  /** Keeps a letter in the place of an earlier one of its grant and seller. */
  put(letter: NewLetter): Promise<void>
  /** Letters to a member that can still be claimed by, the oldest first, from a number on. */
  to(
    seller: number,
    nowMs: number,
    page: { readonly after: number; readonly maxCount: number },
  ): Promise<LetterRow[]>
  /** How many there are after a number; of all when it is absent. */
  count(seller: number, nowMs: number, after?: number): Promise<number>
  /** A letter was taken by its seller; one of another member stays. */
  take(id: number, seller: number): Promise<void>
  /** Forgets what was left under a grant that has closed. */
  forget(grant: number): Promise<void>
}
