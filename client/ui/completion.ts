/** Completion of the command line: verbs, their options, and what is there to name; pure. */

import { flagsOf, type Kind, type OwnKind, type VerbShape } from '../../shared/completion.js'
import { refused } from '../../shared/errors.js'
import { quoteWord, splitWords } from './words.js'

/** Something that a verb can be told by name: a content, a member; `about` says what it is. */
export interface Thing {
  readonly kind: OwnKind
  readonly word: string
  readonly about: string
}

/** One way to go on: what would stand in the line, and what it means. */
export interface Candidate {
  readonly word: string
  readonly about: string
}

/** What the end of a line may become; `from` is where the unfinished word begins. */
export interface Completion {
  readonly from: number
  readonly candidates: readonly Candidate[]
}

/** Most candidates that are offered. */
const CANDIDATES_MAX_COUNT = 200

/** The ways to go on at the end of a line. */
export function complete(
  line: string,
  verbs: readonly VerbShape[],
  things: readonly Thing[],
): Completion {
  const from = unfinished(line)
  const begun = line.slice(from).replace(/^['"]/, '')
  const before = splitWords(line.slice(0, from))
  const words = refused(before) ? [] : before
  const candidates = following(words, begun, verbs, things)
    .filter(({ word }) => word.startsWith(begun))
    .slice(0, CANDIDATES_MAX_COUNT)
  return { from, candidates }
}

/** Where the last word of a line begins: behind the last space that no quote holds. */
function unfinished(line: string): number {
  let from = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ' ' && !refused(splitWords(line.slice(0, at))) && line[at - 1] !== '\\') {
      from = at + 1
    }
  }
  return from
}

function following(
  words: readonly string[],
  begun: string,
  verbs: readonly VerbShape[],
  things: readonly Thing[],
): readonly Candidate[] {
  const [name, ...rest] = words
  if (name === undefined) return verbs.map((verb) => ({ word: verb.name, about: verb.summary }))
  const verb = verbs.find((each) => each.name === name)
  if (verb === undefined) return []
  const named = (kinds: readonly Kind[]) => things.filter(({ kind }) => kinds.includes(kind))
  const last = rest.at(-1) ?? ''
  const open = verb.options.find((option) => flagsOf(option).includes(last))?.value
  if (open !== undefined) {
    return [...open.choices.map((word) => ({ word, about: '' })), ...named(open.kinds)]
  }
  if (begun.startsWith('-')) {
    return verb.options.map((option) => ({ word: `--${option.name}`, about: option.help }))
  }
  const action = verb.actions.find((word) => word === rest[0])
  const ways = verb.ways.filter((way) => way.action === action)
  const actions = rest.length === 0 ? verb.actions : []
  return [
    ...actions.map((word) => ({ word, about: '' })),
    ...named(ways.flatMap(({ kinds }) => kinds)),
  ]
}

/**
 * The line with what all candidates have in common put in; one candidate alone is followed by a
 * space.
 */
export function extend(line: string, { candidates, from }: Completion): string {
  const [first, ...others] = candidates
  if (first === undefined) return line
  if (others.length === 0) return `${line.slice(0, from)}${quoteWord(first.word)} `
  let shared = first.word
  for (const { word } of others) {
    while (!word.startsWith(shared)) shared = shared.slice(0, -1)
  }
  const longer = shared.length > line.length - from
  return longer ? line.slice(0, from) + shared : line
}
