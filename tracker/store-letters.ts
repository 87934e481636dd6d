/** The rows of letters in SQL. */
import type { LetterRows } from './letter-rows.js'
import { blob, name, number, type Sql } from './sql.js'

/** Letters that wait for their sellers. */
export function createLetterRows(sql: Sql): LetterRows {
  const waiting = `FROM letters l JOIN grants g ON g.id = l.grant_id
    WHERE l.seller = ? AND g.closed = 0 AND g.claim_until >= ? AND l.id > ?`
  return {
    put: async ({ grant, seller, body, at }) => {
      sql.run('DELETE FROM letters WHERE grant_id = ? AND seller = ?', grant, seller)
      const text = 'INSERT INTO letters (grant_id, seller, body, at) VALUES (?, ?, ?, ?)'
      sql.run(text, grant, seller, body, at)
    },
    to: async (seller, nowMs, { after, maxCount }) =>
      sql
        .all(
          `SELECT l.id, l.body, (SELECT uid FROM members WHERE id = g.buyer) AS buyer,
             (SELECT cid FROM contents WHERE id = g.content) AS cid
           ${waiting} ORDER BY l.id LIMIT ?`,
          ...[seller, nowMs, after, maxCount],
        )
        .map((row) => ({
          id: number(row, 'id'),
          from: name(row, 'buyer'),
          cid: name(row, 'cid'),
          body: blob(row, 'body'),
        })),
    count: async (seller, nowMs, after = 0) => {
      const row = sql.get(`SELECT count(*) AS letters ${waiting}`, seller, nowMs, after)
      return row === undefined ? 0 : number(row, 'letters')
    },
    take: async (id, seller) => {
      sql.run('DELETE FROM letters WHERE id = ? AND seller = ?', id, seller)
    },
    forget: async (grant) => {
      sql.run('DELETE FROM letters WHERE grant_id = ?', grant)
    },
  }
}
