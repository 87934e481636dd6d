/**
 * One process per home: an exclusive lock that ends with the process, however that ends.
 *
 * The lock is a transaction held open on an SQLite file of its own, that is a lock of the operating
 * system: after kill -9 nothing is left behind that someone would have to clear.
 */
import { type Refusal, refuse } from '../../../shared/errors.js'
import { openSql, type Sql } from './database.js'

/** A held lock. */
export interface HomeLock {
  release(): void
}

/**
 * Takes the lock file at `path`, making it when missing; refuses as home-in-use or not-writable.
 */
export function lockHome(path: string, folder: string): HomeLock | Refusal {
  let db: Sql | undefined
  try {
    db = openSql(path, { timeout: 0 })
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db?.close()
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('SQLITE_BUSY') === true) {
      return refuse(
        'home-in-use',
        `another process uses ${folder}, such as a seed, which claims by itself; ` +
          'stop it first, or choose another folder with --home',
      )
    }
    return refuse('not-writable', `${path}: ${message}`)
  }
  const held = db
  return { release: () => held.close() }
}
