/** One line of text that a person edits, with the keys of a shell; pure. */
import { cellsOf, cut } from './cells.js'
import type { Line } from './paint.js'

/** A line and its cursor, counted in code points. */
export interface LineEdit {
  readonly text: string
  readonly at: number
}

/** Longest text that a line takes, in code points. */
const MAX_CHARACTERS = 4096

/** A line with a text in it, the cursor behind. */
export function lineEdit(text = ''): LineEdit {
  return { text, at: [...text].length }
}

/** The line with a text put in at the cursor, control characters left out. */
export function insertText({ at, text }: LineEdit, added: string): LineEdit {
  const before = [...text]
  const fresh = [...added.replace(/\p{Cc}+/gu, ' ')].slice(0, MAX_CHARACTERS - before.length)
  return {
    text: [...before.slice(0, at), ...fresh, ...before.slice(at)].join(''),
    at: at + fresh.length,
  }
}

/** The line after a key; undefined when the key is none of an editor's. */
export function editLine(line: LineEdit, key: string): LineEdit | undefined {
  const { at } = line
  const text = [...line.text]
  const without = (from: number, to: number): LineEdit => ({
    text: [...text.slice(0, from), ...text.slice(to)].join(''),
    at: from,
  })
  const edits: Readonly<Record<string, () => LineEdit>> = {
    left: () => ({ ...line, at: Math.max(0, at - 1) }),
    right: () => ({ ...line, at: Math.min(text.length, at + 1) }),
    home: () => ({ ...line, at: 0 }),
    'ctrl-a': () => ({ ...line, at: 0 }),
    end: () => ({ ...line, at: text.length }),
    'ctrl-e': () => ({ ...line, at: text.length }),
    backspace: () => (at === 0 ? line : without(at - 1, at)),
    delete: () => without(at, at + 1),
    'ctrl-d': () => without(at, at + 1),
    'ctrl-u': () => without(0, at),
    'ctrl-k': () => without(at, text.length),
    'ctrl-w': () => without(wordBegin(text, at), at),
    space: () => insertText(line, ' '),
  }
  const edit = Object.hasOwn(edits, key) ? edits[key] : undefined
  if (edit !== undefined) return edit()
  return [...key].length === 1 ? insertText(line, key) : undefined
}

function wordBegin(text: readonly string[], at: number): number {
  let from = at
  while (from > 0 && text[from - 1] === ' ') from--
  while (from > 0 && text[from - 1] !== ' ') from--
  return from
}

/**
 * The line in so many cells, scrolled so that the cursor is seen, with what stands behind it; and
 * the cell of the cursor.
 */
export function showLine({ at, text }: LineEdit, cells: number): { line: Line; cursor: number } {
  const characters = [...text]
  // From the cursor back, so that a long line costs no more than one look at it.
  let from = at
  for (let used = 0; from > 0; from--) {
    used += cellsOf(characters[from - 1] as string)
    if (used > cells - 1) break
  }
  const width = (to: number): number => cellsOf(characters.slice(from, to).join(''))
  while (width(at) > cells - 1 && from < at) from++
  return { line: [cut(characters.slice(from).join(''), cells)], cursor: width(at) }
}
