/**
 * Marks, stops and the tracker's own presence in SQL: questions over many cases at once.
 */
import type { CaseRows } from './case-rows.js'
import { number, type Sql, type SqlRow } from './sql.js'

/** Who has spent money here, or is the provider's own. */
const SPENDER = `(EXISTS (SELECT 1 FROM grants b WHERE b.buyer = o.other)
  OR EXISTS (SELECT 1 FROM members m WHERE m.id = o.other AND m.house = 1))`

/** Cases of one content. */
const IN_CONTENT = 'cases c JOIN grants g ON g.id = c.grant_id WHERE g.content = ?'

const MARKED = `SELECT c.plaintiff AS other FROM ${IN_CONTENT} AND c.accused = ?
  AND c.mark_accused = 1 AND c.id > ?
  UNION SELECT c.accused FROM ${IN_CONTENT} AND c.plaintiff = ?
  AND c.mark_plaintiff = 1 AND c.id > ?`

const MET = `SELECT c.plaintiff AS other FROM ${IN_CONTENT} AND c.accused = ?
  UNION SELECT c.accused FROM ${IN_CONTENT} AND c.plaintiff = ? AND c.accused IS NOT NULL
  UNION SELECT p.member FROM payees p JOIN grants g ON g.id = p.grant_id
    WHERE g.content = ? AND g.buyer = ? AND p.member <> g.buyer
  UNION SELECT g.buyer FROM payees p JOIN grants g ON g.id = p.grant_id
    WHERE g.content = ? AND p.member = ? AND p.member <> g.buyer`

/** What cases say together. */
export function createMarkRows(
  sql: Sql,
): Pick<CaseRows, 'stopped' | 'tally' | 'traded' | 'awake' | 'setAwake'> {
  const count = (text: string, ...params: number[]): number =>
    number(
      sql.get(`SELECT count(*) AS count FROM (${text}) o WHERE ${SPENDER}`, ...params) as SqlRow,
      'count',
    )
  return {
    stopped: async (member, content) =>
      sql.get(
        `SELECT 1 FROM ${IN_CONTENT} AND c.accused = ? AND c.kind = 'marks'
         AND c.state IN ('open', 'kept') LIMIT 1`,
        ...[content, member],
      ) !== undefined,
    tally: async (member, content) => {
      const lifted = sql.get(
        `SELECT coalesce(max(c.id), 0) AS id FROM ${IN_CONTENT} AND c.accused = ?
         AND c.kind = 'marks' AND c.state = 'lifted'`,
        ...[content, member],
      ) as SqlRow
      const since = number(lifted, 'id')
      const both = [content, member, since]
      const pair = [content, member]
      return {
        marks: count(MARKED, ...both, ...both),
        counterparties: count(MET, ...pair, ...pair, ...pair, ...pair),
      }
    },
    traded: async (member, except) =>
      sql.get(
        `SELECT 1 FROM grants WHERE buyer = ? UNION ALL
         SELECT 1 FROM payees p JOIN grants g ON g.id = p.grant_id
         WHERE p.member = ? AND g.buyer NOT IN (?, ?) LIMIT 1`,
        ...[member, member, member, except],
      ) !== undefined,
    awake: async () => {
      const row = sql.get('SELECT at FROM awake')
      return row && number(row, 'at')
    },
    setAwake: async (nowMs) => {
      const { changes } = sql.run('UPDATE awake SET at = ?', nowMs)
      if (changes === 0) sql.run('INSERT INTO awake VALUES (?)', nowMs)
    },
  }
}
