/**
 * Somebody who can write the database, and knows how the books are kept, edits it: totals, marks
 * and all. The auditor finds each edit; what it is told of is the database and the vault's key.
 */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type Database from 'better-sqlite3'
import { CASE_FILE_MAX_BYTES } from '../../shared/case-limits.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { Verdict } from '../../shared/mediation/verdict.js'
import { CLAIM_MAX_BYTES, Claim } from '../../shared/schemes/floodgate/records.js'
import { decode, encode } from '../../shared/wire/record.js'
import { settleDue } from '../../tracker/maturity.js'
import { openDatabase } from '../open-database.js'
import { claimOf } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

let world: World
before(async () => {
  world = await World.start()
  const sold = await world.publish(20)
  const buyer = await world.member('buyer', '5')
  await world.member('idle', '3')
  const bought = await buyer.buy(sold)
  await buyer.buy(await world.publish(18))
  const [one, two] = [await world.member('one'), await world.member('two', '5')]
  // A claimant that has never bought anything, or that no list named, is awarded nothing: it may be
  // the buyer's accomplice.
  await two.buy(sold)
  await two.announce(sold.cid, 7001)
  await buyer.announce(sold.cid, 7000, { rid: bought.rid, left: 1 })
  const paid = buyer.pay(bought, one.uid, [0, 1, 2])
  await one.claim([claimOf(bought.rid, one.uid, paid)])
  const more = buyer.pay(bought, one.uid, [7, 8], paid.progress)
  const all = { ...more, paid: [...paid.paid, ...more.paid] }
  await one.claim([claimOf(bought.rid, one.uid, all, 3)])
  // Piece 2 was signed over to another one: the tracker proves it by itself, and pays both.
  await two.claim([claimOf(bought.rid, two.uid, buyer.pay(bought, two.uid, [2, 3]))])
  world.aheadMs = 61_000
  await settleDue(world.tracker, world.tracker.now())
  await world.stop()
})
after(async () => {
  await world.open()
  await world.close()
})

/** Makes the totals of all accounts what their postings give. */
const RETOTAL = `UPDATE accounts SET
  debits = (SELECT coalesce(sum(amount), 0) FROM transfers WHERE debit = accounts.id),
  credits = (SELECT coalesce(sum(amount), 0) FROM transfers WHERE credit = accounts.id);`

/** A commit of some kind that moves an amount between two accounts. */
const posted = (kind: string, amount: bigint, from: string, to: string): string => `
  INSERT INTO commits (key, kind, at) VALUES (randomblob(16), '${kind}', 1);
  INSERT INTO transfers SELECT (SELECT max(id) FROM commits), 0, d.id, c.id, ${amount}
    FROM accounts d JOIN accounts c WHERE d.name LIKE '${from}' AND c.name LIKE '${to}' LIMIT 1;`

/** Rewrites the first claim in the database. */
function reclaim(database: Database.Database, change: (claim: Claim) => Partial<Claim>): void {
  const { claim } = database.prepare('SELECT claim FROM claims WHERE id = 1').get() as {
    claim: Buffer
  }
  const record = must(decode(Claim, claim, CLAIM_MAX_BYTES))
  const edited = encode(Claim, { ...record, ...change(record) })
  database.prepare('UPDATE claims SET claim = ? WHERE id = 1').run(edited)
}

/** Rewrites the one verdict in the database, and what its row says of it. */
function rejudge(database: Database.Database, change: Partial<Verdict>): void {
  const row = database.prepare('SELECT id, verdict FROM cases WHERE verdict IS NOT NULL').get()
  const { id, verdict } = row as { id: number; verdict: Buffer }
  const edited = { ...must(decode(Verdict, verdict, CASE_FILE_MAX_BYTES)), ...change }
  database
    .prepare('UPDATE cases SET verdict = ?, outcome = ? WHERE id = ?')
    .run(encode(Verdict, edited), edited.outcome, id)
}

