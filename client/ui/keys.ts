/**
 * Keys and what they do: the tables that all screens share, and which key means what after the rc
 * file; pure. The help is made from the same tables.
 */
import type { KeyRow, Opened, SharedAction } from './screen.js'

/** What the frame does by itself, on every screen. */
export type FrameAction =
  | 'screen-next'
  | 'screen-previous'
  | 'search'
  | 'command'
  | 'help'
  | 'output'
  | 'redraw'
  | 'suspend'
  | 'end'
  | 'quit'

/** Keys that mean the same on every screen. */
export const SHARED_KEYS: readonly KeyRow<SharedAction>[] = [
  { action: 'up', keys: ['up', 'k'], does: 'one row up' },
  { action: 'down', keys: ['down', 'j'], does: 'one row down' },
  { action: 'left', keys: ['left', 'h'], does: 'to the left: tabs, columns' },
  { action: 'right', keys: ['right', 'l'], does: 'to the right' },
  { action: 'pageup', keys: ['pageup', 'ctrl-b'], does: 'one page up' },
  { action: 'pagedown', keys: ['pagedown', 'ctrl-f'], does: 'one page down' },
  { action: 'first', keys: ['home', 'g'], does: 'to the first row' },
  { action: 'last', keys: ['end', 'G'], does: 'to the last row' },
  { action: 'open', keys: ['enter'], does: 'open the chosen row' },
  { action: 'mark', keys: ['space'], does: 'mark the row, or take the mark away' },
  { action: 'back', keys: ['q', 'escape', 'backspace'], does: 'back; q on the top leaves' },
]

/** Keys of the frame. The numbers 1 to 8 go to the screens. */
export const FRAME_KEYS: readonly KeyRow<FrameAction>[] = [
  { action: 'screen-next', keys: ['tab'], does: 'next screen' },
  { action: 'screen-previous', keys: ['shift-tab'], does: 'screen before' },
  { action: 'search', keys: ['/'], does: 'search in this screen' },
  { action: 'command', keys: [':'], does: 'run any verb of floodgate; Tab completes' },
  { action: 'output', keys: ['!'], does: 'what the last command said; again for the others' },
  { action: 'help', keys: ['?', 'f1'], does: 'this help' },
  { action: 'redraw', keys: ['ctrl-l'], does: 'draw everything anew' },
  { action: 'suspend', keys: ['ctrl-z'], does: 'to the shell; fg comes back' },
  { action: 'end', keys: ['Q'], does: 'stop all work, also of a daemon; asks first' },
  { action: 'quit', keys: ['ctrl-c'], does: 'leave at once' },
]

/** A key that the rc file sets: on one screen, or on `all`. */
export interface OwnKey {
  readonly where: string
  readonly key: string
  /** `none` takes the key's meaning away. */
  readonly action: string
}

/** What a key means on a screen; undefined when nothing. */
export type Bindings = (screen: string, key: string) => string | undefined

function tableOf(rows: readonly KeyRow<string>[]): [string, string][] {
  return rows.flatMap(({ action, keys }) => keys.map((key): [string, string] => [key, action]))
}

/** The meanings of all keys; what the rc file says comes first. */
export function bindingsOf(screens: readonly Opened[], own: readonly OwnKey[]): Bindings {
  const everywhere = new Map<string, string>([...tableOf(SHARED_KEYS), ...tableOf(FRAME_KEYS)])
  for (const [at, { name }] of screens.entries()) everywhere.set(`${at + 1}`, `screen-${name}`)
  const tables = new Map(
    screens.map(({ keys, name }): [string, Map<string, string>] => [
      name,
      new Map([...everywhere, ...tableOf(keys)]),
    ]),
  )
  for (const { action, key, where } of own) {
    for (const [name, table] of tables) {
      if (where === 'all' || where === name) table.set(key, action)
    }
  }
  return (screen, key) => {
    const action = (tables.get(screen) ?? everywhere).get(key)
    return action === 'none' ? undefined : action
  }
}

/** The keys that do an action on a screen, for people, in the order of the table. */
export function keysOf(
  row: KeyRow<string>,
  where: string,
  own: readonly OwnKey[],
): readonly string[] {
  const set = own.filter((each) => each.where === 'all' || each.where === where)
  const kept = row.keys.filter((key) => !set.some((each) => each.key === key))
  const added = set.filter(({ action }) => action === row.action).map(({ key }) => key)
  return [...new Set([...added, ...kept])]
}

const NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
  enter: 'Enter',
  space: 'Space',
  tab: 'Tab',
  'shift-tab': 'S-Tab',
  backspace: 'Bksp',
  delete: 'Del',
  home: 'Home',
  end: 'End',
}

/** A key as keyboards and programs write it: `Esc`, `^L`, `PgUp`. */
export function keyName(key: string): string {
  const control = /^ctrl-(.)$/.exec(key)?.[1]
  return control === undefined ? (NAMES[key] ?? key) : `^${control.toUpperCase()}`
}

/** Whether a text names a key as the decoder of the terminal does (terminal-input.ts). */
export function isKey(text: string): boolean {
  return (
    /^(ctrl-|alt-)?[\u0021-\u007e]$/.test(text) ||
    /^f([1-9]|1[0-2])$/.test(text) ||
    /^(shift-tab|insert)$/.test(text) ||
    (Object.hasOwn(NAMES, text) && text !== '')
  )
}
