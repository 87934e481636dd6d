/** What errors of the system and of SQLite mean to a person, by the codes that they carry. */
import { type Code, type Refusal, refuse } from './errors.js'

const SYSTEM_ERRORS: Readonly<Record<string, readonly [code: Code, text: string]>> = {
  EADDRINUSE: ['port-in-use', 'the port is in use'],
  EACCES: ['not-writable', 'no permission'],
  EPERM: ['not-writable', 'not permitted'],
  EROFS: ['not-writable', 'the file system is read only'],
  ENOTDIR: ['not-writable', 'a part of the path is not a folder'],
  ENOENT: ['not-readable', 'no such file or folder'],
  EEXIST: ['not-writable', 'something is there already'],
  EISDIR: ['not-readable', 'it is a folder, not a file'],
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'the quota of the disk is used up'],
  // A limit on the size of files (`ulimit -f`).
  EFBIG: ['disk-full', 'the file may not grow further'],
}

/** What SQLite says by an extended code that begins so, and what a person is told then. */
const DATABASE_ERRORS: readonly (readonly [string, Code, string])[] = [
  ['SQLITE_FULL', 'disk-full', 'the disk with the database is full'],
  [
    'SQLITE_IOERR',
    'disk-full',
    'the disk does not take what the database writes: it is full, files may not grow, or it fails',
  ],
  ['SQLITE_BUSY', 'home-in-use', 'another process holds the database; try again'],
  ['SQLITE_READONLY', 'not-writable', 'the database cannot be written'],
  ['SQLITE_CANTOPEN', 'not-writable', 'the database cannot be opened or created'],
  ['SQLITE_NOTADB', 'not-readable', 'the file is not a database of this program'],
]

/** What to tell of an error of the system; undefined when it is none that a person can mend. */
export function systemRefusal(error: unknown): Refusal | undefined {
  const { code, message, path } = error as { code?: unknown; message?: unknown; path?: unknown }
  const known = SYSTEM_ERRORS[String(code)]
  if (known === undefined) return undefined
  const text = typeof path === 'string' ? `${path}: ${known[1]}` : `${known[1]} (${message})`
  return refuse(known[0], text)
}

/** Why a file could not be used, in words without its path. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return SYSTEM_ERRORS[String(code)]?.[1] ?? String(message)
}

/** What to tell of an error of SQLite; undefined when it is none, or one that shows a bug. */
export function databaseRefusal(error: unknown): Refusal | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const known = DATABASE_ERRORS.find(([prefix]) => String(code).startsWith(prefix))
  return known === undefined ? undefined : refuse(known[1], `${known[2]} (${message})`)
}

/** What some work with a database gives; refuses as its disk does. Throws what shows a bug. */
export function tryDatabase<T>(work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    const problem = databaseRefusal(error)
    if (problem === undefined) throw error
    return problem
  }
}
