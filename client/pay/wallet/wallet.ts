/**
 * The wallet: one SQLite file that holds everything a crash must not lose.
 *
 * WAL with synchronous=FULL, set on every open because SQLite's WAL mode forgets it (design §6).
 * The file is 0600: it holds grant keys and unspent tokens. Writes of one turn share one
 * transaction (`commit`), and what they protect leaves after it (D13).
 */
import { chmodSync, existsSync } from 'node:fs'
import { assert, Failure, refuse } from '../../../shared/errors.js'
import type { Effect } from '../../../shared/exchange/exchange.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { ClaimBook } from './claims.js'
import { openSql, type Sql } from './database.js'
import { GrantBook } from './grants.js'
import { HistoryBook } from './history.js'
import { ProviderBook } from './providers.js'
import { writeSave } from './saves.js'
import { SCHEMA, SCHEMA_VERSION } from './schema.js'

/** One saved effect of an exchange. */
export type SaveEffect = Extract<Effect, { do: 'save' }>

/** The open wallet, by theme. */
export interface Wallet {
  readonly providers: ProviderBook
  readonly grants: GrantBook
  /** Exchanges under one provider's grants. */
  history(provider: Fingerprint): HistoryBook
  readonly claims: ClaimBook
  /** Writes saves about one provider's grants in order, all or none; durable when it returns. */
  commit(provider: Fingerprint, saves: readonly SaveEffect[]): void
  close(): void
}

/** Opens or makes the wallet; fails as not-writable when the folder does not allow it. */
export function openWallet(path: string): Wallet {
  const db = openDatabase(path)
  const write = writeSave(db)
  const commit = db.transaction((provider: Fingerprint, saves: readonly SaveEffect[]) => {
    for (const save of saves) write(provider, save)
  })
  return {
    providers: new ProviderBook(db),
    grants: new GrantBook(db),
    history: (provider) => new HistoryBook(db, provider),
    claims: new ClaimBook(db),
    commit: (provider, saves) => commit.immediate(provider, saves),
    close: () => db.close(),
  }
}

function openDatabase(path: string): Sql {
  const fresh = !existsSync(path)
  let db: Sql
  try {
    db = openSql(path)
    if (fresh) chmodSync(path, 0o600)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
  } catch (error) {
    throw new Failure(refuse('not-writable', `${path}: ${(error as Error).message}`))
  }
  const version = db.prepare('PRAGMA user_version').pluck().get()
  if (version === 0) {
    const create = db.transaction(() => {
      db.exec(SCHEMA)
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
    create.immediate()
  } else if (version !== SCHEMA_VERSION) {
    throw new Failure(refuse('not-readable', `${path} was written by another version`))
  }
  const synchronous = db.prepare('PRAGMA synchronous').pluck().get()
  assert(synchronous === 2, 'the wallet must be synchronous=FULL')
  return db
}
