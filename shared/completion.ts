/**
 * What can stand at each place of a command line, read from the tables that the help text is made
 * of; pure. What a word in capitals stands for follows from the word (`TORRENT-or-CID`).
 */
import { COMMON_OPTIONS, type Option, type Options, type Verb } from './command.js'
import { waysOf } from './usage.js'

/** What a shell can offer for a value besides fixed words. */
export type Kind = OwnKind | 'files' | 'folders'

/** What a program knows itself: `floodgate completion contents` lists it. */
export const OWN_KINDS = ['contents', 'members'] as const
export type OwnKind = (typeof OWN_KINDS)[number]

const KIND_OF: Readonly<Record<string, Kind>> = {
  CID: 'contents',
  CONTENT: 'contents',
  INFOHASH: 'contents',
  UID: 'members',
  BUYER: 'members',
  TORRENT: 'files',
  FILE: 'files',
  PATH: 'files',
  DATABASE: 'files',
  DIR: 'folders',
}

/** One way to call a verb: the word it begins with, if any, and what may follow that. */
export interface WayShape {
  readonly action: string | undefined
  readonly kinds: readonly Kind[]
}

/** What a value that the help text calls so may be: `TORRENT-or-CID` is a file or a content. */
function kindsOf(value: string): readonly Kind[] {
  const kinds = value.split('-or-').map((word) => KIND_OF[word])
  return [...new Set(kinds.filter((kind) => kind !== undefined))]
}

/** One option as shells complete it. */
export interface OptionShape {
  readonly name: string
  readonly help: string
  readonly short: string | undefined
  readonly multiple: boolean
  /** Undefined for a switch. */
  readonly value: ValueShape | undefined
}

/** The value of an option: what the help calls it, and what can be offered. */
export interface ValueShape {
  readonly called: string
  readonly kinds: readonly Kind[]
  readonly choices: readonly string[]
}

/** The options of a verb as shells complete them. */
export function shapesOf(options: Options): OptionShape[] {
  return Object.entries(options).map(([name, option]) => ({
    name,
    help: option.help,
    short: option.short,
    multiple: option.multiple === true,
    value: option.type === 'string' ? valueShape(option) : undefined,
  }))
}

function valueShape({ choices = [], value = 'TEXT' }: Option): ValueShape {
  return { called: value, kinds: choices.length > 0 ? [] : kindsOf(value), choices }
}

/** What a completion script is made of. */
export interface Words {
  /** The program's name. */
  readonly name: string
  readonly verbs: readonly Verb<never>[]
  /** Options that each of its verbs has, besides COMMON_OPTIONS. */
  readonly options: Options
}

/** A verb as a completion script needs it. */
export interface VerbShape {
  readonly name: string
  readonly summary: string
  readonly options: readonly OptionShape[]
  readonly ways: readonly WayShape[]
  /** Words that are meant as they are where the first argument is due. */
  readonly actions: readonly string[]
}

/** The verbs of a program as a completion script needs them. */
export function verbShapes({ options, verbs }: Words): VerbShape[] {
  return verbs.map((verb) => {
    const ways = waysOf(verb).map(({ action, values }) => {
      const kinds = values.flatMap(({ called }) => kindsOf(called))
      return { action, kinds: [...new Set(kinds)] }
    })
    return {
      name: verb.name,
      summary: verb.summary,
      options: shapesOf({ ...verb.options, ...options, ...COMMON_OPTIONS }),
      ways,
      actions: ways.flatMap(({ action }) => (action === undefined ? [] : [action])),
    }
  })
}

/** The name of a shell function; a program's own name may have signs that are none for it. */
export function functionOf({ name }: Words): string {
  return `_${name.replace(/\W/g, '_')}`
}

/** The flags of an option as they are typed. */
export function flagsOf({ name, short }: OptionShape): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

/** A text between single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
