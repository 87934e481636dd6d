/**
 * The disk as a power cut leaves it, rebuilt from what a program had before and a record of its
 * writes.
 *
 * Data: what was written before a sync of the file began, and that sync ended, is there. Of the
 * rest each sector of each write, and each change of a length, is there or not by the dice. Names
 * (made, renamed, removed) change in order, as in the journal of ext4 or XFS: every sync of any
 * file brings all earlier ones to the disk, and of those behind the last sync some first part is
 * there.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { DiskEvent } from './recorder.js'

const SECTOR_BYTES = 512

/** How the power cut falls. */
export interface Cut {
  /** Which sectors that were not synced are there all the same. */
  readonly seed: string
  /** Files whose syncs the disk only pretends to do. */
  readonly lies?: RegExp
}

/** Where the program's files are now, and where they were when it began. */
export interface Place {
  readonly now: string
  readonly before: string
}

type Change = Extract<DiskEvent, { kind: 'write' | 'length' }> & { readonly order: number }

/** One file, whatever its name. */
interface Content {
  readonly base: Buffer
  readonly changes: Change[]
  /** Changes before this place in the record are on the disk. */
  safe: number
}

/** Numbers from a seed, each below `below`. */
function dice(seed: string): (below: number) => number {
  let count = 0
  return (below) => {
    const hash = createHash('sha256').update(`${seed} ${count++}`).digest()
    return hash.readUInt32BE(0) % below
  }
}

/** What a program did, replayed up to the cut. */
class Replay {
  readonly #cut: Cut
  /** Names as the program saw them, and the changes of names with their place in the record. */
  readonly #names: Map<string, Content>
  readonly #renamings: { order: number; apply: (names: Map<string, Content>) => void }[] = []
  readonly #before: ReadonlyMap<string, Content>
  readonly #inodes = new Map<bigint, { content: Content; path: string }>()
  readonly #syncs = new Map<bigint, number>()
  /** Names before this place in the record are on the disk. */
  #safeNames = 0

  constructor(before: ReadonlyMap<string, Content>, cut: Cut) {
    this.#before = before
    this.#names = new Map(before)
    this.#cut = cut
  }

  #name(order: number, apply: (names: Map<string, Content>) => void): void {
    apply(this.#names)
    this.#renamings.push({ order, apply })
  }

  add(event: DiskEvent, order: number): void {
    switch (event.kind) {
      case 'open':
        return this.#open(event, order)
      case 'write':
      case 'length': {
        this.#inodes.get(event.inode)?.content.changes.push({ ...event, order })
        return
      }
      case 'sync':
        this.#syncs.set(event.id, order)
        return
      case 'synced':
        return this.#synced(event)
      case 'rename':
        return this.#name(order, (names) => {
          const content = names.get(event.from)
          names.delete(event.from)
          if (content !== undefined) names.set(event.to, content)
        })
      default:
        return this.#name(order, (names) => names.delete(event.path))
    }
  }

  #open({ fresh, inode, path }: Extract<DiskEvent, { kind: 'open' }>, order: number): void {
    const known = this.#names.get(path)
    const content = known ?? { base: Buffer.alloc(0), changes: [], safe: 0 }
    this.#inodes.set(inode, { content, path })
    if (known === undefined) this.#name(order, (names) => names.set(path, content))
    else if (fresh) content.changes.push({ kind: 'length', inode, length: 0, order })
  }

  #synced({ id, inode }: Extract<DiskEvent, { kind: 'sync' | 'synced' }>): void {
    const file = this.#inodes.get(inode)
    const began = this.#syncs.get(id) ?? 0
    if (file === undefined || this.#cut.lies?.test(file.path)) return
    file.content.safe = Math.max(file.content.safe, began)
    this.#safeNames = Math.max(this.#safeNames, began)
  }

  /** Files by path, as they are found after the cut. */
  get left(): Map<string, Buffer> {
    const roll = dice(this.#cut.seed)
    const open = this.#renamings.filter(({ order }) => order >= this.#safeNames).length
    const kept = this.#renamings.length - open + roll(open + 1)
    const names = new Map(this.#before)
    for (const { apply } of this.#renamings.slice(0, kept)) apply(names)
    return new Map([...names].map(([path, content]) => [path, bytesOf(content, roll)]))
  }
}

/** Bytes that grow without being copied each time. */
class Growing {
  #room: Buffer
  #length: number

  constructor(base: Buffer) {
    this.#room = base
    this.#length = base.length
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length)
  }

  resize(length: number): void {
    if (length > this.#room.length) {
      const room = Buffer.alloc(2 * length)
      this.bytes.copy(room)
      this.#room = room
    } else if (length < this.#length) {
      this.#room.fill(0, length)
    }
    this.#length = length
  }

  put(at: number, data: Buffer): void {
    if (at + data.length > this.#length) this.resize(at + data.length)
    data.copy(this.#room, at)
  }
}

function bytesOf({ base, changes, safe }: Content, roll: (below: number) => number): Buffer {
  const file = new Growing(Buffer.from(base))
  for (const change of changes) {
    const kept = () => change.order < safe || roll(2) === 0
    if (change.kind === 'length') {
      if (kept()) file.resize(change.length)
      continue
    }
    const { at, data } = change
    for (let from = 0; from < data.length; ) {
      const to = Math.min(data.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES))
      if (kept()) file.put(at + from, data.subarray(from, to))
      from = to
    }
  }
  return file.bytes
}

/** Files of a folder and what is in them. */
function filesIn({ before, now }: Place): [string, Content][] {
  if (!existsSync(before)) return []
  const entries = readdirSync(before, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = { base: readFileSync(path), changes: [], safe: 0 }
      return [join(now, relative(before, path)), content] as [string, Content]
    })
}

/** Puts the files of a program's places into the state after the cut. */
export function cutPower(places: readonly Place[], record: readonly DiskEvent[], cut: Cut): void {
  const replay = new Replay(new Map(places.flatMap(filesIn)), cut)
  for (const [order, event] of record.entries()) replay.add(event, order)
  const { left } = replay
  for (const { now } of places) {
    rmSync(now, { recursive: true, force: true })
    mkdirSync(now, { recursive: true })
  }
  for (const [path, bytes] of left) {
    // The index of SQLite's log is memory: whoever opens the database first makes it anew.
    const ours = places.some(({ now }) => path.startsWith(`${now}/`))
    if (!ours || path.endsWith('-shm')) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes, { mode: 0o600 })
  }
}
