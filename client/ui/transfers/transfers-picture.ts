/** What the screen of transfers shows; pure. */
import type { Transfer } from '../../local/transfer-rows.js'
import { cellsOf, clip, left } from '../cells.js'
import { cutLine } from '../columns.js'
import type { Part } from '../list-table.js'
import { hiddenOrder } from '../order.js'
import { type Line, lineCells, type Span } from '../paint.js'
import type { Picture, Place, Size } from '../screen.js'
import type { World } from '../world.js'
import { TABS } from './tab.js'
import { stateSign, TRANSFER_COLUMNS } from './transfer-columns.js'
import { LIST_SIGN_CELLS, transfersTable } from './transfer-list.js'
import type { TransfersAction } from './transfers-keys.js'
import {
  partsOf,
  START,
  TAB_TITLES_ROWS,
  type TransfersState,
  tabNow,
  transfersNow,
} from './transfers-state.js'

type Shown = Part<TransfersAction>

/** The whole screen. */
export function transfersPicture(
  state: TransfersState,
  world: World,
  size: Size,
): Picture<TransfersAction> {
  const parts = partsOf(state, world, size)
  const { rows } = transfersNow(state, world, size)
  const above = rows.length === 0 ? emptyPart(state, world) : listPart(state, world, size)
  const below = tabPart(state, world, size)
  const shown = parts.list === 0 && rows.length > 0 ? [below] : [above, below]
  return {
    lines: shown
      .flatMap(({ lines }) => lines)
      .slice(0, size.rows)
      .map((line) => cutLine(line, size.columns)),
    places: shown.flatMap(({ places }) => places).filter(({ row }) => row < size.rows),
    note: noteOf(state, world, size, rows.length),
  }
}

/** Why nothing is there, and what to do about it. */
function emptyPart(state: TransfersState, world: World): Shown {
  return { lines: emptyLines(state, world), places: [] }
}

function emptyLines({ show, text }: TransfersState, world: World): readonly Line[] {
  if (world.link.state === 'attaching') return [[' asking what there is ...']]
  if (world.transfers.size > 0) {
    const name = text === '' ? '' : ` named "${text}"`
    const kind = show === 'all' ? '' : ` that is ${show}`
    return [[` no content${name}${kind}; q shows all`]]
  }
  return [
    [' nothing here yet'],
    [],
    hint('1', 'the shop: what providers sell'),
    hint(':get FILE.torrent', 'fetch a free torrent or a paid content'),
    hint(':seed PATH', 'offer files that are on the disk'),
  ]
}

const HINT_CELLS = 20

function hint(key: string, does: string): Line {
  return [' ', [left(key, HINT_CELLS), 'key'], does]
}

/** `12 of 1,000  3 marked  by ratio▾`. */
function noteOf(state: TransfersState, world: World, size: Size, shown: number): string {
  const { marked, show, text } = state
  const all = world.transfers.size
  const words = [shown === all ? `${all}` : `${shown} of ${all}`]
  if (show !== 'all') words.push(show)
  if (text !== '') words.push(`"${text}"`)
  const there = [...marked].filter((cid) => world.transfers.has(cid)).length
  if (there > 0) words.push(`${there} marked`)
  // As they were added is how they come: nobody has to be told.
  const cells = size.columns - LIST_SIGN_CELLS
  if (state.sort !== START.sort) words.push(...hiddenOrder(TRANSFER_COLUMNS, state, cells))
  return words.join('  ')
}

function listPart(state: TransfersState, world: World, size: Size): Shown {
  const now = transfersNow(state, world, size)
  const { lines, places } = transfersTable(now, state, state.marked, size.columns)
  const told = now.room < partsOf(state, world, size).list - 1 ? [problemLine(now.row)] : []
  return { lines: [...lines, ...told], places }
}

/** Why the chosen content does not go on, while its tabs are closed. */
function problemLine(row?: Transfer): Line {
  const { advice, message = '' } = row?.problem ?? {}
  return [['! ', 'bad'], [message, 'bad'], advice === undefined ? '' : `; ${advice}`]
}

function tabPart(state: TransfersState, world: World, size: Size): Shown {
  const now = tabNow(state, world, size)
  if (now === undefined) return { lines: [], places: [] }
  const { tab, view } = now
  const top = partsOf(state, world, size).list
  const bar = tabBar(state, top + 1, size.columns)
  const asking = view.detail === undefined && state.tab !== 'overview'
  const part = asking
    ? { lines: [[` ${detailProblem(view.transfer, world)}`] as Line], places: [] }
    : tab.picture(view)
  const places = part.places.map((place) => ({
    ...place,
    row: top + TAB_TITLES_ROWS + place.row,
  }))
  return {
    lines: [nameLine(view.transfer, size.columns), bar.line, ...part.lines],
    places: [...bar.places, ...places],
  }
}

function detailProblem({ cid }: Transfer, world: World): string {
  return world.read('detail', { cid }).problem?.message ?? 'asking ...'
}

/** The name of the content between rules. */
function nameLine(row: Transfer, columns: number): Line {
  const name = clip(row.name, Math.max(1, columns - 8))
  const rule = '─'.repeat(Math.max(0, columns - cellsOf(name) - 6))
  return [['── ', 'dim'], stateSign(row), ' ', [name, 'title'], [` ${rule}`, 'dim']]
}

/** The names of the tabs; where they do not fit, the open one between its neighbours' arrows. */
function tabBar({ tab }: TransfersState, row: number, columns: number) {
  const all = TABS.reduce((sum, name) => sum + name.length + 2, 0)
  const names = all <= columns ? TABS : [tab]
  const spans: Span[] = all <= columns ? [] : [['‹', 'dim']]
  const places: Place<TransfersAction>[] = []
  for (const name of names) {
    const text = ` ${name} `
    const from = lineCells(spans)
    const at = TABS.indexOf(name)
    spans.push(name === tab ? [text, 'chosen', 'strong'] : [text, 'dim'])
    places.push({ row, from, to: from + text.length, action: 'tab', at })
  }
  if (all > columns) spans.push([`› ${TABS.indexOf(tab) + 1} of ${TABS.length}`, 'dim'])
  return { line: spans, places }
}
