/**
 * The rows of demand in SQL.
 */
import { DEMAND_DOWNLOADS_COUNT } from '../shared/tracker-limits.js'
import type { DemandRows } from './demand-rows.js'
import { number, type Sql } from './sql.js'

/** Downloads under a buyer's grants for a whole content that have not come to their end. */
const OPEN = `took IS NULL AND grant_id IN (
  SELECT id FROM grants WHERE buyer = ? AND content = ? AND only IS NULL)`

/** Purchases and downloads. */
export function createDemandRows(sql: Sql): DemandRows {
  return {
    purchases: async (dayMs, weekMs) =>
      sql
        .all(
          `SELECT content, count(*) FILTER (WHERE issued > ?) AS day, count(*) AS week
           FROM grants WHERE issued > ? AND only IS NULL GROUP BY content`,
          ...[dayMs, weekMs],
        )
        .map((row) => ({
          content: number(row, 'content'),
          day: number(row, 'day'),
          week: number(row, 'week'),
        })),
    finished: async () =>
      sql
        .all('SELECT content, took FROM downloads WHERE took IS NOT NULL')
        .map((row) => ({ content: number(row, 'content'), tookMs: number(row, 'took') })),
    began: async ({ id, content }, nowMs, bytes, anew) => {
      sql.run(
        `INSERT INTO downloads (grant_id, content, began, bytes) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET began = excluded.began, bytes = excluded.bytes
         WHERE ? AND took IS NULL`,
        ...[id, content, nowMs, bytes, anew ? 1 : 0],
      )
    },
    done: async (buyer, { id, size }, nowMs) => {
      const text = `UPDATE downloads SET took = max(0, ? - began) * ? / bytes WHERE ${OPEN}`
      if (sql.run(text, nowMs, size, buyer, id).changes === 0) return
      sql.run(
        `DELETE FROM downloads WHERE content = ? AND took IS NOT NULL AND grant_id NOT IN (
           SELECT grant_id FROM downloads WHERE content = ? AND took IS NOT NULL
           ORDER BY began DESC LIMIT ?)`,
        ...[id, id, DEMAND_DOWNLOADS_COUNT],
      )
    },
    broke: async (buyer, content) => {
      sql.run(`DELETE FROM downloads WHERE ${OPEN}`, buyer, content)
    },
    forget: async (grant) => {
      sql.run('DELETE FROM downloads WHERE grant_id = ?', grant)
    },
  }
}
