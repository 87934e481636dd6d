/** The picture of the whole client: the rows of the terminal, and where its cursor is; pure. */
import { formatAmount } from '../../shared/amount.js'
import { type App, currentScreen } from './app-state.js'
import { cellsOf, clip } from './cells.js'
import { cutLine } from './columns.js'
import type { CommandLine } from './command-line.js'
import { type Box, dialogBox, dialogKeys } from './dialog.js'
import { formatBytes } from './format.js'
import { helpLines } from './help.js'
import { keyName, keysOf } from './keys.js'
import { bodySize, layoutOf } from './layout.js'
import { showLine } from './line-edit.js'
import { type Line, lineCells, type Role, type Span, splice } from './paint.js'
import { type Cursor, paneKeys, paneLines } from './pane.js'
import { shownPane } from './panes.js'
import type { Size } from './screen.js'
import { tabLine } from './tabs.js'
import type { World } from './world.js'

/** What the terminal shows. */
export interface AppPicture {
  readonly lines: readonly Line[]
  /** Where text is typed; undefined hides the cursor. */
  readonly cursor?: Cursor
}

/** Candidates of a completion that are shown at once. */
const OFFERED_MAX_ROWS = 8

/** The picture of the client in a terminal. */
export function appPicture(app: App, world: World, size: Size): AppPicture {
  const { foot, status, tabs } = layoutOf(size)
  const body = bodyPicture(app, world, bodySize(size))
  const prompt = promptLine(app, size.columns)
  const lines = [
    ...(tabs === 1 ? [tabLine(app.screens, app.current, size.columns)] : []),
    ...body.lines,
    ...(status === 1 ? [statusLine(world, size.columns)] : []),
    ...(foot === 1 ? [prompt?.line ?? footLine(app, world, body.note, size.columns)] : []),
  ]
  if (prompt !== undefined) {
    return { lines, cursor: { row: size.rows - 1, column: prompt.cursor } }
  }
  if (body.cursor === undefined) return { lines }
  return { lines, cursor: { row: body.cursor.row + tabs, column: body.cursor.column } }
}

interface Body extends AppPicture {
  readonly note?: string | undefined
}

function bodyPicture(app: App, world: World, size: Size): Body {
  const { front, panes } = app
  const pane = shownPane(panes)
  if (front?.front === 'help') {
    return { lines: fill(helpLines(app, size.columns).slice(front.top), size.rows) }
  }
  if (front?.front === 'pane' && pane !== undefined) {
    const shown = paneLines(pane, size)
    const lines = fill(shown.lines, size.rows)
    return shown.cursor === undefined ? { lines } : { lines, cursor: shown.cursor }
  }
  const picture = currentScreen(app).picture(world, size)
  const lines = fill(picture.lines, size.rows)
  if (front?.front === 'command') {
    return { lines: withOffers(lines, front.command, size), note: picture.note }
  }
  if (front?.front !== 'dialog') return { lines, note: picture.note }
  const box = dialogBox(front.open, size)
  const covered = withBox(lines, box)
  return box.cursor === undefined ? { lines: covered } : { lines: covered, cursor: box.cursor }
}

function fill(lines: readonly Line[], rows: number): Line[] {
  const filler = Array.from({ length: Math.max(0, rows - lines.length) }, (): Line => [])
  return [...lines.slice(0, rows), ...filler]
}

function withBox(lines: readonly Line[], { column, lines: box, row }: Box): Line[] {
  return lines.map((line, at) => {
    const over = box[at - row]
    return over === undefined ? line : splice(line, column, over)
  })
}

/** What Tab offers, above the prompt. */
function withOffers(lines: readonly Line[], { offered }: CommandLine, size: Size): Line[] {
  const candidates = offered?.completion.candidates ?? []
  if (offered === undefined || candidates.length < 2) return [...lines]
  const rows = Math.min(OFFERED_MAX_ROWS, candidates.length, lines.length)
  const first = Math.max(0, Math.min(offered.at - rows + 1, candidates.length - rows))
  const shown = candidates.slice(first, first + rows)
  const width = Math.min(44, Math.max(...shown.map(({ word }) => cellsOf(word))))
  const made = shown.map(({ about, word }, at): Line => {
    const text = ` ${clip(word, width)}${' '.repeat(Math.max(0, width - cellsOf(word)))}  ${about}`
    const cut = clip(text, size.columns)
    const role: Role = first + at === offered.at ? 'chosen' : 'key'
    return [[cut + ' '.repeat(Math.max(0, size.columns - cellsOf(cut))), role]]
  })
  return [...lines.slice(0, lines.length - rows), ...made]
}

/** The line that is typed, where one is. */
function promptLine({ front }: App, columns: number): { line: Line; cursor: number } | undefined {
  if (front?.front !== 'search' && front?.front !== 'command') return undefined
  const sign = front.front === 'search' ? '/' : ':'
  const edit = front.front === 'search' ? front.edit : front.command.edit
  const shown = showLine(edit, Math.max(1, columns - 1))
  return { line: [[sign, 'key'], ...shown.line], cursor: 1 + shown.cursor }
}

const LEVELS: Readonly<Record<'info' | 'warning' | 'error', Role>> = {
  info: 'accent',
  warning: 'warn',
  error: 'bad',
}

