/** The order of a list: by which column, and the keys that change it, alike everywhere; pure. */
import { arrowOf, type Named, placeColumns, sortRows } from './columns.js'
import type { KeyRow, Step, Turn } from './screen.js'

/** By which column rows are sorted. */
export interface Order<N extends string = string> {
  readonly sort: N
  readonly descending: boolean
}

/** What changes it; `sortby` comes from the mouse alone, with the number of a column. */
export type OrderAction = 'sort' | 'sortback' | 'reverse' | 'sortby'

/** Its keys. */
export const ORDER_KEYS: readonly KeyRow<OrderAction>[] = [
  { action: 'sort', keys: ['s', '>'], does: 'sort by the next column', short: 'sort' },
  { action: 'sortback', keys: ['<'], does: 'sort by the column before' },
  { action: 'reverse', keys: ['S'], does: 'turn the order round' },
]

const NO_TABLE = {
  effect: 'tell',
  text: 'there is no table here to sort',
  level: 'warning',
} as const

/** The steps of these actions on a screen; `reordered` gives none where nothing is seen to sort. */
export function orderSteps<S>(
  reordered: (turn: Turn<S>, action: OrderAction) => S | undefined,
): Readonly<Record<OrderAction, (turn: Turn<S>) => Step<S>>> {
  const step =
    (action: OrderAction) =>
    (turn: Turn<S>): Step<S> => {
      const state = reordered(turn, action)
      return state === undefined ? { state: turn.state, effects: [NO_TABLE] } : { state }
    }
  return {
    ...{ sort: step('sort'), sortback: step('sortback') },
    ...{ reverse: step('reverse'), sortby: step('sortby') },
  }
}

/** The order after an action; a column that is asked for again turns it round. */
export function reorder<R, N extends string>(
  columns: readonly Named<R, N>[],
  order: Order<N>,
  action: OrderAction,
  at: number,
): Order<N> {
  const { descending, sort } = order
  if (action === 'reverse') return { sort, descending: !descending }
  if (action === 'sortby') return sortedBy(order, columns[at])
  const sorts = columns.filter(({ by }) => by !== undefined)
  const beside = sorts.findIndex(({ name }) => name === sort) + (action === 'sort' ? 1 : -1)
  return sortedBy(order, sorts.at(beside % sorts.length))
}

function sortedBy<R, N extends string>(order: Order<N>, column?: Named<R, N>): Order<N> {
  if (column?.by === undefined) return order
  const again = column.name === order.sort
  return { sort: column.name, descending: again ? !order.descending : column.ascends !== true }
}

/** What rows are sorted by where the title has no room: `by ratio▾`. */
export function hiddenOrder<R>(
  columns: readonly Named<R>[],
  { descending, sort }: Order,
  cells: number,
): readonly string[] {
  const column = columns.find(({ name }) => name === sort)
  const seen = placeColumns(columns, cells).some((placed) => placed.column === column)
  if (column === undefined || seen) return []
  return [`by ${column.title.toLowerCase()}${arrowOf(descending)}`]
}

/** Rows in an order; equal ones keep the order that they have. */
export function inOrder<R>(
  columns: readonly Named<R>[],
  { descending, sort }: Order,
  rows: readonly R[],
): readonly R[] {
  const by = columns.find(({ name }) => name === sort)?.by
  return by === undefined ? rows : sortRows(rows, by, descending)
}

/**
 * Remembers the last rows that were made from each thing: what was searched and sorted once is not
 * for every picture. The key tells how they were made.
 */
export function remembered<R>(): (
  from: object,
  key: unknown,
  make: () => readonly R[],
) => readonly R[] {
  const made = new WeakMap<object, { key: string; rows: readonly R[] }>()
  return (from, parts, make) => {
    const key = JSON.stringify(parts)
    const known = made.get(from)
    if (known?.key === key) return known.rows
    const rows = make()
    made.set(from, { key, rows })
    return rows
  }
}
