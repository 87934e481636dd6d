/**
 * The rows of grants and claims in SQL.
 */
import type { Cid, Rid, Uid } from '../shared/identifier.js'
import { hasPiece } from './bitmap.js'
import type { ClaimRow, ClaimRows } from './claim-rows.js'
import type { GrantRow, GrantRows } from './rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'
import { createListRows } from './store-lists.js'

const GRANT = 'SELECT g.*, c.cid FROM grants g JOIN contents c ON c.id = g.content'

/** A case may still be paid out of this grant. */
const NO_CASE_WAITS = `AND NOT EXISTS (SELECT 1 FROM cases WHERE grant_id = g.id
  AND (state IN ('granted', 'upheld') OR state = 'open' AND kind IN ('refund', 'unpaid')))`
/** The same, but for complaints whose notice was never fetched: only escrow is paid for them. */
const NO_CASE_CLAIMS_HELD = `AND NOT EXISTS (SELECT 1 FROM cases WHERE grant_id = g.id
  AND (state IN ('granted', 'upheld') OR state = 'open' AND (kind = 'refund' OR fetched > 0)))`
/** Double spending is proved under the grant, and not paid for yet: nothing of it matures. */
const NOTHING_PROVED = `AND NOT EXISTS (SELECT 1 FROM cases
  WHERE cases.grant_id = claims.grant_id AND state = 'upheld')`

