/**
 * The rows of cases and their audit trails in SQL.
 */
import type { Outcome } from '../shared/mediation/verdict.js'
import type { CaseEventRow, CaseKind, CaseRow, CaseRows, CaseState, NewCase } from './case-rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'
import { createMarkRows } from './store-marks.js'

/** All but the papers, which may be long: nobody who looks at many cases reads those. */
const ROW = `id, kind, state, grant_id, plaintiff, accused, pieces, opened, deadline, known,
  request, counter, fetched, told, verdict, outcome, mark_plaintiff, mark_accused, settled,
  from_escrow, from_held, short, from_rest`

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
      const id = insertCase(sql, row)
      note(id, event)
      return id
    },
    byId: async (id) => one(sql.get(`SELECT ${ROW} FROM cases WHERE id = ?`, id)),
    papers: async (id) => {
      const row = sql.get('SELECT evidence, answer, file FROM cases WHERE id = ?', id) as SqlRow
      const [answer, file] = [maybe(row, 'answer', blob), maybe(row, 'file', blob)]
      return { evidence: blob(row, 'evidence'), answer, file }
    },
    latest: async (grant, kind) => {
      const text = `SELECT ${ROW} FROM cases WHERE grant_id = ? AND kind = ?
        ORDER BY id DESC LIMIT 1`
      return one(sql.get(text, grant, kind))
    },
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
    ...createCaseLists(sql),
    ...createCaseNotes(sql),
    ...createMarkRows(sql),
  }
}

