/** Which files of a torrent are wanted, how much, and which pieces that takes. */
import { type Refusal, refuse } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Metainfo } from '../../shared/metainfo.js'
import { Bitfield } from './bitfield.js'

/** How much a chosen file is wanted: what is wanted more is fetched first. */
export type Want = 'low' | 'normal' | 'high'

/** The chosen files by their index in the torrent's list; undefined: all, each as any other. */
export type Selection = ReadonlyMap<number, Want> | undefined

/** Levels of pieces, from those that are not wanted to those that are fetched first. */
export const UNWANTED = 0
export const NORMAL = 2
/** The others, the first to be fetched first. */
export const LEVELS = [3, NORMAL, 1] as const
const LEVEL_OF: Readonly<Record<Want, number>> = { high: 3, normal: NORMAL, low: 1 }

/** The level of every piece: that of the most wanted file that has a byte in it. */
export function pieceLevels(metainfo: Metainfo, chosen: Selection): Uint8Array {
  const levels = new Uint8Array(metainfo.pieceCount)
  if (chosen === undefined) return levels.fill(NORMAL)
  for (const [index, want] of chosen) {
    for (const piece of piecesOf(metainfo, index)) {
      levels[piece] = Math.max(levels[piece] as number, LEVEL_OF[want])
    }
  }
  return levels
}

/** The pieces that are wanted at all. */
export function wantedPieces(levels: Uint8Array): Bitfield {
  const wanted = new Bitfield(levels.length)
  for (const [piece, level] of levels.entries()) if (level !== UNWANTED) wanted.add(piece)
  return wanted
}

/** The pieces that a file has a byte in, in order. */
export function piecesOf({ files, pieceLength }: Metainfo, index: number): PieceIndex[] {
  const { length = 0, offset = 0 } = files[index] ?? {}
  if (length === 0) return []
  const first = Math.floor(offset / pieceLength)
  const last = Math.floor((offset + length - 1) / pieceLength)
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) as PieceIndex)
}

/** The selection after some files are wanted otherwise; undefined in `wants`: not any more. */
export function reselect(
  metainfo: Metainfo,
  chosen: Selection,
  wants: ReadonlyMap<number, Want | undefined>,
): Selection {
  const next = new Map<number, Want>()
  for (const [index, { padding }] of metainfo.files.entries()) {
    const before = chosen === undefined ? 'normal' : chosen.get(index)
    const want = wants.has(index) ? wants.get(index) : before
    if (want !== undefined && !padding) next.set(index, want)
  }
  return allNormal(metainfo, next) ? undefined : next
}

/** Whether a selection is nothing but the whole. */
function allNormal({ files }: Metainfo, chosen: ReadonlyMap<number, Want>): boolean {
  return files.every(({ padding }, index) => padding || chosen.get(index) === 'normal')
}

/** Pieces that hold bytes of more than one file, in order. */
export function sharedPieces({ files, pieceLength }: Metainfo): number[] {
  const shared: number[] = []
  for (const { length, offset } of files) {
    const piece = Math.floor(offset / pieceLength)
    const inside = length > 0 && offset % pieceLength !== 0
    if (inside && shared.at(-1) !== piece) shared.push(piece)
  }
  return shared
}

/**
 * Reads what a person chose: numbers as `--list` shows them (`3`, `2-5`), or patterns for the name
 * below the torrent's own (`*` stands for anything, `?` for one character, a folder for all in it),
 * several parted by commas. Refuses as usage what fits no file.
 */
export function chooseFiles(metainfo: Metainfo, texts: readonly string[]): Selection | Refusal {
  const chosen = new Map<number, Want>()
  for (const text of texts.flatMap((each) => each.split(','))) {
    const fits = text === '' ? undefined : matcher(text)
    let found = false
    for (const [index, { padding, path }] of metainfo.files.entries()) {
      if (padding || fits?.(index + 1, nameOf(path)) !== true) continue
      chosen.set(index, 'normal')
      found = true
    }
    if (!found) {
      return refuse('usage', `no file fits "${text}"; floodgate get TORRENT --list shows them`)
    }
  }
  return allNormal(metainfo, chosen) ? undefined : chosen
}

/** A file's name as people see and choose it: without the folder that a torrent of several has. */
export function nameOf(path: readonly string[]): string {
  return (path.length > 1 ? path.slice(1) : path).join('/')
}

function matcher(text: string): (number: number, name: string) => boolean {
  const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text)
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])]
    return (number) => number >= from && number <= to
  }
  const plain = text.replace(/\/+$/, '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const pattern = new RegExp(`^${plain.replaceAll('\\*', '.*').replaceAll('\\?', '.')}(/.*)?$`, 's')
  return (_number, name) => pattern.test(name)
}