/** Grants, the sellers they named, and where their settled payments stand. */
export function createGrantRows(sql: Sql): GrantRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : grantRow(row))
  return {
    byRid: async (rid) => one(sql.get(`${GRANT} WHERE g.rid = ?`, rid)),
    byId: async (id) => one(sql.get(`${GRANT} WHERE g.id = ?`, id)),
    byCommit: async (commit) => one(sql.get(`${GRANT} WHERE g.bought = ?`, commit)),
    latest: async (buyer, content) => {
      const text = `${GRANT} WHERE g.buyer = ? AND g.content = ? AND g.only IS NULL
         ORDER BY g.id DESC LIMIT 1`
      return one(sql.get(text, buyer, content))
    },
    supplements: async (buyer, content, nowMs) => {
      const text = `${GRANT} WHERE g.buyer = ? AND g.content = ? AND g.only IS NOT NULL
         AND g.closed = 0 AND g.ended IS NULL AND g.spend_until > ? ORDER BY g.id`
      return sql.all(text, buyer, content, nowMs).map(grantRow)
    },
    supplementsOf: async ({ id, buyer, content }) => {
      const text = `${GRANT} WHERE g.buyer = ? AND g.content = ? AND g.only IS NOT NULL
         AND g.id > ? AND NOT EXISTS (SELECT 1 FROM grants w WHERE w.buyer = g.buyer
         AND w.content = g.content AND w.only IS NULL AND w.id > ? AND w.id < g.id) ORDER BY g.id`
      return sql.all(text, buyer, content, id, id).map(grantRow)
    },
    all: async () => sql.all(`${GRANT} ORDER BY g.id`).map(grantRow),
    insert: async (grant) => {
      sql.run(
        `INSERT INTO grants (rid, buyer, content, terms, bought, seed, ask, issued, spend_until,
         claim_until, held_due, only) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[grant.rid, grant.buyer, grant.content, grant.terms, grant.bought, grant.seed],
        ...[grant.ask, grant.issued, grant.spendUntil, grant.claimUntil, grant.heldDue ?? null],
        grant.only ?? null,
      )
    },
    setSpent: async (id, spent) => {
      sql.run('UPDATE grants SET spent = ? WHERE id = ?', spent, id)
    },
    released: async (id) => {
      sql.run('UPDATE grants SET held_due = NULL WHERE id = ?', id)
    },
    close: async (id) => {
      sql.run('UPDATE grants SET closed = 1 WHERE id = ?', id)
    },
    setEnded: async (id, nowMs) => {
      sql.run('UPDATE grants SET ended = ? WHERE id = ?', nowMs ?? null, id)
    },
    heldDue: async (nowMs, maxCount) =>
      sql
        .all(`${GRANT} WHERE g.held_due <= ? ${NO_CASE_CLAIMS_HELD} LIMIT ?`, nowMs, maxCount)
        .map(grantRow),
    closingDue: async (nowMs, maxCount) =>
      sql
        .all(
          `${GRANT} WHERE g.closed = 0 AND g.claim_until < ? ${NO_CASE_WAITS} LIMIT ?`,
          ...[nowMs, maxCount],
        )
        .map(grantRow),
    ...createListRows(sql),
    ...createPayeeRows(sql),
  }
}

/** Where the settled payments of a grant stand, and to whom its pieces were paid. */
function createPayeeRows(
  sql: Sql,
): Pick<GrantRows, 'settled' | 'allSettled' | 'setSettled' | 'payees' | 'setPaid'> {
  return {
    settled: async (id, seller) => {
      const text = 'SELECT k, chain FROM settled WHERE grant_id = ? AND seller = ?'
      const row = sql.get(text, id, seller)
      return row === undefined ? undefined : { k: number(row, 'k'), chain: blob(row, 'chain') }
    },
    allSettled: async (id) =>
      new Map(
        sql
          .all('SELECT seller, k, chain FROM settled WHERE grant_id = ?', id)
          .map((row) => [
            number(row, 'seller'),
            { k: number(row, 'k'), chain: blob(row, 'chain') },
          ]),
      ),
    setSettled: async (id, seller, { k, chain }) => {
      sql.run('INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)', id, seller, k, chain)
    },
    payees: async (id) =>
      sql
        .all(
          `SELECT m.id, m.uid, p.pieces FROM payees p JOIN members m ON m.id = p.member
           WHERE p.grant_id = ?`,
          id,
        )
        .map((row) => ({
          id: number(row, 'id'),
          uid: name<Uid>(row, 'uid'),
          pieces: blob(row, 'pieces'),
        })),
    setPaid: async (id, payee, pieces) => {
      sql.run('INSERT OR REPLACE INTO payees VALUES (?, ?, ?)', id, payee, pieces)
    },
  }
}

const grantRow = (row: SqlRow): GrantRow => ({
  id: number(row, 'id'),
  rid: name<Rid>(row, 'rid'),
  cid: name<Cid>(row, 'cid'),
  buyer: number(row, 'buyer'),
  content: number(row, 'content'),
  terms: number(row, 'terms'),
  bought: number(row, 'bought'),
  seed: blob(row, 'seed'),
  ask: blob(row, 'ask'),
  issued: number(row, 'issued'),
  spendUntil: number(row, 'spend_until'),
  claimUntil: number(row, 'claim_until'),
  heldDue: row.held_due === null ? undefined : number(row, 'held_due'),
  only: row.only === null ? undefined : blob(row, 'only'),
  closed: row.closed === 1n,
  ended: row.ended === null ? undefined : number(row, 'ended'),
  list: number(row, 'list'),
  listed: number(row, 'listed'),
  spent: blob(row, 'spent'),
})

/** Claims that paid, with their evidence. */
export function createClaimRows(sql: Sql): ClaimRows {
  return {
    insert: async ({ commit, grant, seller, due, amount, pieces, claim }) => {
      sql.run(
        `INSERT INTO claims (commit_id, grant_id, seller, due, amount, pieces, claim)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[commit, grant, seller, due, amount, pieces, claim],
      )
    },
    ofGrant: async (grant) =>
      sql.all('SELECT * FROM claims WHERE grant_id = ? ORDER BY id', grant).map(claimRow),
    winning: async (grant, seller, piece) => {
      const bits = sql.all(
        'SELECT id, pieces FROM claims WHERE grant_id = ? AND seller = ?',
        ...[grant, seller],
      )
      const row = bits.find((each) => hasPiece(blob(each, 'pieces'), piece))
      if (row === undefined) return undefined
      const claim = sql.get('SELECT * FROM claims WHERE id = ?', number(row, 'id'))
      return claim && claimRow(claim)
    },
    bytes: async (grant, seller) => {
      const text = `SELECT coalesce(sum(length(claim)), 0) AS bytes FROM claims
        WHERE grant_id = ? AND seller = ?`
      return number(sql.get(text, grant, seller) as SqlRow, 'bytes')
    },
    due: async (nowMs, maxCount) =>
      sql
        .all(
          `SELECT * FROM claims
           WHERE matured = 0 AND flow IS NULL AND due <= ? ${NOTHING_PROVED} LIMIT ?`,
          ...[nowMs, maxCount],
        )
        .map(claimRow),
    matured: async (id, commit) => {
      sql.run('UPDATE claims SET matured = 1, ended = ? WHERE id = ?', commit, id)
    },
  }
}

/** A claim as it stands in its row. */
export const claimRow = (row: SqlRow): ClaimRow => ({
  id: number(row, 'id'),
  commit: number(row, 'commit_id'),
  grant: number(row, 'grant_id'),
  seller: number(row, 'seller'),
  due: number(row, 'due'),
  matured: row.matured === 1n,
  flow: row.flow === null ? undefined : number(row, 'flow'),
  withheld: row.withheld === 1n,
  ended: row.ended === null ? undefined : number(row, 'ended'),
  amount: money(row, 'amount'),
  pieces: blob(row, 'pieces'),
  claim: blob(row, 'claim'),
})
