/** The settings that hold, where each comes from, and a prompt to change one; pure. */
import { refused } from '../../shared/errors.js'
import type { SettingRow } from '../local/rows.js'
import { cellsOf, left } from './cells.js'
import { LIST_START, type ListState, moveList, movesList, settleList } from './list.js'
import { type Line, over, wrapLine } from './paint.js'
import type { Effect, Input, KeyRow, Picture, Screen, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The settings as they are looked at. */
export interface SettingsState {
  readonly list: ListState
  readonly text: string
}

type SettingsAction = 'change'

const KEYS: readonly KeyRow<SettingsAction>[] = [
  { action: 'change', keys: ['e'], does: 'change the chosen setting', short: 'change' },
]
const EVERY_MS = 10_000
const NAME_MAX_CELLS = 18
const SOURCE_CELLS = 14
/** Rows below the list that explain the chosen setting. */
const HELP_ROWS = 4

function rowsOf({ text }: SettingsState, world: World): readonly SettingRow[] {
  const rows = world.read('settings', {}).value?.rows ?? []
  const wanted = text.toLowerCase()
  return rows.filter(({ help, name }) => `${name} ${help}`.toLowerCase().includes(wanted))
}

/** Rows of the list: below it stands what the chosen one is for, where there is room. */
function listRows(size: Size): number {
  return size.rows > 2 * HELP_ROWS ? size.rows - HELP_ROWS - 1 : Math.max(1, size.rows - 1)
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

function step(
  state: SettingsState,
  input: Input<SettingsAction>,
  world: World,
  size: Size,
): Step<SettingsState> {
  const rows = rowsOf(state, world)
  const room = { count: rows.length, rows: listRows(size) }
  const list = settleList(state.list, room.count, room.rows)
  if (input.input === 'search') return { state: { ...state, text: input.text } }
  if (input.input === 'said' && input.text !== undefined) {
    const request = { name: input.tag, value: input.text }
    return { state, effects: [{ effect: 'call', call: 'set', request }] }
  }
  if (input.input === 'called' && input.call === 'set') {
    return { state, effects: told(input, world.read('settings', {}).value?.rows ?? []) }
  }
  if (input.input !== 'action') return { state }
  const { action, at } = input
  if (action === 'change' || action === 'open') return { state, effects: change(rows[list.at]) }
  if (!movesList(action)) return { state }
  return { state: { ...state, list: moveList(list, action, { ...room, to: at ?? 0 }) } }
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

function picture(state: SettingsState, world: World, size: Size): Picture<SettingsAction> {
  const { problem } = world.read('settings', {})
  const rows = rowsOf(state, world)
  if (rows.length === 0) {
    const why = problem?.message ?? (state.text === '' ? 'asking ...' : 'no such setting')
    return { lines: [[], [[`  ${why}`, 'dim']]] }
  }
  const room = listRows(size)
  const list = settleList(state.list, rows.length, room)
  const shown = rows.slice(list.top, list.top + room)
  const source = size.columns >= 60 ? SOURCE_CELLS : 0
  const name = Math.min(NAME_MAX_CELLS, Math.max(...rows.map((row) => cellsOf(row.name))))
  const value = Math.max(1, size.columns - name - source - 4)
  const head: Line = [
    [` ${left('setting', name)}  ${left('value', value)}${left('from', source)}`, 'dim'],
  ]
  const lines = shown.map((row, at): Line => {
    const line: Line = [
      [` ${left(row.name, name)}  `, 'strong'],
      row.source === 'default'
        ? [left(row.value, value), 'dim']
        : [left(row.value, value), 'accent'],
      [left(row.source.replace(/^.*\//, ''), source), 'dim'],
    ]
    return list.top + at === list.at ? over(line, 'chosen', size.columns) : line
  })
  const places = shown.map((_row, at) => ({
    ...{ row: at + 1, from: 0, to: size.columns },
    ...{ action: 'choose' as const, at: list.top + at, twice: 'open' as const },
  }))
  const filler = Array.from({ length: Math.max(0, room - shown.length) }, (): Line => [])
  const help = size.rows > 2 * HELP_ROWS ? helpOf(rows[list.at], size) : []
  const all = [head, ...lines, ...filler, ...help].slice(0, size.rows)
  return { lines: all, places, note: `${list.at + 1} of ${rows.length}` }
}

function helpOf(row: SettingRow | undefined, size: Size): Line[] {
  if (row === undefined) return []
  const when = row.live ? 'holds at once' : 'holds from the next start on'
  const help = wrapLine([[row.help]], Math.max(1, size.columns - 2))
  const lines = [...help.slice(0, HELP_ROWS - 1), [[`A change ${when}.`, 'dim'] as const]]
  return lines.map((line) => [' ', ...line])
}

/** The screen. */
export const settingsScreen: Screen<SettingsState, SettingsAction> = {
  name: 'settings',
  title: 'Settings',
  keys: KEYS,
  start: { list: LIST_START, text: '' },
  needs: () => [{ call: 'settings', request: {}, everyMs: EVERY_MS }],
  searched: ({ text }) => text,
  step,
  picture,
}
