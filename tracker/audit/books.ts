/**
 * The books as an auditor opens them: to read only.
 *
 * better-sqlite3 12 aborts the process on Node 24.19 and later when a database, a statement or an
 * iterator is collected outside of a call from JavaScript, so all are kept, as in the store.
 */
import Database from 'better-sqlite3'

/** Everything that was opened in this process: few databases, some thirty statements each. */
const kept: unknown[] = []

function keep<T>(opened: T): T {
  kept.push(opened)
  return opened
}

/** An open database; every integer comes as a bigint. */
export interface Books {
  prepare(text: string): Pick<Database.Statement, 'all' | 'get'>
  /** Rows one by one: there may be more than memory holds. */
  rows(text: string): Iterable<unknown>
  exec(text: string): void
  close(): void
}

/** Opens a database that is there; throws what SQLite throws. */
export function openBooks(path: string): Books {
  const database = keep(new Database(path, { readonly: true, fileMustExist: true }))
  database.defaultSafeIntegers(true)
  const prepare = (text: string): Database.Statement => keep(database.prepare(text))
  return {
    prepare,
    rows: (text) => keep(prepare(text).iterate()),
    exec: (text) => {
      database.exec(text)
    },
    close: () => {
      database.close()
    },
  }
}
