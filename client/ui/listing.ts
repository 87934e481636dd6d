/**
 * Screens that are one list: searched, with what is known of the chosen row below it; pure.
 */
import { cellsOf, clip, wrapCells } from './cells.js'
import { type Column, cutLine, FIELD_CELLS, fieldLine } from './columns.js'
import { PANEL_MIN_ROWS } from './layout.js'
import {
  FOLLOWED_START,
  type Followed,
  fitting,
  type ListNow,
  listNow,
  moveFollowed,
  movesList,
} from './list.js'
import { tablePart } from './list-table.js'
import { type Line, type Role, wrapLine } from './paint.js'
import type { Input, Picture, Screen, Searched, Size, Step, Turn } from './screen.js'
import type { World } from './world.js'

/** A list as it is looked at. */
export interface ListingState extends Followed, Searched {}

/** The beginning of a list that nobody searched. */
export const LISTING_START: ListingState = { ...FOLLOWED_START, text: '' }

/** Rows of kind R. */
export interface Listing<R> {
  readonly columns: (now: number, size: Size) => readonly Column<R>[]
  /** What tells rows apart; rows of one key are told apart by their place. */
  readonly keyOf: (row: R) => string
  /** What `/` searches, and what its words may begin. */
  readonly textOf: (row: R) => string
  readonly idsOf: (row: R) => readonly (string | undefined)[]
  /** Two cells before a row; without it an arrow stands before the chosen one. */
  readonly sign?: (row: R) => Line | undefined
}

/** What a list is read from. */
export interface Told<R> {
  readonly rows: readonly R[]
  /** What stands above the list. */
  readonly above?: readonly Line[]
  /** What is told of the chosen row, where there is room. */
  readonly panelOf?: (row: R) => readonly Line[]
}

/** A screen that is a list of rows R. */
export interface ListingScreen<S extends ListingState, A extends string, R>
  extends Pick<Screen<S, A>, 'name' | 'title' | 'keys' | 'start' | 'needs'> {
  readonly listing: Listing<R>
  readonly read: (state: S, world: World, size: Size) => Told<R>
  /** Why nothing is there, and what to do about it. */
  readonly empty: (state: S, world: World) => readonly Line[]
  /** What stands behind the number of the chosen row: `, 2 to answer`. */
  readonly note?: (rows: readonly R[]) => string
  /** An action that does not move the list. */
  readonly act: (turn: Turn<S>, action: string, row: R | undefined) => Step<S>
  /** The answer to a question or a call of the screen. */
  readonly answered: (state: S, input: Input<A>, world: World) => Step<S>
}

/** The screen of a list. */
export function listingScreen<S extends ListingState, A extends string, R>(
  screen: ListingScreen<S, A, R>,
): Screen<S, A> {
  const { listing } = screen
  const nowOf = (state: S, world: World, size: Size) =>
    listingNow(listing, state, screen.read(state, world, size), size)
  return {
    ...screen,
    step: (state, input, world, size) => {
      if (input.input === 'search') return { state: { ...state, text: input.text } }
      if (input.input !== 'action') return screen.answered(state, input, world)
      const { action, at = 0 } = input
      if (action === 'back') return { state: { ...state, text: '' } }
      const now = nowOf(state, world, size)
      if (!movesList(action)) return screen.act({ state, world, size, at }, action, now.row)
      return { state: { ...state, ...moveFollowed(now, listing.keyOf, [action, at]) } }
    },
    picture: (state, world, size) => {
      const now = nowOf(state, world, size)
      return listingPicture(screen, state, now, { world, size })
    },
  }
}

/** A list, and what is around it. */
interface ListingNow<R> extends ListNow<R> {
  readonly above: readonly Line[]
  readonly panel: readonly Line[]
}

/** Rows that a panel leaves to its list. */
const LIST_MIN_ROWS = 3

function listingNow<R>(
  { idsOf, keyOf, textOf }: Listing<R>,
  state: ListingState,
  { above = [], panelOf, rows: all }: Told<R>,
  size: Size,
): ListingNow<R> {
  const fits = fitting(state.text)
  const rows = state.text === '' ? all : all.filter((row) => fits(textOf(row), ...idsOf(row)))
  const free = size.rows - above.length - 1
  const { row } = listNow(rows, keyOf, state, 1)
  const told = size.rows < PANEL_MIN_ROWS || row === undefined ? [] : (panelOf?.(row) ?? [])
  const panel = told.slice(0, Math.max(0, free - LIST_MIN_ROWS))
  const room = Math.max(1, free - panel.length)
  return { ...listNow(rows, keyOf, state, room), above, panel }
}

/** The whole screen: what is above, titles, the rows that fit and no others, the panel. */
function listingPicture<S extends ListingState, A extends string, R>(
  { empty, listing, note }: ListingScreen<S, A, R>,
  state: S,
  now: ListingNow<R>,
  { size, world }: { readonly size: Size; readonly world: World },
): Picture<A> {
  const { above, list, panel, room, rows } = now
  const fit = (lines: readonly Line[]): Line[] =>
    lines.slice(0, size.rows).map((line) => cutLine(line, size.columns))
  if (rows.length === 0) return { lines: fit([...above, ...toWidth(empty(state, world), size)]) }
  const { sign } = listing
  const table = tablePart<R, A>(listing.columns(world.now, size), now, {
    ...{ cells: size.columns, row: above.length },
    ...(sign === undefined ? {} : { sign }),
    hits: { action: 'choose', twice: 'open' },
  })
  const left = panel.length === 0 ? 0 : room + 1 - table.lines.length
  const gap = Array.from({ length: left }, (): Line => [])
  const search = state.text === '' ? '' : `, "${state.text}"`
  return {
    lines: fit([...above, ...table.lines, ...gap, ...panel]),
    places: table.places.filter(({ row }) => row < size.rows),
    note: `${list.at + 1} of ${rows.length}${note?.(rows) ?? ''}${search}`,
  }
}

/** Text broken at its words, each line as far from the edge as the first. */
function toWidth(text: readonly Line[], { columns }: Size): Line[] {
  const cells = Math.max(1, columns - INDENT.length)
  return text.flatMap((line) =>
    wrapLine(line, cells).map((part, at): Line => (at === 0 ? part : [INDENT, ...part])),
  )
}

const INDENT = '  '

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
