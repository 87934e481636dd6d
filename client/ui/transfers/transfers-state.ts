/** What the screen of transfers remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Detail, Transfer } from '../../local/transfer-rows.js'
import { LIST_START, type ListAction, type ListState, moveList, settleList } from '../list.js'
import type { Size } from '../screen.js'
import type { Need, World } from '../world.js'
import { filesTab } from './files-tab.js'
import { moneyTab } from './money-tab.js'
import { overviewTab } from './overview-tab.js'
import { peersTab } from './peers-tab.js'
import { piecesTab } from './pieces-tab.js'
import { TABS, type Tab, type TabName, type TabView } from './tab.js'
import { trackersTab } from './trackers-tab.js'
import { type ListOrder, shownTransfers } from './transfer-list.js'

/** The state of the screen. The list follows the chosen content, not its place. */
export interface TransfersState extends ListOrder {
  readonly marked: ReadonlySet<Cid>
  readonly chosen: Cid | undefined
  readonly list: ListState
  /** Whether the tabs of the chosen content are open. */
  readonly open: boolean
  readonly tab: TabName
  readonly tabList: ListState
}

export const START: TransfersState = {
  ...{ sort: 'added', descending: true, show: 'all', filter: '' },
  ...{ marked: new Set(), chosen: undefined, list: LIST_START },
  ...{ open: false, tab: 'overview', tabList: LIST_START },
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

/** The list as it stands now. */
export interface ListNow {
  readonly rows: readonly Transfer[]
  /** Where the chosen content is among them, wherever it was before. */
  readonly list: ListState
  readonly row: Transfer | undefined
  /** Rows of contents that there is room for: a problem of the chosen one takes the last. */
  readonly room: number
}

/** Reads it from the world. */
export function listNow(state: TransfersState, world: World, size: Size): ListNow {
  const { chosen } = state
  const rows = shownTransfers(world, state)
  const found = chosen === undefined ? -1 : rows.findIndex(({ cid }) => cid === chosen)
  const at = Math.max(0, Math.min(found < 0 ? state.list.at : found, rows.length - 1))
  const row = rows[at]
  const told = row?.problem !== undefined && !state.open ? 1 : 0
  const room = Math.max(1, partsOf(state, world, size).list - 1 - told)
  return { rows, list: settleList({ at, top: state.list.top }, rows.length, room), row, room }
}

/** Moves the choice of the list. */
export function moveChoice(
  state: TransfersState,
  world: World,
  size: Size,
  [action, to]: readonly [ListAction, number?],
): TransfersState {
  const { list, room, rows } = listNow(state, world, size)
  const moved = moveList(list, action, {
    ...{ count: rows.length, rows: room, to: to ?? 0 },
  })
  const chosen = rows[moved.at]?.cid
  const other = chosen !== state.chosen
  return { ...state, list: moved, chosen, tabList: other ? LIST_START : state.tabList }
}

/** The tab that is open, and what it shows. */
export function tabNow(
  state: TransfersState,
  world: World,
  size: Size,
): { readonly tab: Tab; readonly view: TabView } | undefined {
  const { row } = listNow(state, world, size)
  if (!state.open || row === undefined) return undefined
  const rows = Math.max(0, partsOf(state, world, size).tabs - TAB_TITLES_ROWS)
  const detail = detailOf(world, row.cid)
  const view = { transfer: row, detail, world, list: state.tabList, size: { ...size, rows } }
  const tab = TAB_VIEWS[state.tab]
  const list = settleList(state.tabList, tab.count(view), rows - tab.above(view))
  return { tab, view: { ...view, list } }
}

/** What the daemon said of a content. */
export function detailOf(world: World, cid: Cid): Detail | undefined {
  return world.read('detail', { cid }).value
}

/** Moves within the table of the open tab; undefined when it has none. */
export function moveInTab(
  state: TransfersState,
  world: World,
  size: Size,
  [action, to]: readonly [ListAction, number?],
): TransfersState | undefined {
  const now = tabNow(state, world, size)
  if (now === undefined) return undefined
  const count = now.tab.count(now.view)
  if (count === 0) return undefined
  const rows = Math.max(1, now.view.size.rows - now.tab.above(now.view))
  const tabList = moveList(now.view.list, action, { count, rows, to: to ?? 0 })
  return { ...state, tabList }
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
