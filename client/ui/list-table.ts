/** A list as a table: titles, the rows that fit and no others, and what the mouse hits; pure. */
import { type Column, columnCells, headLine, placeColumns, rowLine } from './columns.js'
import type { ListNow } from './list.js'
import type { Order } from './order.js'
import { type Line, over, type Role } from './paint.js'
import type { Place } from './screen.js'

/** How a table looks, and what its places do. */
export interface TableLook<R, A extends string> {
  /** Cells of a line. */
  readonly cells: number
  /** Row of the screen where the titles stand. */
  readonly row: number
  /** What stands before the columns, in two cells; an arrow before the chosen row without it. */
  readonly sign?: (row: R, chosen: boolean) => Line | undefined
  /** Cells of the sign; 2 without it. */
  readonly signCells?: number
  /** What a row is as a whole. */
  readonly role?: (row: R) => Role | undefined
  /** How it is sorted, and what a click on a title does; without it no title can be hit. */
  readonly sorted?: { readonly order: Order; readonly action: A }
  /** What a click on a row does, and a second one at once. */
  readonly hits: Pick<Place<A>, 'action' | 'twice'>
}

/** Lines of a screen, and places in them. */
export interface Part<A extends string> {
  readonly lines: readonly Line[]
  readonly places: readonly Place<A>[]
}

/** Cells before the first column. */
export const SIGN_CELLS = 2

/** Titles and rows. */
export function tablePart<R, A extends string>(
  columns: readonly Column<R>[],
  { list, room, rows }: ListNow<R>,
  look: TableLook<R, A>,
): Part<A> {
  const { cells, hits, row: top, signCells = SIGN_CELLS, sorted } = look
  const placed = placeColumns(columns, Math.max(1, cells - signCells))
  const head = sorted && {
    column: columns.find((column) => 'name' in column && column.name === sorted.order.sort),
    descending: sorted.order.descending,
  }
  const shown = rows.slice(list.top, list.top + room)
  const lines = shown.map((row, index): Line => {
    const chosen = list.top + index === list.at
    const arrow: Line = [chosen ? ['▸ ', 'accent'] : ' '.repeat(SIGN_CELLS)]
    const line: Line = [...(look.sign?.(row, chosen) ?? arrow), ...rowLine(placed, row)]
    const role = chosen ? 'chosen' : look.role?.(row)
    return role === undefined ? line : over(line, role, cells)
  })
  const titles = columnCells(placed).flatMap(({ column, from, to }): Place<A>[] => {
    if (sorted === undefined || column.by === undefined) return []
    const cut = { from: from + signCells, to: Math.min(cells, to + signCells) }
    return [{ row: top, ...cut, action: sorted.action, at: columns.indexOf(column) }]
  })
  const places = shown.map(
    (_, index): Place<A> => ({
      ...{ row: top + 1 + index, from: 0, to: cells, ...hits, at: list.top + index },
    }),
  )
  return {
    lines: [[' '.repeat(signCells), ...headLine(placed, head)], ...lines],
    places: [...titles, ...places],
  }
}
