/** The prompt behind `:`: editing, history and completion; pure. */
import type { VerbShape } from '../../shared/completion.js'
import type { Refusal } from '../../shared/errors.js'
import { type Completion, complete, extend, type Thing } from './completion.js'
import { editLine, type LineEdit, lineEdit } from './line-edit.js'
import { quoteWord, splitWords } from './words.js'
import type { World } from './world.js'

/** The prompt as it stands. */
export interface CommandLine {
  readonly edit: LineEdit
  /** Commands of before, the latest last, and which of them stands in the line. */
  readonly history: readonly string[]
  readonly past: number
  /** What Tab offers; `line` is what it began with, `at` the candidate that stands in the line. */
  readonly offered?: {
    readonly line: string
    readonly completion: Completion
    readonly at: number
  }
}

/** An empty prompt. */
export function openCommand(history: readonly string[]): CommandLine {
  return { edit: lineEdit(), history, past: history.length }
}

/** What there is to name in a line that Tab completes, as it was found for it. */
export interface Found {
  readonly line: string
  readonly verbs: readonly VerbShape[]
  /** Those that begin as the end of the line, where one may stand. */
  readonly paths: readonly Thing[]
}

/** The prompt goes on, perhaps with a line to complete, or is over, perhaps with words to run. */
export type CommandStep =
  | { readonly command: CommandLine; readonly look?: string }
  | { readonly words: readonly string[] | Refusal | undefined; readonly line: string }

/** A key in the prompt; `person` is the folder that `~` means. */
export function stepCommand(command: CommandLine, key: string, person: string): CommandStep {
  const { edit, offered } = command
  const leaves = key === 'escape' || key === 'ctrl-c' || (key === 'backspace' && edit.text === '')
  if (leaves) return { words: undefined, line: '' }
  if (key === 'enter') {
    const line = edit.text.trim()
    const words = line === '' ? undefined : splitWords(line, person)
    return { words, line }
  }
  if (key === 'tab' || key === 'shift-tab') {
    const choice = offered !== undefined && offered.completion.candidates.length > 1
    if (!choice) return { command, look: edit.text }
    return { command: turn(command, offered, key === 'tab' ? 1 : -1) }
  }
  if (key === 'up' || key === 'down') return { command: recall(command, key === 'up' ? -1 : 1) }
  const { offered: _offered, ...rest } = command
  return { command: { ...rest, edit: editLine(edit, key) ?? edit } }
}

function recall(command: CommandLine, by: number): CommandLine {
  const past = Math.max(0, Math.min(command.history.length, command.past + by))
  const { history } = command
  return { history, past, edit: lineEdit(history[past] ?? '') }
}

/** One candidate after the other. */
function turn(
  command: CommandLine,
  offered: NonNullable<CommandLine['offered']>,
  by: number,
): CommandLine {
  const { completion, line } = offered
  const { candidates, from } = completion
  const begun = offered.at < 0 && by < 0 ? 0 : offered.at
  const at = (begun + by + candidates.length) % candidates.length
  const word = candidates[at]?.word ?? ''
  const edit = lineEdit(line.slice(0, from) + quoteWord(word))
  return { ...command, edit, offered: { completion, line, at } }
}

/** Puts in what all candidates share, and offers them; nothing when it was typed on meanwhile. */
export function offer(command: CommandLine, found: Found, world: World): CommandLine {
  const { line, paths, verbs } = found
  if (command.edit.text !== line) return command
  const completion = complete(line, verbs, [...paths, ...thingsOf(world)])
  const edit = lineEdit(extend(line, completion))
  return { ...command, edit, offered: { line: edit.text, completion, at: -1 } }
}

/** What a verb can be told by name: contents, and members that we have to do with. */
function thingsOf(world: World): Thing[] {
  const offers = world.read('offers', { text: '' }).value?.offers ?? []
  const rows = [...world.transfers.values(), ...offers]
  const contents = new Map(rows.map(({ cid, name }) => [cid as string, name]))
  const listed = world.read('blacklist', {}).value?.rows ?? []
  const cases = world.read('cases', {}).value?.rows ?? []
  const members = new Map([
    ...cases.flatMap(({ line, other }) => (other === undefined ? [] : [[other, line] as const])),
    ...listed.map(({ uid, why }) => [uid, why] as const),
  ])
  return [
    ...[...contents].map(([word, about]): Thing => ({ kind: 'contents', word, about })),
    ...[...members].map(([word, about]): Thing => ({ kind: 'members', word, about })),
  ]
}
