/** The log: what happened, the latest at the end, as long as one does not look back; pure. */
import type { LogRow } from '../local/rows.js'
import { left } from './cells.js'
import { fitting, LIST_START, type ListState, moveList, movesList, settleList } from './list.js'
import { type Line, over, type Role, type Span } from './paint.js'
import type { Input, KeyRow, Picture, Screen, Searched, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The log as it is looked at. */
export interface LogState extends Searched {
  readonly list: ListState
  /** Whether the end is followed. */
  readonly follows: boolean
  /** What is shown: all, or what matters more. */
  readonly least: 'info' | 'warning' | 'error'
}

type LogAction = 'level'

const KEYS: readonly KeyRow<LogAction>[] = [
  { action: 'level', keys: ['f'], does: 'show all, warnings, errors alone', short: 'level' },
]
const LEVELS = ['info', 'warning', 'error'] as const
const ROLE_OF: Readonly<Record<LogRow['level'], Role | undefined>> = {
  info: undefined,
  warning: 'warn',
  error: 'bad',
}

function shownRows({ least, text }: LogState, world: World): readonly LogRow[] {
  if (least === 'info' && text === '') return world.log
  const fits = fitting(text)
  const from = LEVELS.indexOf(least)
  return world.log.filter((row) => LEVELS.indexOf(row.level) >= from && fits(row.text))
}

/** Where the list stands: at its end while that is followed. */
function place(state: LogState, count: number, rows: number): ListState {
  const { at, top } = state.follows ? { at: count - 1, top: count } : state.list
  return settleList({ at, top }, count, rows)
}

function step(state: LogState, input: Input<LogAction>, world: World, size: Size): Step<LogState> {
  const rows = shownRows(state, world)
  if (input.input === 'search') return { state: { ...state, text: input.text, follows: true } }
  if (input.input !== 'action') return { state }
  const { action, at } = input
  if (action === 'back') return { state: { ...state, text: '', least: 'info', follows: true } }
  if (action === 'level') {
    const next = LEVELS[(LEVELS.indexOf(state.least) + 1) % LEVELS.length] ?? 'info'
    return { state: { ...state, least: next, follows: true } }
  }
  const list = place(state, rows.length, size.rows)
  if (action === 'open') {
    const row = rows[list.at]
    if (row === undefined) return { state }
    const title = `${momentOf(row.at)} ${row.level}`
    const code = row.code === undefined ? [] : [[[`code: ${row.code}`, 'dim']] as Line]
    const dialog = { kind: 'note', title, lines: [[row.text], ...code] } as const
    return { state, effects: [{ effect: 'ask', tag: 'row', dialog }] }
  }
  if (!movesList(action)) return { state }
  const moved = moveList(list, action, { count: rows.length, rows: size.rows, to: at ?? 0 })
  return { state: { ...state, list: moved, follows: moved.at >= rows.length - 1 } }
}

/** Date and second of a moment, in UTC. */
function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

function picture(state: LogState, world: World, size: Size): Picture<LogAction> {
  const rows = shownRows(state, world)
  if (rows.length === 0) {
    const all = state.text === '' && state.least === 'info'
    const why = all ? 'nothing happened yet' : 'no such line; q shows all'
    return { lines: [[], [[`  ${why}`, 'dim']]] }
  }
  const list = place(state, rows.length, size.rows)
  const shown = rows.slice(list.top, list.top + size.rows)
  const narrow = size.columns < 60
  const lines = shown.map((row, at): Line => {
    const moment = momentOf(row.at).slice(narrow ? 11 : 5)
    const role = ROLE_OF[row.level]
    const room = Math.max(0, size.columns - moment.length - 3)
    const text: Span = role === undefined ? left(row.text, room) : [left(row.text, room), role]
    const line: Line = [[` ${moment}  `, 'dim'], text]
    return list.top + at === list.at ? over(line, 'chosen', size.columns) : line
  })
  const places = shown.map((_row, at) => {
    const whole = { row: at, from: 0, to: size.columns }
    return { ...whole, action: 'choose' as const, at: list.top + at, twice: 'open' as const }
  })
  const level = state.least === 'info' ? '' : `, ${state.least} and up`
  const search = state.text === '' ? '' : `, "${state.text}"`
  return { lines, places, note: `${list.at + 1} of ${rows.length}${level}${search}` }
}

/** The screen. */
export const logScreen: Screen<LogState, LogAction> = {
  name: 'log',
  title: 'Log',
  keys: KEYS,
  start: { list: LIST_START, follows: true, text: '', least: 'info' },
  deep: ({ least }) => least !== 'info',
  step,
  picture,
}
