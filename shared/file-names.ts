/**
 * Names on disk for the files of a torrent: what one system cannot hold, none is given.
 *
 * The names are mapped on every system alike, and not on Windows alone: a content that was fetched
 * on one can then be carried to another and seeded there, and what was changed is the same wherever
 * it is shown. The mapping depends on the torrent only, and two files never get one name, also
 * where a file system ignores case (Windows, macOS) or how an accent is written (macOS).
 */
import { fromText } from './bytes.js'
import { FOLDERS_MAX_COUNT, NAME_MAX_BYTES } from './limits.js'

/** Forbidden on Windows (separators and controls are refused before), and the marks by which a name
 * reads otherwise than it is: one that seems to end in txt and ends in exe. */
const FORBIDDEN = /[<>:"|?*\p{Bidi_Control}]/gu
/** Devices of Windows, in any case and with any extension; ¹²³ count as digits there. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i
/** Windows drops them, and then finds another file. */
const TRAILING = /[. ]+$/
/** Longer ones are no extensions, and are cut like the rest of a name. */
const EXTENSION_MAX_BYTES = 32
/** Room for `~` and the number that tells names apart. */
const MARK_MAX_BYTES = 8

/** A name of at most NAME_MAX_BYTES that every common file system holds: forbidden characters
 * become `_`, so do dots and spaces at the end, and a device's name begins with one. */
export function safeName(name: string): string {
  const allowed = name.replace(FORBIDDEN, '_')
  const [stem, extension] = split(DEVICE.test(allowed) ? `_${allowed}` : allowed)
  const short = shortened(stem, NAME_MAX_BYTES - fromText(extension).length) + extension
  return short.replace(TRAILING, (end) => '_'.repeat(end.length))
}

function split(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf('.')
  const whole = dot <= 0 || fromText(name.slice(dot)).length > EXTENSION_MAX_BYTES
  return whole ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
}

/** The beginning of a text that fits, cut between two characters. */
function shortened(text: string, maxBytes: number): string {
  const bytes = fromText(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, end))
}

/** What a file system may take for the same name. */
function folded(name: string): string {
  if (/^[ -~]*$/.test(name)) return name.toLowerCase()
  const plain = name.normalize('NFD').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return plain.toUpperCase().toLowerCase().normalize('NFD')
}

interface Place {
  readonly stored: string
  /** Number of the folder; undefined for a file. */
  readonly folder: number | undefined
}

/** The files of one torrent, settled one after the other. */
export class FileNames {
  /** By number of the folder and name in the torrent. */
  readonly #places = new Map<string, Place>()
  /** By number of the folder and folded name on disk. */
  readonly #taken = new Set<string>()
  /** The next number for a name that is taken, by folder and folded beginning. */
  readonly #next = new Map<string, number>()
  #folders = 0

  /** The path on disk for a path in the torrent, or what is wrong with it: no file is named twice,
   * nothing is both file and folder. */
  settle(path: readonly string[]): readonly string[] | string {
    const stored: string[] = []
    let folder = 0
    for (const [depth, name] of path.entries()) {
      const isFile = depth === path.length - 1
      const known = this.#places.get(`${folder}/${name}`)
      if (known !== undefined && (isFile || known.folder === undefined)) {
        const shown = JSON.stringify(path.slice(0, depth + 1).join('/'))
        const twice = isFile && known.folder === undefined
        return twice ? `two files named ${shown}` : `${shown} is both a file and a folder`
      }
      const place = known ?? this.#create(folder, name, isFile)
      if (this.#folders > FOLDERS_MAX_COUNT) return `more than ${FOLDERS_MAX_COUNT} folders`
      stored.push(place.stored)
      folder = place.folder ?? 0
    }
    return stored
  }

  #create(folder: number, name: string, isFile: boolean): Place {
    const place = { stored: this.#free(folder, name), folder: isFile ? undefined : ++this.#folders }
    this.#places.set(`${folder}/${name}`, place)
    return place
  }

  /** A name on disk that nothing else in the folder has; numbers only go up, so that many names
   * that fall together cost no more than as many that do not. */
  #free(folder: number, name: string): string {
    const safe = safeName(name)
    if (this.#take(folder, safe)) return safe
    const [stem, extension] = split(safe)
    const room = NAME_MAX_BYTES - MARK_MAX_BYTES - fromText(extension).length
    const beginning = shortened(stem, room)
    const key = `${folder}/${folded(beginning + extension)}`
    for (let number = this.#next.get(key) ?? 2; ; number++) {
      const marked = `${beginning}~${number}${extension}`
      if (!this.#take(folder, marked)) continue
      this.#next.set(key, number + 1)
      return marked
    }
  }

  #take(folder: number, name: string): boolean {
    const key = `${folder}/${folded(name)}`
    if (this.#taken.has(key)) return false
    this.#taken.add(key)
    return true
  }
}
