/**
 * A list that is searched, with what is known of its chosen row below it: how it is moved, laid out
 * and shown; pure. The choice follows its row, not its place.
 */
import { cellsOf, clip, wrapCells } from './cells.js'
import {
  type Column,
  cutLine,
  FIELD_CELLS,
  fieldLine,
  headLine,
  placeColumns,
  rowLine,
} from './columns.js'
import { PANEL_MIN_ROWS } from './layout.js'
import { LIST_START, type ListState, moveList, movesList, settleList } from './list.js'
import { type Line, over, type Role, type Span } from './paint.js'
import type { Input, Picture, Place, Size } from './screen.js'

/** A list as it is looked at. */
export interface ListingState {
  readonly list: ListState
  /** Words that a row has to hold, all of them, in any case. */
  readonly text: string
  /** Key of the chosen row; undefined before anything moved. */
  readonly chosen: string | undefined
}

/** The beginning of a list that nobody searched. */
export const LISTING_START: ListingState = { list: LIST_START, text: '', chosen: undefined }

/** Rows of kind R. */
export interface Listing<R> {
  readonly columns: (now: number, size: Size) => readonly Column<R>[]
  /** What tells rows apart; rows of one key are told apart by their place. */
  readonly keyOf: (row: R) => string
  /** What `/` searches, and what its words may begin. */
  readonly textOf: (row: R) => string
  readonly idsOf: (row: R) => readonly (string | undefined)[]
  /** Two cells before a row; without it an arrow stands before the chosen one. */
  readonly sign?: (row: R) => Span | undefined
}

/** A list as it stands now. */
export interface ListingNow<R> {
  readonly rows: readonly R[]
  readonly list: ListState
  readonly row: R | undefined
  /** Rows that there is room for. */
  readonly room: number
  readonly above: readonly Line[]
  readonly panel: readonly Line[]
}

/** Rows that a panel leaves to its list. */
const LIST_MIN_ROWS = 3
/** Cells before the first column. */
const SIGN_CELLS = 2

/** Reads a list: what is above it, and what is told of the chosen row where there is room. */
export function listingNow<R>(
  listing: Listing<R>,
  state: ListingState,
  all: readonly R[],
  size: Size,
  {
    above = [],
    panelOf,
  }: { readonly above?: readonly Line[]; readonly panelOf?: (row: R) => readonly Line[] },
): ListingNow<R> {
  const rows = foundRows(listing, all, state.text)
  const at = placeOf(listing, state, rows)
  const row = rows[at]
  const free = size.rows - above.length - 1
  const told = size.rows < PANEL_MIN_ROWS || row === undefined ? [] : (panelOf?.(row) ?? [])
  const panel = told.slice(0, Math.max(0, free - LIST_MIN_ROWS))
  const room = Math.max(1, free - panel.length)
  const list = settleList({ at, top: state.list.top }, rows.length, room)
  return { rows, list, row, room, above, panel }
}

function foundRows<R>(
  { idsOf, textOf }: Listing<R>,
  rows: readonly R[],
  text: string,
): readonly R[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const told = textOf(row).toLowerCase()
    const ids = idsOf(row)
    return words.every((word) => told.includes(word) || ids.some((id) => id?.startsWith(word)))
  })
}

/** Where the chosen row is now; its old place when it is gone. */
function placeOf<R>({ keyOf }: Listing<R>, state: ListingState, rows: readonly R[]): number {
  const { chosen, list } = state
  const last = Math.max(0, rows.length - 1)
  const there = rows[list.at]
  if (chosen === undefined || (there !== undefined && keyOf(there) === chosen)) {
    return Math.min(list.at, last)
  }
  const found = rows.findIndex((row) => keyOf(row) === chosen)
  return found < 0 ? Math.min(list.at, last) : found
}

/** What follows an input that every list takes; undefined for what a screen has to say itself. */
export function stepListing<S extends ListingState, R>(
  { keyOf }: Listing<R>,
  state: S,
  input: Input<string>,
  { list, room, rows }: ListingNow<R>,
): S | undefined {
  if (input.input === 'search') return { ...state, text: input.text }
  if (input.input !== 'action') return undefined
  const { action, at = 0 } = input
  if (action === 'back') return { ...state, text: '' }
  if (!movesList(action)) return undefined
  const moved = moveList(list, action, { count: rows.length, rows: room, to: at })
  const row = rows[moved.at]
  return { ...state, list: moved, chosen: row === undefined ? undefined : keyOf(row) }
}

/** The whole screen: what is above, titles, the rows that fit and no others, the panel. */
export function listingPicture<R>(
  listing: Listing<R>,
  state: ListingState,
  { above, list, panel, room, rows }: ListingNow<R>,
  { empty, note = '', now, size }: ListingLook,
): Picture<never> {
  const fit = (lines: readonly Line[]): Line[] =>
    lines.slice(0, size.rows).map((line) => cutLine(line, size.columns))
  if (rows.length === 0) return { lines: fit([...above, ...empty]) }
  const columns = listing.columns(now, size)
  const placed = placeColumns(columns, Math.max(1, size.columns - SIGN_CELLS))
  const shown = rows.slice(list.top, list.top + room)
  const lines = shown.map((row, index): Line => {
    const chosen = list.top + index === list.at
    const arrow: Span = chosen ? ['▸ ', 'accent'] : ' '.repeat(SIGN_CELLS)
    const line = [listing.sign?.(row) ?? arrow, ...rowLine(placed, row)]
    return chosen ? over(line, 'chosen', size.columns) : line
  })
  const gap = Array.from({ length: panel.length === 0 ? 0 : room - lines.length }, (): Line => [])
  const titles: Line = [' '.repeat(SIGN_CELLS), ...headLine(placed)]
  const places = shown.map(
    (_, index): Place<never> => ({
      ...{ row: above.length + 1 + index, from: 0, to: size.columns },
      ...{ action: 'choose', at: list.top + index, twice: 'open' },
    }),
  )
  const search = state.text === '' ? '' : `, "${state.text}"`
  return {
    lines: fit([...above, titles, ...lines, ...gap, ...panel]),
    places: places.filter(({ row }) => row < size.rows),
    note: `${list.at + 1} of ${rows.length}${note}${search}`,
  }
}

/** What a picture needs beside the list. */
export interface ListingLook {
  readonly now: number
  readonly size: Size
  /** Why nothing is there, and what to do about it. */
  readonly empty: readonly Line[]
  /** What stands behind the number of the chosen row: `, 2 to answer`. */
  readonly note?: string
}

/** The name of what a panel tells about, in a rule. */
export function ruleLine(name: string, columns: number): Line {
  const shown = clip(name, Math.max(1, columns - 6))
  const rule = '─'.repeat(Math.max(0, columns - cellsOf(shown) - 4))
  return [
    ['── ', 'dim'],
    [shown, 'title'],
    [` ${rule}`, 'dim'],
  ]
}

/** A field whose value takes as many lines as it needs. */
export function wrappedField(name: string, text: string, columns: number, role?: Role): Line[] {
  return wrapCells(text, Math.max(1, columns - FIELD_CELLS)).map((part, at) =>
    fieldLine(at === 0 ? name : '', role === undefined ? part : [part, role]),
  )
}
