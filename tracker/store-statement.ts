/**
 * The rows of statements in SQL.
 */
import { number, type Sql } from './sql.js'
import type { StatementRows } from './statement-rows.js'
import { claimRow } from './store-grants.js'

/** Commits of an account; each side has its index. */
export function createStatementRows(sql: Sql): StatementRows {
  return {
    commitsOf: async (account, after, maxCount) => {
      const side = (name: 'debit' | 'credit'): string =>
        `SELECT * FROM (SELECT DISTINCT commit_id FROM transfers
           WHERE ${name} = (SELECT id FROM accounts WHERE name = ?) AND commit_id > ?
           ORDER BY commit_id LIMIT ?)`
      const text = `${side('debit')} UNION ${side('credit')} ORDER BY commit_id LIMIT ?`
      const params = [account, after, maxCount]
      return sql.all(text, ...params, ...params, maxCount).map((row) => number(row, 'commit_id'))
    },
    paidIn: async (commit) =>
      sql.all('SELECT * FROM claims WHERE commit_id = ? ORDER BY id', commit).map(claimRow),
    endedIn: async (commit) => {
      const row = sql.get('SELECT * FROM claims WHERE ended = ?', commit)
      return row === undefined ? undefined : claimRow(row)
    },
  }
}
