/**
 * The rows of payouts in SQL.
 */
import type { PayoutRow, PayoutRows, PayoutState } from './payout-rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'

/** Payouts; a decision is written once. */
export function createPayoutRows(sql: Sql): PayoutRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : payoutRow(row))
  return {
    insert: async ({ member, commit, amount, destination, asked, made }) => {
      const text = `INSERT INTO payouts
        (member, commit_id, amount, destination, asked, made_by, why, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'asked')`
      const desk = [made?.by ?? null, made?.why ?? null]
      return sql.run(text, member, commit, amount, destination, asked, ...desk).id
    },
    byId: async (id) => one(sql.get('SELECT * FROM payouts WHERE id = ?', id)),
    byCommit: async (commit) => one(sql.get('SELECT * FROM payouts WHERE commit_id = ?', commit)),
    ofMember: async (member, maxCount) =>
      sql
        .all(
          `SELECT * FROM payouts WHERE member = ?
           ORDER BY state <> 'asked', CASE state WHEN 'asked' THEN id ELSE -id END LIMIT ?`,
          ...[member, maxCount],
        )
        .map(payoutRow),
    waiting: async (member) => {
      const text = `SELECT count(*) AS n FROM payouts WHERE member = ? AND state = 'asked'`
      return number(sql.get(text, member) as SqlRow, 'n')
    },
    returned: async (member) => {
      const text = `SELECT coalesce(sum(amount), 0) AS sum FROM payouts
        WHERE member = ? AND state = 'returned'`
      return money(sql.get(text, member) as SqlRow, 'sum')
    },
    all: async (done, maxCount) => {
      const text = done
        ? 'SELECT * FROM payouts ORDER BY id DESC LIMIT ?'
        : `SELECT * FROM payouts WHERE state = 'asked' ORDER BY id LIMIT ?`
      return sql.all(text, maxCount).map(payoutRow)
    },
    decide: async (id, { state, decided, who, note, settled }) => {
      sql.run(
        `UPDATE payouts SET state = ?, decided = ?, who = ?, note = ?, settled = ?
         WHERE id = ? AND state = 'asked'`,
        ...[state, decided, who, note, settled, id],
      )
    },
  }
}

const payoutRow = (row: SqlRow): PayoutRow => ({
  id: number(row, 'id'),
  member: number(row, 'member'),
  commit: number(row, 'commit_id'),
  amount: money(row, 'amount'),
  destination: blob(row, 'destination'),
  asked: number(row, 'asked'),
  made: row.made_by === null ? undefined : { by: name(row, 'made_by'), why: name(row, 'why') },
  state: name<PayoutState>(row, 'state'),
  decided: row.decided === null ? undefined : number(row, 'decided'),
  who: row.who === null ? undefined : name(row, 'who'),
  note: row.note === null ? undefined : name(row, 'note'),
  settled: row.settled === null ? undefined : number(row, 'settled'),
})
