/**
 * The rows of vouchers in SQL.
 */
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'
import type { VoucherRow, VoucherRows } from './voucher-rows.js'

/** Vouchers; a voucher is redeemed once, whatever asks for it. */
export function createVoucherRows(sql: Sql): VoucherRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : voucherRow(row))
  return {
    insert: async ({ hash, amount, note, source, made, until }) => {
      const text = `INSERT INTO vouchers (hash, amount, note, source, made, until)
        VALUES (?, ?, ?, ?, ?, ?)`
      return sql.run(text, hash, amount, note, source ?? null, made, until).id
    },
    byHash: async (hash) => one(sql.get('SELECT * FROM vouchers WHERE hash = ?', hash)),
    byId: async (id) => one(sql.get('SELECT * FROM vouchers WHERE id = ?', id)),
    all: async (nowMs, maxCount) =>
      sql
        .all(
          `SELECT * FROM vouchers WHERE ? IS NULL OR member IS NULL AND voided IS NULL AND until > ?
           ORDER BY id DESC LIMIT ?`,
          ...[nowMs ?? null, nowMs ?? null, maxCount],
        )
        .map(voucherRow),
    redeemed: async () =>
      sql.all('SELECT * FROM vouchers WHERE member IS NOT NULL ORDER BY id').map(voucherRow),
    redeem: async (id, member, commit) => {
      const text = `UPDATE vouchers SET member = ?, commit_id = ? WHERE id = ? AND member IS NULL`
      sql.run(text, member, commit, id)
    },
    void: async (id, nowMs) => {
      const text = `UPDATE vouchers SET voided = ? WHERE id = ? AND member IS NULL`
      sql.run(text, nowMs, id)
    },
  }
}

const maybe = (row: SqlRow, column: string): number | undefined =>
  row[column] === null ? undefined : number(row, column)

const voucherRow = (row: SqlRow): VoucherRow => ({
  id: number(row, 'id'),
  hash: blob(row, 'hash'),
  amount: money(row, 'amount'),
  note: name(row, 'note'),
  source: row.source === null ? undefined : blob(row, 'source'),
  made: number(row, 'made'),
  until: number(row, 'until'),
  voided: maybe(row, 'voided'),
  member: maybe(row, 'member'),
  commit: maybe(row, 'commit_id'),
})
