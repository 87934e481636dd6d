/** What the shop remembers, and how it moves; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Offer } from '../../local/rows.js'
import { PANEL_MIN_ROWS } from '../layout.js'
import { FOLLOWED_START, type Followed, type ListNow, listNow } from '../list.js'
import { ORDER_KEYS, type OrderAction } from '../order.js'
import type { KeyRow, Size } from '../screen.js'
import type { World } from '../world.js'
import { type OfferOrder, shownOffers } from './shop-list.js'

/** What the whole cost was asked of, and where to fetch it; an empty folder for the usual. */
export interface Order {
  readonly cid: Cid
  readonly folder: string
}

/** The state of the shop. */
export interface ShopState extends OfferOrder, Followed<Cid> {
  readonly order: Order | undefined
}

export const START: ShopState = {
  ...{ sort: 'week', descending: true, text: '', unbought: false },
  ...{ ...FOLLOWED_START, order: undefined },
}

/** What the shop does beside what all screens do. */
export type ShopAction = 'buy' | 'buyinto' | 'unbought' | OrderAction

export const SHOP_KEYS: readonly KeyRow<ShopAction>[] = [
  {
    action: 'buy',
    keys: ['b'],
    does: 'buy what is chosen: shows the cost, then asks',
    short: 'buy',
  },
  { action: 'buyinto', keys: ['B'], does: 'buy it and fetch it into a folder that is asked for' },
  ...ORDER_KEYS,
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
export interface OffersNow extends ListNow<Offer> {
  /** Whether any provider answered yet. */
  readonly told: boolean
}

/** What tells offers apart. */
export const offerKey = ({ cid }: Offer): Cid => cid

/** Providers that gave no answer, in words; each takes a line above the list. */
export function problemsOf(world: World): readonly string[] {
  const { problem, value } = world.read('offers', { text: '' })
  const told = value?.problems.map(({ message }) => message) ?? []
  return problem === undefined ? told : [problem.message, ...told]
}

/** Reads the list from the world. */
export function offersNow(state: ShopState, world: World, size: Size): OffersNow {
  const offers = shownOffers(world, state)
  const panel = size.rows < PANEL_MIN_ROWS ? 0 : PANEL_ROWS
  const room = Math.max(1, size.rows - 1 - panel - problemsOf(world).length)
  return { told: offers !== undefined, ...listNow(offers ?? [], offerKey, state, room) }
}
