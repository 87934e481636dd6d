/**
 * Settings files of both programs: TOML, flat, read strictly; pure.
 *
 * A setting has the name of the option that it stands in for, and its value is judged by the same
 * function. A file is written once, with every setting commented out beside its default and reason,
 * so that reading it is reading the manual.
 */
import { parse, TomlError } from 'smol-toml'
import { closest } from './closest.js'
import { type Values, visible, wholeNumber } from './command.js'
import { type Refusal, refuse, refused } from './errors.js'

/** A value as it may stand in a settings file. */
export type SettingKind = 'text' | 'number' | 'truth' | 'texts'

/** One setting of a program. */
export interface Setting {
  /** Its key in the file and the option that it stands in for. */
  readonly name: string
  readonly kind: SettingKind
  /** What is written commented out: the default, or an example when the default is nothing. */
  readonly sample: string | number | boolean | readonly string[]
  /** What holds when it is not set, for people. */
  readonly fallback: string
  /** What it is for and why one would change it; a line of the file each, at most 96 columns. */
  readonly reason: readonly string[]
  /** Judges a value as if it came from the command line. */
  readonly check: (values: Values) => unknown
  /** Read again each time that it is needed, so that a change in the file holds at once. */
  readonly live?: true
}

/** A setting as a file has it. */
export interface Found {
  readonly value: string | boolean | string[]
  /** Counted from 1. */
  readonly line: number
}

const EXAMPLES: Readonly<Record<SettingKind, string>> = {
  text: 'a text in quotes',
  number: 'a whole number without quotes',
  truth: 'true or false',
  texts: 'texts in quotes between [ and ]',
}

/** The text of a new settings file; those of `given` are set, all others commented out. */
export function formatSettings(
  head: readonly string[],
  settings: readonly Setting[],
  given: Readonly<Record<string, string>> = {},
): string {
  const blocks = settings.map(({ name, reason, sample }) => {
    const value = given[name]
    const line = value === undefined ? `# ${assign(name, sample)}` : assign(name, value)
    return [...reason.map((each) => `# ${each}`), line].join('\n')
  })
  return `${[head.map((each) => `# ${each}`).join('\n'), ...blocks].join('\n\n')}\n`
}

/** `name = value`; the strings that JSON writes are TOML's basic strings too. */
function assign(name: string, value: Setting['sample']): string {
  return `${name} = ${Array.isArray(value) ? `[${value.map(quote).join(', ')}]` : quote(value)}`
}

function quote(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

/**
 * Reads a settings file; `path` is what a refusal names before the line. Refuses as usage what is
 * not TOML, an unknown key, a value of another kind, and one that the option would not take.
 */
export function readSettings(
  text: string,
  path: string,
  settings: readonly Setting[],
): ReadonlyMap<string, Found> | Refusal {
  const at = (line: number, problem: string) => refuse('usage', `${path}:${line}: ${problem}`)
  let table: Record<string, unknown>
  try {
    table = parse(text, { integersAsBigInt: true, unsafeKeyBehaviour: 'throw' })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [problem = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    return at(error.line, `${problem}; a setting is a line such as port = 6881`)
  }
  const found = new Map<string, Found>()
  for (const [name, raw] of Object.entries(table)) {
    const line = lineOf(text, name)
    const setting = settings.find((each) => each.name === name)
    if (setting === undefined) {
      const names = settings.map((each) => each.name)
      const meant = closest(name, names)
      const advice =
        meant === undefined ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`
      return at(line, `no setting "${visible(name)}"; ${advice}`)
    }
    const value = readValue(raw, setting.kind)
    if (value === undefined) {
      const right = `${EXAMPLES[setting.kind]}, as ${assign(name, setting.sample)}`
      return at(line, `${name} takes ${right}`)
    }
    const judged = setting.check({ [name]: value })
    if (refused(judged)) return at(line, judged.message.replace(/^--/, ''))
    found.set(name, { value, line })
  }
  return found
}

/** A value as the command line would give it; undefined when it is of another kind. */
function readValue(raw: unknown, kind: SettingKind): Found['value'] | undefined {
  if (kind === 'number') return typeof raw === 'bigint' ? String(raw) : undefined
  if (kind === 'truth') return typeof raw === 'boolean' ? raw : undefined
  if (kind === 'text') return typeof raw === 'string' ? raw : undefined
  const texts = Array.isArray(raw) && raw.every((each) => typeof each === 'string')
  return texts ? (raw as string[]) : undefined
}

/** The line on which a key or a table of that name stands, counted from 1. */
function lineOf(text: string, name: string): number {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const key = new RegExp(`^\\s*\\[{0,2}\\s*["']?${plain}["']?\\s*[.=\\]]`)
  return (
    Math.max(
      0,
      text.split('\n').findIndex((line) => key.test(line)),
    ) + 1
  )
}

/** Values of the command line, and for what it leaves open of `options` those of the file. */
export function withSettings(
  values: Values,
  found: ReadonlyMap<string, Found>,
  options: Readonly<Record<string, unknown>>,
): Values {
  const settled = [...found].filter(([name]) => Object.hasOwn(options, name))
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...settled.map(([name, { value }]) => [name, value]), ...given])
}

/** One setting that holds, for people and programs. */
export interface SettingRow {
  readonly name: string
  /** Undefined when nothing set it. */
  readonly value: Found['value'] | undefined
  /** The value, or what holds without one. */
  readonly shown: string
  /** `default`, or file and line. */
  readonly source: string
}

/** A row for every setting, in order; `path` is the file's. */
export function settingRows(
  settings: readonly Setting[],
  found: ReadonlyMap<string, Found>,
  path: string,
): SettingRow[] {
  return settings.map(({ fallback, name }) => {
    const set = found.get(name)
    if (set === undefined) return { name, value: undefined, shown: fallback, source: 'default' }
    const shown = Array.isArray(set.value) ? set.value.join(', ') : String(set.value)
    return { name, value: set.value, shown: visible(shown), source: `${path}:${set.line}` }
  })
}

/** The value that a text stands for, as a file has it; undefined when it is of another kind. */
function typedValue(text: string, kind: SettingKind): Setting['sample'] | undefined {
  if (kind === 'number') return wholeNumber(text)
  if (kind === 'truth') return text === 'true' ? true : text === 'false' ? false : undefined
  return kind === 'text' ? text : text.split(',').map((each) => each.trim())
}

/**
 * The text of a settings file in which one setting has another value; an empty text comments it
 * out. All other lines stay as they are. Refuses as usage a value that the option would not take.
 */
export function changedSetting(file: string, setting: Setting, text: string): string | Refusal {
  const { check, kind, name, sample } = setting
  const lines = file.split('\n')
  const set = lineOf(file, name) - 1
  const isSet = new RegExp(`^\\s*["']?${name}["']?\\s*=`).test(lines[set] ?? '')
  const at = isSet ? set : lines.findIndex((line) => line.startsWith(`# ${name} = `))
  if (text === '') {
    if (isSet) lines[set] = `# ${assign(name, sample)}`
    return lines.join('\n')
  }
  const value = typedValue(text, kind)
  if (value === undefined) return refuse('usage', `${name} takes ${EXAMPLES[kind]}`)
  const given = Array.isArray(value) ? value : typeof value === 'boolean' ? value : String(value)
  const judged = check({ [name]: given as string | boolean | string[] })
  if (refused(judged)) return judged
  if (at < 0) lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, assign(name, value))
  else lines[at] = assign(name, value)
  return lines.join('\n')
}
