/**
 * The independent auditor and `ledger verify`: both agree with a right ledger, and each finds every
 * kind of damage that is done to the database behind the tracker's back.
 */
import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { must } from '../../shared/errors.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { decide } from '../../tracker/cases.js'
import { settleDue } from '../../tracker/maturity.js'
import { openStore } from '../../tracker/store.js'
import { verifyLedger } from '../../tracker/verify.js'
import { openDatabase } from '../open-database.js'
import { claimOf } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

let world: World
before(async () => {
  world = await World.start()
  const sold = await world.publish(20)
  const buyer = await world.member('buyer', '5')
  const bought = await buyer.buy(sold)
  for (const [name, pieces] of [
    ['one', [0, 1, 2]],
    ['two', [3]],
  ] as const) {
    const seller = await world.member(name)
    const paid = buyer.pay(bought, seller.uid, pieces)
    await seller.claim([claimOf(bought.rid, seller.uid, paid)])
  }
  // One whose second token was damaged shows them all, and is paid for the others.
  const third = await world.member('three')
  const { paid, payment } = buyer.pay(bought, third.uid, [4, 5, 6])
  const shown = paid.map((each, at) => (at === 1 ? { ...each, token: new Uint8Array(32) } : each))
  const claim = floodgate.payee.claim({
    ...{ rid: bought.rid, seller: third.uid, after: 0, shown: true },
    ...{ paidBeyond: () => shown, payment: { k: 3, bytes: payment } },
  })
  assert.ok(claim !== undefined)
  const { grants } = await third.claim([{ rid: bought.rid, claim }])
  assert.deepEqual(grants[0]?.failed, [5])
  const { entry } = await buyer.refund(bought.rid, [10, 11])
  world.aheadMs = 61_000
  const { now, store } = world.tracker
  await store.write(async (rows) => {
    const row = await rows.cases.byId(entry?.number ?? 0)
    assert.ok(row !== undefined)
    const granted = { verdict: 'granted', by: 'ann', reason: 'nobody has them' } as const
    return decide(world.tracker, rows, row, granted, now())
  })
  await settleDue(world.tracker, now())
  await buyer.refund((await buyer.buy(await world.publish(18))).rid, [1])
  // At last the buyer pays the first seller's piece to another one too, and is revoked for it.
  const fourth = await world.member('four')
  const twice = buyer.pay(bought, fourth.uid, [2])
  await fourth.claim([claimOf(bought.rid, fourth.uid, twice)])
  await world.stop()
})
after(async () => {
  await world.open()
  await world.close()
})

const check = (database: string) => run(world.home.folder, 'audit', database, '--json')

/** A copy of the database with SQL done to it. */
function damaged(name: string, sql: string): string {
  const path = join(world.folder, `${name}.db`)
  copyFileSync(world.home.database, path)
  const database = openDatabase(path)
  database.exec(sql)
  database.close()
  return path
}

/** What `ledger verify` says of a database. */
async function verified(path: string): Promise<readonly string[]> {
  const store = must(openStore(path))
  const { problems } = await verifyLedger({ ...world.tracker, store })
  store.close()
  return problems
}

test('a right ledger passes ledger verify', async () => {
  assert.deepEqual(await verified(world.home.database), [])
})

test('a right ledger passes the auditor', () => {
  const { lines, status, stderr } = check(world.home.database)
  assert.equal(status, 0, stderr)
  const paid = lines.filter(({ event }) => event === 'seller')
  const incomes = paid.map(({ income, pieces }) => `${pieces} for ${income}`)
  assert.deepEqual(incomes.sort(), ['0 for 0', '1 for 10000', '2 for 20000', '3 for 30000'])
  assert.equal(lines.filter(({ event }) => event === 'checked').length, 9)
})

/** Moves 100 between the accounts of two kinds, totals and all, as a commit of some kind. */
const moved = (kind: string, from: string, to: string): string => `
  INSERT INTO commits (key, kind, at) VALUES (randomblob(16), '${kind}', 1);
  INSERT INTO transfers SELECT (SELECT max(id) FROM commits), 0, d.id, c.id, 100
    FROM accounts d JOIN accounts c ON c.name <> d.name
    WHERE d.name LIKE '${from}' AND d.credits - d.debits >= 100 AND c.name LIKE '${to}' LIMIT 1;
  UPDATE accounts SET debits = debits + 100
    WHERE id = (SELECT debit FROM transfers ORDER BY commit_id DESC LIMIT 1);
  UPDATE accounts SET credits = credits + 100
    WHERE id = (SELECT credit FROM transfers ORDER BY commit_id DESC LIMIT 1)`

