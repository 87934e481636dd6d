/**
 * What a verb of either program is: its options, its input, and where it reports.
 *
 * With `--json` every line on stdout is one JSON object and the last one is `done` or `error`;
 * amounts (bigint) are written as decimal strings.
 */
import { assert, type Code, Failure, type Refusal, refuse } from './errors.js'
import { DURATION_MAX_MS } from './home-limits.js'
import { databaseRefusal, systemRefusal } from './thrown.js'

/** One option of a verb, as node:util parseArgs takes it, and its line of help. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What stands for the value in the help text: DIR, N, 72h. */
  readonly value?: string
  /** The values that there are, when they are few and fixed; completions offer them. */
  readonly choices?: readonly string[]
  readonly help: string
}
export type Options = Readonly<Record<string, Option>>

/** Values of the options that were given; absent ones are undefined. */
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** One verb of a program; `context` is whatever that program's main assembles for its verbs. */
export interface Verb<C> {
  readonly name: string
  readonly summary: string
  /** What follows the verb's name, as usage.ts reads it: `PATH --price P`, `[list] | show ID`. */
  readonly usage: string
  readonly options: Options
  /** Where a person finds what has to be named: `floodgate search lists what is sold`. */
  readonly whence?: string
  /** What may follow program and verb, for the end of the help text. */
  readonly examples?: readonly string[]
  /** Refusals end the run as a thrown Failure; what is returned goes into the `done` line. */
  run(input: Input, context: C): Promise<Readonly<Record<string, unknown>> | undefined>
}

/** A verb's arguments, and where it reports. */
export interface Input {
  readonly values: Values
  readonly positionals: readonly string[]
  readonly report: Report
}

/** Where a verb speaks: to a person in lines, or to a program in JSON lines. */
export interface Report {
  readonly json: boolean
  /** One event: the object with --json, else the line when there is one for people. */
  event(event: Readonly<Record<string, unknown>>, line?: string): void
  /** For a person only. */
  line(text: string): void
}

/** The streams of a program; each call writes one line. */
export interface Streams {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

/** Options that every verb has. */
export const COMMON_OPTIONS: Options = {
  home: { type: 'string', value: 'DIR', help: 'folder with keys and database' },
  json: { type: 'boolean', help: 'one JSON object per line on stdout' },
  help: { type: 'boolean', short: 'h', help: 'show this text' },
}

/** A verb that another process has run and told of to its end: only the exit code is left. */
export class ElsewhereEnd extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super('the verb ran in another process')
    this.name = 'ElsewhereEnd'
    this.exitCode = exitCode
  }
}

/** What a verb does by its first word, or by `alone` without one; its usage has the same words. */
export function byWord<C>(
  actions: Readonly<Record<string, Verb<C>['run']>>,
  alone: string,
): Verb<C>['run'] {
  return async (input, context) => {
    const [word = alone] = input.positionals
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined
    assert(action !== undefined, `a usage names ${word}, and its verb does not know it`)
    return action(input, context)
  }
}

/** A report that writes through `out`, one line a call. */
export function createReport(json: boolean, out: (line: string) => void): Report {
  return {
    json,
    event: (event, line) => {
      if (json) out(toJson(event))
      else if (line !== undefined) out(line)
    },
    line: (text) => {
      if (!json) out(text)
    },
  }
}

/** JSON of an event, with bigint as a decimal string. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item))
}

/**
 * What to tell of anything that was thrown: a Failure's own code, that of a known error of the
 * system or of SQLite, or internal.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Failure) return refuse(error.code, error.message)
  if (!(error instanceof Error)) return refuse('internal', String(error))
  return databaseRefusal(error) ?? systemRefusal(error) ?? refuse('internal', error.message)
}

/** Ends the verb with a refusal. */
export function fail(code: Code, detail = ''): never {
  throw new Failure(refuse(code, detail))
}

/** The value of a string option, or undefined. */
export function stringOption(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The value of a string option that a verb cannot do without; fails as usage. */
export function requiredOption(
  { values }: Pick<Input, 'values'>,
  { options }: { readonly options: Options },
  name: string,
): string {
  const { help = '', value = 'TEXT' } = options[name] ?? {}
  return stringOption(values, name) ?? fail('usage', `--${name} ${value} is missing: ${help}`)
}

/** The whole number that a text writes in at most 15 digits; undefined when it writes none. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** The value of a whole-number option within bounds; refuses anything else as usage. */
export function numberOption(
  values: Values,
  name: string,
  bounds: { readonly min: number; readonly max: number },
): number | undefined | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return undefined
  const value = wholeNumber(text)
  if (value !== undefined && value >= bounds.min && value <= bounds.max) return value
  return refuse('usage', `--${name} takes a number from ${bounds.min} to ${bounds.max}`)
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a duration such as `72h`, `2s`, `1.5d`; at most 36525d; refuses as usage. */
export function parseDuration(text: string): number | Refusal {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS_MS[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    return refuse('usage', `"${visible(text)}" is not a duration; write for example 72h or 2s`)
  }
  const duration = Math.round(Number(match[1]) * unit)
  if (duration <= DURATION_MAX_MS) return duration
  return refuse('usage', `"${visible(text)}" is longer than 36525d, a hundred years`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be replaced
const CONTROL = /[\u0000-\u001f\u007f]/g
const INVISIBLE = /[\u0080-\u009f\u2028\u2029\p{Bidi_Control}\p{Cs}]/gu

/** Text of anyone's making with control and direction characters shown as symbols (D17). */
export function visible(text: string): string {
  const symbols = text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0)
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code)
  })
  return symbols.replace(INVISIBLE, '\ufffd')
}
