/**
 * Vouchers and payouts that somebody changed in the database: `ledger verify` and the independent
 * auditor find each.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { must, refused } from '../../shared/errors.js'
import { PayoutAnswer } from '../../shared/payouts.js'
import { parseVoucher } from '../../shared/vouchers.js'
import { destinationOf } from '../../tracker/payouts.js'
import { openStore } from '../../tracker/store.js'
import { verifyLedger } from '../../tracker/verify.js'
import { openDatabase } from '../open-database.js'
import { decodeBody } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

let world: World
const desk = (...args: readonly string[]) => run(world.home.folder, ...args, '--json')

before(async () => {
  world = await World.start()
  const ann = await world.member('ann', '1')
  await world.member('bob')
  const [made] = desk('voucher', 'create', '2').lines
  const code = must(parseVoucher(String(made?.code)))
  assert.equal((await ann.send('redeem', { ...ann.head(), code })).code, 'ok')
  const numbers: string[] = []
  for (const amount of [100_000n, 200_000n, 300_000n]) {
    const call = { ...ann.head(), id: new Uint8Array(randomBytes(16)), amount, to: 'the bank' }
    const { number } = decodeBody(PayoutAnswer, (await ann.send('payout', call)).body)
    numbers.push(String(number))
  }
  desk('payouts', 'paid', numbers[1] ?? '', '--reference', 'x')
  desk('payouts', 'return', numbers[2] ?? '', '--reason', 'x')
  await world.stop()
})
after(async () => {
  await world.open()
  await world.close()
})

test('what was not changed is right', async () => {
  const store = must(openStore(world.home.database))
  assert.deepEqual((await verifyLedger({ ...world.tracker, store })).problems, [])
  store.close()
  assert.equal(desk('audit').status, 0)
})

/** What somebody may do to a database to get money that never came, or twice. */
const DAMAGE: readonly (readonly [string, string, RegExp])[] = [
  [
    'a voucher that was worth less',
    'UPDATE vouchers SET amount = 1 WHERE member IS NOT NULL',
    /voucher|nothing that happened/,
  ],
  [
    'a voucher that is open again',
    'UPDATE vouchers SET member = NULL, commit_id = NULL',
    /voucher|nothing that happened/,
  ],
  [
    'a voucher that another redeemed',
    'UPDATE vouchers SET member = member + 1 WHERE id = 1',
    /voucher|nothing that happened/,
  ],
  ['a top-up that nobody made', `UPDATE commits SET kind = 'voucher' WHERE kind = 'topup'`, /./],
  [
    'a paid payout that waits',
    `UPDATE payouts SET state = 'asked' WHERE state = 'paid'`,
    /pay|nothing that happened/,
  ],
  [
    'a paid payout that was returned',
    `UPDATE payouts SET state = 'returned' WHERE state = 'paid'`,
    /pay|nothing that happened/,
  ],
  [
    'a waiting payout that is paid',
    `UPDATE payouts SET state = 'paid' WHERE decided IS NULL`,
    /pay|nothing that happened/,
  ],
  [
    'a payout of more',
    `UPDATE payouts SET amount = amount + 1 WHERE decided IS NULL`,
    /pay|nothing that happened/,
  ],
  [
    'a payout of somebody else',
    'UPDATE payouts SET member = member + 1 WHERE id = 1',
    /pay|nothing that happened/,
  ],
  [
    'a payout that the desk made for a member that can ask',
    `UPDATE payouts SET made_by = 'desk', why = 'x' WHERE id = 1`,
    /made it for a member that is not revoked/,
  ],
  ['a payout that is gone', 'DELETE FROM payouts WHERE id = 1', /pay|nothing that happened/],
]

for (const [name, sql, problem] of DAMAGE) {
  test(`both sets of books find ${name}`, async () => {
    const path = join(world.folder, `${name.replaceAll(' ', '-')}.db`)
    copyFileSync(world.home.database, path)
    const database = openDatabase(path)
    database.exec(sql)
    database.close()
    const { lines, status } = desk('audit', path)
    assert.equal(status, 1)
    assert.match(String(lines.at(-1)?.message), problem)
    const store = must(openStore(path))
    const { problems } = await verifyLedger({ ...world.tracker, store })
    store.close()
    assert.match(problems.join(), problem)
  })
}

/** What the member did not ask for: the place of another payout, one of nobody's, none at all. */
const PLACES: readonly (readonly [string, string])[] = [
  ['of another payout', '(SELECT destination FROM payouts WHERE id = 2)'],
  ['that somebody wrote', 'randomblob(40)'],
  ['cut short', "x'00'"],
]

for (const [name, place] of PLACES) {
  test(`a payout to a place ${name} is shown to nobody, and found by both`, async () => {
    const path = join(world.folder, `place-${name.replaceAll(' ', '-')}.db`)
    copyFileSync(world.home.database, path)
    const database = openDatabase(path)
    database.exec(`UPDATE payouts SET destination = ${place} WHERE id = 1`)
    database.close()
    const problem = /where payout 1 shall go was changed in the database/
    const { lines, status } = desk('audit', path)
    assert.equal(status, 1)
    assert.match(String(lines.at(-1)?.message), problem)
    const store = must(openStore(path))
    const { problems } = await verifyLedger({ ...world.tracker, store })
    assert.match(problems.join(), problem)
    const row = await store.read((rows) => rows.payouts.byId(1))
    store.close()
    const shown = row && destinationOf(world.tracker, row)
    assert.equal(shown && refused(shown) && shown.code, 'internal')
  })
}

test('the auditor opens where payouts go and tells nobody', () => {
  const { lines, status } = desk('audit')
  assert.equal(status, 0)
  assert.match(JSON.stringify(lines), /where each of 3 payouts shall go is as it was asked for/)
  assert.doesNotMatch(JSON.stringify(lines), /the bank/)
})
