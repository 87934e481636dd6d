/** Which files of a torrent are wanted, and which pieces that takes. */
import { type Refusal, refuse } from '../../shared/errors.js'
import type { Metainfo } from '../../shared/metainfo.js'
import { Bitfield } from './bitfield.js'

/** Indexes of files in the torrent's list; undefined stands for all of them. */
export type Selection = ReadonlySet<number> | undefined

/** Every piece that holds a byte of a chosen file. */
export function wantedPieces(metainfo: Metainfo, chosen: Selection): Bitfield {
  if (chosen === undefined) return Bitfield.full(metainfo.pieceCount)
  const wanted = new Bitfield(metainfo.pieceCount)
  for (const index of chosen) {
    const { length = 0, offset = 0 } = metainfo.files[index] ?? {}
    if (length === 0) continue
    const last = Math.floor((offset + length - 1) / metainfo.pieceLength)
    for (let piece = Math.floor(offset / metainfo.pieceLength); piece <= last; piece++) {
      wanted.add(piece)
    }
  }
  return wanted
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
  const chosen = new Set<number>()
  for (const text of texts.flatMap((each) => each.split(','))) {
    const fits = text === '' ? undefined : matcher(text)
    let found = false
    for (const [index, { padding, path }] of metainfo.files.entries()) {
      if (padding || fits?.(index + 1, nameOf(path)) !== true) continue
      chosen.add(index)
      found = true
    }
    if (!found) {
      return refuse('usage', `no file fits "${text}"; floodgate get TORRENT --list shows them`)
    }
  }
  const all = metainfo.files.every(({ padding }, index) => padding || chosen.has(index))
  return all ? undefined : chosen
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
