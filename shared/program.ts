/**
 * The command line of both programs: verbs in a table, one way to parse, run and end.
 *
 * A verb's module is loaded when that verb is meant, so that a program starts with what it needs.
 * Nothing here writes or exits by itself; streams come in as functions, and the exit code goes out
 * as a number, so each `main.ts` has exactly one exit.
 */
import { parseArgs } from 'node:util'
import { closest } from './closest.js'
import {
  COMMON_OPTIONS,
  createReport,
  ElsewhereEnd,
  type Options,
  refusalOf,
  type Streams,
  type Values,
  type Verb,
  visible,
} from './command.js'
import type { OwnKind } from './completion.js'
import { type Code, type Refusal, refuse, refused } from './errors.js'
import { formatHelp, formatOverview } from './help.js'
import { callProblem } from './usage.js'

/** The verbs of a program by name, in the order of the help text, each loaded when it is meant. */
export type VerbTable<C> = Readonly<Record<string, () => Promise<Verb<C>>>>

/** A program: its name, what it is, its verbs in the order of the help text. */
export interface Program<C> {
  readonly name: string
  readonly summary: string
  /** What --version says. */
  readonly version?: string
  readonly verbs: VerbTable<C>
  /** The verb that is meant when none is named; undefined when one has to be. */
  readonly bare?: () => string | undefined
  /**
   * Adds what a settings file says of the verb's options that the command line leaves open; refuses
   * as usage what is wrong in the file.
   */
  readonly settle?: (values: Values, verb: Verb<C>, context: C) => Promise<Values | Refusal>
  /** Options that each of its verbs has. */
  readonly options?: Options
  /** What a person can do about a failure, where its message does not say it. */
  readonly advise?: (code: Code, verb?: string) => Promise<string | undefined>
  /** What a shell can offer where a content or a member is due; nobody is asked over the net. */
  readonly known?: (kind: OwnKind, values: Values, context: C) => Promise<readonly Candidate[]>
  /** Sections of the manual page: environment variables, and files, with what they are for. */
  readonly manual?: {
    readonly environment: Readonly<Record<string, string>>
    readonly files: Readonly<Record<string, string>>
  }
}

/** A word that may stand next, and what it means. */
export interface Candidate {
  readonly word: string
  readonly help: string
}

/**
 * Every exit status of both programs. There are no others: what failed is told by the `code` of
 * the last line with --json.
 */
export const EXIT_STATUS = {
  done: { status: 0, means: 'done' },
  failed: {
    status: 1,
    means:
      'it failed: one line on stderr says why; with --json the last line has the same as a code',
  },
  usage: {
    status: 2,
    means: 'wrong usage: a verb, an option, an argument or a setting is not as it has to be',
  },
} as const

/** Every verb of a program, in the order of its help. */
export function loadVerbs<C>(program: Program<C>): Promise<Verb<C>[]> {
  return Promise.all(Object.values(program.verbs).map((load) => load()))
}

/** What a command line asks for: a verb with its arguments, or a text. */
export type Parsed<C> =
  | { readonly verb: Verb<C>; readonly values: Values; readonly positionals: readonly string[] }
  | { readonly text: string }

/**
 * Parses a command line (without node and script); `bare` is the verb of one that names none.
 * Refuses wrong usage as `usage`.
 */
export async function parseVerb<C>(
  program: Program<C>,
  argv: readonly string[],
  bare?: string,
): Promise<Parsed<C> | Refusal> {
  const [first = ''] = argv
  if (first === '--version' && program.version !== undefined) {
    return { text: `${program.name} ${program.version}` }
  }
  const asksHelp = first === 'help' || first === '--help' || first === '-h'
  if (asksHelp && (argv[1] ?? '-').startsWith('-')) {
    return { text: formatOverview(program, await loadVerbs(program)) }
  }
  const named = asksHelp ? (argv[1] as string) : first
  const unnamed = first === '' || first.startsWith('-')
  const name = unnamed && !asksHelp ? bare : named
  if (name === undefined) {
    const order = first === '' ? 'say what to do' : `the verb comes before ${visible(first)}`
    return refuse('usage', `${order}: ${program.name} VERB ...; see ${program.name} --help`)
  }
  if (!Object.hasOwn(program.verbs, name)) {
    const meant = closest(name, ['help', ...Object.keys(program.verbs)])
    const advice = meant === undefined ? `see ${program.name} --help` : `did you mean "${meant}"?`
    return refuse('usage', `no verb "${visible(name)}"; ${advice}`)
  }
  const verb = await (program.verbs[name] as () => Promise<Verb<C>>)()
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
  const problem = callProblem(verb, program.name, parsed.positionals, parsed.values)
  if (problem !== undefined) return problem
  return { verb, ...parsed }
}

