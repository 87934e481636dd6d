/** The screen of seeding: what earns what, when, and why not more; pure. */
import { moveFollowed, movesList } from '../list.js'
import { orderSteps, reorder } from '../order.js'
import type { Input, Screen, Size, Step, Steps, Turn } from '../screen.js'
import type { Need, World } from '../world.js'
import { seedColumns } from './seed-columns.js'
import { EARNINGS } from './seed-rows.js'
import { seedingPicture } from './seeding-picture.js'
import {
  SEEDING_KEYS,
  type SeedingAction,
  type SeedingState,
  START,
  seedKey,
  VIEWS,
  viewNow,
} from './seeding-state.js'

const EARNINGS_MS = 5000
/** Each time asks every tracker. */
const OFFERS_MS = 20_000
const NEEDS: readonly Need[] = [
  { call: 'earnings', request: EARNINGS, everyMs: EARNINGS_MS },
  { call: 'offers', request: { text: '' }, everyMs: OFFERS_MS },
]

export const seedingScreen: Screen<SeedingState, SeedingAction> = {
  name: 'seeding',
  title: 'Seeding',
  keys: SEEDING_KEYS,
  start: START,
  needs: () => NEEDS,
  deep: ({ view }) => view !== 'contents',
  step: (state, input, world, size) => {
    const step = stepInput(state, input, world, size)
    const { list, row } = viewNow(step.state, world, size)
    return { ...step, state: { ...step.state, list, chosen: row?.cid } }
  },
  picture: seedingPicture,
}

function stepInput(
  state: SeedingState,
  input: Input<SeedingAction>,
  world: World,
  size: Size,
): Step<SeedingState> {
  if (input.input === 'search') return { state: { ...state, text: input.text } }
  if (input.input === 'show') return { state: { ...state, text: '', chosen: input.cid } }
  if (input.input !== 'action') return { state }
  const { action, at = 0 } = input
  if (!movesList(action)) return STEPS[action]({ state, world, size, at })
  const moved = moveFollowed(viewNow(state, world, size), seedKey, [action, at])
  return { state: { ...state, ...moved } }
}

/** To the transfer of the chosen content, or to its offer while it is not here. */
function open({ size, state, world }: Turn<SeedingState>): Step<SeedingState> {
  const { row } = viewNow(state, world, size)
  if (row === undefined) return { state }
  const screen = world.transfers.has(row.cid) ? 'transfers' : 'shop'
  return { state, effects: [{ effect: 'go', screen, cid: row.cid }] }
}

function seeing(state: SeedingState, step: number): SeedingState {
  const at = VIEWS.indexOf(state.view) + step + VIEWS.length
  return { ...state, view: VIEWS[at % VIEWS.length] ?? 'contents' }
}

const STEPS: Steps<SeedingState, SeedingAction> = {
  left: ({ state }) => ({ state: seeing(state, -1) }),
  right: ({ state }) => ({ state: seeing(state, 1) }),
  open,
  mark: ({ state }) => ({ state }),
  back: ({ state }) => ({ state: { ...state, text: '', view: 'contents' } }),
  span: ({ state }) => ({ state: { ...state, week: !state.week } }),
  single: ({ state }) => ({ state: { ...state, single: !state.single } }),
  view: ({ at, state }) => ({ state: { ...state, view: VIEWS[at] ?? 'contents' } }),
  ...orderSteps(({ at, state }, action) =>
    state.view === 'contents'
      ? { ...state, ...reorder(seedColumns(undefined), state, action, at) }
      : undefined,
  ),
}