/** Lets what a kind of commit moved go from or to another account, totals and all. */
const diverted = (kind: string, side: 'debit' | 'credit', to: string): string => `
  UPDATE transfers SET ${side} = (SELECT id FROM accounts WHERE name LIKE '${to}' LIMIT 1)
    WHERE commit_id IN (SELECT id FROM commits WHERE kind = '${kind}');
  UPDATE accounts SET
    debits = (SELECT coalesce(sum(amount), 0) FROM transfers WHERE debit = accounts.id),
    credits = (SELECT coalesce(sum(amount), 0) FROM transfers WHERE credit = accounts.id)`

const DAMAGE: readonly (readonly [string, string, RegExp])[] = [
  [
    'a balance',
    "UPDATE accounts SET credits = credits + 1 WHERE name LIKE '%:held'",
    /postings give/,
  ],
  [
    'a posting',
    'UPDATE transfers SET amount = amount + 1 WHERE commit_id = 2 AND line = 0',
    /postings give/,
  ],
  [
    'a claim',
    'UPDATE claims SET amount = amount + 10000 WHERE id = 1',
    /got 40000 for 3 pieces|40000 for 3 pieces/,
  ],
  ['spent bits', "UPDATE grants SET spent = x'ff0000'", /spent/],
  ['a lost claim', 'DELETE FROM claims WHERE id = 2', /spent|earned/],
  [
    'money moved between members',
    moved('mature', 'member:%:spendable', 'member:%:spendable'),
    /a mature moved|nothing that happened/,
  ],
  [
    'revenue moved to a member',
    moved('topup', 'provider:revenue', 'member:%:spendable'),
    /a topup moved|nothing that happened/,
  ],
  ['a refund that went astray', diverted('refund', 'credit', 'provider:%'), /refund/],
  ['a purchase that another paid', diverted('purchase', 'debit', 'funding'), /purchase/],
  ['a release that went astray', diverted('release', 'credit', 'member:%:spendable'), /release/],
  ['earnings that came again', 'UPDATE claims SET matured = 0', /matured|pending/],
  [
    'both totals of an account',
    "UPDATE accounts SET debits = debits + 1, credits = credits + 1 WHERE name LIKE '%:spendable'",
    /debits of|postings give/,
  ],
  [
    'the owner of a grant',
    "UPDATE grants SET buyer = (SELECT max(id) FROM members) WHERE spent = x''",
    /purchase/,
  ],
  [
    'a grant that is gone',
    "PRAGMA foreign_keys = OFF; DELETE FROM grants WHERE spent = x''",
    /no grant|nothing that happened/,
  ],
  ['where payments stand', 'UPDATE settled SET chain = randomblob(32)', /settled/],
  [
    'payments that nobody claimed',
    'INSERT INTO settled SELECT 2, max(id), 5, randomblob(32) FROM members',
    /settled/,
  ],
]

/** What only `ledger verify` looks at: rows that move no money yet. */
const SUBTLER: readonly (readonly [string, string, RegExp])[] = [
  ['a date', 'UPDATE grants SET claim_until = claim_until + 1', /a date is/],
  ['when held money is due', 'UPDATE grants SET held_due = held_due + 1', /a date is/],
  ['when earnings are due', 'UPDATE claims SET due = due + 1', /a date is/],
  [
    'a case that nobody decided',
    "UPDATE cases SET state = 'granted' WHERE state = 'open'",
    /its trail ends as open/,
  ],
]

for (const [what, sql, expected] of DAMAGE) {
  test(`audit and ledger verify both find damage to ${what}`, async () => {
    const path = damaged(what.replaceAll(' ', '-'), sql)
    const result = check(path)
    assert.equal(result.status, 1)
    assert.equal(result.lines.at(-1)?.code, 'ledger-wrong')
    const told = result.lines.filter(({ event }) => event === 'problem')
    assert.match(told.map(({ problem }) => problem).join('\n'), expected)
    assert.match((await verified(path)).join('\n'), expected)
  })
}

for (const [what, sql, expected] of SUBTLER) {
  test(`ledger verify finds damage to ${what}`, async () => {
    assert.match((await verified(damaged(what.replaceAll(' ', '-'), sql))).join('\n'), expected)
  })
}

test('what is no database, or not there, is said', () => {
  const junk = join(world.folder, 'junk')
  writeFileSync(junk, 'not a database, and long enough to be looked at'.repeat(10))
  const damaged = check(junk)
  assert.deepEqual([damaged.status, damaged.lines.at(-1)?.code], [1, 'ledger-wrong'])
  assert.equal(check(join(world.folder, 'nothing')).lines.at(-1)?.code, 'not-readable')
})
