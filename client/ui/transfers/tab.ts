/** What a tab of one transfer is: a picture of its row and its detail, most often with a table. */
import type { Detail, Transfer } from '../../local/transfer-rows.js'
import { type Named, sortRows } from '../columns.js'
import {
  type Followed,
  type KeyOf,
  type ListAction,
  type ListNow,
  listNow,
  moveFollowed,
} from '../list.js'
import { type Part, tablePart } from '../list-table.js'
import { inOrder, type Order, type OrderAction, remembered, reorder } from '../order.js'
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
  /** Where its table stands, if it has one, and how that was sorted by hand. */
  readonly list: Followed
  readonly order: Order | undefined
  readonly size: Size
}

/** What a click in a tab does. */
export type TabAction = 'row' | 'sorttab'

/** One tab; what has no table is not moved and not sorted. */
export interface Tab {
  /** At most as many lines as the size has rows. */
  readonly picture: (view: TabView) => Part<TabAction>
  /** Where the table stands now. */
  readonly settled?: (view: TabView) => Followed
  readonly move?: (view: TabView, action: ListAction, to: number) => Followed
  readonly reorder?: (view: TabView, action: OrderAction, at: number) => Order
}

/** The table of a tab. */
export interface TabTable<R> {
  /** They may depend on the content and the clock. */
  readonly columns: (view: TabView) => readonly Named<R>[]
  readonly rows: (detail: Detail) => readonly R[]
  readonly keyOf: KeyOf<R>
  /** How it is sorted at first. */
  readonly order: Order
  /** The order of rows that are equal in the column, the largest first. */
  readonly weight?: (row: R) => number | bigint
  readonly above?: (view: TabView) => readonly Line[]
  /** What names the chosen row whole, where the columns cut it; the last line of the tab. */
  readonly whole?: (row: R) => Line | undefined
  /** What stands there when there are no rows. */
  readonly empty: (view: TabView) => string
}

/** Rows that a table has before one is left to what names the chosen row. */
const TABLE_MIN_ROWS = 4

/** A tab without a table. */
export function plainTab(lines: (view: TabView) => readonly Line[]): Tab {
  return { picture: (view) => ({ lines: lines(view).slice(0, view.size.rows), places: [] }) }
}

/** A tab with a table. */
export function tableTab<R>(table: TabTable<R>): Tab {
  const made = remembered<R>()
  const orderOf = ({ order }: TabView): Order => order ?? table.order
  const rowsOf = (view: TabView): readonly R[] => {
    if (view.detail === undefined) return []
    const order = orderOf(view)
    const rows = table.rows(view.detail)
    return made(rows, order, () => inOrder(table.columns(view), order, weighed(table, rows)))
  }
  const nowOf = (view: TabView): ListNow<R> => {
    const above = table.above?.(view).length ?? 0
    const free = view.size.rows - above - 1
    const told = table.whole === undefined || free <= TABLE_MIN_ROWS ? 0 : 1
    return listNow(rowsOf(view), table.keyOf, view.list, Math.max(1, free - told))
  }
  return {
    picture: (view) => {
      const above = table.above?.(view) ?? []
      const now = nowOf(view)
      const part = tablePart<R, TabAction>(table.columns(view), now, {
        ...{ cells: view.size.columns, row: above.length },
        sorted: { order: orderOf(view), action: 'sorttab' },
        hits: { action: 'row' },
      })
      const { row: chosen } = now
      const { rows } = view.size
      if (chosen === undefined) {
        return { lines: [...above, [` ${table.empty(view)}`]].slice(0, rows), places: [] }
      }
      const lines: Line[] = [...above, ...part.lines]
      const whole = table.whole?.(chosen)
      const last = above.length + 1 + now.room
      if (whole !== undefined && last < rows) {
        while (lines.length < last) lines.push([])
        lines.push(whole)
      }
      return { lines: lines.slice(0, rows), places: part.places.filter(({ row }) => row < rows) }
    },
    settled: (view) => {
      const { list, row } = nowOf(view)
      return { list, chosen: row === undefined ? undefined : table.keyOf(row) }
    },
    move: (view, action, to) => moveFollowed(nowOf(view), table.keyOf, [action, to]),
    reorder: (view, action, at) => reorder(table.columns(view), orderOf(view), action, at),
  }
}

function weighed<R>({ weight }: TabTable<R>, rows: readonly R[]): readonly R[] {
  return weight === undefined ? rows : sortRows(rows, weight, true)
}