type Edit = string | ((database: Database.Database) => void)

/** Two sellers change places: all that was paid to one is the other's, whatever names them. */
function exchange(database: Database.Database): void {
  const uidOf = (name: string): string =>
    (database.prepare('SELECT uid FROM members WHERE name = ?').get(name) as { uid: string }).uid
  const [one, two] = [uidOf('one'), uidOf('two')]
  for (const [from, to] of [
    [one, 'nobody'],
    [two, one],
    ['nobody', two],
  ]) {
    for (const [table, column] of [
      ['members', 'uid'],
      ['accounts', 'name'],
    ]) {
      const text = `UPDATE ${table} SET ${column} = replace(${column}, ?, ?)`
      database.prepare(text).run(from, to)
    }
  }
}

const FIRST_CLAIM = "(SELECT min(id) FROM commits WHERE kind = 'claim')"

const EDITS: readonly (readonly [string, Edit, RegExp])[] = [
  [
    'a posting changed',
    `UPDATE transfers SET amount = amount + 10000 WHERE commit_id = ${FIRST_CLAIM}; ${RETOTAL}`,
    /escrow \d+, unclaimed pieces are worth/,
  ],
  [
    'a posting removed',
    `DELETE FROM transfers WHERE commit_id = ${FIRST_CLAIM}; ${RETOTAL}`,
    /earned 0, its 5 pieces|earned 20000, its 5 pieces/,
  ],
  [
    'a token paid twice',
    `INSERT INTO claims (commit_id, grant_id, seller, due, matured, amount, pieces, claim)
       SELECT commit_id, grant_id, seller, due, 0, amount, pieces, claim FROM claims WHERE id = 1;
     ${posted('claim', 30_000n, 'grant:%:escrow', 'member:%:pending')} ${RETOTAL}`,
    /was paid for piece 0 without a claim, or late/,
  ],
  [
    'a token of no grant',
    (database) => reclaim(database, () => ({ digest: new Uint8Array(32) })),
    /shows tokens that are not of this grant/,
  ],
  [
    'a token of a grant that is not there',
    (database) => reclaim(database, () => ({ rid: 'ff'.repeat(16) as Claim['rid'] })),
    /is of another grant or seller/,
  ],
  [
    'a grant with the seed of another',
    'UPDATE grants SET seed = (SELECT seed FROM grants WHERE id = 2) WHERE id = 1',
    /does not open with the key of the vault/,
  ],
  ['a payment signed to another', exchange, /is signed to [0-9a-f]{32}, not to/],
  [
    'a payment that nobody signed',
    (database) =>
      reclaim(database, ({ payment }) => ({
        payment: payment.map((byte, at) => byte ^ +(at > 200)),
      })),
    /is not signed by its buyer/,
  ],
  [
    'an escrow that is short',
    `INSERT INTO accounts (name) SELECT 'carrier:' || cid FROM contents WHERE id = 1;
     ${posted('close', 10_000n, 'grant:%:escrow', 'carrier:%')} ${RETOTAL}`,
    /escrow \d+, unclaimed pieces are worth/,
  ],
  [
    'a customer below zero',
    `${posted('purchase', 900_000_000n, 'member:%:spendable', 'grant:%:held')} ${RETOTAL}`,
    /below zero/,
  ],
  [
    'a spent bit moved to another piece',
    "UPDATE grants SET spent = x'71c000' WHERE id = 1",
    /spent bits, claims and refunds name/,
  ],
  [
    'a bit of a claim flipped',
    "UPDATE claims SET pieces = x'c00000' WHERE id = 1",
    /was not paid for piece 2 of its claim/,
  ],
  [
    "a bit of a payee's pieces flipped",
    "UPDATE payees SET pieces = x'008000'",
    /whose pieces are whose/,
  ],
  [
    'a commit taken out, with its money',
    `PRAGMA foreign_keys = OFF;
     CREATE TEMP TABLE gone AS SELECT commit_id AS id FROM transfers t JOIN accounts a
       ON a.id = t.credit JOIN members m ON a.name = 'member:' || m.uid || ':spendable'
       WHERE m.name = 'idle';
     DELETE FROM transfers WHERE commit_id IN (SELECT id FROM gone);
     DELETE FROM commits WHERE id IN (SELECT id FROM gone); ${RETOTAL}`,
    /commits: a gap in the numbers/,
  ],
  [
    'a posting taken out of a commit',
    `DELETE FROM transfers WHERE line = 0 AND commit_id = (SELECT bought FROM grants WHERE id = 2);
     ${RETOTAL}`,
    /transfers of \d+: a gap in the lines/,
  ],
  [
    'a verdict edited',
    (database) => rejudge(database, { outcome: 'silent', reason: 'it never answered' }),
    /case 1: its file gives another verdict than stands there/,
  ],
  [
    'a verdict that pays more',
    (database) => rejudge(database, { beyond: [0, 1, 2] as PieceIndex[] }),
    /case 1: its file gives another verdict than stands there/,
  ],
  [
    'the file of a verdict edited',
    "UPDATE cases SET file = CAST(replace(file, 'claim', 'clamp') AS BLOB) WHERE id = 1",
    /its file gives another verdict|not bencoded/,
  ],
  [
    'the evidence of a verdict exchanged',
    'UPDATE cases SET evidence = randomblob(100) WHERE id = 1',
    /case 1: its file is of another case/,
  ],
  [
    'a mark that no verdict left',
    'UPDATE cases SET mark_accused = 1 - mark_accused WHERE id = 1',
    /case 1: its row says otherwise than its verdict/,
  ],
  [
    'a case that was brought to another state',
    "UPDATE cases SET state = 'settled' WHERE id = 1",
    /case 1: it is settled, its trail ends as/,
  ],
  [
    'an award that went to another',
    `UPDATE transfers SET credit = (SELECT a.id FROM accounts a JOIN members m
       ON a.name = 'member:' || m.uid || ':spendable' WHERE m.name = 'idle')
     WHERE commit_id IN (SELECT settled FROM cases); ${RETOTAL}`,
    /award of \d+: the postings say/,
  ],
  [
    'where payments stand',
    'UPDATE settled SET chain = randomblob(32)',
    /are settled up to \d+, its claims say otherwise/,
  ],
]

