/**
 * The independent auditor and `ledger verify`: both agree with a right ledger, and each finds every
 * kind of damage that is done to the database behind the tracker's back.
 */
import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import { must } from '../../shared/errors.js'
import { openStore } from '../../tracker/store.js'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

let world: World
before(async () => {
  world = await World.start()
  const sold = await world.publish(20)
  const buyer = await world.member('buyer', '2')
  const bought = await buyer.buy(sold)
  for (const [name, pieces] of [
    ['one', [0, 1, 2]],
    ['two', [2, 3]],
  ] as const) {
    const seller = await world.member(name)
    const paid = buyer.pay(bought, seller.uid, pieces)
    await seller.claim([claimOf(bought.rid, seller.uid, paid)])
  }
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
  const database = new Database(path)
  database.exec(sql)
  database.close()
  return path
}

test('a right ledger passes the auditor', () => {
  const { lines, status, stderr } = check(world.home.database)
  assert.equal(status, 0, stderr)
  const paid = lines.filter(({ event }) => event === 'seller')
  const incomes = paid.map(({ income, pieces }) => `${pieces} for ${income}`)
  assert.deepEqual(incomes.sort(), ['1 for 10000', '3 for 30000'])
  assert.equal(lines.filter(({ event }) => event === 'checked').length, 3)
})

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
]

for (const [what, sql, expected] of DAMAGE) {
  test(`audit and ledger verify both find damage to ${what}`, async () => {
    const path = damaged(what.replaceAll(' ', '-'), sql)
    const result = check(path)
    assert.equal(result.status, 1)
    assert.equal(result.lines.at(-1)?.code, 'ledger-wrong')
    const told = result.lines.filter(({ event }) => event === 'problem')
    assert.match(told.map(({ problem }) => problem).join('\n'), expected)
    const store = must(openStore(path))
    const { problems } = await verifyLedger({ ...world.tracker, store })
    store.close()
    assert.notDeepEqual(problems, [])
    assert.match(problems.join('\n'), expected)
  })
}

test('what is no database, or not there, is said', () => {
  const junk = join(world.folder, 'junk')
  writeFileSync(junk, 'not a database, and long enough to be looked at'.repeat(10))
  const damaged = check(junk)
  assert.deepEqual([damaged.status, damaged.lines.at(-1)?.code], [1, 'ledger-wrong'])
  assert.equal(check(join(world.folder, 'nothing')).lines.at(-1)?.code, 'not-readable')
})
