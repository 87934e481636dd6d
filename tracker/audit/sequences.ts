/**
 * Whether anything was taken out: what is numbered is numbered without gaps. Plain SQL, like all of
 * the auditor.
 *
 * The tracker removes no such row, and SQLite numbers the next one after the highest. Only what was
 * last of all can be missing without a gap: then its money is, too.
 */
import type { Books } from './books.js'

type Expect = (holds: boolean, problem: string) => void

/** Tables whose rows are numbered from 1. */
const NUMBERED = [
  'accounts',
  'cases',
  'claims',
  'commits',
  'contents',
  'grants',
  'members',
  'payouts',
  'terms',
  'vouchers',
]

/** Lines that are numbered from 0 within what they belong to. */
const LINES = [
  ['transfers', 'commit_id'],
  ['case_events', 'case_id'],
] as const

/** Looks for gaps; gives what was checked in words. */
export function checkSequences(database: Books, expect: Expect): string {
  for (const table of NUMBERED) {
    const text = `SELECT id - place AS gap, id FROM
      (SELECT id, row_number() OVER (ORDER BY id) AS place FROM ${table}) WHERE gap <> 0 LIMIT 1`
    const found = database.prepare(text).get() as { id: bigint } | undefined
    expect(found === undefined, `${table}: a gap in the numbers before ${found?.id}`)
  }
  for (const [table, owner] of LINES) {
    const text = `SELECT ${owner} AS owner FROM ${table} GROUP BY ${owner}
      HAVING min(line) <> 0 OR max(line) <> count(*) - 1 LIMIT 1`
    const found = database.prepare(text).get() as { owner: bigint } | undefined
    expect(found === undefined, `${table} of ${found?.owner}: a gap in the lines`)
  }
  return `nothing is missing between the first and the last of ${NUMBERED.length} kinds of rows`
}
