/** The help, made from the tables of keys; pure. */
import { type App, currentScreen } from './app-state.js'
import { cellsOf, left } from './cells.js'
import { FRAME_KEYS, keyName, keysOf, SHARED_KEYS } from './keys.js'
import { type Line, lineCells, wrapLine } from './paint.js'
import type { KeyRow, Size } from './screen.js'

const KEY_CELLS = 18

/** From so many columns on the help stands in two. */
const TWO_MIN_COLUMNS = 110

/** All keys that hold on the screen that is shown, with those of the rc file. */
export function helpLines(app: App, columns: number): Line[] {
  if (columns < TWO_MIN_COLUMNS) {
    const [own, rest] = helpParts(app, columns)
    return [...own, ...rest]
  }
  const half = Math.floor(columns / 2)
  const [own, rest] = helpParts(app, half)
  return Array.from({ length: Math.max(own.length, rest.length) }, (_, at): Line => {
    const first = own[at] ?? []
    return [...first, ' '.repeat(Math.max(0, half - lineCells(first))), ...(rest[at] ?? [])]
  })
}

/** The keys of the screen, and those that hold everywhere. */
function helpParts(app: App, columns: number): readonly [Line[], Line[]] {
  const here = currentScreen(app)
  const section = (title: string, rows: readonly KeyRow<string>[]): Line[] =>
    rows.length === 0 ? [] : [[[title, 'title']], ...rows.flatMap(row), []]
  const row = (each: KeyRow<string>): Line[] => {
    const keys = keysOf(each, here.name, app.own).map(keyName).join(' ')
    const room = Math.max(1, columns - KEY_CELLS - 2)
    return wrapLine([each.does], room).map((line, at): Line => {
      const shown = at === 0 ? keys : ''
      const wide = cellsOf(shown) > KEY_CELLS ? `${shown} ` : left(shown, KEY_CELLS)
      return ['  ', [wide, 'key'], ...line]
    })
  }
  const numbers: KeyRow<string> = {
    action: 'screen',
    keys: app.screens.map((_screen, at) => String(at + 1)),
    does: `to a screen: ${app.screens.map(({ title }) => title).join(', ')}`,
  }
  const text = (line: string): Line[] =>
    wrapLine([line], Math.max(1, columns - 2)).map((each) => ['  ', ...each])
  return [
    [...section(here.title, here.keys), ...section('Lists', SHARED_KEYS)],
    [
      ...section('Everywhere', [numbers, ...FRAME_KEYS]),
      [['Mouse', 'title']],
      ...text('a click chooses, a double click opens, the wheel scrolls, a tab is a screen'),
      [],
      [['Looks', 'title']],
      ...text(
        'keys, colours and the first screen are set in tui.rc in the home; README has its orders',
      ),
    ],
  ]
}

/** The first line that is shown after a key; undefined when the help is put away. */
export function stepHelp(app: App, top: number, key: string, size: Size): number | undefined {
  const page = Math.max(1, size.rows - 1)
  const most = Math.max(0, helpLines(app, size.columns).length - size.rows)
  const by = { up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page, space: page }[key]
  if (by !== undefined) return Math.max(0, Math.min(most, top + by))
  if (key === 'home' || key === 'g') return 0
  if (key === 'end' || key === 'G') return most
  return ['q', 'escape', '?', 'f1', 'enter', 'ctrl-c', 'backspace'].includes(key) ? undefined : top
}
