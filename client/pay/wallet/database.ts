/**
 * SQLite as the wallet uses it: statements are prepared once, and nothing is ever given to the
 * garbage collector.
 *
 * better-sqlite3 12, the line that runs on Node 20, aborts the process on Node 24.19 and later when
 * one of its statements or databases is collected outside of a call from JavaScript (its destructor
 * asks for an environment that is not there). A process opens few databases and a bounded number of
 * statements, so they are simply kept. For the same reason pragmas are executed, not prepared anew.
 */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { WALLET_CACHE_MAX_KIB } from '../../../shared/home-limits.js'

/** Everything that was opened in this process. */
const kept: unknown[] = []

/** A database of which only the safe part can be used. */
export interface Sql {
  /** The statement with this text, made on first use. */
  prepare(text: string): Database.Statement
  exec(text: string): void
  transaction<F extends (...args: never[]) => unknown>(work: F): Database.Transaction<F>
  /** The whole database as the bytes of a file. */
  image(): Uint8Array
  close(): void
}

/** How a database file is opened. */
export interface SqlOptions {
  /** Milliseconds to wait for another process that writes. */
  readonly timeout?: number
  readonly readonly?: boolean
  readonly fileMustExist?: boolean
}

/** The inode of a file, in decimal: a copy has another one. */
export function inodeOf(path: string): string {
  return String(statSync(path, { bigint: true }).ino)
}

/** Bounds what a connection that stays open for hours keeps of the wallet in memory. */
export const BOUND_CACHE = `PRAGMA cache_size = -${WALLET_CACHE_MAX_KIB}`

/** Opens or makes a database file. */
export function openSql(path: string, options: SqlOptions = {}): Sql {
  const database = new Database(path, options)
  const statements = new Map<string, Database.Statement>()
  kept.push(database, statements)
  return {
    prepare: (text) => {
      const known = statements.get(text)
      if (known !== undefined) return known
      const statement = database.prepare(text)
      statements.set(text, statement)
      return statement
    },
    exec: (text) => {
      database.exec(text)
    },
    transaction: (work) => database.transaction(work),
    image: () => database.serialize(),
    close: () => {
      database.close()
    },
  }
}