/** A command line without some options that take a value each, as `--home DIR` or `--home=DIR`. */
export function withoutOptions(argv: readonly string[], names: readonly string[]): string[] {
  const flags = names.map((name) => `--${name}`)
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return argv.filter((word, at) => {
    if (at >= end) return true
    const named = (text: string | undefined) => flags.includes(text ?? '')
    return (
      !named(word) && !named(argv[at - 1]) && !flags.some((flag) => word.startsWith(`${flag}=`))
    )
  })
}

/** Which of these options stand in a command line, as they are written there. */
export function optionsIn(argv: readonly string[], names: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const words = argv.slice(0, end).map((word) => word.split('=')[0])
  return names.map((name) => `--${name}`).filter((flag) => words.includes(flag))
}

/** What node:util says of wrong arguments, shorter; for an unknown option the nearest one. */
function explain(error: unknown, known: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error)
  const unknown = /^Unknown option '(-[^']*)'/.exec(text)?.[1]
  const dashed = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument is ambiguous/.exec(text)?.[1]
  if (dashed !== undefined) return `a value that begins with - is written ${dashed}=VALUE`
  const lacking = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument missing/.exec(text)?.[1]
  if (lacking !== undefined) return `${lacking} lacks its value`
  if (/^-\d/.test(unknown ?? '')) return `no option ${unknown}, and no number here is negative`
  if (unknown === undefined) return visible(text.split(/\. |\n/)[0] as string)
  const meant = closest(unknown.replace(/^-+/, ''), known)
  const advice = meant === undefined ? '' : `; did you mean --${meant}?`
  return `no option ${visible(unknown)}${advice}`
}

/**
 * Runs one command line and gives its exit status (EXIT_STATUS).
 *
 * A failure is one clear line on stderr, and with --json the last line on stdout as well. What the
 * verbs stand on is assembled when one of them is about to run.
 */
export async function runProgram<C>(
  program: Program<C>,
  argv: readonly string[],
  assemble: () => C | Promise<C>,
  streams: Streams,
): Promise<number> {
  const json = argv.includes('--json')
  const report = createReport(json, streams.out)
  const fail = async ({ code, message }: Refusal): Promise<number> => {
    const advice = await program.advise?.(code, argv[0])
    const more = json || advice === undefined ? '' : `; ${advice}`
    streams.err(`${program.name}: ${visible(message)}${more}`)
    if (json) report.event({ event: 'error', code, message, ...(advice && { advice }) })
    return EXIT_STATUS[code === 'usage' ? 'usage' : 'failed'].status
  }
  const parsed = await parseVerb(program, argv, program.bare?.())
  if (refused(parsed)) {
    if (argv.length === 0) streams.out(formatOverview(program, await loadVerbs(program)))
    return fail(parsed)
  }
  if ('text' in parsed) {
    report.event({ event: 'done', text: parsed.text }, parsed.text)
    return EXIT_STATUS.done.status
  }
  try {
    const { verb, positionals } = parsed
    const context = await assemble()
    const values = (await program.settle?.(parsed.values, verb, context)) ?? parsed.values
    if (refused(values)) return fail(values)
    const result = await verb.run({ values, positionals, report }, context)
    if (json) report.event({ event: 'done', ...result })
    return EXIT_STATUS.done.status
  } catch (error) {
    if (error instanceof ElsewhereEnd) return error.exitCode
    return fail(refusalOf(error))
  }
}
