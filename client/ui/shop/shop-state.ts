/** What the shop remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Offer } from '../../local/rows.js'
import { PANEL_MIN_ROWS } from '../layout.js'
import { LIST_START, type ListAction, type ListState, moveList, settleList } from '../list.js'
import type { KeyRow, Size } from '../screen.js'
import type { World } from '../world.js'
import { OFFER_COLUMNS, type OfferColumn } from './offer-columns.js'
import { type OfferOrder, shownOffers } from './shop-list.js'

/** What the whole cost was asked of, and where to fetch it; an empty folder for the usual. */
export interface Order {
  readonly cid: Cid
  readonly folder: string
}

/** The state of the shop. The list follows the chosen offer, not its place. */
export interface ShopState extends OfferOrder {
  readonly chosen: Cid | undefined
  readonly list: ListState
  readonly order: Order | undefined
}

export const START: ShopState = {
  ...{ sort: 'week', descending: true, filter: '', unbought: false },
  ...{ chosen: undefined, list: LIST_START, order: undefined },
}

/** What the shop does beside what all screens do; the last comes from the mouse alone. */
export type ShopAction = 'buy' | 'buyinto' | 'sort' | 'sortback' | 'reverse' | 'unbought' | 'sortby'

export const SHOP_KEYS: readonly KeyRow<ShopAction>[] = [
  {
    action: 'buy',
    keys: ['b'],
    does: 'buy what is chosen: shows the cost, then asks',
    short: 'buy',
  },
  { action: 'buyinto', keys: ['B'], does: 'buy it and fetch it into a folder that is asked for' },
  { action: 'sort', keys: ['s', '>'], does: 'sort by the next column', short: 'sort' },
  { action: 'sortback', keys: ['<'], does: 'sort by the column before' },
  { action: 'reverse', keys: ['S'], does: 'turn the order round' },
  {
    action: 'unbought',
    keys: ['f'],
    does: 'leave out what is bought, or show it',
    short: 'filter',
  },
]

/** Lines of the panel of the chosen offer, its title among them. */
export const PANEL_ROWS = 7

/** The list as it stands now. */
export interface OffersNow {
  /** Missing before any provider answered. */
  readonly offers: readonly Offer[] | undefined
  /** Where the chosen offer is among them. */
  readonly list: ListState
  readonly offer: Offer | undefined
  /** Rows of offers that there is room for. */
  readonly room: number
}

/** Providers that gave no answer, in words; each takes a line above the list. */
export function problemsOf(world: World): readonly string[] {
  const { problem, value } = world.read('offers', { text: '' })
  const told = value?.problems.map(({ message }) => message) ?? []
  return problem === undefined ? told : [problem.message, ...told]
}

/** Reads the list from the world. */
export function offersNow(state: ShopState, world: World, size: Size): OffersNow {
  const offers = shownOffers(world, state)
  const { chosen } = state
  const found = chosen === undefined ? -1 : (offers?.findIndex(({ cid }) => cid === chosen) ?? -1)
  const count = offers?.length ?? 0
  const at = Math.max(0, Math.min(found < 0 ? state.list.at : found, count - 1))
  const panel = size.rows < PANEL_MIN_ROWS ? 0 : PANEL_ROWS
  const room = Math.max(1, size.rows - 1 - panel - problemsOf(world).length)
  const list = settleList({ at, top: state.list.top }, count, room)
  return { offers, list, offer: offers?.[at], room }
}

/** Moves the choice. */
export function moveOffers(
  state: ShopState,
  world: World,
  size: Size,
  [action, to]: readonly [ListAction, number?],
): ShopState {
  const { list, offers = [], room } = offersNow(state, world, size)
  const moved = moveList(list, action, { count: offers.length, rows: room, to: to ?? 0 })
  return { ...state, list: moved, chosen: offers[moved.at]?.cid }
}

const SORTS: readonly OfferColumn[] = OFFER_COLUMNS.map(({ name }) => name)

/** Columns where the least is asked for first. */
const ASCENDING: ReadonlySet<OfferColumn> = new Set(['name', 'price', 'currency', 'back', 'time'])

/** Sorted by this column, or turned round when it is already. */
export function sortedBy(state: ShopState, sort: OfferColumn): ShopState {
  const descending = sort === state.sort ? !state.descending : !ASCENDING.has(sort)
  return { ...state, sort, descending }
}

/** Sorted by the column beside. */
export function sortedBeside(state: ShopState, step: 1 | -1): ShopState {
  const at = SORTS.indexOf(state.sort) + step
  return sortedBy(state, SORTS[(at + SORTS.length) % SORTS.length] ?? state.sort)
}
