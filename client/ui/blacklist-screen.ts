/** The blacklist: whom we do not trade with, why, on what evidence, how long; and its end; pure. */

import { refused } from '../../shared/errors.js'
import { parseUid } from '../../shared/identifier.js'
import type { BlacklistRow } from '../local/rows.js'
import { adviceFor } from './advice.js'
import { left, right, wrapCells } from './cells.js'
import { formatDuration, formatMoment } from './format.js'
import { LIST_START, type ListState, moveList, movesList, settleList } from './list.js'
import type { Line } from './paint.js'
import { fitted, labelled, pickingLines } from './picking.js'
import type { Effect, Input, KeyRow, Picture, Screen, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The blacklist as it is looked at. */
export interface BlacklistState {
  readonly list: ListState
  readonly text: string
  /** A uid that is being put on the list, while its reason is asked for. */
  readonly adding?: string
}

type BlacklistAction = 'lift' | 'add' | 'explain'

const KEYS: readonly KeyRow<BlacklistAction>[] = [
  { action: 'lift', keys: ['x', 'delete'], does: 'trade with the member again', short: 'lift' },
  { action: 'add', keys: ['a'], does: 'trade with a member no more', short: 'add' },
  { action: 'explain', keys: ['e'], does: 'all that is known of it', short: 'explain' },
]
const EVERY_MS = 5000
const UID_CELLS = 12
const UID_WHOLE_CELLS = 32
/** From so many columns on a uid is shown whole. */
const WIDE_COLUMNS = 110
const LEFT_CELLS = 9
const TIMES_CELLS = 5
const OWED_CELLS = 6
const LABEL_CELLS = 9
/** Rows from which on what is chosen is explained below the list. */
const DETAIL_MIN_ROWS = 14

function rowsOf({ text }: BlacklistState, world: World): readonly BlacklistRow[] {
  const rows = world.read('blacklist', {}).value?.rows ?? []
  const wanted = text.toLowerCase()
  return rows.filter(({ code, uid, why }) => `${uid} ${code} ${why}`.toLowerCase().includes(wanted))
}

/** How long an entry still holds. */
function leftOf({ until }: BlacklistRow, now: number): string {
  if (until === undefined) return 'for good'
  return until <= now ? 'over' : formatDuration((until - now) / 1000)
}

const uidCells = (columns: number): number =>
  columns >= WIDE_COLUMNS ? UID_WHOLE_CELLS : UID_CELLS

function headOf(columns: number): Line {
  const cells = [
    `  ${left('MEMBER', uidCells(columns))}`,
    right('LEFT', LEFT_CELLS),
    right('TIMES', TIMES_CELLS),
    right('OWES', OWED_CELLS),
  ]
  const line = `${cells.join(' ')}  WHY`
  return [[left(line, columns), 'title']]
}

function lineOf(row: BlacklistRow, columns: number, now: number): Line {
  const { offences, owed, uid } = row
  const owes = right(owed === 0 ? '' : String(owed), OWED_CELLS)
  const cells = uidCells(columns)
  const rest = Math.max(0, columns - cells - LEFT_CELLS - TIMES_CELLS - OWED_CELLS - 8)
  return [
    `  ${left(uid.slice(0, cells), cells)} `,
    [right(leftOf(row, now), LEFT_CELLS), 'warn'],
    ` ${right(String(offences), TIMES_CELLS)} ${owes}  `,
    left(row.why, rest),
  ]
}

/** What is known of the chosen member. */
function detailLines(row: BlacklistRow, world: World, columns: number): Line[] {
  const { code, evidence, offences, owed, provider, since, uid, until, why } = row
  const account = world.accounts.get(provider)
  const advice = adviceFor(code)
  const end = until === undefined ? 'until you lift it' : `until ${formatMoment(until)}`
  const owes = owed === 0 ? '' : `; it owes us ${owed === 1 ? '1 piece' : `${owed} pieces`}`
  const times = offences === 0 ? 'not counted' : `${offences}; twice as long each time`
  const line = (label: string, text: string): Line[] =>
    wrapCells(text, Math.max(1, columns - LABEL_CELLS - 4)).map((part, at) => [
      '  ',
      ...labelled(at === 0 ? label : '', LABEL_CELLS, [part]),
    ])
  return [
    ...line('member', account === undefined ? uid : `${uid} of ${account.name}`),
    ...line('why', advice === undefined || advice.what === why ? why : `${advice.what}: ${why}`),
    ...line('evidence', evidence ?? 'none was kept'),
    ...line('holds', `since ${formatMoment(since)}, ${end}${owes}`),
    ...line('times', times),
    ...line('effect', 'nothing is asked of it or sent to it; what either owes can still be paid'),
  ]
}

function layout(state: BlacklistState, world: World, size: Size) {
  const rows = rowsOf(state, world)
  const chosen = rows[Math.max(0, Math.min(state.list.at, rows.length - 1))]
  const wanted = chosen === undefined ? [] : detailLines(chosen, world, size.columns)
  const detail = size.rows >= DETAIL_MIN_ROWS ? wanted : []
  const rest = detail.length === 0 ? 1 : detail.length + 2
  const room = Math.max(1, size.rows - rest)
  return { rows, detail, room, list: settleList(state.list, rows.length, room) }
}

/** Why a member is here, in plain words. */
function whyOf({ code, why }: BlacklistRow): string {
  return adviceFor(code)?.what ?? why
}

function lift(row: BlacklistRow | undefined): readonly Effect[] {
  if (row === undefined) return []
  const dialog = {
    kind: 'confirm',
    title: 'Trade again',
    lines: [
      [row.uid],
      [row.code === 'by-hand' ? 'You put it here yourself.' : `Why: ${whyOf(row)}.`],
      [['How often that happened is remembered.', 'dim'] as const],
    ],
    yes: 'trade with it again',
  } as const
  return [{ effect: 'ask', tag: `lift ${row.provider} ${row.uid}`, dialog }]
}

const ADD = {
  kind: 'text',
  title: 'No trade with a member',
  lines: [
    ['Its uid: 32 hex digits, as peers, cases and history show it.'],
    [['What either owes can still be paid; open connections end in seconds.', 'dim'] as const],
  ],
  label: 'uid',
  value: '',
} as const

function said(state: BlacklistState, tag: string, text: string | undefined): Step<BlacklistState> {
  const { adding, ...rest } = state
  if (text === undefined) return { state: rest }
  const [what, provider = '', uid = ''] = tag.split(' ')
  if (what === 'lift') {
    const words = ['blacklist', 'lift', uid, '--tracker', provider]
    return { state: rest, effects: [{ effect: 'run', words }] }
  }
  if (what === 'reason' && adding !== undefined) {
    const reason = text === '' ? [] : [`--reason=${text}`]
    return {
      state: rest,
      effects: [{ effect: 'run', words: ['blacklist', 'add', adding, ...reason] }],
    }
  }
  const found = parseUid(text)
  if (refused(found)) {
    const told = `"${text}" is not a uid of 32 hex digits`
    return { state: rest, effects: [{ effect: 'tell', level: 'error', text: told }] }
  }
  const dialog = {
    kind: 'text',
    title: 'No trade with a member',
    lines: [[found], ['It holds until you lift it.']],
    label: 'why, for yourself',
    value: '',
  } as const
  return {
    state: { ...rest, adding: found },
    effects: [{ effect: 'ask', tag: 'reason', dialog }],
  }
}

function step(
  state: BlacklistState,
  input: Input<BlacklistAction>,
  world: World,
  size: Size,
): Step<BlacklistState> {
  if (input.input === 'search') return { state: { ...state, text: input.text, list: LIST_START } }
  if (input.input === 'said') return said(state, input.tag, input.text)
  if (input.input !== 'action') return { state }
  const { action, at } = input
  const { list, room, rows } = layout(state, world, size)
  if (movesList(action)) {
    const to = { count: rows.length, rows: room, to: at ?? 0 }
    return { state: { ...state, list: moveList(list, action, to) } }
  }
  const row = rows[list.at]
  if (action === 'lift') return { state, effects: lift(row) }
  if (action === 'add') return { state, effects: [{ effect: 'ask', tag: 'uid', dialog: ADD }] }
  if (row === undefined || (action !== 'open' && action !== 'explain')) return { state }
  const words = ['blacklist', 'explain', row.uid, '--tracker', row.provider]
  return { state, effects: [{ effect: 'run', words }] }
}

function picture(state: BlacklistState, world: World, size: Size): Picture<BlacklistAction> {
  const { columns } = size
  const { detail, list, room, rows } = layout(state, world, size)
  if (rows.length === 0) return { lines: fitted(nobody(state, world), size) }
  const { lines, places } = pickingLines({
    ...{ rows, list, columns, from: 1, opens: true },
    room: Math.min(room, size.rows - 1),
    lineOf: (row) => lineOf(row, columns, world.now),
  })
  const gap = Array.from({ length: detail.length === 0 ? 0 : room - lines.length + 1 }, () => [])
  const all: Line[] = [headOf(columns), ...lines, ...gap, ...detail]
  const search = state.text === '' ? '' : `, "${state.text}"`
  return {
    lines: fitted(all, size),
    places,
    note: `${list.at + 1} of ${rows.length}${search}`,
  }
}

function nobody({ text }: BlacklistState, world: World): Line[] {
  const { problem, value } = world.read('blacklist', {})
  if (value === undefined) {
    return [[], [[`  ${problem?.message ?? 'reading the blacklist'}`, 'dim']]]
  }
  if (text !== '') return [[], [[`  nobody here fits "${text}"`, 'dim']]]
  return [
    [],
    ['  Nobody is on the blacklist.'],
    [],
    [['  Who breaks the rules in a way that no accident explains comes here by itself,', 'dim']],
    [
      ['  for longer each time. ', 'dim'],
      ['a', 'key'],
      [' puts a member here by hand.', 'dim'],
    ],
  ]
}

/** The screen. */
export const blacklistScreen: Screen<BlacklistState, BlacklistAction> = {
  name: 'blacklist',
  title: 'Blacklist',
  keys: KEYS,
  start: { list: LIST_START, text: '' },
  needs: () => [{ call: 'blacklist', request: {}, everyMs: EVERY_MS }],
  searched: ({ text }) => text,
  step,
  picture,
}
