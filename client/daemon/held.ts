/** A content of a household, one that it is to take up, and one that it cannot open. */
import type { Refusal } from '../../shared/errors.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Selection } from '../engine/selection.js'
import type { HeldRow, Origin } from '../pay/wallet/contents.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Content } from '../trade/content.js'
import type { Trade } from '../trade/trade.js'

/** One content of a household. */
export interface Held {
  readonly content: Content
  readonly folder: string
  readonly origin: Origin
  /** Milliseconds of our own clock. */
  readonly added: number
  readonly paused: boolean
  readonly sequential: boolean
  readonly chosen: Selection
  /** The folder is ours to fill: files in it that are too long are cut. */
  readonly cut: boolean
  /** At work; undefined while it is checked, paused or kept from work. */
  readonly trade?: Trade
  /** What keeps it from work. */
  readonly problem?: Refusal
}

/** Notes how a content is wanted from now on. */
export function note(held: Held, wishes: Partial<Pick<Held, 'chosen' | 'sequential'>>): void {
  Object.assign(held, wishes)
}

/** A content to be taken up. */
export interface Taking {
  readonly content: Content
  readonly folder: string
  readonly origin: Origin
  /** Files that are wanted; those of last time by default. */
  readonly chosen?: Selection
  readonly sequential?: boolean
  /** As in Held; not by default. */
  readonly cut?: boolean
  /** What it is bought with; by default whatever of it can still be used. */
  readonly grants?: readonly BoughtRow[]
}

/** A content of the wallet that cannot be opened now: its folder is away, or its terms unread. */
export interface Unopened extends HeldRow {
  readonly metainfo: Metainfo
  readonly paid: boolean
  /** Empty when none was chosen. */
  readonly folder: string
  readonly problem: Refusal
}
