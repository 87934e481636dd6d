/** The screen of transfers: a list, and the tabs of the chosen one; pure. */
import type { Cid } from '../../../shared/identifier.js'
import { FOLLOWED_START, type ListAction, movesList } from '../list.js'
import { orderSteps, reorder } from '../order.js'
import type { Dialog, Input, Screen, Size, Step, Steps, Turn } from '../screen.js'
import { boughtBy } from '../shop/buying.js'
import type { World } from '../world.js'
import { TABS } from './tab.js'
import { TRANSFER_COLUMNS } from './transfer-columns.js'
import { SHOWS, shownTransfers } from './transfer-list.js'
import {
  askPieces,
  changePriority,
  chosenMember,
  pauseOrResume,
  playEffects,
  removeDialog,
  targetsOf,
  tellAnswer,
  toggleOrder,
} from './transfer-work.js'
import { TRANSFERS_KEYS, type TransfersAction } from './transfers-keys.js'
import { transfersPicture } from './transfers-picture.js'
import {
  besideTab,
  moveChoice,
  moveInTab,
  reordered,
  START,
  settled,
  type TransfersState,
  transferNeeds,
  transfersNow,
} from './transfers-state.js'

type Transfers = Turn<TransfersState>

export const transfersScreen: Screen<TransfersState, TransfersAction> = {
  name: 'transfers',
  title: 'Transfers',
  keys: TRANSFERS_KEYS,
  start: START,
  needs: transferNeeds,
  deep: ({ marked, open, show }) => open || show !== 'all' || marked.size > 0,
  step: (state, input, world, size) => {
    const step = stepInput(state, input, world, size)
    // What was just bought may not be in the list yet: the choice waits for it.
    if (input.input === 'show') return step
    return { ...step, state: settled(step.state, world, size) }
  },
  picture: transfersPicture,
}

function stepInput(
  state: TransfersState,
  input: Input<TransfersAction>,
  world: World,
  size: Size,
): Step<TransfersState> {
  if (input.input === 'search') return { state: { ...state, text: input.text } }
  if (input.input === 'show') return { state: shown(state, input, world) }
  if (input.input === 'called') {
    return { state, effects: input.call === 'quote' ? askPieces(input) : tellAnswer(input) }
  }
  if (input.input === 'said') return stepSaid(state, input.tag, input.text)
  const turn = { state, world, size, at: input.at ?? 0 }
  return movesList(input.action) ? stepMove(turn, input.action) : STEPS[input.action](turn)
}

/** Chooses a content that another screen named, whatever was filtered. */
function shown(
  state: TransfersState,
  { cid, row }: Input<TransfersAction> & { input: 'show' },
  world: World,
): TransfersState {
  const seen = shownTransfers(world, state).some((row) => row.cid === cid)
  const all = seen ? {} : { text: '', show: 'all' as const }
  return {
    ...state,
    ...all,
    chosen: cid,
    open: !row && world.transfers.has(cid),
    inTab: FOLLOWED_START,
  }
}

/** Questions may wait for each other: each carries in its tag what a yes is about. */
function stepSaid(state: TransfersState, tag: string, text?: string): Step<TransfersState> {
  if (text !== 'yes') return { state }
  const bought = boughtBy(tag)
  if (bought !== undefined) {
    return { state, effects: [{ effect: 'call', call: 'buy', request: bought }] }
  }
  const [what, ...names] = tag.split(' ')
  if (what === 'blacklist') {
    return { state, effects: [{ effect: 'run', words: ['blacklist', 'add', ...names] }] }
  }
  const request = { cids: names as Cid[], files: what === 'erase' }
  return {
    state: { ...state, marked: new Set() },
    effects: [{ effect: 'call', call: 'remove', request }],
  }
}

/** A click in the list chooses there; else an open tab with a table takes the movement first. */
function stepMove({ at, size, state, world }: Transfers, action: ListAction): Step<TransfersState> {
  const inTab = action === 'choose' ? undefined : moveInTab(state, world, size, [action, at])
  return { state: inTab ?? moveChoice(state, world, size, [action, at]) }
}

function showing({ show, ...state }: TransfersState, step: 1 | -1): TransfersState {
  const at = SHOWS.indexOf(show) + step
  return { ...state, show: SHOWS[(at + SHOWS.length) % SHOWS.length] ?? 'all' }
}

/** One effect of a call on all targets. */
function callAll(
  { size, state, world }: Transfers,
  call: 'check' | 'announce',
): Step<TransfersState> {
  const cids = targetsOf(state, world, size).map(({ cid }) => cid)
  return { state, effects: cids.length === 0 ? [] : [{ effect: 'call', call, request: { cids } }] }
}

function askRemove({ size, state, world }: Transfers, files: boolean): Step<TransfersState> {
  const rows = targetsOf(state, world, size)
  if (rows.length === 0) return { state }
  const tag = [files ? 'erase' : 'remove', ...rows.map(({ cid }) => cid)].join(' ')
  return { state, effects: [{ effect: 'ask', tag, dialog: removeDialog(rows, files) }] }
}

