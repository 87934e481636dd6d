/**
 * The rows of cases and their audit trails in SQL.
 */
import type { CaseEventRow, CaseKind, CaseRow, CaseRows, CaseState } from './case-rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'

/** Cases at the provider's desk. */
export function createCaseRows(sql: Sql): CaseRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : caseRow(row))
  const note = (id: number, { at, who, what, reason }: CaseEventRow): void => {
    sql.run(
      `INSERT INTO case_events SELECT ?, count(*), ?, ?, ?, ? FROM case_events WHERE case_id = ?`,
      ...[id, at, who, what, reason, id],
    )
  }
  return {
    insert: async (row, event) => {
      const { id } = sql.run(
        `INSERT INTO cases (kind, state, grant_id, plaintiff, accused, pieces, opened, deadline,
         evidence, known) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[row.kind, row.state, row.grant, row.plaintiff, row.accused ?? null, row.pieces],
        ...[row.opened, row.deadline, row.evidence, row.known],
      )
      note(id, event)
      return id
    },
    byId: async (id) => one(sql.get('SELECT * FROM cases WHERE id = ?', id)),
    latest: async (grant, kind) => {
      const text = 'SELECT * FROM cases WHERE grant_id = ? AND kind = ? ORDER BY id DESC LIMIT 1'
      return one(sql.get(text, grant, kind))
    },
    ofGrant: async (grant) =>
      sql.all('SELECT * FROM cases WHERE grant_id = ? ORDER BY id', grant).map(caseRow),
    ofPlaintiff: async (member, maxCount) =>
      sql
        .all('SELECT * FROM cases WHERE plaintiff = ? ORDER BY id DESC LIMIT ?', member, maxCount)
        .map(caseRow),
    all: async (done, maxCount) =>
      sql
        .all(
          `SELECT * FROM cases WHERE ? OR state IN ('open', 'granted') ORDER BY id DESC LIMIT ?`,
          ...[done ? 1 : 0, maxCount],
        )
        .map(caseRow),
    due: async (nowMs, maxCount) =>
      sql
        .all(
          `SELECT * FROM cases WHERE state = 'granted' AND deadline <= ?
           ORDER BY deadline, id LIMIT ?`,
          ...[nowMs, maxCount],
        )
        .map(caseRow),
    events: async (id) =>
      sql.all('SELECT * FROM case_events WHERE case_id = ? ORDER BY line', id).map((row) => ({
        at: number(row, 'at'),
        who: name(row, 'who'),
        what: name<CaseState>(row, 'what'),
        reason: name(row, 'reason'),
      })),
    advance: async (id, event) => {
      sql.run('UPDATE cases SET state = ? WHERE id = ?', event.what, id)
      note(id, event)
    },
    carriedOut: async (id, { commit, fromEscrow, fromHeld }) => {
      const text = 'UPDATE cases SET settled = ?, from_escrow = ?, from_held = ? WHERE id = ?'
      sql.run(text, commit, fromEscrow, fromHeld, id)
    },
  }
}

const caseRow = (row: SqlRow): CaseRow => ({
  id: number(row, 'id'),
  kind: name<CaseKind>(row, 'kind'),
  state: name<CaseState>(row, 'state'),
  grant: number(row, 'grant_id'),
  plaintiff: number(row, 'plaintiff'),
  accused: row.accused === null ? undefined : number(row, 'accused'),
  pieces: blob(row, 'pieces'),
  opened: number(row, 'opened'),
  deadline: number(row, 'deadline'),
  evidence: blob(row, 'evidence'),
  known: blob(row, 'known'),
  settled: row.settled === null ? undefined : number(row, 'settled'),
  fromEscrow: money(row, 'from_escrow'),
  fromHeld: money(row, 'from_held'),
})
