/** What a verb says while it runs, in a pane over the screen; pure. */
import type { RunLine } from '../local/calls.js'
import { clip } from './cells.js'
import { editLine, insertText, type LineEdit, lineEdit, showLine } from './line-edit.js'
import { type Line, wrapLine } from './paint.js'
import type { Message, Size } from './screen.js'

/** Lines that a pane keeps. */
const LINES_MAX_COUNT = 5000

/** A verb that runs or ran. */
export interface Pane {
  /** Which of the commands of this client. */
  readonly run: number
  /** The command as it was typed. */
  readonly title: string
  readonly lines: readonly string[]
  /** The progress line that is drawn over. */
  readonly drawn: string
  /** A question that waits, and the answer so far. */
  readonly question?: { readonly name: string; readonly text: string; readonly edit: LineEdit }
  /** How it ended. */
  readonly exit?: NonNullable<RunLine['exit']>
  /** How many lines above the end the view stands. */
  readonly above: number
}

/** The pane of a command that begins. */
export function openPane(run: number, title: string): Pane {
  return { run, title, lines: [], drawn: '', above: 0 }
}

/** The pane after a line of the verb. */
export function tellPane(pane: Pane, told: RunLine): Pane {
  const { draw, event, exit, question } = told
  const line = told.line ?? event
  if (exit !== undefined) {
    const { question: _unanswered, ...rest } = pane
    const said = exit.message === undefined ? [] : [exit.message]
    return { ...rest, lines: [...pane.lines, ...said], drawn: '', exit }
  }
  if (question !== undefined) {
    const { question: name, text } = question
    return { ...pane, above: 0, question: { name, text, edit: lineEdit() } }
  }
  if (draw !== undefined) return { ...pane, drawn: draw }
  if (line === undefined) return pane
  const lines = [...pane.lines, ...line.split('\n')].slice(-LINES_MAX_COUNT)
  return { ...pane, lines }
}

/** What a key in a pane comes to. */
export interface PaneStep {
  readonly pane: Pane
  /** Whether the pane is put away; the verb goes on. */
  readonly closed?: boolean
  /** An answer to the question of this name; undefined says that nobody answers. */
  readonly answered?: { readonly name: string; readonly answer: string | undefined }
  /** Whether the verb is to stop. */
  readonly stop?: boolean
}

/** A key in a pane of a room of so many rows. */
export function stepPane(pane: Pane, key: string, rows: number): PaneStep {
  if (key === 'ctrl-c')
    return pane.exit === undefined ? { pane, stop: true } : { pane, closed: true }
  if (pane.question !== undefined) return answering(pane, pane.question, key)
  const page = Math.max(1, rows - 2)
  const moved = { up: 1, k: 1, down: -1, j: -1, pageup: page, pagedown: -page }[key]
  if (moved !== undefined) return { pane: scroll(pane, moved) }
  if (key === 'g' || key === 'home') return { pane: scroll(pane, LINES_MAX_COUNT) }
  if (key === 'G' || key === 'end') return { pane: { ...pane, above: 0 } }
  const closes = ['q', 'escape', ...(pane.exit === undefined ? [] : ['enter', 'space'])]
  return closes.includes(key) ? { pane, closed: true } : { pane }
}

/** Pasted text goes into the answer. */
export function pastePane(pane: Pane, text: string): Pane {
  const { question } = pane
  if (question === undefined) return pane
  return { ...pane, question: { ...question, edit: insertText(question.edit, text) } }
}

function answering(pane: Pane, question: NonNullable<Pane['question']>, key: string): PaneStep {
  const { edit, name, text } = question
  if (key === 'enter' || key === 'escape') {
    const { question: _done, ...rest } = pane
    const answer = key === 'enter' ? edit.text.trim() : undefined
    const said = { ...rest, lines: [...pane.lines, `${text} ${answer ?? ''}`.trimEnd()] }
    return { pane: said, answered: { name, answer } }
  }
  return { pane: { ...pane, question: { ...question, edit: editLine(edit, key) ?? edit } } }
}

function scroll(pane: Pane, by: number): Pane {
  return { ...pane, above: Math.max(0, Math.min(pane.lines.length - 1, pane.above + by)) }
}

/** The pane in a room: a head, and the end of what was said. */
export function paneLines(pane: Pane, size: Size): { lines: Line[]; cursor?: Cursor } {
  const { exit, question } = pane
  const room = Math.max(0, size.rows - 1)
  const tail: Line[] = []
  let cursor: Cursor | undefined
  if (question !== undefined) {
    tail.push(...wrapLine([[`${question.text} `, 'strong']], Math.max(1, size.columns - 1)))
    const shown = showLine(question.edit, Math.max(1, size.columns - 3))
    tail.push([['> ', 'key'], ...shown.line])
    cursor = { row: 0, column: 2 + shown.cursor }
  } else if (pane.drawn !== '') tail.push([[pane.drawn, 'accent']])
  const kept = Math.max(0, room - tail.length)
  const last = Math.max(0, pane.lines.length - pane.above)
  // A line takes at least one row, so no more than these can show.
  const said = pane.lines
    .slice(Math.max(0, last - kept), last)
    .flatMap((line) => wrapLine([line], Math.max(1, size.columns)))
    .slice(kept === 0 ? Number.MAX_SAFE_INTEGER : -kept)
  const filler = Array.from({ length: Math.max(0, kept - said.length) }, (): Line => [])
  const state: Line[number] =
    exit === undefined
      ? [' runs ', 'accent']
      : exit.code === 0
        ? [' done ', 'good']
        : [` failed (${exit.code}) `, 'bad']
  const head: Line = [
    ['$ ', 'dim'],
    [clip(pane.title, Math.max(0, size.columns - 16)), 'title'],
    state,
  ]
  // Where there is room for one line alone it is the last one.
  const lines = [head, ...said, ...filler, ...tail].slice(-Math.max(1, size.rows))
  return cursor === undefined
    ? { lines }
    : { lines, cursor: { ...cursor, row: Math.max(0, lines.length - 1) } }
}

/** Where the cursor of the terminal stands. */
export interface Cursor {
  readonly row: number
  readonly column: number
}

/** What a pane that is put away has to say: that it asks, or how it ended. */
export function paneNews({ exit, question, title }: Pane): Message | undefined {
  if (question !== undefined)
    return { text: `${title} asks something: ! answers`, level: 'warning' }
  if (exit === undefined) return undefined
  if (exit.code === 0) return { text: `${title}: done`, level: 'info' }
  return { text: `${title}: ${exit.message ?? 'failed'}`, level: 'error' }
}

/** What can be done in a pane: keys and words. */
export function paneKeys(
  { exit, question }: Pane,
  others: boolean,
): readonly (readonly [string, string])[] {
  if (question !== undefined) {
    return [
      ['enter', 'answer'],
      ['escape', 'leave unanswered'],
      ['ctrl-c', 'stop it'],
    ]
  }
  const next: readonly (readonly [string, string])[] = others ? [['!', 'next']] : []
  if (exit !== undefined) return [['q', 'close'], ...next, ['up', 'scroll']]
  return [['ctrl-c', 'stop it'], ...next, ['q', 'leave it running; ! comes back']]
}
