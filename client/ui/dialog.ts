/**
 * Questions over a screen; pure. A yes is a typed `y`, never Enter, never pasted, and never within
 * the first moments: what was typed for something else must not buy.
 */
import { cellsOf, left } from './cells.js'
import { editLine, insertText, type LineEdit, lineEdit, showLine } from './line-edit.js'
import { type Line, lineCells, over, wrapLine } from './paint.js'
import type { Dialog, Size } from './screen.js'

/** A dialog as it stands. */
export interface OpenDialog {
  readonly dialog: Dialog
  /** When it came up, in milliseconds. */
  readonly since: number
  readonly edit: LineEdit
  /** Number of the word of a choice. */
  readonly at: number
  /** First line that is shown, where there are more than fit. */
  readonly top: number
}

/** How long after it came up a dialog takes no yes. */
export const DIALOG_GUARD_MS = 300

/** A dialog at its beginning. */
export function openDialog(dialog: Dialog, now: number): OpenDialog {
  const edit = lineEdit(dialog.kind === 'text' ? dialog.value : '')
  return { dialog, since: now, edit, at: dialog.kind === 'choice' ? dialog.at : 0, top: 0 }
}

/** What a key comes to: the dialog goes on, or it is over with an answer, or without one. */
export type DialogStep =
  | { readonly open: OpenDialog }
  | { readonly over: true; readonly answer: string | undefined }

const BACK: DialogStep = { over: true, answer: undefined }

/** A key in a dialog at a moment. */
export function stepDialog(open: OpenDialog, key: string, now: number): DialogStep {
  const { dialog } = open
  if (key === 'escape' || key === 'ctrl-c') return BACK
  if (dialog.kind === 'text') return stepText(open, key)
  if (dialog.kind === 'choice') return stepChoice(open, dialog.words, key)
  const moved = { up: -1, k: -1, down: 1, j: 1, pageup: -10, pagedown: 10 }[key]
  if (moved !== undefined) return { open: { ...open, top: Math.max(0, open.top + moved) } }
  if (dialog.kind === 'note') return BACK
  if (key === 'y') {
    return now - open.since < DIALOG_GUARD_MS ? { open } : { over: true, answer: 'yes' }
  }
  return key === 'n' || key === 'q' || key === 'enter' ? BACK : { open }
}

/** Pasted text: a text field takes it, all else ignores it. */
export function pasteDialog(open: OpenDialog, text: string): OpenDialog {
  return open.dialog.kind === 'text' ? { ...open, edit: insertText(open.edit, text) } : open
}

function stepText(open: OpenDialog, key: string): DialogStep {
  if (key === 'enter') return { over: true, answer: open.edit.text.trim() }
  return { open: { ...open, edit: editLine(open.edit, key) ?? open.edit } }
}

function stepChoice(open: OpenDialog, words: readonly string[], key: string): DialogStep {
  if (key === 'enter') return { over: true, answer: words[open.at] }
  if (key === 'q') return BACK
  const by = { up: -1, k: -1, left: -1, down: 1, j: 1, right: 1, tab: 1 }[key]
  if (by !== undefined) {
    return { open: { ...open, at: (open.at + by + words.length) % words.length } }
  }
  const word = words.find((each) => each.startsWith(key))
  return word === undefined ? { open } : { over: true, answer: word }
}

/** A box over the screen: where it begins, its lines, and the cursor within them. */
export interface Box {
  readonly row: number
  readonly column: number
  readonly lines: readonly Line[]
  readonly cursor?: { readonly row: number; readonly column: number }
}

const WIDTH_MAX_CELLS = 76

/** The dialog as a box in the middle of a room. */
export function dialogBox(open: OpenDialog, size: Size): Box {
  const { dialog } = open
  const inner = Math.max(1, Math.min(WIDTH_MAX_CELLS, size.columns - 4))
  const told = dialog.lines.flatMap((line) => wrapLine(line, inner))
  const { cursor, lines: asked } = question(open, inner)
  const room = Math.max(0, size.rows - 2 - asked.length)
  const top = Math.max(0, Math.min(open.top, told.length - room))
  const body = [...told.slice(top, top + room), ...asked]
  const longest = Math.max(cellsOf(dialog.title) + 2, 24, ...body.map(lineCells))
  const width = dialog.kind === 'text' ? inner : Math.min(inner, longest)
  const more =
    told.length > room ? ` ${top + 1}-${Math.min(top + room, told.length)}/${told.length} ` : ''
  const title = ` ${left(dialog.title, Math.min(cellsOf(dialog.title), width - 1))} `
  const head = `┌${title}${'─'.repeat(Math.max(0, width + 2 - cellsOf(title)))}┐`
  const foot = `└${'─'.repeat(Math.max(0, width + 2 - more.length))}${more}┘`
  const whole: Line[] = [
    [[head, 'accent']],
    ...body.map((line): Line => [['│ ', 'accent'], ...fill(line, width), [' │', 'accent']]),
    [[foot, 'accent']],
  ]
  // In a room that is too small the question is what stays.
  const first = Math.max(0, Math.min(whole.length - 1 - asked.length, whole.length - size.rows))
  const lines = whole.slice(first, first + size.rows)
  const row = Math.max(0, Math.floor((size.rows - lines.length) / 2))
  const column = Math.max(0, Math.floor((size.columns - width - 4) / 2))
  if (cursor === undefined) return { row, column, lines }
  const at = row + Math.max(0, Math.min(lines.length - 1, whole.length - 2 - first))
  return { row, column, lines, cursor: { row: at, column: column + 2 + cursor } }
}

/** What can be answered: keys and words. */
export function dialogKeys({ kind }: Dialog): [string, string][] {
  const back: [string, string] = ['escape', kind === 'confirm' ? 'no, back' : 'back']
  if (kind === 'note') return [back]
  if (kind === 'confirm') return [['y', 'yes'], back]
  return [['enter', kind === 'text' ? 'done' : 'take it'], back]
}

function fill(line: Line, width: number): Line {
  return [...line, ' '.repeat(Math.max(0, width - lineCells(line)))]
}

/** The last lines of the box: what can be answered. */
function question(open: OpenDialog, cells: number): { lines: Line[]; cursor?: number } {
  const { dialog } = open
  if (dialog.kind === 'note') return { lines: [[], [['any key', 'key'], ' closes']] }
  if (dialog.kind === 'confirm') {
    const yes: Line = [['y', 'key'], `  ${dialog.yes}`]
    return { lines: [[], yes, [['n', 'key'], '  no (Enter, Esc)']] }
  }
  if (dialog.kind === 'choice') {
    const words = dialog.words.map(
      (word, at): Line => (at === open.at ? over([`${word} `], 'chosen', cells) : [word]),
    )
    return { lines: words }
  }
  const label = `${dialog.label}: `
  const { cursor, line } = showLine(open.edit, Math.max(1, cells - cellsOf(label)))
  return { lines: [[], [[label, 'strong'], ...line]], cursor: cellsOf(label) + cursor }
}
