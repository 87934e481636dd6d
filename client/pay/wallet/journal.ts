/**
 * The connection that writes the saves of the exchanges; only the writing thread opens it.
 *
 * WAL with synchronous=FULL: a save that was committed outlives a power cut. WAL mode forgets FULL
 * on every open and, seen with better-sqlite3 12, after the first write (design §6), so it is set
 * on open and looked at again after the first commit.
 */
import { assert } from '../../../shared/errors.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { BOUND_CACHE, openSql } from './database.js'
import { writeSave } from './saves.js'
import { createSealing } from './sealing.js'
import type { SaveEffect } from './wallet.js'

/** Saves about one provider's grants. */
export interface Batch {
  readonly provider: Fingerprint
  readonly saves: readonly SaveEffect[]
}

/** An open journal. */
export interface Journal {
  /** Writes saves in order, all or none; they are durable when it returns. */
  commit(batches: readonly Batch[]): void
  close(): void
}

/** Opens a wallet that exists, under its key, for writing; throws what SQLite throws. */
export function openJournal(path: string, key: Uint8Array): Journal {
  const db = openSql(path)
  db.exec('PRAGMA synchronous = FULL')
  db.exec(BOUND_CACHE)
  const isFull = () => db.prepare('PRAGMA synchronous').pluck().get() === 2
  const write = writeSave(db, createSealing(key))
  const transaction = db.transaction((batches: readonly Batch[]) => {
    for (const { provider, saves } of batches) for (const save of saves) write(provider, save)
  })
  let checked = false
  return {
    commit: (batches) => {
      transaction.immediate(batches)
      if (checked) return
      assert(isFull(), 'the wallet must be synchronous=FULL')
      checked = true
    },
    close: () => db.close(),
  }
}