function askBlacklist({ size, state, world }: Transfers): Step<TransfersState> {
  const uid = chosenMember(state, world, size)
  if (uid === undefined) {
    const text = 'choose a member in the tab peers or money'
    return { state, effects: [{ effect: 'tell', text, level: 'warning' }] }
  }
  const dialog: Dialog = {
    kind: 'confirm',
    title: 'End all trade with this member',
    yes: 'end all trade',
    lines: [[`member ${uid}`], ['Nothing is sold to it and nothing bought of it any more.']],
  }
  return { state, effects: [{ effect: 'ask', tag: `blacklist ${uid}`, dialog }] }
}

function mark(turn: Transfers): Step<TransfersState> {
  const { size, state, world } = turn
  if (state.open && state.tab === 'files') {
    return { state, effects: changePriority(state, world, size, 'skip') }
  }
  const { row } = transfersNow(state, world, size)
  if (row === undefined) return { state }
  const marked = new Set(state.marked)
  if (!marked.delete(row.cid)) marked.add(row.cid)
  return { state: moveChoice({ ...state, marked }, world, size, ['down']) }
}

/** Marks the shown contents that `wanted` names; those that are hidden keep their mark. */
function markShown({ state, world }: Transfers, wanted: (marked: boolean) => boolean) {
  const marked = new Set(state.marked)
  for (const { cid } of shownTransfers(world, state)) {
    if (wanted(marked.has(cid))) marked.add(cid)
    else marked.delete(cid)
  }
  return { state: { ...state, marked } }
}

function back({ state }: Transfers): Step<TransfersState> {
  if (state.open) return { state: { ...state, open: false } }
  if (state.marked.size > 0) return { state: { ...state, marked: new Set() } }
  return { state: { ...state, text: '', show: 'all' } }
}

function toTab(state: TransfersState, step: 1 | -1): TransfersState {
  return { ...state, tab: besideTab(state.tab, step), inTab: FOLLOWED_START }
}

const sorting = orderSteps<TransfersState>(({ at, size, state, world }, action) =>
  reordered(state, world, size, [action, at]),
)

/** Left and right go through the tabs where they are open, else through the columns. */
function sideways(turn: Transfers, step: 1 | -1): Step<TransfersState> {
  if (turn.state.open) return { state: toTab(turn.state, step) }
  return step === 1 ? sorting.sort(turn) : sorting.sortback(turn)
}

const STEPS: Steps<TransfersState, TransfersAction> = {
  left: (turn) => sideways(turn, -1),
  right: (turn) => sideways(turn, 1),
  open: ({ state }) => ({ state: { ...state, open: true } }),
  mark,
  back,
  pause: ({ size, state, world }) => {
    const rows = targetsOf(state, world, size)
    return { state, effects: rows.length === 0 ? [] : pauseOrResume(rows) }
  },
  remove: (turn) => askRemove(turn, false),
  erase: (turn) => askRemove(turn, true),
  check: (turn) => callAll(turn, 'check'),
  announce: (turn) => callAll(turn, 'announce'),
  sequential: ({ size, state, world }) => ({
    state,
    effects: toggleOrder(targetsOf(state, world, size)),
  }),
  show: ({ state }) => ({ state: showing(state, 1) }),
  showback: ({ state }) => ({ state: showing(state, -1) }),
  all: (turn) => {
    const { state, world } = turn
    const every = shownTransfers(world, state).every(({ cid }) => state.marked.has(cid))
    return markShown(turn, () => !every)
  },
  invert: (turn) => markShown(turn, (marked) => !marked),
  higher: ({ size, state, world }) => ({ state, effects: changePriority(state, world, size, 1) }),
  lower: ({ size, state, world }) => ({ state, effects: changePriority(state, world, size, -1) }),
  buy: ({ size, state, world }) => {
    const { row } = transfersNow(state, world, size)
    if (row === undefined) return { state }
    const request = { cid: row.cid }
    return { state, effects: [{ effect: 'call', call: 'quote', request }] }
  },
  play: ({ size, state, world }) => ({ state, effects: playEffects(state, world, size) }),
  next: ({ size, state, world }) => ({ state: moveChoice(state, world, size, ['down']) }),
  previous: ({ size, state, world }) => ({ state: moveChoice(state, world, size, ['up']) }),
  blacklist: askBlacklist,
  tab: ({ at, state }) => ({
    state: { ...state, tab: TABS[at] ?? state.tab, inTab: FOLLOWED_START },
  }),
  ...sorting,
  // A click on a title of the list is about the list, also while a tab with a table is open.
  sortby: ({ at, state }) => ({
    state: { ...state, ...reorder(TRANSFER_COLUMNS, state, 'sortby', at) },
  }),
  sorttab: sorting.sortby,
  row: ({ at, size, state, world }) => ({
    state: moveInTab(state, world, size, ['choose', at]) ?? state,
  }),
}
