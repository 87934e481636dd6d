/** The prompt behind `:`: editing, history and completion; pure. */
import type { VerbShape } from '../../shared/completion.js'
import type { Refusal } from '../../shared/errors.js'
import { begunPath, type Completion, complete, extend, type Thing } from './completion.js'
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

/** The prompt goes on, or it is over: with words to run, or without. */
export type CommandStep =
  | { readonly command: CommandLine; readonly look?: Look }
  | { readonly words: readonly string[] | Refusal | undefined; readonly line: string }

/** Paths that are wanted for the end of a line: those that begin so. */
export interface Look {
  readonly line: string
  readonly begun: string
}

/** A key in the prompt. */
export function stepCommand(
  command: CommandLine,
  key: string,
  verbs: readonly VerbShape[],
  world: World,
): CommandStep {
  const { edit } = command
  const leaves = key === 'escape' || key === 'ctrl-c' || (key === 'backspace' && edit.text === '')
  if (leaves) return { words: undefined, line: '' }
  if (key === 'enter') {
    const line = edit.text.trim()
    const words = line === '' ? undefined : splitWords(line)
    return { words, line }
  }
  if (key === 'tab' || key === 'shift-tab') {
    const by = key === 'tab' ? 1 : -1
    if (command.offered?.completion.candidates[1] !== undefined)
      return { command: turn(command, by) }
    const begun = begunPath(edit.text, verbs)
    if (begun !== undefined) return { command, look: { line: edit.text, begun } }
    return { command: offer(command, edit.text, verbs, thingsOf(world)) }
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
function turn(command: CommandLine, by: number): CommandLine {
  const { offered } = command
  if (offered === undefined) return command
  const { completion, line } = offered
  const { candidates, from } = completion
  const begun = offered.at < 0 && by < 0 ? 0 : offered.at
  const at = (begun + by + candidates.length) % candidates.length
  const word = candidates[at]?.word ?? ''
  const edit = lineEdit(line.slice(0, from) + quoteWord(word))
  return { ...command, edit, offered: { completion, line, at } }
}

/** What all candidates share; nothing for a line that was typed on meanwhile. */
function offer(
  command: CommandLine,
  line: string,
  verbs: readonly VerbShape[],
  things: readonly Thing[],
): CommandLine {
  if (command.edit.text !== line) return command
  const completion = complete(line, verbs, things)
  const edit = lineEdit(extend(line, completion))
  return { ...command, edit, offered: { line: edit.text, completion, at: -1 } }
}

/** The paths that were looked for are there: they are offered with all else that fits. */
export function offerPaths(
  command: CommandLine,
  { line }: Look,
  paths: readonly Thing[],
  verbs: readonly VerbShape[],
  world: World,
): CommandLine {
  return offer(command, line, verbs, [...paths, ...thingsOf(world)])
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
