/**
 * Tables that fit a terminal: columns of fixed width beside one that takes what is left; pure.
 *
 * What does not fit is left out whole, the least important first; a row is formatted only when it
 * is asked for, so a table of a thousand rows costs what is visible of it.
 */
import { visible } from '../../shared/command.js'
import { cellsOf, cut, left, right } from './cells.js'
import { type Line, lineCells, type Role, type Span } from './paint.js'

/** One column of rows of kind R. */
export interface Column<R> {
  readonly title: string
  /** Cells; of the column that stretches its least. */
  readonly width: number
  /** The one column that takes what the others leave; others go before it has less than a part. */
  readonly stretches?: boolean
  readonly right?: boolean
  /** Columns with the highest number go first when they do not fit; 0 always stays. */
  readonly rank: number
  /** What a row shows here, as it came: it is cut to the width, control characters are shown. */
  readonly text: (row: R) => string
  /** What it is, for its look; missing for plain text. */
  readonly role?: (row: R) => Role | undefined
  /** What rows are sorted by: text, or a figure. */
  readonly by?: (row: R) => Sortable
}
/** A column that a list can be sorted by. */
export interface Named<R, N extends string = string> extends Column<R> {
  readonly name: N
  /** Whether the least is asked for first. */
  readonly ascends?: boolean
}

/** What rows can be sorted by; a missing figure comes last in either order. */
export type Sortable = string | number | bigint | undefined

/** A column with the width that it got. */
export interface Placed<R> {
  readonly column: Column<R>
  readonly width: number
}

const GAP = 1
/** Part of the line that the column that stretches has at least. */
const STRETCH_SHARE = 0.28
/** Cells before the values of a form. */
export const FIELD_CELLS = 14

/** The columns that fit, with their widths; together they fill `columns` cells. */
export function placeColumns<R>(all: readonly Column<R>[], columns: number): Placed<R>[] {
  let kept = [...all]
  const least = ({ stretches, width }: Column<R>): number =>
    stretches === true ? Math.max(width, Math.floor(columns * STRETCH_SHARE)) : width
  const needed = (): number => kept.reduce((sum, column) => sum + least(column) + GAP, -GAP)
  while (kept.length > 1 && needed() > columns) {
    const last = kept.reduce((one, other) => (other.rank >= one.rank ? other : one))
    if (last.rank === 0) break
    kept = kept.filter((column) => column !== last)
  }
  const spare = columns - needed()
  return kept.map((column) => ({
    column,
    width: Math.max(1, least(column) + (column.stretches === true ? spare : 0)),
  }))
}

/** The direction that rows are sorted in. */
export function arrowOf(descending: boolean): string {
  return descending ? '▾' : '▴'
}

/** The titles; the column that rows are sorted by is marked with the direction. */
export function headLine<R>(
  placed: readonly Placed<R>[],
  sorted?: { readonly column: Column<R> | undefined; readonly descending: boolean },
): Line {
  return placed.flatMap(({ column, width }, at): Span[] => {
    const chosen = sorted?.column === column
    const arrow = arrowOf(sorted?.descending === true)
    // The arrow is seen also where the title alone fills the column.
    const title = chosen ? `${cut(column.title, Math.max(0, width - 1))}${arrow}` : column.title
    return [...gap(at), [fill(column, title, width), chosen ? 'strong' : 'dim']]
  })
}

/** One row. */
export function rowLine<R>(placed: readonly Placed<R>[], row: R): Line {
  return placed.flatMap(({ column, width }, at): Span[] => {
    const role = column.role?.(row)
    const text = fill(column, column.text(row), width)
    return [...gap(at), role === undefined ? text : [text, role]]
  })
}

function gap(at: number): readonly Span[] {
  return at === 0 ? [] : [' '.repeat(GAP)]
}

function fill(column: { readonly right?: boolean }, text: string, width: number): string {
  return column.right === true ? right(text, width) : left(text, width)
}

/** The columns with the cells that their titles take; `to` is the first cell behind. */
export function columnCells<R>(
  placed: readonly Placed<R>[],
): readonly { readonly column: Column<R>; readonly from: number; readonly to: number }[] {
  let from = 0
  return placed.map(({ column, width }) => {
    const place = { column, from, to: from + width }
    from += width + GAP
    return place
  })
}

/** Rows in the order of a column; equal rows keep the order that they had. */
export function sortRows<R>(
  rows: readonly R[],
  by: (row: R) => Sortable,
  descending: boolean,
): R[] {
  const keyed = rows.map((row) => ({ row, key: by(row) }))
  keyed.sort((one, other) => {
    if (one.key === undefined || other.key === undefined) {
      return Number(one.key === undefined) - Number(other.key === undefined)
    }
    const order = one.key < other.key ? -1 : one.key > other.key ? 1 : 0
    return descending ? -order : order
  })
  return keyed.map(({ row }) => row)
}

/** A name before a value, in the manner of a form: `price       2.00 credit`. */
export function fieldLine(name: string, ...value: readonly Span[]): Line {
  return [[` ${left(name, FIELD_CELLS - 1)}`, 'dim'], ...value]
}

/** A line of at most so many cells; `…` in the last one tells that something was cut off. */
export function cutLine(line: Line, cells: number): Line {
  if (lineCells(line) <= cells) return line
  let room = cells - 1
  const kept: Span[] = []
  for (const span of line) {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    const whole = visible(text)
    const shown = cut(whole, room)
    room -= cellsOf(shown)
    // What follows a wide character that did not fit would stand in its place.
    if (shown !== whole) return [...kept, [`${shown}${cells > 0 ? '…' : ''}`, ...roles]]
    kept.push([shown, ...roles])
  }
  return kept
}

/** A line of exactly so many cells: cut, or filled with spaces. */
export function fitLine(line: Line, cells: number): Line {
  const shown = cutLine(line, cells)
  return [...shown, ' '.repeat(Math.max(0, cells - lineCells(shown)))]
}
