/** What the screen of seeding remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import { FOLLOWED_START, type Followed, fitting, type ListNow, listNow } from '../list.js'
import { inOrder, ORDER_KEYS, type Order, type OrderAction, remembered } from '../order.js'
import type { KeyRow, Searched, Size } from '../screen.js'
import type { World } from '../world.js'
import type { Choice } from './earn-view.js'
import { type SeedColumn, seedColumns } from './seed-columns.js'
import { incomes, type SeedRow, seedRows } from './seed-rows.js'

/** What is shown below the chart: what is sold, or what earn thinks. */
export const VIEWS = ['contents', 'earn'] as const
export type View = (typeof VIEWS)[number]

/** The state of the screen. */
export interface SeedingState extends Order<SeedColumn>, Searched, Followed<Cid> {
  readonly view: View
  /** The chart shows a week, else a day. */
  readonly week: boolean
  /** The chart shows the chosen content, else all of its provider. */
  readonly single: boolean
}

export const START: SeedingState = {
  ...{ view: 'contents', sort: 'day', descending: true, text: '' },
  ...{ ...FOLLOWED_START, week: false, single: false },
}

/** What the screen does beside what all screens do; `view` comes from the mouse alone. */
export type SeedingAction = 'span' | 'single' | 'view' | OrderAction

export const SEEDING_KEYS: readonly KeyRow<SeedingAction>[] = [
  { action: 'span', keys: ['t'], does: 'chart: a day by the hour, or a week', short: 'day/week' },
  {
    action: 'single',
    keys: ['o'],
    does: 'chart: the chosen content alone, or all',
    short: 'one/all',
  },
  ...ORDER_KEYS,
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

type Listed = { readonly cid: Cid; readonly name: string }

/** What tells rows of either view apart. */
export const seedKey = ({ cid }: { readonly cid: Cid }): Cid => cid

/** Rows whose names fit a search. */
function found<R extends Listed>(all: readonly R[], text: string): readonly R[] {
  const fits = fitting(text)
  return text === '' ? all : all.filter(({ cid, name }) => fits(name, cid))
}

const made = remembered<SeedRow>()

/** What is sold, as the state sorts and searches it. */
export function seedsNow(state: SeedingState, world: World, size: Size): ListNow<SeedRow> {
  const all = seedRows(world)
  const { descending, sort, text } = state
  const rows = made(all, [sort, descending, text], () =>
    inOrder(seedColumns(undefined), state, found(all, text)),
  )
  return listNow(rows, seedKey, state, roomOf(state, world, size))
}

/** What earn thought about, in its own order. */
export function choicesNow(state: SeedingState, world: World, size: Size): ListNow<Choice> {
  const rows = found(world.earn?.choices ?? [], state.text)
  return listNow(rows, seedKey, state, roomOf(state, world, size))
}

function roomOf(state: SeedingState, world: World, size: Size): number {
  return Math.max(1, partsOf(state, world, size).table - 1)
}

/** The list of the view that is open. */
export function viewNow(
  state: SeedingState,
  world: World,
  size: Size,
): ListNow<{ readonly cid: Cid }> {
  return state.view === 'earn' ? choicesNow(state, world, size) : seedsNow(state, world, size)
}
