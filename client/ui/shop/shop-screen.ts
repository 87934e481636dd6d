/** The shop: what providers sell; buying asks first and shows the whole cost; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { refused } from '../../../shared/errors.js'
import type { Cid } from '../../../shared/identifier.js'
import type { Offer } from '../../local/rows.js'
import { moveFollowed, movesList } from '../list.js'
import { orderSteps, reorder } from '../order.js'
import type { Line } from '../paint.js'
import type { Called, Dialog, Effect, Input, Screen, Size, Step, Steps, Turn } from '../screen.js'
import type { World } from '../world.js'
import { boughtBy, buyDialog, buyTag, refusedDialog } from './buying.js'
import { OFFER_COLUMNS } from './offer-columns.js'
import { ALL_OFFERS } from './shop-list.js'
import { shopPicture } from './shop-picture.js'
import {
  offerKey,
  offersNow,
  SHOP_KEYS,
  type ShopAction,
  type ShopState,
  START,
} from './shop-state.js'

const OFFERS_MS = 15_000
const WHOLE: Line = [[' A folder is written from the root on: /home/me/films', 'bad']]

export const shopScreen: Screen<ShopState, ShopAction> = {
  name: 'shop',
  title: 'Shop',
  keys: SHOP_KEYS,
  start: START,
  needs: () => [{ call: 'offers', request: ALL_OFFERS, everyMs: OFFERS_MS }],
  deep: ({ unbought }) => unbought,
  step: (state, input, world, size) => {
    const step = stepInput(state, input, world, size)
    const { list, row } = offersNow(step.state, world, size)
    return { ...step, state: { ...step.state, list, chosen: row?.cid ?? step.state.chosen } }
  },
  picture: shopPicture,
}

function stepInput(
  state: ShopState,
  input: Input<ShopAction>,
  world: World,
  size: Size,
): Step<ShopState> {
  if (input.input === 'search') return { state: { ...state, text: input.text } }
  if (input.input === 'show') {
    return { state: { ...state, text: '', unbought: false, chosen: input.cid } }
  }
  if (input.input === 'called') return stepAnswer(state, input, world)
  if (input.input === 'said') return stepSaid(state, input, world)
  const { action, at = 0 } = input
  if (!movesList(action)) return STEPS[action]({ state, world, size, at })
  const moved = moveFollowed(offersNow(state, world, size), offerKey, [action, at])
  return { state: { ...state, ...moved } }
}

/** Asks for the whole cost; nothing is bought by that. */
function askCost(state: ShopState, cid: Cid, folder = ''): Step<ShopState> {
  return {
    state: { ...state, order: { cid, folder } },
    effects: [{ effect: 'call', call: 'quote', request: { cid } }],
  }
}

function buy({ size, state, world }: Turn<ShopState>): Step<ShopState> {
  const { row: offer } = offersNow(state, world, size)
  return offer === undefined ? { state } : askCost(state, offer.cid)
}

/** To what is here already; else its cost, which is nothing when it was bought before. */
function open(turn: Turn<ShopState>): Step<ShopState> {
  const { size, state, world } = turn
  const { row: offer } = offersNow(state, world, size)
  if (offer === undefined || !world.transfers.has(offer.cid)) return buy(turn)
  return { state, effects: [{ effect: 'go', screen: 'transfers', cid: offer.cid }] }
}

function buyInto({ size, state, world }: Turn<ShopState>): Step<ShopState> {
  const { row: offer } = offersNow(state, world, size)
  if (offer === undefined) return { state }
  return { state, effects: [askFolder(offer, world)] }
}

/**
 * The folder of what came last is offered, to be changed or taken by Enter; one that cannot be
 * (`wrong`) is asked again as it was typed.
 */
