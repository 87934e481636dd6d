/** Completion of the command line: verbs, their options, and what is there to name; pure. */

import { flagsOf, type Kind, type VerbShape } from '../../shared/completion.js'
import { refused } from '../../shared/errors.js'
import { quoteWord, splitWords } from './words.js'

/**
 * Something that a verb can be told by name: a content, a member, a file, a folder (its name ends
 * in `/`); `about` says what it is.
 */
export interface Thing {
  readonly kind: Kind
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
export const CANDIDATES_MAX_COUNT = 200

/** The ways to go on at the end of a line. */
export function complete(
  line: string,
  verbs: readonly VerbShape[],
  things: readonly Thing[],
): Completion {
  const from = unfinished(line)
  const begun = begunWord(line.slice(from))
  const { fixed, kinds } = placeIn(line, from, verbs)
  // Where a file may stand, the way to it leads through folders.
  const fits = ({ kind }: Thing) =>
    kinds.includes(kind) || (kind === 'folders' && kinds.includes('files'))
  const candidates = [...fixed, ...things.filter(fits)]
    .filter(({ word }) => word.startsWith(begun))
    .slice(0, CANDIDATES_MAX_COUNT)
  return { from, candidates }
}

/** How a path begins that may stand at the end of a line; undefined where none is meant. */
export function begunPath(line: string, verbs: readonly VerbShape[]): string | undefined {
  const from = unfinished(line)
  const { kinds } = placeIn(line, from, verbs)
  const paths = kinds.includes('files') || kinds.includes('folders')
  return paths ? begunWord(line.slice(from)) : undefined
}

/** The last word as it is meant so far; its quote may still be open. */
function begunWord(text: string): string {
  for (const end of ['', "'", '"']) {
    const words = splitWords(text + end)
    if (!refused(words)) return words[0] ?? ''
  }
  return text
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

/** What may stand at one place of a line: words that are always the same, and kinds of things. */
interface Place {
  readonly fixed: readonly Candidate[]
  readonly kinds: readonly Kind[]
}

function placeIn(line: string, from: number, verbs: readonly VerbShape[]): Place {
  const before = splitWords(line.slice(0, from))
  const [name, ...rest] = refused(before) ? [] : before
  const wordsAlone = (fixed: readonly Candidate[]): Place => ({ fixed, kinds: [] })
  if (name === undefined) {
    return wordsAlone(verbs.map((verb) => ({ word: verb.name, about: verb.summary })))
  }
  const verb = verbs.find((each) => each.name === name)
  if (verb === undefined) return wordsAlone([])
  const plain = (words: readonly string[]) => words.map((word) => ({ word, about: '' }))
  const last = rest.at(-1) ?? ''
  const open = verb.options.find((option) => flagsOf(option).includes(last))?.value
  if (open !== undefined) return { fixed: plain(open.choices), kinds: open.kinds }
  if (line[from] === '-') {
    return wordsAlone(verb.options.map(({ help, name }) => ({ word: `--${name}`, about: help })))
  }
  const action = verb.actions.find((word) => word === rest[0])
  const ways = verb.ways.filter((way) => way.action === action)
  return {
    fixed: plain(rest.length === 0 ? verb.actions : []),
    kinds: ways.flatMap(({ kinds }) => kinds),
  }
}

/**
 * The line with what all candidates have in common put in; one candidate alone is followed by a
 * space, unless it is a folder.
 */
export function extend(line: string, { candidates, from }: Completion): string {
  const [first, ...others] = candidates
  if (first === undefined) return line
  const before = line.slice(0, from)
  const end = first.word.endsWith('/') ? '' : ' '
  if (others.length === 0) return `${before}${quoteWord(first.word)}${end}`
  let shared = first.word
  for (const { word } of others) {
    while (!word.startsWith(shared)) shared = shared.slice(0, -1)
  }
  const longer = shared.length > begunWord(line.slice(from)).length
  return longer ? before + quoteWord(shared) : line
}
