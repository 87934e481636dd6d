/**
 * The database file: the one place of the tracker that knows SQLite (design D13, §6).
 *
 * WAL with synchronous=FULL: in a power cut NORMAL loses acknowledged transfers, and SQLite falls
 * back to NORMAL after the first write in WAL mode unless FULL is set explicitly on every open, so
 * it is set and, after the first write, looked at again. Transactions are queued one behind the
 * other, because they share one connection; other processes wait through busy_timeout.
 */
import { chmodSync } from 'node:fs'
import Database from 'better-sqlite3'
import { assert, Failure, type Refusal, refuse } from '../shared/errors.js'
import { databaseRefusal } from '../shared/thrown.js'
import type { Rows, Store } from './rows.js'
import type { Param, Sql, SqlRow } from './sql.js'
import { createCaseRows } from './store-cases.js'
import { createDemandRows } from './store-demand.js'
import { createFlowRows, createSourceRows } from './store-flows.js'
import { createClaimRows, createGrantRows } from './store-grants.js'
import { createInvitationRows } from './store-invitations.js'
import { createLetterRows } from './store-letters.js'
import { createPayoutRows } from './store-payouts.js'
import {
  createCatalogRows,
  createFreeRows,
  createLedgerRows,
  createMemberRows,
  createRevocationRows,
} from './store-rows.js'
import { SCHEMA, SCHEMA_VERSION } from './store-schema.js'
import { createStatementRows } from './store-statement.js'
import { createVoucherRows } from './store-vouchers.js'

/** How long a statement waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 10_000
/** Pages in the write-ahead log before it is folded back: 16 MiB, some thousand commits. */
const CHECKPOINT_PAGES = 4000
const SYNCHRONOUS_FULL = 2n
const FILE_MODE = 0o600

/**
 * Every database and statement of this process: better-sqlite3 12 aborts on Node 24.19 and later
 * when one is garbage collected outside of a call from JavaScript, so none ever is.
 */
const kept: unknown[] = []

function openFile(path: string, options: Database.Options = {}): Database.Database {
  const database = new Database(path, options)
  kept.push(database)
  // Names, balances and claims are nobody else's business; the log files take over this mode.
  chmodSync(path, FILE_MODE)
  return database
}

/** The one value that a statement gives. */
function read(database: Database.Database, text: string): unknown {
  const statement = database.prepare(text).pluck()
  kept.push(statement)
  return statement.get()
}

/** What an exception of SQLite means to a person, or the exception itself. */
function explained(error: unknown): unknown {
  // better-sqlite3 throws this one itself, without a code.
  if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
    return new Failure(refuse('not-writable', 'the folder of the database does not exist'))
  }
  const known = databaseRefusal(error)
  return known === undefined ? error : new Failure(known)
}

/** Opens the database at `path` and makes the tables when it is new; refuses another version. */
export function openStore(path: string): Store | Refusal {
  try {
    const database = openFile(path)
    database.defaultSafeIntegers(true)
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec('PRAGMA foreign_keys = ON')
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    const problem = prepareSchema(database)
    if (problem === undefined) return createStore(database)
    database.close()
    return problem
  } catch (error) {
    const known = explained(error)
    if (known instanceof Failure) return refuse(known.code, `${known.message}: ${path}`)
    throw known
  }
}

/** Makes the tables in one transaction, so that two processes that start together agree. */
function prepareSchema(database: Database.Database): Refusal | undefined {
  database.exec('BEGIN IMMEDIATE')
  const version = read(database, 'PRAGMA user_version')
  if (version === 0n) database.exec(SCHEMA)
  database.exec('COMMIT')
  if (version === 0n || version === SCHEMA_VERSION) return undefined
  return refuse('not-readable', `the database has version ${version}, not ${SCHEMA_VERSION}`)
}

function createStore(database: Database.Database): Store {
  const sql = createSql(database)
  const rows: Rows = {
    ledger: createLedgerRows(sql),
    members: createMemberRows(sql),
    invitations: createInvitationRows(sql),
    revocations: createRevocationRows(sql),
    catalog: createCatalogRows(sql),
    demand: createDemandRows(sql),
    grants: createGrantRows(sql),
    claims: createClaimRows(sql),
    sources: createSourceRows(sql),
    flows: createFlowRows(sql),
    free: createFreeRows(sql),
    cases: createCaseRows(sql),
    letters: createLetterRows(sql),
    vouchers: createVoucherRows(sql),
    payouts: createPayoutRows(sql),
    statements: createStatementRows(sql),
  }
  let last: Promise<unknown> = Promise.resolve()
  let checked = false

  async function run<T>(begin: string, work: (rows: Rows) => Promise<T>): Promise<T> {
    database.exec(begin)
    try {
      const result = await work(rows)
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
  function queue<T>(begin: string, work: (rows: Rows) => Promise<T>): Promise<T> {
    const turn = last
      .then(() => run(begin, work))
      .catch((error) => Promise.reject(explained(error)))
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    write: async (work) => {
      const result = await queue('BEGIN IMMEDIATE', work)
      if (!checked) {
        const synchronous = read(database, 'PRAGMA synchronous')
        assert(synchronous === SYNCHRONOUS_FULL, `synchronous is ${synchronous}, not FULL`)
        checked = true
      }
      return result
    },
    read: (work) => queue('BEGIN', work),
    close: () => database.close(),
  }
}

function createSql(database: Database.Database): Sql {
  const statements = new Map<string, Database.Statement>()
  kept.push(statements)
  const prepared = (text: string): Database.Statement => {
    const known = statements.get(text)
    if (known !== undefined) return known
    const statement = database.prepare(text)
    statements.set(text, statement)
    return statement
  }
  const bound = (params: readonly Param[]): Exclude<Param, number>[] =>
    params.map((param) => (typeof param === 'number' ? BigInt(param) : param))
  return {
    get: (text, ...params) => prepared(text).get(...bound(params)) as SqlRow | undefined,
    all: (text, ...params) => prepared(text).all(...bound(params)) as SqlRow[],
    run: (text, ...params) => {
      const { lastInsertRowid, changes } = prepared(text).run(...bound(params))
      return { id: Number(lastInsertRowid), changes }
    },
  }
}

/**
 * Takes the lock that keeps a second server off the same home, and gives the function that frees
 * it.
 *
 * It is an exclusive transaction on a file of its own: the system drops it when the process ends in
 * whatever way, and topup or publish, which do not ask for it, work beside a server.
 */
export function lockHome(path: string): (() => void) | Refusal {
  let database: Database.Database | undefined
  try {
    database = openFile(path, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
    const held = database
    return () => held.close()
  } catch (error) {
    database?.close()
    const known = explained(error)
    if (!(known instanceof Failure)) throw known
    if (known.code !== 'home-in-use') return refuse(known.code, `${known.message}: ${path}`)
    return refuse('home-in-use', `another tracker serves this home already: ${path}`)
  }
}
