/**
 * Open files of one content, below one folder that nothing can leave.
 *
 * Files are opened when they are first needed, read-only until the first write (a seed may lie on a
 * read-only disk), created sparse at their full length, and kept open in a small pool. No symbolic
 * link below the folder is followed: the torrent's names were checked when it was parsed, so a link
 * is the one way left to end up elsewhere.
 */
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equal } from '../../shared/bytes.js'
import { Failure, refuse } from '../../shared/errors.js'
import type { MetainfoFile } from '../../shared/file-list.js'
import { type FileState, stampOf } from './file-state.js'
import type { Handles } from './handles.js'
import { Places } from './places.js'

/** No waiting on a FIFO, no following of a link. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK

interface Entry {
  readonly index: number
  readonly opening: Promise<FileHandle>
  readonly writable: boolean
  users: number
  /** Written since the last sync. */
  dirty: boolean
  /** Out of the pool: to be closed with its last user. */
  retired: boolean
}

/** A pool of file handles; file-system errors are thrown as they come, a link as a Failure. */
export class Files {
  readonly #root: string
  readonly #files: readonly MetainfoFile[]
  readonly #places: Places
  readonly #handles: Handles
  readonly #open = new Map<number, Entry>()
  readonly #closing = new Set<Promise<void>>()
  /** Stamps of files as they were first seen, or as our last sync left them. */
  readonly #known = new Map<number, Uint8Array | undefined>()
  #lost: unknown

  /** `root` is a real path. */
  constructor(root: string, files: readonly MetainfoFile[], handles: Handles) {
    this.#handles = handles
    this.#root = root
    this.#files = files
    this.#places = new Places(root)
  }

  /** How a file lies on the disk, or undefined when there is no such file. */
  async stateOf(index: number): Promise<FileState | undefined> {
    const info = await this.#infoOf(index)
    const stamp = info && stampOf(info)
    if (!this.#known.has(index)) this.#known.set(index, stamp)
    if (info === undefined || stamp === undefined) return undefined
    const known = this.#known.get(index)
    return { size: Number(info.size), stamp, foreign: !known || !equal(known, stamp) }
  }

  async #infoOf(index: number): Promise<BigIntStats | undefined> {
    const path = await this.#places.pathOf(this.#files[index] as MetainfoFile)
    try {
      const info = await lstat(path, { bigint: true })
      return info.isFile() ? info : undefined
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return undefined
      throw error
    }
  }

  /** Removes a file, which nobody may be using. */
  async remove(index: number): Promise<void> {
    const entry = this.#open.get(index)
    if (entry !== undefined) this.#retire(index, entry)
    await rm(await this.#places.pathOf(this.#files[index] as MetainfoFile), { force: true })
  }

  /** Runs a job on an open file. */
  async use<T>(index: number, write: boolean, job: (handle: FileHandle) => Promise<T>): Promise<T> {
    const entry = this.#entry(index, write)
    entry.users++
    try {
      const handle = await entry.opening
      const result = await job(handle)
      if (write) entry.dirty = true
      return result
    } finally {
      entry.users--
      if (entry.retired) this.#closeUnused(entry)
    }
  }

  /** Brings everything written so far to the disk (fdatasync). */
  async sync(): Promise<void> {
    const dirty = [...this.#open.values()].filter((entry) => entry.dirty)
    for (const entry of dirty) entry.users++
    try {
      await Promise.all([...this.#closing, ...dirty.map((entry) => this.#syncEntry(entry))])
    } finally {
      for (const entry of dirty) {
        entry.users--
        if (entry.retired) this.#closeUnused(entry)
      }
    }
    if (this.#lost !== undefined) throw this.#lost
  }

  /** Syncs and closes all files; nothing may be using them. */
  async close(): Promise<void> {
    for (const [index, entry] of this.#open) this.#retire(index, entry)
    await Promise.all(this.#closing)
    if (this.#lost !== undefined) throw this.#lost
  }

  #entry(index: number, write: boolean): Entry {
    let entry = this.#open.get(index)
    if (entry !== undefined && write && !entry.writable) {
      this.#retire(index, entry)
      entry = undefined
    }
    if (entry === undefined) {
      const opening = this.#openFile(index, write)
      entry = { index, opening, writable: write, users: 0, dirty: false, retired: false }
      const added = entry
      opening.catch(() => {
        if (this.#open.get(index) === added) this.#open.delete(index)
        this.#handles.closed(added)
      })
    }
    this.#open.set(index, entry)
    const used = entry
    this.#handles.used(used, () => {
      if (used.users > 0) return false
      this.#retire(index, used)
      return true
    })
    return entry
  }

  #retire(index: number, entry: Entry): void {
    this.#open.delete(index)
    this.#handles.closed(entry)
    entry.retired = true
    this.#closeUnused(entry)
  }

  #closeUnused(entry: Entry): void {
    if (entry.users > 0) return
    const closing = this.#closeEntry(entry)
    this.#closing.add(closing)
    void closing.finally(() => this.#closing.delete(closing))
  }

  /** Brings what was written of a file to the disk, and notes how that leaves it. */
  async #syncEntry(entry: Entry): Promise<void> {
    entry.dirty = false
    await (await entry.opening).datasync()
    const info = await this.#infoOf(entry.index)
    this.#known.set(entry.index, info && stampOf(info))
  }

  async #closeEntry(entry: Entry): Promise<void> {
    try {
      const handle = await entry.opening.catch(() => undefined)
      if (entry.dirty) await this.#syncEntry(entry)
      await handle?.close()
    } catch (error) {
      this.#lost ??= error
    }
  }

  async #openFile(index: number, write: boolean): Promise<FileHandle> {
    const file = this.#files[index] as MetainfoFile
    const path = await this.#places.pathOf(file)
    await this.#enterFolders(await this.#places.of(file), write)
    const access = write ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY
    const handle = await open(path, access | CAREFULLY, 0o666)
    try {
      const info = await handle.stat()
      if (!info.isFile()) throw this.#notOurs(path)
      if (write && info.size !== file.length) await handle.truncate(file.length)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Walks to the file's folder, making what is missing; every step must be a real folder. */
  async #enterFolders(place: readonly string[], create: boolean): Promise<void> {
    let at = this.#root
    for (const name of place.slice(0, -1)) {
      at = join(at, name)
      if (create) {
        await mkdir(at).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error
        })
      }
      if (!(await lstat(at)).isDirectory()) throw this.#notOurs(at)
    }
  }

  #notOurs(path: string): Failure {
    return new Failure(refuse('not-writable', `${path} is a link or not what the torrent names`))
  }
}
