/**
 * What the tracker keeps of how much contents are asked for, as rows, and the questions it asks.
 */
import type { ContentRow, GrantRow } from './rows.js'

/** Purchases of one content. */
export interface PurchaseCount {
  /** Content row. */
  readonly content: number
  readonly day: number
  readonly week: number
}

/** A download that came to its end. */
export interface DownloadTime {
  /** Content row. */
  readonly content: number
  /** Milliseconds, as for the whole content. */
  readonly tookMs: number
}

/** Purchases and downloads. */
export interface DemandRows {
  /** Purchases of whole contents since two moments; contents that had none are left out. */
  purchases(dayMs: number, weekMs: number): Promise<PurchaseCount[]>
  /** The last downloads of each content that came to an end, DEMAND_DOWNLOADS_COUNT at most. */
  finished(): Promise<DownloadTime[]>
  /** A buyer fetches, with so many bytes to go; `anew` when it says that it starts just now. */
  began(
    grant: Pick<GrantRow, 'id' | 'content'>,
    nowMs: number,
    bytes: number,
    anew: boolean,
  ): Promise<void>
  /** A buyer has all of a content. */
  done(buyer: number, content: Pick<ContentRow, 'id' | 'size'>, nowMs: number): Promise<void>
  /** A buyer stopped before it had everything: how long it rests says nothing. */
  broke(buyer: number, content: number): Promise<void>
  /** Forgets a download under a grant that is closed. */
  forget(grant: number): Promise<void>
}
