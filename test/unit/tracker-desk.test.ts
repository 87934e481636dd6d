/**
 * The provider's verbs about money, whatever happens beside them: two desks at once, a disk that
 * fails at the last moment, a date that no calendar has.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AccountAnswer } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import { PAYOUTS_WAITING_MAX_COUNT } from '../../shared/money-limits.js'
import { PayoutAnswer } from '../../shared/payouts.js'
import { parseVoucher, RedeemAnswer } from '../../shared/vouchers.js'
import { settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { openDatabase } from '../open-database.js'
import { claimOf, decodeBody, type Member } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

const MAIN = fileURLToPath(new URL('../../tracker/main.js', import.meta.url))

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

const desk = (...args: readonly string[]) => run(world.home.folder, ...args, '--json')

/** Runs a verb beside others; gives its exit status. */
async function beside(...args: readonly string[]): Promise<number | null> {
  const env = { ...process.env, FLOODGATE_HOME: world.home.folder }
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'ignore' })
  const [status] = (await once(child, 'exit')) as [number | null]
  return status
}

/** Asks for a payout of 0.10; gives its number. */
async function asked(member: Member): Promise<string> {
  const id = new Uint8Array(randomBytes(16))
  const call = { ...member.head(), id, amount: 100_000n, to: 'the bank' }
  return String(decodeBody(PayoutAnswer, (await member.send('payout', call)).body).number)
}

async function account(member: Member) {
  return decodeBody(AccountAnswer, (await member.send('account', member.head())).body)
}

async function sound(): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.equal(desk('audit').status, 0)
}

test('two desks decide a payout at once: one of them does', async () => {
  const ann = await world.member('ann', '1')
  for (let round = 0; round < 2; round++) {
    const number = await asked(ann)
    const before = await account(ann)
    const paid = () => beside('payouts', 'paid', number, '--reference', 'x')
    const back = () => beside('payouts', 'return', number, '--reason', 'x')
    const [one, other, third, fourth] = await Promise.all([paid(), back(), paid(), back()])
    // Who says the same a second time is told so, and changes nothing.
    assert.deepEqual([one, other], [third, fourth])
    assert.deepEqual([one, other].sort(), [0, 1])
    const { paidOut = 0n, paying = 0n, spendable } = await account(ann)
    const moved = one === 0 ? [100_000n, 0n] : [0n, 100_000n]
    const then = [paidOut - (before.paidOut ?? 0n), spendable - before.spendable]
    assert.deepEqual([...then, paying], [...moved, 0n])
  }
  await sound()
})

test('a voucher is made void while it is redeemed: it is one or the other', async () => {
  const bob = await world.member('bob')
  let credited = 0n
  for (let round = 0; round < 3; round++) {
    const [made] = desk('voucher', 'create', '1').lines
    const code = must(parseVoucher(String(made?.code)))
    const redeem = bob.send('redeem', { ...bob.head(), code })
    const [status, reply] = await Promise.all([
      beside('voucher', 'void', String(made?.number)),
      redeem,
    ])
    assert.equal(reply.code, status === 0 ? 'voucher-invalid' : 'ok')
    if (reply.code === 'ok') credited += decodeBody(RedeemAnswer, reply.body).amount
  }
  assert.equal((await account(bob)).spendable, credited)
  await sound()
})

test('nothing is said to be done before it is on the disk', async () => {
  const carl = await world.member('carl', '1')
  const [waiting, other] = [await asked(carl), await asked(carl)]
  const gone = await world.member('gone', '1')
  assert.equal(desk('revoke', gone.uid).status, 0)
  const number = String(desk('voucher', 'create', '1').lines[0]?.number)
  const home = join(world.folder, 'failing')
  // Not the database: whoever closes a file drops all of SQLite's locks of this process on it.
  const filter = (path: string) => !basename(path).startsWith('tracker.db')
  cpSync(world.home.folder, home, { recursive: true, filter })
  const live = openDatabase(world.home.database)
  live.prepare('VACUUM INTO ?').run(join(home, 'tracker.db'))
  live.close()
  const database = openDatabase(join(home, 'tracker.db'))
  // As a disk that is full by then: every write goes well, the commit fails.
  database.exec(`CREATE TABLE there (id INTEGER PRIMARY KEY);
    CREATE TABLE promised (id INTEGER REFERENCES there DEFERRABLE INITIALLY DEFERRED)`)
  const kept = ['INSERT ON commits', 'INSERT ON revocations', 'INSERT ON free']
  for (const event of [...kept, 'UPDATE ON vouchers', 'UPDATE ON members']) {
    database.exec(`CREATE TRIGGER "${event}" AFTER ${event}
      BEGIN INSERT INTO promised VALUES (1); END`)
  }
  database.close()
  for (const args of [
    ['topup', carl.uid, '1'],
    ['payouts', 'paid', waiting, '--reference', 'x'],
    ['payouts', 'return', other, '--reason', 'x'],
    ['payouts', 'make', gone.uid, 'all', '--to', 'x', '--reason', 'x'],
    ['voucher', 'void', number],
    ['revoke', carl.uid],
    ['house', carl.uid],
    ['free', 'allow', '0'.repeat(40)],
  ]) {
    const { lines, status, stderr } = run(home, ...args)
    assert.deepEqual([status, lines], [1, []], `${args}: ${stderr}`)
  }
})

/** Has the desk make a payout for a member. */
const make = (member: Member, sum: string, reason = 'lost its home') =>
  desk('payouts', 'make', member.uid, sum, '--to', 'her bank', '--reason', reason, '--by', 'Ada')

