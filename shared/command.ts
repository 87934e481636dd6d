/**
 * The command line of both programs: verbs in a table, one way to parse, report and end.
 *
 * Nothing here writes or exits by itself; streams come in as functions, and the exit code goes out
 * as a number, so each `main.ts` has exactly one exit. With `--json` every line on stdout is one
 * JSON object and the last one is `done` or `error`; amounts (bigint) are written as decimal
 * strings.
 */
import { parseArgs } from 'node:util'
import { type Code, Failure, type Refusal, refuse, refused } from './errors.js'
import { closest, formatHelp } from './help.js'
import { databaseRefusal, systemRefusal } from './thrown.js'

/** One option of a verb, as node:util parseArgs takes it, and its line of help. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What stands for the value in the help text: DIR, N, 72h. */
  readonly value?: string
  readonly help: string
}
export type Options = Readonly<Record<string, Option>>

/** Values of the options that were given; absent ones are undefined. */
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** One verb of a program; `context` is whatever that program's main assembles for its verbs. */
export interface Verb<C> {
  readonly name: string
  readonly summary: string
  /** What follows the verb's name, for example `PATH --price P --reward R`. */
  readonly usage: string
  readonly options: Options
  /** How many positional arguments it takes. */
  readonly positionals: { readonly min: number; readonly max: number }
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

/** A program: its name, what it is, its verbs in the order of the help text. */
export interface Program<C> {
  readonly name: string
  readonly summary: string
  /** What --version says. */
  readonly version?: string
  readonly verbs: readonly Verb<C>[]
  /** The verb that is meant when none is named; undefined when one has to be. */
  readonly bare?: (context: C) => string | undefined
  /**
   * Adds what a settings file says of the verb's options that the command line leaves open; refuses
   * as usage what is wrong in the file.
   */
  readonly settle?: (values: Values, verb: Verb<C>, context: C) => Values | Refusal
  /** Options that each of its verbs has. */
  readonly options?: Options
}

/** Options that every verb has. */
export const COMMON_OPTIONS: Options = {
  home: { type: 'string', value: 'DIR', help: 'folder with keys and database' },
  json: { type: 'boolean', help: 'one JSON object per line on stdout' },
  help: { type: 'boolean', short: 'h', help: 'show this text' },
}

/** What a command line asks for: a verb with its arguments, or a text. */
export type Parsed<C> =
  | { readonly verb: Verb<C>; readonly values: Values; readonly positionals: readonly string[] }
  | { readonly text: string }

/**
 * Parses a command line (without node and script); `bare` is the verb of one that names none.
 * Refuses wrong usage as `usage`.
 */
export function parseVerb<C>(
  program: Program<C>,
  argv: readonly string[],
  bare?: string,
): Parsed<C> | Refusal {
  const [first = ''] = argv
  if (first === '--version' && program.version !== undefined) {
    return { text: `${program.name} ${program.version}` }
  }
  const asksHelp = first === 'help' || first === '--help' || first === '-h'
  if (asksHelp && (argv[1] ?? '-').startsWith('-')) {
    return { text: formatHelp(program, COMMON_OPTIONS) }
  }
  const named = asksHelp ? (argv[1] as string) : first
  const unnamed = first === '' || first.startsWith('-')
  const name = unnamed && !asksHelp ? bare : named
  if (name === undefined) {
    const order = first === '' ? 'say what to do' : `the verb comes before ${visible(first)}`
    return refuse('usage', `${order}: ${program.name} VERB ...; see ${program.name} --help`)
  }
  const verb = program.verbs.find((candidate) => candidate.name === name)
  if (verb === undefined) {
    const meant = closest(name, ['help', ...program.verbs.map((each) => each.name)])
    const advice = meant === undefined ? `see ${program.name} --help` : `did you mean "${meant}"?`
    return refuse('usage', `no verb "${visible(name)}"; ${advice}`)
  }
  if (asksHelp) return { text: formatHelp(program, COMMON_OPTIONS, verb) }
  return parseArguments(program, verb, argv.slice(unnamed ? 0 : 1))
}

function parseArguments<C>(
  program: Program<C>,
  verb: Verb<C>,
  args: readonly string[],
): Parsed<C> | Refusal {
  const hint = `see ${program.name} ${verb.name} --help`
  const options = { ...COMMON_OPTIONS, ...program.options, ...verb.options }
  let parsed: { values: Values; positionals: readonly string[] }
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const problem = explain(error, Object.keys(options))
    return refuse('usage', problem.endsWith('?') ? `${problem} ${hint}` : `${problem}; ${hint}`)
  }
  if (parsed.values.help === true) return { text: formatHelp(program, COMMON_OPTIONS, verb) }
  const { min, max } = verb.positionals
  const given = parsed.positionals.length
  if (given < min) {
    return refuse(
      'usage',
      `something is missing: ${program.name} ${verb.name} ${verb.usage}; ${hint}`,
    )
  }
  if (given > max) {
    return refuse('usage', `unexpected "${visible(parsed.positionals[max] as string)}"; ${hint}`)
  }
  return { verb, ...parsed }
}

