/**
 * The rows of members, catalogue and ledger in SQL; grants and claims have their own file.
 *
 * Every function is one or two statements; decisions belong to the callers.
 */

import type { Account } from '../shared/account.js'
import type { Cid, Uid } from '../shared/identifier.js'
import type { FreeRows } from './free-rows.js'
import type {
  AccountRow,
  CatalogRows,
  ContentRow,
  LedgerRows,
  MemberRow,
  MemberRows,
  RevocationRow,
  RevocationRows,
} from './rows.js'
import { blob, money, name, number, type Sql, type SqlRow } from './sql.js'

/** Postings, accounts and commits. */
export function createLedgerRows(sql: Sql): LedgerRows {
  return {
    findCommit: async (key) => {
      const row = sql.get('SELECT id, at, answer FROM commits WHERE key = ?', key)
      if (row === undefined) return undefined
      const answer = row.answer === null ? undefined : blob(row, 'answer')
      return { id: number(row, 'id'), at: number(row, 'at'), answer }
    },
    newest: async () => {
      const row = sql.get('SELECT at FROM commits ORDER BY id DESC LIMIT 1')
      return row === undefined ? undefined : number(row, 'at')
    },
    account: async (account) => {
      const row = sql.get('SELECT * FROM accounts WHERE name = ?', account)
      return row === undefined ? undefined : accountRow(row)
    },
    accounts: async () => sql.all('SELECT * FROM accounts ORDER BY name').map(accountRow),
    totals: async () =>
      sql
        .all(
          `SELECT account, SUM(debits) AS debits, SUM(credits) AS credits FROM (
             SELECT debit AS account, amount AS debits, 0 AS credits FROM transfers
             UNION ALL SELECT credit, 0, amount FROM transfers) GROUP BY account`,
        )
        .map((row) => ({
          account: number(row, 'account'),
          debits: money(row, 'debits'),
          credits: money(row, 'credits'),
        })),
    postings: async (commit) =>
      sql
        .all(
          `SELECT m.kind, m.at, d.name AS debit, c.name AS credit, t.amount FROM commits m
           JOIN transfers t ON t.commit_id = m.id JOIN accounts d ON d.id = t.debit
           JOIN accounts c ON c.id = t.credit WHERE m.id = ?`,
          commit,
        )
        .map((row) => ({
          kind: name(row, 'kind'),
          at: number(row, 'at'),
          debit: name<Account>(row, 'debit'),
          credit: name<Account>(row, 'credit'),
          amount: money(row, 'amount'),
        })),
    escrowOf: async (buyer) => {
      const text = `SELECT coalesce(sum(a.credits - a.debits), 0) AS sum FROM grants g
        JOIN accounts a ON a.name = 'grant:' || g.rid || ':escrow'
        WHERE g.buyer = ? AND g.closed = 0`
      return money(sql.get(text, buyer) as SqlRow, 'sum')
    },
    countPostings: async () => {
      const all = sql.get('SELECT count(*) AS count FROM transfers') as SqlRow
      const topups = sql.get(
        `SELECT count(*) AS count FROM commits m JOIN transfers t ON t.commit_id = m.id
         JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
         WHERE m.kind = 'topup' AND d.name = 'funding' AND c.name LIKE 'member:%:spendable'`,
      ) as SqlRow
      return { all: number(all, 'count'), topups: number(topups, 'count') }
    },
    insertCommit: async (key, kind, at) =>
      sql.run('INSERT INTO commits (key, kind, at) VALUES (?, ?, ?)', key, kind, at).id,
    insertTransfers: async (commit, transfers) => {
      for (const [line, { debit, credit, amount }] of transfers.entries()) {
        const text = 'INSERT INTO transfers VALUES (?, ?, ?, ?, ?)'
        sql.run(text, commit, line, debit, credit, amount)
      }
    },
    openAccount: async (account) => {
      const known = sql.get('SELECT id FROM accounts WHERE name = ?', account)
      if (known !== undefined) return number(known, 'id')
      return sql.run('INSERT INTO accounts (name) VALUES (?)', account).id
    },
    addTotals: async (account, debits, credits) => {
      const text = 'UPDATE accounts SET debits = debits + ?, credits = credits + ? WHERE id = ?'
      sql.run(text, debits, credits, account)
    },
    keepAnswer: async (commit, answer) => {
      sql.run('UPDATE commits SET answer = ? WHERE id = ?', answer, commit)
    },
  }
}

