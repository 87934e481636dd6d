/**
 * The books of both sides as plain SQL, read from outside: wallets, and the tracker's database.
 */
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { openDatabase } from '../open-database.js'

function read<T>(path: string, look: (database: Database.Database) => T): T {
  const database = openDatabase(path, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    database.defaultSafeIntegers(true)
    return look(database)
  } finally {
    database.close()
  }
}

interface PaidRow {
  readonly rid: string
  readonly k: bigint
  readonly piece: bigint
}

/** What a run's wallets hold of the trade. */
export interface TradeBooks {
  /** Grants of the buyer. */
  readonly grants: readonly { rid: string; price: bigint }[]
  /** What the buyer says it paid, by counter; what the seller holds tokens of. */
  readonly paid: readonly PaidRow[]
  readonly earned: readonly PaidRow[]
  /** Payments up to this counter are receipted; 0 is none. */
  readonly receipted: bigint
  /** Payments up to this counter are signed for in the seller's hands. */
  readonly signed: bigint
  /** Pieces delivered and not paid for, in the seller's books. */
  readonly owed: bigint
  readonly credited: bigint
}

/** Tokens in the seller's wallet, by counter. */
export function earnedIn(folder: string): PaidRow[] {
  return read(join(folder, 'seller', 'wallet.db'), (database) => {
    return database.prepare('SELECT rid, k, piece FROM earned ORDER BY k').all() as PaidRow[]
  })
}

/** Newest counter that the buyer holds a receipt for. */
export function receiptedIn(folder: string): bigint {
  return read(join(folder, 'buyer', 'wallet.db'), (database) => {
    const query = database.prepare('SELECT coalesce(max(k), 0) FROM receipt').pluck()
    return query.get() as bigint
  })
}

/** Reads both wallets of a run. */
export function tradeBooks(folder: string): TradeBooks {
  const one = (database: Database.Database, query: string) =>
    database.prepare(query).pluck().get() as bigint
  const bought = read(join(folder, 'buyer', 'wallet.db'), (database) => ({
    grants: database.prepare('SELECT rid, price FROM bought').all() as TradeBooks['grants'],
    paid: database.prepare('SELECT rid, k, piece FROM paid ORDER BY k').all() as PaidRow[],
  }))
  const sold = read(join(folder, 'seller', 'wallet.db'), (database) => ({
    signed: one(database, 'SELECT coalesce(max(payment_k), 0) FROM met'),
    owed: one(database, 'SELECT count(*) FROM owed'),
    credited: one(database, 'SELECT coalesce(sum(credited), 0) FROM claim'),
  }))
  return { ...bought, ...sold, earned: earnedIn(folder), receipted: receiptedIn(folder) }
}

/** The tracker's database in a run's folder. */
export const trackerDatabase = (folder: string): string => join(folder, 'tracker', 'tracker.db')

const WAITING = `SELECT (SELECT count(*) FROM claims WHERE matured = 0)
  + (SELECT count(*) FROM grants WHERE held_due IS NOT NULL)`

/** Postings that the tracker still has to make when their time comes. */
export function postingsDue(folder: string): bigint {
  return read(trackerDatabase(folder), (database) => {
    return database.prepare(WAITING).pluck().get() as bigint
  })
}

/** Balances of the tracker's accounts by name. */
export function balancesIn(folder: string): ReadonlyMap<string, bigint> {
  const rows = read(trackerDatabase(folder), (database) => {
    return database.prepare('SELECT name, credits - debits AS balance FROM accounts').all()
  })
  return new Map(
    (rows as { name: string; balance: bigint }[]).map((row) => [row.name, row.balance]),
  )
}
