/** Compiles recorder.c, and reads what it recorded of a program's writes. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The C file stands in the sources only. */
const SOURCE = fileURLToPath(new URL('../../../test/hardship/recorder.c', import.meta.url))
const HEAD_BYTES = 21

/** One thing that a program did to the disk, in the order in which it happened. */
export type DiskEvent =
  /** `fresh`: the file was made, or emptied. */
  | {
      readonly kind: 'open'
      readonly inode: bigint
      readonly path: string
      readonly fresh: boolean
    }
  | { readonly kind: 'write'; readonly inode: bigint; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'length'; readonly inode: bigint; readonly length: number }
  | { readonly kind: 'sync' | 'synced'; readonly inode: bigint; readonly id: bigint }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }

/** Compiles the recorder into a folder; gives the library's path. */
export function buildRecorder(folder: string): string {
  const library = join(folder, 'recorder.so')
  const flags = ['-Wall', '-Wextra', '-O2', '-shared', '-fPIC']
  execFileSync('gcc', [...flags, '-o', library, SOURCE, '-ldl', '-lpthread'])
  return library
}

/** The environment that makes a program record what it writes below `folder`. */
export function recording(library: string, folder: string, log: string): Record<string, string> {
  const record = { FLOODGATE_DISK: folder, FLOODGATE_DISK_LOG: log }
  // io_uring would write behind the library's back.
  return { ...record, LD_PRELOAD: library, UV_USE_IO_URING: '0' }
}

function eventOf(kind: string, [inode, a]: readonly [bigint, bigint], payload: Buffer): DiskEvent {
  const [first = '', second = ''] = payload.toString('utf8').split('\0')
  switch (kind) {
    case 'O':
      return { kind: 'open', inode, path: first, fresh: a === 1n }
    case 'W':
      return { kind: 'write', inode, at: Number(a), data: payload }
    case 'T':
      return { kind: 'length', inode, length: Number(a) }
    case 'B':
      return { kind: 'sync', inode, id: a }
    case 'E':
      return { kind: 'synced', inode, id: a }
    case 'R':
      return { kind: 'rename', from: first, to: second }
    case 'U':
      return { kind: 'remove', path: first }
    default:
      throw new Error(`the record has an entry ${kind}`)
  }
}

/** Reads a record; a last entry that the kill cut short is left out. */
export function readRecord(log: string): DiskEvent[] {
  const bytes = existsSync(log) ? readFileSync(log) : Buffer.alloc(0)
  const events: DiskEvent[] = []
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 17)
    if (end > bytes.length) break
    const kind = bytes.toString('latin1', at, at + 1)
    const figures = [bytes.readBigUInt64LE(at + 1), bytes.readBigUInt64LE(at + 9)] as const
    events.push(eventOf(kind, figures, bytes.subarray(at + HEAD_BYTES, end)))
    at = end
  }
  return events
}
