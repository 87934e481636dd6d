/**
 * The rows of payment sources and flows in SQL.
 */
import type { Cid, Uid } from '../shared/identifier.js'
import type {
  FlowEventRow,
  FlowRow,
  FlowRows,
  FlowState,
  SourceKind,
  SourceRows,
} from './flow-rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'

/** Of a case: what its verdict paid to its plaintiff. */
const AWARD = 'from_escrow + from_held + from_rest'

/** Payment sources. */
export function createSourceRows(sql: Sql): SourceRows {
  return {
    add: async (source, member) => {
      const { bytes, kind } = source
      sql.run('INSERT OR IGNORE INTO sources VALUES (?, ?, ?)', bytes, kind, member)
    },
    ofBuyer: async (grant) =>
      sql
        .all(
          `SELECT s.source, s.kind FROM grants g JOIN sources s ON s.member = g.buyer WHERE g.id = ?
           ORDER BY s.source`,
          grant,
        )
        .map((row) => ({ kind: name<SourceKind>(row, 'kind'), bytes: blob(row, 'source') })),
    shares: async (source) =>
      sql
        .all(
          `SELECT payee, count(DISTINCT buyer) AS buyers, sum(amount) AS amount FROM (
             SELECT c.seller AS payee, g.buyer, c.amount FROM sources s
             JOIN grants g ON g.buyer = s.member JOIN claims c ON c.grant_id = g.id
             WHERE s.source = ? UNION ALL
             SELECT c.plaintiff, g.buyer, ${AWARD} FROM sources s
             JOIN grants g ON g.buyer = s.member JOIN cases c ON c.grant_id = g.id
             WHERE s.source = ? AND c.kind <> 'refund' AND c.settled IS NOT NULL)
           JOIN members m ON m.id = payee WHERE m.house = 0 GROUP BY payee`,
          ...[source, source],
        )
        .map((row) => ({
          payee: number(row, 'payee'),
          buyers: number(row, 'buyers'),
          amount: money(row, 'amount'),
        })),
    awarded: async (payee) => {
      const text = `SELECT coalesce(sum(${AWARD}), 0) AS sum FROM cases
         WHERE plaintiff = ? AND kind <> 'refund' AND settled IS NOT NULL`
      return money(sql.get(text, payee) as SqlRow, 'sum')
    },
  }
}

/** Flows and their audit trails. */
export function createFlowRows(sql: Sql): FlowRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : flowRow(row))
  const note = (id: number, { at, who, what, reason }: FlowEventRow): void => {
    sql.run(
      `INSERT INTO flow_events SELECT ?, count(*), ?, ?, ?, ? FROM flow_events WHERE flow_id = ?`,
      ...[id, at, who, what, reason, id],
    )
  }
  return {
    insert: async ({ payee, source, state }, event) => {
      const text = 'INSERT INTO flows (payee, source, state) VALUES (?, ?, ?)'
      const { id } = sql.run(text, payee, source, state)
      note(id, event)
      return id
    },
    byId: async (id) => one(sql.get('SELECT * FROM flows WHERE id = ?', id)),
    latest: async (payee, source) => {
      const text = 'SELECT * FROM flows WHERE payee = ? AND source = ? ORDER BY id DESC LIMIT 1'
      return one(sql.get(text, payee, source))
    },
    all: async (done, maxCount) =>
      sql
        .all(
          `SELECT * FROM flows WHERE ? OR state = 'held' ORDER BY id DESC LIMIT ?`,
          ...[done ? 1 : 0, maxCount],
        )
        .map(flowRow),
    events: async (id) =>
      sql.all('SELECT * FROM flow_events WHERE flow_id = ? ORDER BY line', id).map((row) => ({
        at: number(row, 'at'),
        who: name(row, 'who'),
        what: name<FlowState>(row, 'what'),
        reason: name(row, 'reason'),
      })),
    advance: async (id, event) => {
      sql.run('UPDATE flows SET state = ? WHERE id = ?', event.what, id)
      note(id, event)
    },
    hold: async ({ id, payee, source }) => {
      sql.run(
        `UPDATE claims SET flow = ? WHERE seller = ? AND matured = 0 AND flow IS NULL
         AND grant_id IN (SELECT g.id FROM sources s JOIN grants g ON g.buyer = s.member
           WHERE s.source = ?)`,
        ...[id, payee, source],
      )
    },
    claimsOf: async (id) =>
      sql
        .all(
          `SELECT c.id, c.amount, c.withheld, t.cid, m.uid FROM claims c
           JOIN grants g ON g.id = c.grant_id JOIN contents t ON t.id = g.content
           JOIN members m ON m.id = g.buyer
           WHERE c.flow = ? ORDER BY c.id`,
          id,
        )
        .map((row) => ({
          id: number(row, 'id'),
          cid: name<Cid>(row, 'cid'),
          amount: money(row, 'amount'),
          buyer: name<Uid>(row, 'uid'),
          withheld: row.withheld === 1n,
        })),
    ofPayee: async (payee) => {
      const row = sql.get(
        `SELECT coalesce(sum(amount) FILTER (WHERE withheld = 0), 0) AS held,
         coalesce(sum(amount) FILTER (WHERE withheld = 1), 0) AS withheld
         FROM claims WHERE flow IS NOT NULL AND seller = ?`,
        payee,
      ) as SqlRow
      return { held: money(row, 'held'), withheld: money(row, 'withheld') }
    },
    release: async (id) => {
      sql.run('UPDATE claims SET flow = NULL WHERE flow = ?', id)
    },
    withheld: async (claim, commit) => {
      sql.run('UPDATE claims SET withheld = 1, ended = ? WHERE id = ?', commit, claim)
    },
  }
}

const flowRow = (row: SqlRow): FlowRow => ({
  id: number(row, 'id'),
  payee: number(row, 'payee'),
  source: blob(row, 'source'),
  state: name<FlowState>(row, 'state'),
})
