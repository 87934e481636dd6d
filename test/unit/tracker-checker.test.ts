/**
 * The independent checker and `ledger verify`: both agree with a right ledger, and each finds every
 * kind of damage that is done to the database behind the tracker's back.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { must } from '../../shared/errors.js'
import { openStore } from '../../tracker/store.js'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const CHECKER = fileURLToPath(new URL('../checker/check.js', import.meta.url))

let world: World
let sold: Sold
before(async () => {
  world = await World.start()
  sold = await world.publish(20)
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

function check(database: string, ...files: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECKER, database, ...files])
  return { status, stdout: String(stdout), stderr: String(stderr) }
}

/** A copy of the database with SQL done to it. */
function damaged(name: string, sql: string): string {
  const path = join(world.folder, `${name}.db`)
  copyFileSync(world.home.database, path)
  const database = new Database(path)
  database.exec(sql)
  database.close()
  return path
}

test('a right ledger passes the checker, with the files that were bought', () => {
  const sha256 = createHash('sha256').update(readFileSync(sold.path)).digest('hex')
  const result = check(world.home.database, sold.path, sha256)
  assert.equal(result.status, 0, result.stderr)
  assert.match(result.stdout, /"pieces":"3","income":"30000"/)
  assert.match(result.stdout, /"pieces":"1","income":"10000"/)
})

test('the checker imports nothing of the product', () => {
  const source = readFileSync(CHECKER, 'utf8')
  const imports = [...source.matchAll(/from '([^']+)'/g)].map((match) => match[1] as string)
  assert.deepEqual(
    imports.filter((name) => !name.startsWith('node:')),
    ['better-sqlite3'],
  )
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
  test(`checker and ledger verify both find damage to ${what}`, async () => {
    const path = damaged(what.replaceAll(' ', '-'), sql)
    const result = check(path)
    assert.equal(result.status, 1)
    assert.match(result.stderr, expected)
    const store = must(openStore(path))
    const { problems } = await verifyLedger({ ...world.tracker, store })
    store.close()
    assert.notDeepEqual(problems, [])
    assert.match(problems.join('\n'), expected)
  })
}

test('the checker finds an output file of other content, and what is no database', () => {
  const wrong = check(world.home.database, sold.path, '0'.repeat(64))
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /sha256 is/)
  const junk = join(world.folder, 'junk')
  writeFileSync(junk, 'not a database, and long enough to be looked at'.repeat(10))
  assert.equal(check(junk).status, 1)
  assert.equal(check(world.home.database, 'lonely').status, 2)
})
