/** Cases at the desks of our providers: how each stands, what is asked of us, our answer; pure. */
import { formatAmount } from '../../shared/amount.js'
import { counted } from '../../shared/words.js'
import type { CaseRow } from '../local/rows.js'
import { left, right, wrapCells } from './cells.js'
import { formatDuration, formatMoment } from './format.js'
import { LIST_START, type ListState, moveList, movesList, settleList } from './list.js'
import type { Line, Role } from './paint.js'
import { fitted, labelled, pickingLines } from './picking.js'
import type { Effect, Input, KeyRow, Picture, Screen, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The cases as they are looked at. */
export interface CasesState {
  readonly list: ListState
  readonly text: string
  /** An answer that is being put together. */
  readonly answer?: { readonly row: CaseRow; readonly with: string }
}

type CasesAction = 'answer' | 'owed' | 'goto'

const KEYS: readonly KeyRow<CasesAction>[] = [
  { action: 'answer', keys: ['a'], does: 'answer the chosen complaint', short: 'answer' },
  { action: 'owed', keys: ['o'], does: 'what buyers owe us, to complain of', short: 'owed to us' },
  { action: 'goto', keys: ['t'], does: 'go to its content', short: 'content' },
]
const EVERY_MS = 30_000
const NUMBER_CELLS = 6
const WHAT_CELLS = 16
const STATE_CELLS = 9
const AMOUNT_CELLS = 10
const LEFT_CELLS = 9
const LABEL_CELLS = 9
const DETAIL_MIN_ROWS = 14

const OPEN: ReadonlySet<string> = new Set(['open', 'granted', 'upheld'])

function rowsOf({ text }: CasesState, world: World): readonly CaseRow[] {
  const rows = world.read('cases', {}).value?.rows ?? []
  const wanted = text.toLowerCase()
  if (wanted === '') return rows
  return rows.filter((row) => {
    const { kind, line, name = '', number, other = '', state } = row
    return `${number} ${kind} ${state} ${name} ${other} ${line}`.toLowerCase().includes(wanted)
  })
}

/** What a case is, seen from us. */
function whatOf({ kind, role }: CaseRow): string {
  if (kind === 'refund') return 'refund'
  if (kind === 'marks') return 'trade stopped'
  return role === 'accused' ? `${kind}, by us` : kind
}

function deadlineOf({ deadline, state }: CaseRow, now: number): string {
  if (deadline === undefined || !OPEN.has(state)) return ''
  return deadline <= now ? 'due' : formatDuration((deadline - now) / 1000)
}

function headOf(columns: number): Line {
  const cells = [
    `  ${right('CASE', NUMBER_CELLS)}`,
    left('ABOUT', WHAT_CELLS),
    left('STATE', STATE_CELLS),
    right('LEFT', LEFT_CELLS),
    right('AMOUNT', AMOUNT_CELLS),
  ]
  return [[left(`${cells.join(' ')}  CONTENT`, columns), 'title']]
}

function lineOf(row: CaseRow, columns: number, now: number): Line {
  const { amount, asked, cid = '', name = cid, number, state } = row
  const fixed = NUMBER_CELLS + WHAT_CELLS + STATE_CELLS + LEFT_CELLS + AMOUNT_CELLS + 8
  const role: Role = asked !== undefined ? 'bad' : OPEN.has(state) ? 'warn' : 'dim'
  return [
    asked === undefined ? '  ' : ['! ', 'bad'],
    `${right(String(number), NUMBER_CELLS)} ${left(whatOf(row), WHAT_CELLS)} `,
    [left(state, STATE_CELLS), role],
    ` ${right(deadlineOf(row, now), LEFT_CELLS)} `,
    [right(formatAmount(amount), AMOUNT_CELLS), 'money'],
    `  ${left(name, Math.max(0, columns - fixed))}`,
  ]
}

function detailLines(row: CaseRow, world: World, columns: number): Line[] {
  const { amount, asked, deadline, number, opened, other, pieces, provider, reason, state } = row
  const account = world.accounts.get(provider)
  const unit = account === undefined ? '' : ` ${account.currency}`
  const line = (label: string, text: string, role?: Role): Line[] =>
    wrapCells(text, Math.max(1, columns - LABEL_CELLS - 4)).map((part, at) => [
      '  ',
      ...labelled(at === 0 ? label : '', LABEL_CELLS, [role === undefined ? part : [part, role]]),
    ])
  const until =
    deadline === undefined || !OPEN.has(state) ? '' : `, decided by ${formatMoment(deadline)}`
  return [
    ...line('case', `${number} with ${account?.name ?? provider.slice(0, 16)}`),
    ...line('stands', row.line),
    ...(asked === undefined ? [] : line('asked', asked, 'bad')),
    ...line('about', `${counted(pieces, 'piece')}, ${formatAmount(amount)}${unit}`),
    ...(other === undefined ? [] : line('with', other)),
    ...(reason === undefined || reason === '' ? [] : line('reason', reason)),
    ...line('opened', `${formatMoment(opened)}${until}`),
  ]
}

function layout(state: CasesState, world: World, size: Size) {
  const rows = rowsOf(state, world)
  const chosen = rows[Math.max(0, Math.min(state.list.at, rows.length - 1))]
  const wanted = chosen === undefined ? [] : detailLines(chosen, world, size.columns)
  const detail = size.rows >= DETAIL_MIN_ROWS ? wanted : []
  const rest = detail.length === 0 ? 1 : detail.length + 2
  const room = Math.max(1, size.rows - rest)
  return { rows, detail, room, list: settleList(state.list, rows.length, room) }
}

const caseWords = ({ number, provider }: CaseRow, action: string): string[] => [
  ...['cases', action, String(number), '--tracker', provider],
]

const WITH = ['shown', 'receipt', 'payment', 'denial'] as const

/** The first question of an answer; a case that asks nothing says so. */
function beginAnswer(row: CaseRow | undefined): readonly Effect[] {
  if (row === undefined) return []
  if (row.asked === undefined) {
    return [{ effect: 'tell', level: 'info', text: `case ${row.number} asks nothing of you` }]
  }
  const dialog = {
    kind: 'choice',
    title: `Answer case ${row.number}`,
    lines: [
      [row.line],
      [],
      [['shown', 'strong'], '    the best that your wallet can show'] as const,
      [['receipt', 'strong'], '  the seller signed that it was paid'] as const,
      [['payment', 'strong'], '  you signed the payment'] as const,
      [['denial', 'strong'], '   it never came whole: no money moves, both get a mark'] as const,
      [],
    ],
    words: WITH,
    at: 0,
  } as const
  return [{ effect: 'ask', tag: `with ${row.provider} ${row.number}`, dialog }]
}

function said(
  state: CasesState,
  tag: string,
  text: string | undefined,
  world: World,
): Step<CasesState> {
  const { answer, ...rest } = state
  if (text === undefined) return { state: rest }
  const [what, provider, number] = tag.split(' ')
  if (what === 'with') {
    const rows = world.read('cases', {}).value?.rows ?? []
    const row = rows.find((one) => one.provider === provider && String(one.number) === number)
    if (row === undefined) return { state: rest }
    const lines: Line[] = [['What you have to say beside it; the desk and the other side read it.']]
    const title = `Answer case ${number} with: ${text}`
    const dialog = { kind: 'text', title, lines, label: 'reason', value: '' } as const
    const next = { ...rest, answer: { row, with: text } }
    return { state: next, effects: [{ effect: 'ask', tag: 'reason', dialog }] }
  }
  if (what !== 'reason' || answer === undefined) return { state: rest }
  const kind = answer.with === 'shown' ? [] : ['--with', answer.with]
  const reason = text === '' ? [] : [`--reason=${text}`]
  const words = [...caseWords(answer.row, 'answer'), ...kind, ...reason]
  return { state: rest, effects: [{ effect: 'run', words }] }
}

function step(
  state: CasesState,
  input: Input<CasesAction>,
  world: World,
  size: Size,
): Step<CasesState> {
  if (input.input === 'search') return { state: { ...state, text: input.text, list: LIST_START } }
  if (input.input === 'said') return said(state, input.tag, input.text, world)
  if (input.input !== 'action') return { state }
  const { action, at } = input
  const { list, room, rows } = layout(state, world, size)
  if (movesList(action)) {
    const to = { count: rows.length, rows: room, to: at ?? 0 }
    return { state: { ...state, list: moveList(list, action, to) } }
  }
  return { state, effects: effectsOf(action, rows[list.at]) }
}

function effectsOf(action: string, row: CaseRow | undefined): readonly Effect[] {
  if (action === 'answer') return beginAnswer(row)
  if (action === 'owed') return [{ effect: 'run', words: ['complain', 'list'] }]
  if (row === undefined) return []
  if (action === 'open') return [{ effect: 'run', words: caseWords(row, 'show') }]
  if (action !== 'goto' || row.cid === undefined) return []
  return [{ effect: 'go', screen: 'transfers', cid: row.cid }]
}

function picture(state: CasesState, world: World, size: Size): Picture<CasesAction> {
  const { columns } = size
  const { detail, list, room, rows } = layout(state, world, size)
  if (rows.length === 0) return { lines: fitted(noCase(state, world), size) }
  const { lines, places } = pickingLines({
    ...{ rows, list, columns, from: 1, opens: true },
    room: Math.min(room, size.rows - 1),
    lineOf: (row) => lineOf(row, columns, world.now),
  })
  const gap = Array.from({ length: detail.length === 0 ? 0 : room - lines.length + 1 }, () => [])
  const all: Line[] = [headOf(columns), ...lines, ...gap, ...detail]
  const waiting = rows.filter(({ asked }) => asked !== undefined).length
  const asks = waiting === 0 ? '' : `, ${waiting} to answer`
  const search = state.text === '' ? '' : `, "${state.text}"`
  const note = `${list.at + 1} of ${rows.length}${asks}${search}`
  return { lines: fitted(all, size), places, note }
}

function noCase({ text }: CasesState, world: World): Line[] {
  const { problem, value } = world.read('cases', {})
  if (value === undefined) {
    return [[], [[`  ${problem?.message ?? 'asking the desks'}`, 'dim']]]
  }
  if (text !== '') return [[], [[`  no case fits "${text}"`, 'dim']]]
  return [
    [],
    ['  No cases.'],
    [],
    [['  Refunds that you asked for, complaints of yours and those against you come here.', 'dim']],
    [
      ['  What your wallet can show is answered by itself. ', 'dim'],
      ['o', 'key'],
      [' lists what', 'dim'],
    ],
    [['  buyers owe you: a complaint begins there.', 'dim']],
  ]
}

/** The screen. */
export const casesScreen: Screen<CasesState, CasesAction> = {
  name: 'cases',
  title: 'Cases',
  keys: KEYS,
  start: { list: LIST_START, text: '' },
  needs: () => [{ call: 'cases', request: {}, everyMs: EVERY_MS }],
  searched: ({ text }) => text,
  step,
  picture,
}