function insertCase(sql: Sql, row: NewCase): number {
  return sql.run(
    `INSERT INTO cases (kind, state, grant_id, plaintiff, accused, pieces, opened, deadline,
     evidence, known, request, counter) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[row.kind, row.state, row.grant, row.plaintiff, row.accused ?? null, row.pieces],
    ...[row.opened, row.deadline, row.evidence, row.known],
    ...[row.request ?? null, row.counter ?? null],
  ).id
}

const WAITS = "(state IN ('open', 'granted', 'upheld'))"
const UNFETCHED = "(kind = 'unpaid' AND state = 'open' AND fetched IS NULL)"
const UNREAD = `(accused = ? AND ${UNFETCHED}
  OR plaintiff = ? AND kind <> 'refund' AND state NOT IN ('open', 'upheld') AND told IS NULL)`

/** Cases by who is in them, and by what is due. */
function createCaseLists(
  sql: Sql,
): Pick<
  CaseRows,
  | 'ofRequest'
  | 'ofGrant'
  | 'ofMember'
  | 'refuted'
  | 'unread'
  | 'ignored'
  | 'all'
  | 'due'
  | 'pending'
> {
  return {
    ofRequest: async (grant, plaintiff, request) => {
      const text = `SELECT ${ROW} FROM cases WHERE grant_id = ? AND plaintiff = ? AND request = ?`
      const row = sql.get(text, grant, plaintiff, request)
      return row && caseRow(row)
    },
    ofGrant: async (grant) =>
      sql.all(`SELECT ${ROW} FROM cases WHERE grant_id = ? ORDER BY id`, grant).map(caseRow),
    ofMember: async (member, maxCount) =>
      sql
        .all(
          `SELECT ${ROW} FROM cases WHERE plaintiff = ? OR accused = ?
           ORDER BY ${WAITS} DESC, accused = ? AND ${UNFETCHED} DESC,
           CASE WHEN ${WAITS} THEN deadline ELSE -id END, id LIMIT ?`,
          ...[member, member, member, maxCount],
        )
        .map(caseRow),
    refuted: async (member, since, maxCount) =>
      sql
        .all(
          `SELECT ${ROW} FROM cases WHERE plaintiff = ? AND outcome = 'receipt' AND opened > ?
           ORDER BY told IS NULL, told, id LIMIT ?`,
          ...[member, since, maxCount],
        )
        .map(caseRow),
    unread: async (member) => {
      const text = `SELECT count(*) AS count FROM cases WHERE (plaintiff = ? OR accused = ?)
        AND ${UNREAD}`
      return number(sql.get(text, member, member, member, member) as SqlRow, 'count')
    },
    ignored: async (member, before) =>
      sql.get(
        `SELECT 1 FROM cases WHERE accused = ? AND kind = 'unpaid' AND state = 'open'
         AND fetched IS NULL AND opened <= ? LIMIT 1`,
        ...[member, before],
      ) !== undefined,
    all: async (done, maxCount) =>
      sql
        .all(
          `SELECT ${ROW} FROM cases WHERE ? OR state IN ('open', 'granted', 'upheld')
           ORDER BY id DESC LIMIT ?`,
          ...[done ? 1 : 0, maxCount],
        )
        .map(caseRow),
    due: async (nowMs, maxCount) =>
      sql
        .all(
          `SELECT ${ROW} FROM cases WHERE state IN ('open', 'granted', 'upheld') AND deadline <= ?
           AND (state <> 'open' OR kind = 'unpaid' AND deadline < ?)
           ORDER BY deadline, id LIMIT ?`,
          ...[nowMs, nowMs, maxCount],
        )
        .map(caseRow),
    pending: async (nowMs) =>
      sql
        .all(
          `SELECT ${ROW} FROM cases WHERE state IN ('open', 'granted', 'upheld') AND deadline >= ?
           ORDER BY id`,
          nowMs,
        )
        .map(caseRow),
  }
}

/** What is noted of a case on its way. */
function createCaseNotes(
  sql: Sql,
): Pick<
  CaseRows,
  'fetched' | 'told' | 'answered' | 'judged' | 'carriedOut' | 'closed' | 'setDeadline'
> {
  return {
    fetched: async (id, nowMs, deadline) => {
      sql.run('UPDATE cases SET fetched = ?, deadline = ? WHERE id = ?', nowMs, deadline, id)
    },
    told: async (id, nowMs) => {
      sql.run('UPDATE cases SET told = ? WHERE id = ?', nowMs, id)
    },
    answered: async (id, answer) => {
      sql.run('UPDATE cases SET answer = ? WHERE id = ?', answer, id)
    },
    judged: async (id, { file, markAccused, markPlaintiff, outcome, verdict }) => {
      sql.run(
        `UPDATE cases SET file = ?, verdict = ?, outcome = ?, mark_plaintiff = ?, mark_accused = ?
         WHERE id = ?`,
        ...[file, verdict, outcome, markPlaintiff ? 1 : 0, markAccused ? 1 : 0, id],
      )
    },
    carriedOut: async (id, { commit, fromEscrow, fromHeld, short }) => {
      sql.run(
        'UPDATE cases SET settled = ?, from_escrow = ?, from_held = ?, short = ? WHERE id = ?',
        ...[commit, fromEscrow, fromHeld, short, id],
      )
    },
    closed: async (id, fromRest, short) => {
      sql.run('UPDATE cases SET from_rest = ?, short = ? WHERE id = ?', fromRest, short, id)
    },
    setDeadline: async (id, deadline) => {
      sql.run('UPDATE cases SET deadline = ? WHERE id = ?', deadline, id)
    },
  }
}

/** A number or a blob that may be missing. */
const maybe = <T>(row: SqlRow, column: string, read: (row: SqlRow, column: string) => T) =>
  row[column] === null ? undefined : read(row, column)

function caseRow(row: SqlRow): CaseRow {
  const [request, counter] = [maybe(row, 'request', blob), maybe(row, 'counter', number)]
  return {
    id: number(row, 'id'),
    kind: name<CaseKind>(row, 'kind'),
    state: name<CaseState>(row, 'state'),
    grant: number(row, 'grant_id'),
    plaintiff: number(row, 'plaintiff'),
    accused: maybe(row, 'accused', number),
    pieces: blob(row, 'pieces'),
    opened: number(row, 'opened'),
    deadline: number(row, 'deadline'),
    known: blob(row, 'known'),
    ...(request && { request }),
    ...(counter !== undefined && { counter }),
    fetched: maybe(row, 'fetched', number),
    told: maybe(row, 'told', number),
    verdict: maybe(row, 'verdict', blob),
    outcome: maybe(row, 'outcome', name<Outcome>),
    markPlaintiff: row.mark_plaintiff === 1n,
    markAccused: row.mark_accused === 1n,
    settled: maybe(row, 'settled', number),
    fromEscrow: money(row, 'from_escrow'),
    fromHeld: money(row, 'from_held'),
    short: money(row, 'short'),
    fromRest: money(row, 'from_rest'),
  }
}
