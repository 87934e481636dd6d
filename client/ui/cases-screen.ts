/** Cases at the desks of our providers: how each stands, what is asked of us, our answer; pure. */
import { formatAmount } from '../../shared/amount.js'
import { counted, formatMoment } from '../../shared/words.js'
import type { CaseRow } from '../local/rows.js'
import { amountIn } from './amounts.js'
import type { Column } from './columns.js'
import { formatDuration } from './format.js'
import {
  LISTING_START,
  type Listing,
  type ListingState,
  listingScreen,
  ruleLine,
  wrappedField,
} from './listing.js'
import type { Line, Role } from './paint.js'
import type { Effect, KeyRow, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The cases as they are looked at. */
export interface CasesState extends ListingState {
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
const AMOUNT_CELLS = 10

const OPEN: ReadonlySet<string> = new Set(['open', 'granted', 'upheld'])

const LISTING: Listing<CaseRow> = {
  columns: caseColumns,
  keyOf: ({ number, provider }) => `${provider} ${number}`,
  textOf: ({ kind, line, name = '', state }) => `${kind} ${state} ${name} ${line}`,
  idsOf: ({ cid, number, other }) => [String(number), other, cid],
  sign: ({ asked }) => (asked === undefined ? undefined : [['! ', 'bad']]),
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

function caseColumns(now: number): readonly Column<CaseRow>[] {
  return [
    {
      ...{ title: 'Case', width: 6, right: true, rank: 0 },
      text: ({ number }) => String(number),
    },
    { title: 'About', width: 16, rank: 2, text: whatOf },
    { title: 'State', width: 9, rank: 0, text: ({ state }) => state, role: roleOf },
    { title: 'Left', width: 9, right: true, rank: 4, text: (row) => deadlineOf(row, now) },
    {
      ...{ title: 'Amount', width: AMOUNT_CELLS, right: true, rank: 1 },
      text: ({ amount }) => amountIn(amount, AMOUNT_CELLS),
      role: () => 'money',
    },
    {
      ...{ title: 'Content', width: 10, stretches: true, rank: 3 },
      text: ({ cid = '', name = cid }) => name,
    },
  ]
}

function roleOf({ asked, state }: CaseRow): Role {
  if (asked !== undefined) return 'bad'
  return OPEN.has(state) ? 'warn' : 'dim'
}

function panelLines(row: CaseRow, world: World, { columns }: Size): Line[] {
  const { amount, asked, deadline, kind, number, opened, other, pieces, provider, reason, state } =
    row
  const account = world.accounts.get(provider)
  const unit = account === undefined ? '' : ` ${account.currency}`
  const line = (label: string, text: string, role?: Role): Line[] =>
    wrappedField(label, text, columns, role)
  // The desk may take its time with a refund: its deadline is when it can be paid.
  const then = kind === 'refund' ? '; a refund is paid after' : ', decided by'
  const until =
    deadline === undefined || !OPEN.has(state) ? '' : `${then} ${formatMoment(deadline)}`
  return [
    ruleLine(`case ${number} with ${account?.name ?? provider.slice(0, 16)}`, columns),
    ...line('stands', row.line),
    ...(asked === undefined ? [] : line('asked', asked, 'bad')),
    ...line('about', `${counted(pieces, 'piece')}, ${formatAmount(amount)}${unit}`),
    ...(other === undefined ? [] : line('with', other)),
    ...(reason === undefined || reason === '' ? [] : line('reason', reason)),
    ...line('opened', `${formatMoment(opened)}${until}`),
  ]
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

function effectsOf(action: string, row: CaseRow | undefined): readonly Effect[] {
  if (action === 'answer') return beginAnswer(row)
  if (action === 'owed') return [{ effect: 'run', words: ['complain', 'list'] }]
  if (row === undefined) return []
  if (action === 'open') return [{ effect: 'run', words: caseWords(row, 'show') }]
  if (action !== 'goto' || row.cid === undefined) return []
  return [{ effect: 'go', screen: 'transfers', cid: row.cid }]
}

function noteOf(rows: readonly CaseRow[]): string {
  const waiting = rows.filter(({ asked }) => asked !== undefined).length
  return waiting === 0 ? '' : `, ${waiting} to answer`
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
      [' lists what buyers owe you: a complaint begins there.', 'dim'],
    ],
  ]
}

/** The screen. */
export const casesScreen = listingScreen<CasesState, CasesAction, CaseRow>({
  name: 'cases',
  title: 'Cases',
  keys: KEYS,
  start: LISTING_START,
  listing: LISTING,
  needs: () => [{ call: 'cases', request: {}, everyMs: EVERY_MS }],
  read: (_state, world, size) => ({
    rows: world.read('cases', {}).value?.rows ?? [],
    panelOf: (row) => panelLines(row, world, size),
  }),
  empty: noCase,
  note: noteOf,
  act: ({ state }, action, row) => ({ state, effects: effectsOf(action, row) }),
  answered: (state, input, world) =>
    input.input === 'said' ? said(state, input.tag, input.text, world) : { state },
})
