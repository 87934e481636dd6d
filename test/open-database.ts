/**
 * A database as a test looks into it, or edits it.
 *
 * better-sqlite3 12 aborts the process on Node 24.19 and later when one of its statements or
 * databases is collected outside of a call from JavaScript, so all of them are kept.
 */
import Database from 'better-sqlite3'

const kept: unknown[] = []

/** Opens a database file. */
export function openDatabase(path: string, options?: Database.Options): Database.Database {
  const database = new Database(path, options)
  const prepare = database.prepare.bind(database)
  kept.push(database)
  return Object.assign(database, {
    prepare: (text: string) => {
      const statement = prepare(text)
      kept.push(statement)
      return statement
    },
  })
}
