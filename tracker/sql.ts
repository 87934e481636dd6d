/**
 * Statements and columns, without naming the database that runs them.
 *
 * The row files ask in SQL text through this; tracker/store.ts alone knows what answers.
 */
import { type Amount, amount } from '../shared/amount.js'

/** What a statement takes; whole numbers become 64-bit integers. */
export type Param = string | number | bigint | Uint8Array | null
/** What a column gives: every integer is a bigint, so that no amount is ever rounded. */
export type Column = string | bigint | Uint8Array | null
export type SqlRow = Readonly<Record<string, Column>>

/** Statements by their text; prepared once. */
export interface Sql {
  get(text: string, ...params: readonly Param[]): SqlRow | undefined
  all(text: string, ...params: readonly Param[]): SqlRow[]
  /** Gives the row id of an insert, and how many rows were changed. */
  run(text: string, ...params: readonly Param[]): { id: number; changes: number }
}

/** Reads a column that is an integer small enough for a number. */
export const number = (row: SqlRow, column: string): number => Number(row[column] as bigint)
/** Reads a column of money. */
export const money = (row: SqlRow, column: string): Amount => amount(row[column] as bigint)
/** Reads a column of bytes, as plain bytes. */
export const blob = (row: SqlRow, column: string): Uint8Array =>
  new Uint8Array(row[column] as Uint8Array)
/** Reads a column of text under the brand that it was written with. */
export const name = <T extends Column & string>(row: SqlRow, column: string): T => row[column] as T
