/** What a tab of one transfer is: a picture of its row and its detail. */
import type { Detail, Transfer } from '../../local/transfer-rows.js'
import type { ListState } from '../list.js'
import type { Line } from '../paint.js'
import type { Size } from '../screen.js'
import type { World } from '../world.js'

/** The tabs, in their order. */
export const TABS = ['overview', 'files', 'pieces', 'peers', 'trackers', 'money'] as const
export type TabName = (typeof TABS)[number]

/** What a tab shows. */
export interface TabView {
  readonly transfer: Transfer
  /** Missing until the daemon answered. */
  readonly detail: Detail | undefined
  readonly world: World
  /** Where its table stands, if it has one. */
  readonly list: ListState
  readonly size: Size
}

/** One tab. */
export interface Tab {
  /** Rows of its table, through which the list moves; 0 when there is none. */
  readonly count: (view: TabView) => number
  /** Lines above the table's first row. */
  readonly above: (view: TabView) => number
  /** At most as many lines as the size has rows. */
  readonly lines: (view: TabView) => Line[]
}
