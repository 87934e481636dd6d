/**
 * A content on disk: one stream of bytes laid over its files (BEP 3), read and written by position.
 *
 * Errors of the disk come back as refusals: disk-full, not-writable, not-readable, and data-lost
 * for bytes that are gone.
 */
import { mkdir, realpath } from 'node:fs/promises'
import { Failure, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { MetainfoFile } from '../../shared/file-list.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { type Metainfo, pieceSize } from '../../shared/metainfo.js'
import { OPEN_FILES_MAX_COUNT } from '../../shared/swarm-limits.js'
import { Aside } from './aside.js'
import { attempt, refusalOf } from './disk.js'
import { type FileState, STAMP_BYTES } from './file-state.js'
import { Files } from './files.js'
import { Handles } from './handles.js'
import { piecesOf, type Selection } from './selection.js'

/** The part of one file that a range of the stream covers. */
export interface Segment {
  readonly index: number
  readonly file: MetainfoFile
  /** Byte within the file. */
  readonly position: number
  /** Byte within the range. */
  readonly start: number
  readonly end: number
}

/** The files of one content below one folder. */
export class Storage {
  readonly #metainfo: Metainfo
  readonly #files: Files
  readonly #aside: Aside
  readonly #writing = new Set<Promise<unknown>>()
  /** Set while bytes move between their files and the place aside. */
  #moving: Promise<Refusal | undefined> | undefined
  #syncing: Promise<Refusal | undefined> = Promise.resolve(undefined)
  #nextSync: Promise<Refusal | undefined> | undefined

  private constructor(metainfo: Metainfo, root: string, aside: Aside, handles: Handles) {
    this.#metainfo = metainfo
    this.#aside = aside
    this.#files = new Files(root, [...metainfo.files, aside.file], handles)
  }

  /**
   * Makes the folder when it is missing. With a selection the bytes of files that are not chosen,
   * and not there either, are kept aside (aside.ts).
   */
  static async open(
    metainfo: Metainfo,
    folder: string,
    chosen?: Selection,
    handles = new Handles(OPEN_FILES_MAX_COUNT),
  ): Promise<Storage | Refusal> {
    try {
      await mkdir(folder, { recursive: true })
      const storage = new Storage(metainfo, await realpath(folder), new Aside(metainfo), handles)
      return (await storage.#choose(chosen)) ?? storage
    } catch (error) {
      return refusalOf(error, 'not-writable')
    }
  }

  async #choose(chosen: Selection): Promise<Refusal | undefined> {
    if (chosen === undefined) return undefined
    const files = await this.survey()
    if (refused(files)) return files
    for (const [index, { length, padding }] of this.#metainfo.files.entries()) {
      const absent = !padding && length > 0 && files[index] === undefined
      if (absent && !chosen.has(index)) this.#aside.files.add(index)
    }
    return undefined
  }

  /** Other files are chosen from now on; what is read and written meanwhile waits. */
  async rechoose(chosen: Selection): Promise<Refusal | undefined> {
    while (this.#moving !== undefined) await this.#moving
    this.#moving = this.#rechoose(chosen)
    return this.#moving.finally(() => {
      this.#moving = undefined
    })
  }

  async #rechoose(chosen: Selection): Promise<Refusal | undefined> {
    await Promise.all(this.#writing)
    for (const index of this.#aside.files) {
      if (chosen?.has(index) !== false) this.#aside.files.delete(index)
    }
    const problem = (await this.bringBack()) ?? (await this.#choose(chosen))
    return problem ?? this.createEmptyFiles(chosen)
  }

  /** Gives files that were kept aside and are chosen now the bytes that there are of them. */
  async bringBack(): Promise<Refusal | undefined> {
    const files = await this.survey()
    if (refused(files)) return files
    if (files[this.#aside.index] === undefined) return undefined
    for (const [index, { padding }] of this.#metainfo.files.entries()) {
      if (padding || files[index] !== undefined || this.#aside.files.has(index)) continue
      const problem = await this.#bringBack(index)
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** Moves what was kept aside of a file into it; whether it is right the hashes will tell. */
  #bringBack(index: number): Promise<Refusal | undefined> {
    return attempt('not-writable', async () => {
      for (const piece of this.#aside.piecesOf(index)) {
        for (const segment of this.#segments(...this.#rangeOf(piece))) {
          if (segment.index !== index) continue
          const data = Buffer.alloc(segment.end)
          await this.#readSegment(this.#aside.segment(segment, piece), data)
          await this.#writeSegment(segment, data)
        }
      }
      return undefined
    })
  }

  /** Offset in the stream and length of a piece. */
  #rangeOf(piece: PieceIndex): [number, number] {
    return [piece * this.#metainfo.pieceLength, pieceSize(this.#metainfo, piece)]
  }

  /** Removes what was kept aside: every file is whole. */
  dropAside(): Promise<Refusal | undefined> {
    return attempt('not-writable', async () => {
      if (this.#aside.files.size === 0) await this.#files.remove(this.#aside.index)
      return undefined
    })
  }

  /** Reads bytes of one piece. */
  async read(piece: PieceIndex, offset: number, length: number): Promise<Uint8Array | Refusal> {
    while (this.#moving !== undefined) await this.#moving
    return attempt('not-readable', async () => {
      // A buffer of its own, which can be handed to a hash thread.
      const data = Buffer.allocUnsafeSlow(length)
      const segments = [...this.#segments(piece * this.#metainfo.pieceLength + offset, length)]
      await Promise.all(segments.map((segment) => this.#readSegment(segment, data)))
      return data
    })
  }

  /** Writes a whole piece; after it resolves, a read sees it. */
  async write(piece: PieceIndex, data: Uint8Array): Promise<Refusal | undefined> {
    while (this.#moving !== undefined) await this.#moving
    const writing = attempt('not-writable', async () => {
      const segments = this.#segments(piece * this.#metainfo.pieceLength, data.length)
      for (const segment of segments) await this.#writeSegment(segment, data)
      return undefined
    })
    this.#writing.add(writing)
    return writing.finally(() => this.#writing.delete(writing))
  }

  /** Brings everything written so far to the disk; calls made meanwhile share the next sync. */
  flush(): Promise<Refusal | undefined> {
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined
      this.#syncing = attempt('not-writable', async () => {
        await this.#files.sync()
        return undefined
      })
      return this.#syncing
    })
    return this.#nextSync
  }

  /** How every file lies on the disk, last what is kept aside; undefined for what is not there. */
  survey(): Promise<(FileState | undefined)[] | Refusal> {
    return attempt('not-readable', async () => {
      const states: (FileState | undefined)[] = []
      for (const [index, { length, padding }] of this.#metainfo.files.entries()) {
        const nothing = { size: length, stamp: new Uint8Array(STAMP_BYTES), foreign: false }
        states.push(padding ? nothing : await this.#files.stateOf(index))
      }
      states.push(await this.#files.stateOf(this.#aside.index))
      return states
    })
  }

  /** Whether a piece lies wholly over bytes that exist, so that hashing it makes sense. */
  covered(piece: PieceIndex, files: readonly (FileState | undefined)[]): boolean {
    for (const segment of this.#segments(...this.#rangeOf(piece))) {
      const { end, index, position, start } = segment
      if ((files[index]?.size ?? 0) < position + end - start) return false
    }
    return true
  }

  /** The files that a piece lies in. */
  filesOf(piece: PieceIndex): number[] {
    return [...this.#segments(...this.#rangeOf(piece))].map(({ index }) => index)
  }

  /** The pieces that lie in a file, wholly or in part. */
  piecesOf(index: number): readonly PieceIndex[] {
    return index === this.#aside.index ? this.#aside.pieces : piecesOf(this.#metainfo, index)
  }

  /** Cuts files that are longer than the torrent says. */
  cut(files: readonly (FileState | undefined)[]): Promise<Refusal | undefined> {
    return attempt('not-writable', async () => {
      for (const [index, { length }] of this.#metainfo.files.entries()) {
        if ((files[index]?.size ?? 0) > length) await this.#files.use(index, true, async () => {})
      }
      return undefined
    })
  }

  /** Creates the empty files, which no piece ever touches. */
  createEmptyFiles(chosen: Selection): Promise<Refusal | undefined> {
    return attempt('not-writable', async () => {
      for (const [index, { length, padding }] of this.#metainfo.files.entries()) {
        if (chosen?.has(index) === false) continue
        if (length === 0 && !padding) await this.#files.use(index, true, async () => {})
      }
      return undefined
    })
  }

  /** Brings everything to the disk and closes all files. */
  close(): Promise<Refusal | undefined> {
    return attempt('not-writable', async () => {
      await this.#files.close()
      return undefined
    })
  }

  async #readSegment(segment: Segment, data: Buffer): Promise<void> {
    const { file, index, position, start, end } = segment
    if (file.padding) {
      data.fill(0, start, end)
      return
    }
    await this.#files.use(index, false, async (handle) => {
      for (let at = start; at < end; ) {
        const { bytesRead } = await handle.read(data, at, end - at, position + at - start)
        if (bytesRead === 0) {
          throw new Failure(refuse('data-lost', `${file.path.join('/')} has become shorter`))
        }
        at += bytesRead
      }
    })
  }

  async #writeSegment(segment: Segment, data: Uint8Array): Promise<void> {
    const { file, index, position, start, end } = segment
    if (file.padding) return
    await this.#files.use(index, true, async (handle) => {
      for (let at = start; at < end; ) {
        const { bytesWritten } = await handle.write(data, at, end - at, position + at - start)
        at += bytesWritten
      }
    })
  }

  /** The file parts under a range of the stream, in order; empty files have none. */
  *#segments(offset: number, length: number): Generator<Segment> {
    const { files } = this.#metainfo
    const rangeEnd = offset + length
    for (let index = this.#fileAt(offset); index < files.length; index++) {
      const file = files[index] as MetainfoFile
      if (file.offset >= rangeEnd) return
      const from = Math.max(offset, file.offset)
      const to = Math.min(rangeEnd, file.offset + file.length)
      if (from >= to) continue
      const [start, end] = [from - offset, to - offset]
      const segment = { index, file, position: from - file.offset, start, end }
      yield this.#aside.files.has(index) ? this.#aside.redirect(segment) : segment
    }
  }

  /** The last file that begins at or before an offset. */
  #fileAt(offset: number): number {
    const { files } = this.#metainfo
    let [low, high] = [0, files.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((files[middle] as MetainfoFile).offset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}
