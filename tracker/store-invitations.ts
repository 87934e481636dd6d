/**
 * The rows of invitations in SQL.
 */
import type { InvitationRow, InvitationRows } from './invitation-rows.js'
import { blob, name, number, type Sql, type SqlRow } from './sql.js'

/** Invitations to register. */
export function createInvitationRows(sql: Sql): InvitationRows {
  return {
    insert: async ({ hash, note, uses, made, until }) => {
      const text = `INSERT INTO invitations (hash, note, uses, made, until) VALUES (?, ?, ?, ?, ?)`
      return sql.run(text, hash, note, uses, made, until).id
    },
    byHash: async (hash) => {
      const row = sql.get('SELECT * FROM invitations WHERE hash = ?', hash)
      return row && invitationRow(row)
    },
    all: async () => sql.all('SELECT * FROM invitations ORDER BY id DESC').map(invitationRow),
    use: async (id, nowMs) => {
      const text = `UPDATE invitations SET used = used + 1
        WHERE id = ? AND used < uses AND until > ?`
      return sql.run(text, id, nowMs).changes === 1
    },
    end: async (id, nowMs) => {
      const text = 'UPDATE invitations SET until = min(until, ?) WHERE id = ?'
      return sql.run(text, nowMs, id).changes === 1
    },
  }
}

const invitationRow = (row: SqlRow): InvitationRow => ({
  id: number(row, 'id'),
  hash: blob(row, 'hash'),
  note: name(row, 'note'),
  uses: number(row, 'uses'),
  used: number(row, 'used'),
  made: number(row, 'made'),
  until: number(row, 'until'),
})
