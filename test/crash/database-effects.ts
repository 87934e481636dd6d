/**
 * Transactions as effects: a commit that wrote something, or a single write outside a transaction.
 *
 * In a member's process one that writes to `earned` is a credit, any other a save; in the tracker's
 * each is a commit. Patched are the statements and `exec` of better-sqlite3, which is how its own
 * transactions and ours end.
 */
import Database from 'better-sqlite3'
import type { Effects, Kind } from './effects.js'

const WRITES = /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)/i
const INSERTED = /^\s*INSERT[^(]*\(([^)]*)\)/i
/** Columns whose values say which row it is. */
const TELLING = new Set(['k', 'piece', 'counter', 'kind'])
const WHAT_MAX_CHARACTERS = 120

interface Statement {
  readonly source: string
  readonly database: Database.Database
}
type Call = (this: Statement, ...params: unknown[]) => unknown

/** A write in a few words: `paid k=7 piece=3`, `asked`. */
function describe(table: string, source: string, params: readonly unknown[]): string {
  const columns = INSERTED.exec(source)?.[1]?.split(',') ?? []
  const values = columns.flatMap((column, index) => {
    const value = params[index]
    const telling = TELLING.has(column.trim()) && /^(bigint|number|string)$/.test(typeof value)
    return telling ? [`${column.trim()}=${value}`] : []
  })
  return [table, ...values].join(' ')
}

/** Counts the writing transactions of every database of this process. */
export function watchDatabases(effects: Effects, role: 'member' | 'tracker'): void {
  const open = new WeakMap<Database.Database, string[]>()
  const begin = (writes: readonly string[]): (() => void) => {
    const earns = writes.some((write) => write.startsWith('earned '))
    const own: Kind = earns ? 'credit' : 'save'
    const what = [...new Set(writes)].join(', ').slice(0, WHAT_MAX_CHARACTERS)
    return effects.begin(role === 'tracker' ? 'commit' : own, what)
  }
  const ending = <T>(database: Database.Database, commit: () => T): T => {
    const writes = open.get(database) ?? []
    open.delete(database)
    const done = writes.length > 0 ? begin(writes) : undefined
    const result = commit()
    done?.()
    return result
  }
  const watched = (call: Call): Call =>
    function (...params) {
      const { source, database } = this
      const perform = () => call.apply(this, params)
      if (/^\s*COMMIT/i.test(source)) return ending(database, perform)
      if (/^\s*ROLLBACK\s*$/i.test(source)) open.delete(database)
      const table = WRITES.exec(source)?.[1]
      if (table === undefined) return perform()
      const write = describe(table, source, params)
      if (database.inTransaction) {
        open.set(database, [...(open.get(database) ?? []), write])
        return perform()
      }
      const done = begin([write])
      const result = perform()
      done()
      return result
    }
  const probe = new Database(':memory:')
  const statements = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Record<string, Call>
  probe.close()
  for (const name of ['run', 'get', 'all']) statements[name] = watched(statements[name] as Call)
  const exec = Database.prototype.exec
  Database.prototype.exec = function (source) {
    if (/^\s*ROLLBACK/i.test(source)) open.delete(this)
    return /^\s*COMMIT/i.test(source)
      ? ending(this, () => exec.call(this, source))
      : exec.call(this, source)
  }
}