const accountRow = (row: SqlRow): AccountRow => ({
  id: number(row, 'id'),
  name: name<Account>(row, 'name'),
  debits: money(row, 'debits'),
  credits: money(row, 'credits'),
})

/** Members and their certificates. */
export function createMemberRows(sql: Sql): MemberRows {
  const one = (row: SqlRow | undefined) => (row === undefined ? undefined : memberRow(row))
  return {
    byUid: async (uid) => one(sql.get('SELECT * FROM members WHERE uid = ?', uid)),
    byKey: async (key) => one(sql.get('SELECT * FROM members WHERE key = ?', key)),
    byId: async (id) => one(sql.get('SELECT * FROM members WHERE id = ?', id)),
    all: async () => sql.all('SELECT * FROM members ORDER BY id').map(memberRow),
    insert: async ({ uid, key, name, registered, invitation }) => {
      const text = `INSERT INTO members (uid, key, name, registered, invitation)
        VALUES (?, ?, ?, ?, ?)`
      return sql.run(text, uid, key, name, registered, invitation ?? null).id
    },
    advance: async (id, counter, call) => {
      const text = 'UPDATE members SET counter = ?, call = ? WHERE id = ? AND counter < ?'
      return sql.run(text, counter, call, id, counter).changes === 1
    },
    isLast: async (id, call) =>
      sql.get('SELECT 1 FROM members WHERE id = ? AND call = ?', id, call) !== undefined,
    setHouse: async (id, house) => {
      sql.run('UPDATE members SET house = ? WHERE id = ?', house ? 1 : 0, id)
    },
    insertCertificate: async ({ serial, member, until, der }) => {
      sql.run('INSERT INTO certificates VALUES (?, ?, ?, ?)', serial, member, until, der)
    },
    certificate: async (member, until) => {
      const text = `SELECT der FROM certificates WHERE member = ? AND until > ?
        ORDER BY until DESC LIMIT 1`
      const row = sql.get(text, member, until)
      return row === undefined ? undefined : blob(row, 'der')
    },
    pruneCertificates: async (member, nowMs) => {
      sql.run('DELETE FROM certificates WHERE member = ? AND until < ?', member, nowMs)
    },
  }
}

const memberRow = (row: SqlRow): MemberRow => ({
  id: number(row, 'id'),
  uid: name<Uid>(row, 'uid'),
  key: blob(row, 'key'),
  name: name(row, 'name'),
  counter: number(row, 'counter'),
  house: row.house === 1n,
  registered: number(row, 'registered'),
  invitation: row.invitation === null ? undefined : number(row, 'invitation'),
})

/** Revoked members. */
export function createRevocationRows(sql: Sql): RevocationRows {
  return {
    insert: async ({ number, member, at, reason }) => {
      sql.run('INSERT INTO revocations VALUES (?, ?, ?, ?)', number, member, at, reason)
    },
    of: async (member) => {
      const row = sql.get('SELECT * FROM revocations WHERE member = ?', member)
      return row === undefined ? undefined : revocationRow(row)
    },
    number: async () => {
      const row = sql.get('SELECT coalesce(max(number), 0) AS number FROM revocations')
      return row === undefined ? 0 : number(row, 'number')
    },
    all: async () => sql.all('SELECT * FROM revocations ORDER BY number').map(revocationRow),
    serials: async (until, maxCount) =>
      sql
        .all(
          `SELECT serial FROM revocations JOIN certificates USING (member)
           WHERE until > ? ORDER BY until DESC LIMIT ?`,
          until,
          maxCount,
        )
        .map((row) => name(row, 'serial')),
  }
}