/** The keys of the screen in words, or a message in their place. */
function footLine(app: App, world: World, note: string | undefined, columns: number): Line {
  if (app.message !== undefined) {
    const { level, text } = app.message
    return [[` ${clip(text, Math.max(0, columns - 1))}`, LEVELS[level]]]
  }
  const { first, last } = footKeys(app, world)
  const fixed = last.flatMap(pairOf)
  const tail = note === undefined ? '' : clip(` ${note} `, Math.max(0, columns - lineCells(fixed)))
  const room = columns - cellsOf(tail) - lineCells(fixed)
  const line: Span[] = []
  for (const pair of first.map(pairOf)) {
    if (lineCells(line) + lineCells(pair) > room) break
    line.push(...pair)
  }
  return [...line, ...fixed, ' '.repeat(Math.max(0, room - lineCells(line))), [tail, 'dim']]
}

function pairOf([key, word]: readonly [string, string]): Line {
  return [' ', [keyName(key), 'key'], ` ${word} `]
}

type KeyWord = readonly [key: string, word: string]

/** Keys that hold now: those that give way where room is scarce, and those that stay. */
function footKeys(app: App, world: World): { first: KeyWord[]; last: KeyWord[] } {
  const { front, panes } = app
  const pane = shownPane(panes)
  if (front?.front === 'pane' && pane !== undefined)
    return { first: [...paneKeys(pane, panes.length > 1)], last: [] }
  if (front?.front === 'help') {
    return { first: [['up', 'scroll']], last: [['q', 'close']] }
  }
  if (front?.front === 'dialog') return { first: [], last: dialogKeys(front.open.dialog) }
  const here = currentScreen(app)
  const own = here.keys.flatMap((row): KeyWord[] => {
    const [key] = keysOf(row, here.name, app.own)
    return row.short === undefined || key === undefined ? [] : [[key, row.short]]
  })
  const running = panes.some(({ exit }) => exit === undefined)
  const runs = panes.every(({ question }) => question === undefined) ? 'running' : 'asks'
  const leave = here.deep ? 'back' : world.link.own ? 'stop' : 'detach'
  return {
    first: [...(running ? [['!', runs] as const] : []), ...own, ...FRAME_SHORT],
    last: [
      ['?', 'help'],
      ['q', leave],
    ],
  }
}

const FRAME_SHORT: readonly KeyWord[] = [
  ['/', 'search'],
  [':', 'command'],
]

/** Figures of the whole home; what is wrong with it comes before them. */
function statusLine(world: World, columns: number): Line {
  const { accounts, link, totals } = world
  const trouble = troubleOf(world)
  if (trouble !== undefined)
    return [[` ${clip(trouble.text, Math.max(0, columns - 2))}`, trouble.role]]
  if (link.state === 'attaching' || totals === undefined) return [[' attaching ...', 'dim']]
  const money = [...accounts.values()].flatMap(({ currency, spendable }) =>
    spendable === undefined ? [] : [`${formatAmount(spendable)} ${currency}`],
  )
  const reach = { true: '', false: ' not reached', undefined: '' }[`${totals.reached}`] ?? ''
  const rates: Line = [
    [` ▼ ${formatBytes(totals.downRate)}/s`, 'accent'],
    [`  ▲ ${formatBytes(totals.upRate)}/s`, 'good'],
  ]
  const port: Line = [[`  port ${totals.port}${reach}`, reach === '' ? 'dim' : 'warn']]
  const free: Line =
    totals.free === undefined ? [] : [[`  ${formatBytes(totals.free)} free`, 'dim']]
  const funds: Line = money.length === 0 ? [] : [[`  ${money.join(' + ')}`, 'money']]
  const about = `${link.own ? 'own process' : `daemon ${totals.pid}`} `
  // What matters least is left out whole where there is no room.
  const shapes = [
    [...rates, ...port, ...free, ...funds],
    [...rates, ...port, ...funds],
  ]
  const parts = shapes.find((shape) => lineCells(shape) <= columns) ?? [...rates, ...funds]
  const used = lineCells(parts) + cellsOf(about)
  if (used > columns) return cutLine(parts, columns)
  return [...parts, ' '.repeat(columns - used), [about, 'dim']]
}

function troubleOf({ accounts, link, totals }: World): { text: string; role: Role } | undefined {
  if (link.state === 'lost') {
    const away = link.problem?.code === 'no-daemon' || link.problem === undefined
    const why = away ? 'floodgate daemon --background starts one' : link.problem.message
    return { text: `nobody holds this home now; looking for who does: ${why}`, role: 'bad' }
  }
  const [problem] = totals?.problems ?? []
  if (problem !== undefined) {
    const advice = problem.advice === undefined ? '' : `: ${problem.advice}`
    return { text: `${problem.message}${advice}`, role: 'bad' }
  }
  for (const { problem: wrong, warning } of accounts.values()) {
    if (wrong !== undefined) {
      const advice = wrong.advice === undefined ? '' : `: ${wrong.advice}`
      return { text: `${wrong.message}${advice}`, role: 'warn' }
    }
    if (warning !== undefined) return { text: warning, role: 'warn' }
  }
  return undefined
}