test('what a revoked member holds is paid out by the desk, each part once', async () => {
  const sold = await world.publish(8)
  const buyer = await world.member('buyer', '3')
  const dora = await world.member('dora', '3')
  const bought = await buyer.buy(sold)
  await dora.claim([claimOf(bought.rid, dora.uid, buyer.pay(bought, dora.uid, [0, 1, 2]))])
  await asked(dora)
  const early = make(dora, 'all')
  assert.deepEqual([early.status, early.lines.at(-1)?.code], [1, 'not-revoked'])
  assert.match(String(early.lines.at(-1)?.message), new RegExp(`revoke ${dora.uid}`))
  assert.equal(desk('revoke', dora.uid, '--reason', 'lost her home').lines.at(-1)?.pending, '30000')
  const over = make(dora, '2.91')
  assert.deepEqual([over.status, over.lines.at(-1)?.code], [1, 'insufficient-funds'])
  for (const sum of ['0', '-1', 'some']) {
    assert.deepEqual([make(dora, sum).status, make(dora, sum).lines.at(-1)?.code], [2, 'usage'])
  }
  const some = make(dora, '0.90').lines.at(-1)
  assert.deepEqual([some?.amount, some?.spendable, some?.waiting], ['900000', '2000000', '1000000'])
  for (const again of ['0.90', 'all']) {
    const slip = make(dora, again)
    assert.deepEqual([slip.status, slip.lines.at(-1)?.code], [1, 'payout-waits'])
    assert.match(
      String(slip.lines.at(-1)?.message),
      new RegExp(`payout ${some?.number} of 0\\.90 for`),
    )
  }
  assert.equal(desk('payouts', 'paid', String(some?.number), '--reference', 'SEPA 1').status, 0)
  const rest = make(dora, 'all').lines.at(-1)
  assert.deepEqual([rest?.amount, rest?.spendable, rest?.waiting], ['2000000', '0', '2100000'])
  await sound()
  assert.equal(desk('payouts', 'paid', String(rest?.number), '--reference', 'SEPA 2').status, 0)
  const none = make(dora, 'all')
  assert.deepEqual([none.status, none.lines.at(-1)?.code], [1, 'insufficient-funds'])
  assert.match(String(none.lines.at(-1)?.message), /0\.03 is still pending, 0\.10 waits in payouts/)
  world.aheadMs += 61_000
  await settleDue(world.tracker, world.tracker.now())
  const ripe = make(dora, 'all')
  assert.equal(ripe.lines.at(-1)?.amount, '30000', ripe.stderr)
  const number = String(ripe.lines.at(-1)?.number)
  assert.equal(desk('payouts', 'return', number, '--reason', 'no such bank').status, 0)
  assert.equal(make(dora, 'all', 'once more').lines.at(-1)?.amount, '30000')
  const shown = desk('payouts', 'list', '--all').lines.filter(({ uid }) => uid === dora.uid)
  assert.deepEqual(
    shown.map(({ made, to }) => [to, made]),
    [
      ['her bank', { by: 'Ada', why: 'once more' }],
      ['her bank', { by: 'Ada', why: 'lost its home' }],
      ['her bank', { by: 'Ada', why: 'lost its home' }],
      ['her bank', { by: 'Ada', why: 'lost its home' }],
      ['the bank', undefined],
    ],
  )
  await sound()
})

test('as many payouts wait for one member, whoever asks', async () => {
  const eve = await world.member('eve', '3')
  for (let count = 0; count < PAYOUTS_WAITING_MAX_COUNT; count++) await asked(eve)
  desk('revoke', eve.uid)
  assert.equal(make(eve, '0.10').lines.at(-1)?.code, 'too-many-open')
  await sound()
})

test('nobody pays in for a member that is revoked; what was paid in before is told', async () => {
  const fay = await world.member('fay')
  const paid = ['topup', fay.uid, '1', '--id', 'invoice 7']
  assert.equal(desk(...paid).lines.at(-1)?.first, true)
  desk('revoke', fay.uid)
  assert.equal(desk(...paid).lines.at(-1)?.first, false)
  const late = desk('topup', fay.uid, '1')
  assert.deepEqual([late.status, late.lines.at(-1)?.code], [1, 'certificate-revoked'])
  assert.match(String(late.lines.at(-1)?.message), /nobody could spend it; top up another one/)
  await sound()
})

test('revoke alone lists who is revoked, with what is left', async () => {
  const guy = await world.member('guy', '0.50')
  desk('revoke', guy.uid, '--reason', 'key was stolen')
  const { lines } = desk('revoke')
  const row = lines.find(({ uid }) => uid === guy.uid)
  assert.deepEqual([row?.reason, row?.spendable], ['key was stolen', '500000'])
  assert.equal(lines.at(-1)?.members, lines.length - 1)
  assert.equal(desk('revoke', '--reason', 'x').status, 2)
  const told = run(world.home.folder, 'revoke').lines.map(({ text }) => text)
  assert.match(
    told.join('\n'),
    new RegExp(`guy \\(${guy.uid}\\) is revoked since .*, key was stolen`),
  )
})

test('a code lasts at least a second and at most a hundred years', () => {
  for (const args of [['voucher', 'create', '1'], ['invite']]) {
    for (const time of ['0s', '999999999d']) {
      const { lines, status } = desk(...args, '--for', time)
      assert.deepEqual([status, lines.at(-1)?.code], [2, 'usage'], `${args} --for ${time}`)
      assert.match(String(lines.at(-1)?.message), /--for/)
    }
  }
  assert.equal(desk('voucher', 'create', '1', '--for', '36525d').status, 0)
  assert.equal(desk('voucher', 'list').status, 0)
})