const revocationRow = (row: SqlRow): RevocationRow => ({
  number: number(row, 'number'),
  member: number(row, 'member'),
  at: number(row, 'at'),
  reason: name(row, 'reason'),
})

const CONTENT = 'SELECT id, cid, name, size, files, terms, published FROM contents'

/** Contents and terms. */
export function createCatalogRows(sql: Sql): CatalogRows {
  return {
    byCid: async (cid) => {
      const row = sql.get(`${CONTENT} WHERE cid = ?`, cid)
      return row === undefined ? undefined : contentRow(row)
    },
    search: async (text, maxCount) =>
      sql
        .all(
          `${CONTENT} WHERE instr(lower(name), lower(?)) > 0 ORDER BY published DESC, id LIMIT ?`,
          text,
          maxCount,
        )
        .map(contentRow),
    cidsAfter: async (id) =>
      sql
        .all('SELECT id, cid FROM contents WHERE id > ? ORDER BY id', id)
        .map((row) => ({ id: number(row, 'id'), cid: name<Cid>(row, 'cid') })),
    torrent: async (cid) => {
      const row = sql.get('SELECT torrent FROM contents WHERE cid = ?', cid)
      return row === undefined ? undefined : blob(row, 'torrent')
    },
    terms: async (id) => {
      const row = sql.get('SELECT signed FROM terms WHERE id = ?', id)
      return row === undefined ? undefined : blob(row, 'signed')
    },
    termsSaying: async (says) => {
      const row = sql.get('SELECT id, signed FROM terms WHERE says = ?', says)
      return row && { id: number(row, 'id'), signed: blob(row, 'signed') }
    },
    insertTerms: async ({ digest, says, signed }) => {
      const text = 'INSERT INTO terms (digest, says, signed) VALUES (?, ?, ?)'
      return sql.run(text, digest, says, signed).id
    },
    putContent: async ({ cid, name, size, files, terms, published }, torrent) => {
      sql.run(
        `INSERT INTO contents (cid, name, size, files, terms, torrent, published)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (cid) DO UPDATE SET
         terms = excluded.terms, torrent = excluded.torrent, published = excluded.published`,
        ...[cid, name, size, files, terms, torrent, published],
      )
    },
  }
}

/** Free torrents that the plain tracker speaks of. */
export function createFreeRows(sql: Sql): FreeRows {
  const changed = (changes: number): boolean => {
    if (changes > 0) sql.run('UPDATE free_revision SET number = number + 1')
    return changes > 0
  }
  return {
    revision: async () => number(sql.get('SELECT number FROM free_revision') as SqlRow, 'number'),
    all: async () =>
      sql.all('SELECT * FROM free ORDER BY listed, cid').map((row) => ({
        cid: name<Cid>(row, 'cid'),
        name: row.name === null ? undefined : name(row, 'name'),
        listed: number(row, 'listed'),
      })),
    count: async () => number(sql.get('SELECT COUNT(*) AS n FROM free') as SqlRow, 'n'),
    put: async ({ cid, name, listed }) => {
      const text = 'INSERT INTO free VALUES (?, ?, ?) ON CONFLICT (cid) DO NOTHING'
      return changed(sql.run(text, cid, name ?? null, listed).changes)
    },
    remove: async (cid) => changed(sql.run('DELETE FROM free WHERE cid = ?', cid).changes),
  }
}

const contentRow = (row: SqlRow): ContentRow => ({
  id: number(row, 'id'),
  cid: name<Cid>(row, 'cid'),
  name: name(row, 'name'),
  size: number(row, 'size'),
  files: number(row, 'files'),
  terms: number(row, 'terms'),
  published: number(row, 'published'),
})
