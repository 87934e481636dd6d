/**
 * The rows of peer lists in SQL.
 */
import type { ListRows } from './list-rows.js'
import { number, type Sql } from './sql.js'

/** Of a supplementary grant: all of its buyer for the content. */
const SHARED = `SELECT g.id FROM grants g
  WHERE g.buyer = ? AND g.content = ? AND g.only IS NOT NULL`

/** Peer lists of grants, and whom they named. */
export function createListRows(sql: Sql): ListRows {
  return {
    setList: async (id, list, nowMs) => {
      sql.run('UPDATE grants SET list = ?, listed = ? WHERE id = ?', list, nowMs, id)
    },
    unlist: async (id) => {
      sql.run('UPDATE grants SET listed = 0 WHERE id = ?', id)
    },
    listedTo: async (content, since, nowMs) =>
      sql
        .all(
          `SELECT DISTINCT buyer FROM grants WHERE content = ? AND listed > ? AND only IS NULL
           AND closed = 0 AND ended IS NULL AND spend_until > ?`,
          ...[content, since, nowMs],
        )
        .map((row) => number(row, 'buyer')),
    named: async ({ id, buyer, content, only }) => {
      const [of, keys] = only === undefined ? ['?', [id]] : [SHARED, [buyer, content]]
      const text = `SELECT n.seller, max(n.listed) AS listed, min(n.replaced) AS replaced,
        max(n.asked OR EXISTS (SELECT 1 FROM settled s
          WHERE s.grant_id = n.grant_id AND s.seller = n.seller)) AS asked
        FROM named n WHERE n.grant_id IN (${of}) GROUP BY n.seller`
      return sql.all(text, ...keys).map((row) => ({
        ...{ seller: number(row, 'seller'), listed: number(row, 'listed') },
        asked: row.asked === 1n,
        replaced: row.replaced === 1n && row.asked === 0n,
      }))
    },
    setNamed: async (id, sellers, nowMs) => {
      const text = `INSERT INTO named (grant_id, seller, listed) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET listed = excluded.listed, replaced = 0`
      for (const seller of sellers) sql.run(text, id, seller, nowMs)
    },
    replaceNamed: async ({ id, buyer, content, only }, sellers) => {
      const [of, keys] = only === undefined ? ['?', [id]] : [SHARED, [buyer, content]]
      const text = `UPDATE named SET replaced = 1 WHERE seller = ? AND grant_id IN (${of})`
      for (const seller of sellers) sql.run(text, seller, ...keys)
    },
    setAsked: async (rid, seller) => {
      sql.run(
        `UPDATE named SET asked = 1 WHERE seller = ? AND asked = 0
         AND grant_id = (SELECT id FROM grants WHERE rid = ?)`,
        ...[seller, rid],
      )
    },
  }
}
