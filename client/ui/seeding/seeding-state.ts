/** What the screen of seeding remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import { sortRows } from '../columns.js'
import { LIST_START, type ListAction, type ListState, moveList, settleList } from '../list.js'
import type { KeyRow, Size } from '../screen.js'
import type { World } from '../world.js'
import type { Choice } from './earn-view.js'
import { type SeedColumn, seedColumns } from './seed-columns.js'
import { incomes, type SeedRow, seedRows } from './seed-rows.js'

/** What is shown below the chart: what is sold, or what earn thinks. */
export const VIEWS = ['contents', 'earn'] as const
export type View = (typeof VIEWS)[number]

/** The state of the screen. The list follows the chosen content, not its place. */
export interface SeedingState {
  readonly view: View
  readonly sort: SeedColumn
  readonly descending: boolean
  readonly filter: string
  readonly chosen: Cid | undefined
  readonly list: ListState
  /** The chart shows a week, else a day. */
  readonly week: boolean
  /** The chart shows the chosen content, else all of its provider. */
  readonly single: boolean
}

export const START: SeedingState = {
  ...{ view: 'contents', sort: 'day', descending: true, filter: '' },
  ...{ chosen: undefined, list: LIST_START, week: false, single: false },
}

/** What the screen does beside what all screens do; the last two come from the mouse alone. */
export type SeedingAction = 'span' | 'single' | 'sort' | 'sortback' | 'reverse' | 'view' | 'sortby'

export const SEEDING_KEYS: readonly KeyRow<SeedingAction>[] = [
  { action: 'span', keys: ['t'], does: 'chart: a day by the hour, or a week', short: 'day/week' },
  {
    action: 'single',
    keys: ['o'],
    does: 'chart: the chosen content alone, or all',
    short: 'one/all',
  },
  { action: 'sort', keys: ['s', '>'], does: 'sort by the next column', short: 'sort' },
  { action: 'sortback', keys: ['<'], does: 'sort by the column before' },
  { action: 'reverse', keys: ['S'], does: 'turn the order round' },
]

/** How the rows of the screen are shared out. */
export interface Parts {
  /** Rows of the chart itself; 0 for none. */
  readonly chart: number
  /** Lines above the table: views, incomes, chart. */
  readonly above: number
  /** Rows of the table, its titles among them. */
  readonly table: number
  /** Lines of the panel of the chosen row, its title among them. */
  readonly panel: number
}

/** Providers whose sums are shown at most. */
export const INCOMES_MAX_COUNT = 3
/** Lines of earn's figures. */
const EARN_ROWS = 3

/** The parts for a size. */
export function partsOf(state: SeedingState, world: World, { rows }: Size): Parts {
  const panel = rows < 14 ? 0 : rows < 30 ? 4 : 6
  if (state.view === 'earn') {
    const above = 1 + (world.earn?.on === true ? EARN_ROWS : 1)
    return { chart: 0, above, panel, table: Math.max(0, rows - above - panel) }
  }
  const chart = rows < 16 ? 0 : rows < 30 ? 3 : rows < 45 ? 6 : 10
  const sums = Math.min(INCOMES_MAX_COUNT, incomes(seedRows(world)).length)
  const above = 1 + sums + (chart === 0 ? 0 : chart + 2)
  return { chart, above, panel, table: Math.max(0, rows - above - panel) }
}

/** The list as it stands now. */
export interface ListNow<R> {
  readonly rows: readonly R[]
  readonly list: ListState
  readonly row: R | undefined
  readonly room: number
}

type Named = { readonly cid: Cid; readonly name: string }

/** Rows whose names hold all words of a text. */
function named<R extends Named>(all: readonly R[], filter: string): readonly R[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ name }: R): boolean => words.every((word) => name.toLowerCase().includes(word))
  return words.length === 0 ? all : all.filter(fits)
}

function listOf<R extends Named>(
  rows: readonly R[],
  { chosen, list: { at: before, top } }: SeedingState,
  room: number,
): ListNow<R> {
  const found = chosen === undefined ? -1 : rows.findIndex(({ cid }) => cid === chosen)
  const at = Math.max(0, Math.min(found < 0 ? before : found, rows.length - 1))
  const list = settleList({ at, top }, rows.length, room)
  return { rows, list, row: rows[at], room }
}

/** The last list that was made of each set of rows. */
const made = new WeakMap<readonly SeedRow[], { key: string; rows: readonly SeedRow[] }>()

/** What is sold, as the state sorts and filters it. */
function shownSeeds({ descending, filter, sort }: SeedingState, world: World): readonly SeedRow[] {
  const all = seedRows(world)
  const key = JSON.stringify([sort, descending, filter])
  const known = made.get(all)
  if (known?.key === key) return known.rows
  const by = seedColumns(undefined).find(({ name }) => name === sort)?.by
  const found = named(all, filter)
  const rows = by === undefined ? found : sortRows(found, by, descending)
  made.set(all, { key, rows })
  return rows
}

/** What is sold, sorted. */
export function seedsNow(state: SeedingState, world: World, size: Size): ListNow<SeedRow> {
  return listOf(shownSeeds(state, world), state, Math.max(1, partsOf(state, world, size).table - 1))
}

/** What earn thought about, in its own order. */
export function choicesNow(state: SeedingState, world: World, size: Size): ListNow<Choice> {
  const room = Math.max(1, partsOf(state, world, size).table - 1)
  return listOf(named(world.earn?.choices ?? [], state.filter), state, room)
}

/** The list of the view that is open. */
export function viewNow(
  state: SeedingState,
  world: World,
  size: Size,
): ListNow<{ readonly cid: Cid }> {
  return state.view === 'earn' ? choicesNow(state, world, size) : seedsNow(state, world, size)
}

/** Moves the choice. */
export function moveSeeds(
  state: SeedingState,
  world: World,
  size: Size,
  [action, to]: readonly [ListAction, number?],
): SeedingState {
  const { list, room, rows } = viewNow(state, world, size)
  const moved = moveList(list, action, { count: rows.length, rows: room, to: to ?? 0 })
  return { ...state, list: moved, chosen: rows[moved.at]?.cid }
}

/** Sorted by this column, or turned round when it is already. */
export function sortedBy(state: SeedingState, sort: SeedColumn): SeedingState {
  const descending = sort === state.sort ? !state.descending : sort !== 'name'
  return { ...state, sort, descending }
}

/** Sorted by the column beside. */
export function sortedBeside(state: SeedingState, step: 1 | -1): SeedingState {
  const sorts = seedColumns(undefined).filter(({ by }) => by !== undefined)
  const at = sorts.findIndex(({ name }) => name === state.sort) + step
  return sortedBy(state, sorts[(at + sorts.length) % sorts.length]?.name ?? state.sort)
}
