/**
 * The rc file of the screens, `tui.rc` in the home: keys, colours, the first screen; pure.
 *
 * A line is an order and its words; `#` begins a comment. What is wrong is named with its line.
 */

import { closest } from '../../shared/closest.js'
import { visible } from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { FRAME_KEYS, isKey, type OwnKey, SHARED_KEYS } from './keys.js'
import { ROLES, type Role } from './paint.js'
import type { Opened, ScreenName } from './screen.js'
import { type Colours, THEMES, type Theme } from './theme.js'

/** What the rc file says; what it leaves open is missing. */
export interface Rc {
  readonly start?: ScreenName
  readonly theme?: Theme
  readonly colours?: Colours
  /** Parameters of the escape sequence by role. */
  readonly looks: Partial<Readonly<Record<Role, string>>>
  readonly keys: readonly OwnKey[]
}

/** An rc file that says nothing. */
export const EMPTY_RC: Rc = { looks: {}, keys: [] }

/** The orders with their forms, for the manual and for who gets one wrong. */
export const RC_ORDERS: readonly (readonly [form: string, does: string])[] = [
  ['start SCREEN', 'the screen that comes first'],
  ['theme dark|light', 'the background that colours are made for'],
  ['colours 256|16|none', 'how many colours the terminal shows'],
  ['colour ROLE LOOK...', 'how a role looks: 0 to 255, on N, bold, underline, reverse'],
  ['key SCREEN|all KEY ACTION', 'what a key does; none takes its meaning away'],
]

const LOOKS: Readonly<Record<string, string>> = { bold: '1', underline: '4', reverse: '7' }
const NAMED = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** Reads an rc file for these screens; refuses as usage, `path` and the line before the reason. */
export function readRc(text: string, path: string, screens: readonly Opened[]): Rc | Refusal {
  let rc: Rc = EMPTY_RC
  for (const [at, line] of text.split('\n').entries()) {
    const words = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    if (words[0] === '') continue
    const next = readOrder(rc, words, screens)
    if (refused(next)) return refuse('usage', `${path}:${at + 1}: ${next.message}`)
    rc = next
  }
  return rc
}

function readOrder(rc: Rc, words: readonly string[], screens: readonly Opened[]): Rc | Refusal {
  const [order = '', ...rest] = words
  const [first = ''] = rest
  const names = screens.map(({ name }) => name)
  if (order === 'start') {
    const start = names.find((name) => name === first)
    return start === undefined ? wrong('screen', first, names) : { ...rc, start }
  }
  if (order === 'theme') {
    const theme = THEMES.find((name) => name === first)
    return theme === undefined ? wrong('theme', first, THEMES) : { ...rc, theme }
  }
  if (order === 'colours') {
    const colours = ([256, 16, 'none'] as const).find((each) => String(each) === first)
    return colours === undefined
      ? wrong('number of colours', first, ['256', '16', 'none'])
      : { ...rc, colours }
  }
  if (order === 'colour') return readColour(rc, rest)
  if (order === 'key') return readKey(rc, rest, screens)
  return wrong(
    'order',
    order,
    RC_ORDERS.map(([form]) => form.split(' ')[0] as string),
  )
}

function readColour(rc: Rc, [name = '', ...looks]: readonly string[]): Rc | Refusal {
  const role = ROLES.find((each) => each === name)
  if (role === undefined) return wrong('role', name, ROLES)
  const codes: string[] = []
  for (const [at, look] of looks.entries()) {
    if (look === 'on') continue
    const named = NAMED.indexOf(look)
    const number = named >= 0 ? named : /^\d{1,3}$/.test(look) ? Number(look) : Number.NaN
    const layer = looks[at - 1] === 'on' ? 48 : 38
    if (number <= 255) codes.push(`${layer};5;${number}`)
    else if (Object.hasOwn(LOOKS, look)) codes.push(LOOKS[look] as string)
    else return wrong('look', look, ['0 to 255', ...NAMED, 'on', ...Object.keys(LOOKS)])
  }
  return { ...rc, looks: { ...rc.looks, [role]: codes.join(';') } }
}

function readKey(rc: Rc, words: readonly string[], screens: readonly Opened[]): Rc | Refusal {
  const [where = '', key = '', action = ''] = words
  const names = ['all', ...screens.map(({ name }) => name)]
  if (!names.includes(where)) return wrong('screen', where, names)
  if (!isKey(key)) {
    return refuse('usage', `"${visible(key)}" is no key; write b, B, ctrl-r, f5, pageup, space`)
  }
  const here = screens.filter(({ name }) => where === 'all' || name === where)
  const rows = [...here.flatMap(({ keys }) => keys), ...FRAME_KEYS, ...SHARED_KEYS]
  const actions = [...new Set(rows.map((row) => row.action as string))]
  const known = [...actions, ...screens.map(({ name }) => `screen-${name}`), 'none']
  if (!known.includes(action)) return wrong('action', action, known)
  return { ...rc, keys: [...rc.keys, { where, key, action }] }
}

function wrong(what: string, given: string, known: readonly string[]): Refusal {
  const meant = closest(given, known)
  const advice = meant === undefined ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`
  return refuse('usage', `no ${what} "${visible(given)}"; ${advice}`)
}