/** What node:util says of wrong arguments, shorter; for an unknown option the nearest one. */
function explain(error: unknown, known: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error)
  const unknown = /^Unknown option '(-[^']*)'/.exec(text)?.[1]
  const dashed = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument is ambiguous/.exec(text)?.[1]
  if (dashed !== undefined) return `a value that begins with - is written ${dashed}=VALUE`
  const lacking = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument missing/.exec(text)?.[1]
  if (lacking !== undefined) return `${lacking} lacks its value`
  if (unknown === undefined) return visible(text.split(/\. |\n/)[0] as string)
  const meant = closest(unknown.replace(/^-+/, ''), known)
  const advice = meant === undefined ? '' : `; did you mean --${meant}?`
  return `no option ${visible(unknown)}${advice}`
}

/**
 * Runs one command line and gives the exit code: 0, 2 for wrong usage, 1 for any other failure.
 *
 * A failure is one clear line on stderr, and with --json the last line on stdout as well.
 */
export async function runProgram<C>(
  program: Program<C>,
  argv: readonly string[],
  context: C,
  streams: Streams,
): Promise<number> {
  const json = argv.includes('--json')
  const report = createReport(json, streams.out)
  const fail = (refusal: Refusal): number => {
    streams.err(`${program.name}: ${visible(refusal.message)}`)
    if (json) report.event({ event: 'error', code: refusal.code, message: refusal.message })
    return refusal.code === 'usage' ? 2 : 1
  }
  const parsed = parseVerb(program, argv, program.bare?.(context))
  if (refused(parsed)) {
    if (argv.length === 0) streams.out(formatHelp(program, COMMON_OPTIONS))
    return fail(parsed)
  }
  if ('text' in parsed) {
    report.event({ event: 'done', text: parsed.text }, parsed.text)
    return 0
  }
  try {
    const { verb, positionals } = parsed
    const values = program.settle?.(parsed.values, verb, context) ?? parsed.values
    if (refused(values)) return fail(values)
    const result = await verb.run({ values, positionals, report }, context)
    if (json) report.event({ event: 'done', ...result })
    return 0
  } catch (error) {
    return fail(refusalOf(error))
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

/** The value of a whole-number option within bounds; refuses anything else as usage. */
export function numberOption(
  values: Values,
  name: string,
  bounds: { readonly min: number; readonly max: number },
): number | undefined | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return undefined
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= bounds.min && value <= bounds.max) return value
  return refuse('usage', `--${name} takes a number from ${bounds.min} to ${bounds.max}`)
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a duration such as `72h`, `2s`, `1.5d`; refuses anything else as usage. */
export function parseDuration(text: string): number | Refusal {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS_MS[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    return refuse('usage', `"${visible(text)}" is not a duration; write for example 72h or 2s`)
  }
  return Math.round(Number(match[1]) * unit)
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
