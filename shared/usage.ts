/**
 * What the `usage` of a verb says, read: help, manual, completions and the check of a command line
 * are all made of that one text; pure.
 *
 * Ways to call a verb stand between ` | `, and what follows a semicolon is for people alone. Words
 * in small letters are meant as they are, those in capitals stand for something; what is in
 * brackets may be left out, and `...` is as many as one likes (`[list] | show NUMBER`, `PATH...`).
 */
import { closest } from './closest.js'
import { type Values, type Verb, visible } from './command.js'
import { type Refusal, refuse } from './errors.js'
import { ARGUMENTS_MAX_COUNT } from './home-limits.js'

/** One way to call a verb. */
export interface Way {
  /** As it stands in the help, without the verb's name. */
  readonly text: string
  /** The word that it begins with, if any. */
  readonly action: string | undefined
  /** Whether it is what the verb does alone. */
  readonly bare: boolean
  /** What may follow. */
  readonly values: readonly Value[]
  /** Options that stand in it. */
  readonly options: ReadonlySet<string>
}

/** Something that has to be named, as `PATH`. */
interface Value {
  readonly called: string
  readonly optional: boolean
  readonly many: boolean
}

/** The ways to call a verb as texts: `list | show ID` are two, `[--on | --off]` is none. */
export function wayTexts(usage: string): string[] {
  return usage.split(/ \| (?![^[]*\])/)
}

/** The ways to call a verb. */
export function waysOf({ options, usage }: Pick<Verb<never>, 'options' | 'usage'>): Way[] {
  const [call = ''] = usage.split(';')
  return wayTexts(call).map((text) => {
    const named = [...text.matchAll(/--([a-z][a-z-]*)/g)].map(([, name = '']) => name)
    const bare = text.replace(/\[--[^\]]*\]|\[options\]/g, ' ')
    const words = withoutOptions(bare.split(/\s+/).filter(Boolean), options)
    const [first = ''] = words
    const action = /^\[?([a-z][a-z-]*)\]?$/.exec(first)?.[1]
    const values = (action === undefined ? words : words.slice(1)).map(valueNamed)
    return {
      text: text.trim(),
      action,
      bare: first.startsWith('[') || words.length === 0,
      values,
      options: new Set(named),
    }
  })
}

function withoutOptions(words: readonly string[], options: Verb<never>['options']): string[] {
  const first = words.findIndex((word) => word.startsWith('--'))
  if (first < 0) return [...words]
  const name = (words[first] as string).slice(2).split('|')[0] as string
  const taken = options[name]?.type === 'string' ? 2 : 1
  return withoutOptions([...words.slice(0, first), ...words.slice(first + taken)], options)
}

function valueNamed(word: string): Value {
  const called = word.replace(/[[\]]/g, '').replace(/\.\.\.$/, '')
  return { called, optional: word.startsWith('['), many: word.includes('...') }
}

/**
 * Refuses as usage arguments that fit no way to call the verb; `given` are the options of the
 * command line itself. An option that stands in some ways goes with no other.
 */
export function callProblem(
  verb: Pick<Verb<never>, 'name' | 'options' | 'usage' | 'whence'>,
  program: string,
  positionals: readonly string[],
  given: Values,
): Refusal | undefined {
  const call = `${program} ${verb.name}`
  const hint = `see ${call} --help`
  const ways = waysOf(verb)
  const way = wayMeant(ways, positionals[0])
  if (way === undefined) return refuse('usage', wordProblem(verb.name, ways, positionals[0], hint))
  const { action, options, text, values } = way
  const rest = positionals[0] === action ? positionals.slice(1) : positionals
  const lacking = values[rest.length]
  if (lacking?.optional === false) {
    const where = (rest.length === 0 ? verb.whence : undefined) ?? hint
    return refuse('usage', `${lacking.called} is missing: ${call} ${text}; ${where}`)
  }
  const most = values.at(-1)?.many === true ? ARGUMENTS_MAX_COUNT : values.length
  const surplus = rest[most]
  if (surplus !== undefined) return refuse('usage', `unexpected "${visible(surplus)}"; ${hint}`)
  const elsewhere = new Set(ways.flatMap((each) => [...each.options]))
  const foreign = Object.keys(given).find((name) => elsewhere.has(name) && !options.has(name))
  if (foreign === undefined) return undefined
  const said = [verb.name, action].filter((word) => word !== undefined).join(' ')
  return refuse('usage', `--${foreign} does not go with ${said}; ${hint}`)
}

/** The way that a first word means, or that none means. */
function wayMeant(ways: readonly Way[], word: string | undefined): Way | undefined {
  const [only] = ways
  const named = ways.find(({ action }) => action !== undefined && action === word)
  if (named !== undefined) return named
  // Where no words are fixed there is one way, however much is missing in it.
  if (only !== undefined && ways.every(({ action }) => action === undefined)) return only
  return word === undefined ? ways.find(({ bare }) => bare) : undefined
}

/** What is wrong with a first word that begins no way, or with its absence. */
function wordProblem(
  verb: string,
  ways: readonly Way[],
  word: string | undefined,
  hint: string,
): string {
  const words = ways.flatMap(({ action = [] }) => action)
  const choice = words.join(', ').replace(/, ([^,]*)$/, ' or $1')
  if (word === undefined) return `say what: ${verb} takes ${choice}; ${hint}`
  const near = closest(word, words)
  const meant = near === undefined ? `; ${hint}` : `; did you mean "${near}"?`
  return `${verb} takes ${choice}, not "${visible(word)}"${meant}`
}