test('the books are right before they are edited', () => {
  const { lines, status, stderr } = run(world.home.folder, 'audit', '--json')
  assert.equal(status, 0, stderr)
  const texts = lines.filter(({ event }) => event === 'checked').map(({ text }) => text)
  assert.ok(texts.some((text) => String(text).includes('3 claims were paid, each by tokens')))
})

for (const [what, edit, expected] of EDITS) {
  test(`the auditor finds ${what}`, () => {
    const path = join(world.folder, `${what.replaceAll(' ', '-')}.db`)
    copyFileSync(world.home.database, path)
    const database = openDatabase(path)
    database.exec('PRAGMA foreign_keys = OFF')
    if (typeof edit === 'string') database.exec(edit)
    else edit(database)
    database.close()
    const { lines, status } = run(world.home.folder, 'audit', path, '--json')
    assert.deepEqual([status, lines.at(-1)?.code], [1, 'ledger-wrong'])
    const told = lines.filter(({ event }) => event === 'problem').map(({ problem }) => problem)
    assert.match(told.join('\n'), expected)
  })
}

test('without the key of the vault it says what it could not check', () => {
  const { lines, status } = run(
    join(world.folder, 'nowhere'),
    'audit',
    world.home.database,
    '--json',
  )
  assert.equal(status, 0)
  assert.match(String(lines.find(({ event }) => event === 'unchecked')?.text), /tokens of claims/)
})
