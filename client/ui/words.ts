/** A command line as a person types it, split into words as a shell would; pure. */
import { type Refusal, refuse } from '../../shared/errors.js'

/**
 * Words of a command line: spaces part them, quotes and backslashes keep them together. `person` is
 * the folder that `~` means where a word begins with it, unquoted; without it `~` stays.
 */
export function splitWords(line: string, person = '~'): string[] | Refusal {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  const characters = [...line]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string
    if (
      word === undefined &&
      character === '~' &&
      [undefined, ' ', '/'].includes(characters[at + 1])
    ) {
      word = person
    } else if (quote === '' && character === ' ') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else if (character === quote) quote = ''
    else if (character === '\\' && quote !== "'") {
      at++
      word = (word ?? '') + (characters[at] ?? '\\')
    } else word = (word ?? '') + character
  }
  if (quote !== '') return refuse('usage', `a ${quote} is not closed`)
  return word === undefined ? words : [...words, word]
}

/** One word as it must be typed to be read as it is; a `~/` that begins it keeps its meaning. */
export function quoteWord(word: string): string {
  if (word.startsWith('~/') && word.length > 2) return `~/${quoteWord(word.slice(2))}`
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
