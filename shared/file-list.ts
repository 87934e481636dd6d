/**
 * The list of files inside a torrent's `info` (BEP 3): names and lengths from outside, made safe.
 *
 * After this check every path has at least one element, no element can climb out of a folder or
 * hide a separator, nothing is a link, no two files share a path, in the torrent or on any disk, no
 * path is both file and folder, and the sum is exact.
 */
import { equal, fromText } from './bytes.js'
import { type Refusal, refuse } from './errors.js'
import { FileNames } from './file-names.js'
import { FILES_MAX_COUNT, NAME_MAX_BYTES, PATH_MAX_BYTES } from './limits.js'
import type { Value } from './wire/bencode.js'

/** One file of a content. */
export interface MetainfoFile {
  /** Elements of its name in the torrent, checked; with several files the first is that of all. */
  readonly path: readonly string[]
  /** Elements of its name below the chosen folder (shared/file-names.ts). */
  readonly stored: readonly string[]
  /** Bytes. */
  readonly length: number
  /** Bytes before it in the stream of all files. */
  readonly offset: number
  /** Padding (BEP 47): zeros that are never stored. */
  readonly padding: boolean
}

/** A decoded dictionary. */
export type Dictionary = { readonly [key: string]: Value }

/** Whether a decoded value is a dictionary. */
export function isDictionary(value: Value | undefined): value is Dictionary {
  return typeof value === 'object' && !(value instanceof Uint8Array) && !Array.isArray(value)
}

/** Its value under a key of its own. */
export function field(dictionary: Dictionary, key: string): Value | undefined {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined
}

/** UTF-8 text of a byte string; undefined when it is neither. */
export function text(value: Value | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value)
  return equal(fromText(decoded), value) ? decoded : undefined
}

/** The refusal of a torrent, with what is wrong. */
export function invalid(detail: string): Refusal {
  return refuse('torrent-invalid', `not a valid torrent: ${detail}`)
}

/**
 * Reads `length` or `files` of an info dictionary; refuses names that could leave the chosen
 * folder, that no file system holds, or that clash.
 */
export function parseFiles(info: Dictionary, name: string): MetainfoFile[] | Refusal {
  const list = field(info, 'files')
  const single = field(info, 'length')
  if ((list === undefined) === (single === undefined)) return invalid('either length or files')
  const entries = list === undefined ? [info] : list
  if (!Array.isArray(entries) || entries.length === 0) return invalid('files is not a list')
  if (entries.length > FILES_MAX_COUNT) return invalid(`more than ${FILES_MAX_COUNT} files`)
  const files: MetainfoFile[] = []
  const names = new FileNames()
  let offset = 0
  for (const entry of entries as Value[]) {
    if (!isDictionary(entry)) return invalid('a file is not a dictionary')
    const length = field(entry, 'length')
    if (typeof length !== 'number' || length < 0) return invalid('a file without a length')
    if (hasAttribute(entry, SYMLINK) || field(entry, 'symlink path') !== undefined) {
      return invalid('a symbolic link, which could lead anywhere')
    }
    const padding = hasAttribute(entry, PADDING)
    const path = list === undefined ? [name] : parsePath(entry, name, padding)
    const problem = path === undefined ? 'a path is not UTF-8 text' : pathProblem(path)
    if (path === undefined || problem !== undefined) return invalid(problem ?? '')
    const stored = padding ? path : names.settle(path)
    if (typeof stored === 'string') return invalid(stored)
    files.push({ path, stored, length, offset, padding })
    offset += length
    if (!Number.isSafeInteger(offset)) return invalid('longer than 2^53 bytes')
  }
  return files
}

/** Letters of BEP 47's `attr`. */
const [PADDING, SYMLINK] = [0x70, 0x6c]

function hasAttribute(entry: Dictionary, letter: number): boolean {
  const attributes = field(entry, 'attr')
  return attributes instanceof Uint8Array && attributes.includes(letter)
}

function parsePath(entry: Dictionary, name: string, padding: boolean): string[] | undefined {
  const list = field(entry, 'path.utf-8') ?? field(entry, 'path')
  // Padding may go without a path (BEP 47); it is stored nowhere.
  if (list === undefined && padding) return [name, '.pad']
  if (!Array.isArray(list) || list.length === 0) return undefined
  const path = [name]
  for (const value of list as Value[]) {
    const element = text(value)
    if (element === undefined) return undefined
    path.push(element)
  }
  return path
}

/** What makes a path unfit for a file system, or undefined. */
function pathProblem(path: readonly string[]): string | undefined {
  let size = 0
  if (/^[a-z]:$/i.test(path[0] ?? '')) return `an absolute path: ${JSON.stringify(path[0])}`
  for (const element of path) {
    const shown = JSON.stringify(element)
    if (element === '' || element === '.' || element === '..') return `the name ${shown}`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in a name
    if (/[/\\\u0000-\u001f\u007f]/.test(element)) return `a separator or control in ${shown}`
    const bytes = fromText(element).length
    if (bytes > NAME_MAX_BYTES) return `a name longer than ${NAME_MAX_BYTES} bytes`
    size += bytes + 1
  }
  return size > PATH_MAX_BYTES ? `a path longer than ${PATH_MAX_BYTES} bytes` : undefined
}
