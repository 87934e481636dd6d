/**
 * The provider's verbs about money, whatever happens beside them: two desks at once, a disk that
 * fails at the last moment, a date that no calendar has.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { AccountAnswer } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import { PayoutAnswer } from '../../shared/payouts.js'
import { parseVoucher, RedeemAnswer } from '../../shared/vouchers.js'
import { verifyLedger } from '../../tracker/verify.js'
import { decodeBody, type Member } from './tracker-member.js'
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
  const number = String(desk('voucher', 'create', '1').lines[0]?.number)
  const home = join(world.folder, 'failing')
  cpSync(world.home.folder, home, { recursive: true })
  const database = new Database(join(home, 'tracker.db'))
  // As a disk that is full by then: every write goes well, the commit fails.
  database.exec(`CREATE TABLE there (id INTEGER PRIMARY KEY);
    CREATE TABLE promised (id INTEGER REFERENCES there DEFERRABLE INITIALLY DEFERRED)`)
  for (const event of ['INSERT ON commits', 'UPDATE ON vouchers']) {
    database.exec(`CREATE TRIGGER "${event}" AFTER ${event}
      BEGIN INSERT INTO promised VALUES (1); END`)
  }
  database.close()
  for (const args of [
    ['topup', carl.uid, '1'],
    ['payouts', 'paid', waiting, '--reference', 'x'],
    ['payouts', 'return', other, '--reason', 'x'],
    ['voucher', 'void', number],
  ]) {
    const { lines, status, stderr } = run(home, ...args)
    assert.deepEqual([status, lines], [1, []], `${args}: ${stderr}`)
  }
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