function askFolder(
  { cid, name }: Pick<Offer, 'cid' | 'name'>,
  world: World,
  wrong?: string,
): Effect {
  const [last] = [...world.transfers.values()]
    .filter(({ folder, origin }) => folder.startsWith('/') && origin !== 'earn')
    .sort((one, other) => other.added - one.added)
  const dialog: Dialog = {
    kind: 'text',
    title: 'Where to fetch it',
    label: 'folder, from / on',
    value: wrong ?? last?.folder ?? '',
    lines: [
      [' ', [name, 'strong']],
      [' What it costs is shown next; nothing is bought yet.'],
      ...(wrong === undefined ? [] : [WHOLE]),
    ],
  }
  return { effect: 'ask', tag: `folder ${cid}`, dialog }
}

/** What the person said to a question of ours: a folder, or a yes to a price. */
function stepSaid(
  state: ShopState,
  { tag, text = '' }: Input<ShopAction> & { input: 'said' },
  world: World,
): Step<ShopState> {
  const [, cid] = /^folder (\w+)$/.exec(tag) ?? []
  if (cid !== undefined) {
    if (text.startsWith('/')) return askCost(state, cid as Cid, text)
    const offers = world.read('offers', ALL_OFFERS).value?.offers ?? []
    const { name = cid } = offers.find((each) => each.cid === cid) ?? {}
    const again = askFolder({ cid: cid as Cid, name }, world, text)
    return { state, effects: text === '' ? [] : [again] }
  }
  const request = boughtBy(tag)
  if (request === undefined || text !== 'yes') return { state }
  return { state, effects: [{ effect: 'call', call: 'buy', request }] }
}

function stepAnswer(state: ShopState, called: Called, world: World): Step<ShopState> {
  if (called.call === 'quote') return stepQuote(state, called, world)
  if (called.call !== 'buy') return { state }
  const { answer, request } = called
  if (refused(answer)) return { state, effects: [tell(answer.message, 'error')] }
  const paid = request.price === 0n ? '' : `bought for ${formatAmount(request.price)}; `
  return {
    state,
    effects: [
      // It may be in the list by now or not: the person shall find the same place each time.
      { effect: 'go', screen: 'transfers', cid: request.cid, row: true },
      tell(`${paid}it is fetched now`, 'info'),
    ],
  }
}

/** The cost came: it is shown and a yes asked for, unless the person asked for another since. */
function stepQuote(
  state: ShopState,
  { answer, request: { cid } }: Called & { call: 'quote' },
  world: World,
): Step<ShopState> {
  const { order } = state
  if (order?.cid !== cid) return { state }
  const left = { ...state, order: undefined }
  if (refused(answer)) return { state: left, effects: [tell(answer.message, 'error')] }
  if (answer.refused !== undefined) {
    return { state: left, effects: [{ effect: 'ask', tag: 'note', dialog: refusedDialog(answer) }] }
  }
  if (answer.price === 0n && world.transfers.has(cid)) {
    return { state: left, effects: [{ effect: 'go', screen: 'transfers', cid }] }
  }
  const folder = order.folder === '' ? answer.folder : order.folder
  // One yes buys: where it goes is asked before it, not after.
  if (folder === undefined) return { state: left, effects: [askFolder(answer, world)] }
  const tag = buyTag(answer, order.folder)
  const dialog = buyDialog({ ...answer, folder })
  return { state: left, effects: [{ effect: 'ask', tag, dialog }] }
}

function tell(text: string, level: 'info' | 'error'): Effect {
  return { effect: 'tell', text, level }
}

const sorting = orderSteps<ShopState>(({ at, state }, action) => ({
  ...state,
  ...reorder(OFFER_COLUMNS, state, action, at),
}))

const STEPS: Steps<ShopState, ShopAction> = {
  left: sorting.sortback,
  right: sorting.sort,
  open,
  mark: ({ state }) => ({ state }),
  back: ({ state }) => ({ state: { ...state, text: '', unbought: false } }),
  buy,
  buyinto: buyInto,
  unbought: ({ state }) => ({ state: { ...state, unbought: !state.unbought } }),
  ...sorting,
}
