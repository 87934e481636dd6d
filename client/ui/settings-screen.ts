/** The settings that hold, where each comes from, and a prompt to change one; pure. */
import { refused } from '../../shared/errors.js'
import type { SettingRow } from '../local/rows.js'
import type { Column } from './columns.js'
import {
  LISTING_START,
  type Listing,
  type ListingState,
  listingScreen,
  ruleLine,
} from './listing.js'
import { type Line, wrapLine } from './paint.js'
import type { Effect, Input, KeyRow, Size, Step } from './screen.js'
import type { World } from './world.js'

type SettingsAction = 'change'

const KEYS: readonly KeyRow<SettingsAction>[] = [
  { action: 'change', keys: ['e'], does: 'change the chosen setting', short: 'change' },
]
const EVERY_MS = 10_000

const COLUMNS: readonly Column<SettingRow>[] = [
  { title: 'Setting', width: 18, rank: 0, text: ({ name }) => name, role: () => 'strong' },
  {
    ...{ title: 'Value', width: 12, stretches: true, rank: 0 },
    text: ({ value }) => value,
    role: ({ source }) => (source === 'default' ? 'dim' : 'accent'),
  },
  {
    ...{ title: 'From', width: 14, rank: 1 },
    text: ({ source }) => source.replace(/^.*\//, ''),
    role: () => 'dim',
  },
]

const LISTING: Listing<SettingRow> = {
  columns: () => COLUMNS,
  keyOf: ({ name }) => name,
  textOf: ({ help, name }) => `${name} ${help}`,
  idsOf: () => [],
}

interface Wrong {
  readonly value: string
  readonly why: string
}

/** Asks for a value; `wrong` is what was typed before, and why it cannot be. */
function change(row: SettingRow | undefined, wrong?: Wrong): readonly Effect[] {
  if (row === undefined) return []
  const when = row.live ? 'It holds at once.' : 'It holds from the next start on.'
  const why: Line[] = wrong === undefined ? [] : [[[wrong.why, 'bad']]]
  const dialog = {
    kind: 'text',
    title: row.name,
    lines: [[row.help], [[`${when} An empty value takes the default.`, 'dim'] as const], ...why],
    label: row.name,
    value: wrong?.value ?? (row.source === 'default' ? '' : row.value),
  } as const
  return [{ effect: 'ask', tag: row.name, dialog }]
}

function answered(
  state: ListingState,
  input: Input<SettingsAction>,
  world: World,
): Step<ListingState> {
  if (input.input === 'said' && input.text !== undefined) {
    const request = { name: input.tag, value: input.text }
    return { state, effects: [{ effect: 'call', call: 'set', request }] }
  }
  if (input.input !== 'called' || input.call !== 'set') return { state }
  return { state, effects: told(input, world.read('settings', {}).value?.rows ?? []) }
}

/** What became of a change; one that was refused is asked again as it was typed. */
function told(
  { answer, request }: Input<never> & { input: 'called'; call: 'set' },
  rows: readonly SettingRow[],
): readonly Effect[] {
  if (refused(answer)) {
    const row = rows.find(({ name }) => name === request.name)
    return change(row, { value: request.value, why: answer.message })
  }
  const when = answer.live ? '' : ' from the next start on'
  return [{ effect: 'tell', text: `${answer.name} is ${answer.value}${when}`, level: 'info' }]
}

/** What the chosen setting is for. */
function panelLines({ help, live, name }: SettingRow, { columns }: Size): Line[] {
  const when = live ? 'holds at once' : 'holds from the next start on'
  const lines = wrapLine([help], Math.max(1, columns - 2)).map((line): Line => [' ', ...line])
  return [ruleLine(name, columns), ...lines, [[` A change ${when}.`, 'dim']]]
}

function empty({ text }: ListingState, world: World): Line[] {
  const { problem } = world.read('settings', {})
  const why = problem?.message ?? (text === '' ? 'asking ...' : `no setting fits "${text}"`)
  return [[], [[`  ${why}`, 'dim']]]
}

/** The screen. */
export const settingsScreen = listingScreen<ListingState, SettingsAction, SettingRow>({
  name: 'settings',
  title: 'Settings',
  keys: KEYS,
  start: LISTING_START,
  listing: LISTING,
  needs: () => [{ call: 'settings', request: {}, everyMs: EVERY_MS }],
  read: (_state, world, size) => ({
    rows: world.read('settings', {}).value?.rows ?? [],
    panelOf: (row) => panelLines(row, size),
  }),
  empty,
  act: ({ state }, action, row) => ({
    state,
    effects: action === 'change' || action === 'open' ? change(row) : [],
  }),
  answered,
})
