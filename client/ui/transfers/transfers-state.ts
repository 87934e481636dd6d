/** What the screen of transfers remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Detail, Transfer } from '../../local/transfer-rows.js'
import {
  FOLLOWED_START,
  type Followed,
  type ListAction,
  type ListNow,
  listNow,
  moveFollowed,
} from '../list.js'
import { type Order, type OrderAction, reorder } from '../order.js'
import type { Size } from '../screen.js'
import type { Need, World } from '../world.js'
import { filesTab } from './files-tab.js'
import { moneyTab } from './money-tab.js'
import { overviewTab } from './overview-tab.js'
import { peersTab } from './peers-tab.js'
import { piecesTab } from './pieces-tab.js'
import { TABS, type Tab, type TabName, type TabView } from './tab.js'
import { trackersTab } from './trackers-tab.js'
import { TRANSFER_COLUMNS } from './transfer-columns.js'
import { type ListOrder, shownTransfers } from './transfer-list.js'

/** The state of the screen. */
export interface TransfersState extends ListOrder, Followed<Cid> {
  readonly marked: ReadonlySet<Cid>
  /** Whether the tabs of the chosen content are open. */
  readonly open: boolean
  readonly tab: TabName
  /** Where the table of the open tab stands. */
  readonly inTab: Followed
  /** How tables of tabs were sorted by hand, whatever the content. */
  readonly orders: { readonly [T in TabName]?: Order }
}

export const START: TransfersState = {
  ...{ sort: 'added', descending: true, show: 'all', text: '' },
  ...{ ...FOLLOWED_START, marked: new Set() },
  ...{ open: false, tab: 'overview', inTab: FOLLOWED_START, orders: {} },
}

const DETAIL_MS = 1000
const RATES_MS = 2000
/** From so many rows on the list stays above the tabs. */
const SPLIT_MIN_ROWS = 26
const SPLIT_SHARE = 0.4

const TAB_VIEWS: Readonly<Record<TabName, Tab>> = {
  overview: overviewTab,
  files: filesTab,
  pieces: piecesTab,
  peers: peersTab,
  trackers: trackersTab,
  money: moneyTab,
}

/** Where the parts of the screen lie. */
export interface Parts {
  /** Rows of the list, its titles among them; 0 when it is hidden. */
  readonly list: number
  /** Rows of the tabs, their two titles among them; 0 when they are closed. */
  readonly tabs: number
}

/** How the rows are shared out: a list that stays takes no more than it fills. */
export function partsOf(state: TransfersState, world: World, { rows }: Size): Parts {
  if (!state.open) return { list: rows, tabs: 0 }
  if (rows < SPLIT_MIN_ROWS) return { list: 0, tabs: rows }
  const filled = shownTransfers(world, state).length + 1
  const list = Math.min(filled, Math.floor(rows * SPLIT_SHARE))
  return { list, tabs: rows - list }
}

/** Lines above the content of a tab: the name, the tabs. */
export const TAB_TITLES_ROWS = 2

/** What tells contents apart. */
const transferKey = ({ cid }: Transfer): Cid => cid

/** The list as it stands now: a problem of the chosen content takes the last of its rows. */
export function transfersNow(state: TransfersState, world: World, size: Size): ListNow<Transfer> {
  const rows = shownTransfers(world, state)
  const now = (room: number) => listNow(rows, transferKey, state, Math.max(1, room))
  const room = partsOf(state, world, size).list - 1
  const whole = now(room)
  return whole.row?.problem === undefined || state.open ? whole : now(room - 1)
}

/** Moves the choice of the list. */
export function moveChoice(
  state: TransfersState,
  world: World,
  size: Size,
  move: readonly [ListAction, number?],
): TransfersState {
  const moved = moveFollowed(transfersNow(state, world, size), transferKey, move)
  const other = moved.chosen !== state.chosen
  return { ...state, ...moved, inTab: other ? FOLLOWED_START : state.inTab }
}

/** The tab that is open, and what it shows. */
export function tabNow(
  state: TransfersState,
  world: World,
  size: Size,
): { readonly tab: Tab; readonly view: TabView } | undefined {
  const { row } = transfersNow(state, world, size)
  if (!state.open || row === undefined) return undefined
  const rows = Math.max(0, partsOf(state, world, size).tabs - TAB_TITLES_ROWS)
  const view = {
    ...{ transfer: row, detail: detailOf(world, row.cid), world },
    ...{ list: state.inTab, order: state.orders[state.tab], size: { ...size, rows } },
  }
  return { tab: TAB_VIEWS[state.tab], view }
}

/** What the daemon said of a content. */
export function detailOf(world: World, cid: Cid): Detail | undefined {
  return world.read('detail', { cid }).value
}

/** The choices are kept by their keys from the first step on: rows move, the choice stays. */
export function settled(state: TransfersState, world: World, size: Size): TransfersState {
  const { list, row } = transfersNow(state, world, size)
  const other = row?.cid !== state.chosen
  const next = { ...state, list, chosen: row?.cid, ...(other ? { inTab: FOLLOWED_START } : {}) }
  const now = tabNow(next, world, size)
  const inTab = now?.view.detail === undefined ? undefined : now.tab.settled?.(now.view)
  return inTab === undefined ? next : { ...next, inTab }
}

/** Moves within the table of the open tab; undefined when it has none. */
export function moveInTab(
  state: TransfersState,
  world: World,
  size: Size,
  [action, to = 0]: readonly [ListAction, number?],
): TransfersState | undefined {
  const now = tabNow(state, world, size)
  const inTab = now?.tab.move?.(now.view, action, to)
  return inTab?.chosen === undefined ? undefined : { ...state, inTab }
}

/**
 * Sorts the table of the open tab, or the list where it has none; undefined where that is hidden
 * too.
 */
export function reordered(
  state: TransfersState,
  world: World,
  size: Size,
  [action, at]: readonly [OrderAction, number],
): TransfersState | undefined {
  const now = tabNow(state, world, size)
  const order = now?.tab.reorder?.(now.view, action, at)
  if (order !== undefined) return { ...state, orders: { ...state.orders, [state.tab]: order } }
  if (partsOf(state, world, size).list === 0) return undefined
  return { ...state, ...reorder(TRANSFER_COLUMNS, state, action, at) }
}

/** The tab beside the open one, round the ends. */
export function besideTab(tab: TabName, step: 1 | -1): TabName {
  return TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] as TabName
}

/** What the open tabs read of the daemon. */
export function transferNeeds(state: TransfersState, world: World): readonly Need[] {
  const { chosen } = state
  if (!state.open || chosen === undefined || !world.transfers.has(chosen)) return []
  const detail: Need = { call: 'detail', request: { cid: chosen }, everyMs: DETAIL_MS }
  if (state.tab !== 'overview') return [detail]
  return [detail, { call: 'rates', request: { cid: chosen }, everyMs: RATES_MS }]
}
