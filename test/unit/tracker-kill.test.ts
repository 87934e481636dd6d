/**
 * kill -9 of a serving tracker in the middle of purchases, claims, vouchers and payouts: after the
 * restart every call has happened wholly or not at all, and asking again brings everything to its
 * end exactly once.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAmount } from '../../shared/amount.js'
import { sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { VOUCHER_BYTES } from '../../shared/money-limits.js'
import { DAY_MS } from '../../shared/units.js'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf, Member, type Served } from './tracker-member.js'
import { serve } from './tracker-process.js'
import { World } from './tracker-world.js'

const ROUNDS_COUNT = 6
const BUYERS_COUNT = 4

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

test('a tracker killed at any moment has charged and paid once, or not yet', async () => {
  const sold = await world.publish(12)
  const people = []
  for (let i = 0; i < BUYERS_COUNT; i++) {
    const buyer = await world.member(`buyer ${i}`, '2')
    people.push({ buyer, id: new Uint8Array(randomBytes(16)) })
  }
  const seller = await world.member('seller')
  // From here on another process serves the same home; ours only reads.
  const served: { -readonly [K in keyof Served]: Served[K] } = { tracker: world.tracker, url: '' }
  const move = (member: Member): Member =>
    Object.assign(new Member(served, member.name), { ...member, world: served })
  const moved = people.map(({ buyer, id }) => ({ buyer: move(buyer), id }))
  const earner = move(seller)
  const business = async (buyer: Member, id: Uint8Array): Promise<void> => {
    const bought = await buyer.buy(sold, id)
    const paid = buyer.pay(bought, earner.uid, [0, 1, 2])
    await earner.claim([claimOf(bought.rid, earner.uid, paid)])
  }
  for (let round = 0; round < ROUNDS_COUNT; round++) {
    const serving = await serve(world.home.folder)
    served.url = `http://127.0.0.1:${serving.port}`
    const work = moved.map(({ buyer, id }) => business(buyer, id).catch(() => undefined))
    await sleep(round * 12)
    await serving.stop('SIGKILL')
    await Promise.all(work)
    assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  }
  const serving = await serve(world.home.folder)
  served.url = `http://127.0.0.1:${serving.port}`
  for (const { buyer, id } of moved) await business(buyer, id)
  assert.equal((await serving.stop('SIGINT')).code, 0)
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const balances = await world.balances()
  assert.equal(balances[`member:${seller.uid}:pending`], BigInt(BUYERS_COUNT * 3) * 10_000n)
  for (const { buyer } of people) {
    assert.equal(balances[`member:${buyer.uid}:spendable`], undefined)
  }
})

/** A voucher as the provider makes it. */
async function voucher(): Promise<Uint8Array> {
  const code = new Uint8Array(randomBytes(VOUCHER_BYTES))
  const [made, until] = [Date.now(), Date.now() + DAY_MS]
  const row = { hash: sha256(code), amount: must(parseAmount('2')), note: '', source: undefined }
  await world.tracker.store.write((rows) => rows.vouchers.insert({ ...row, made, until }))
  return code
}

test('a tracker killed at any moment has credited vouchers and taken payouts once', async () => {
  const served: { -readonly [K in keyof Served]: Served[K] } = { tracker: world.tracker, url: '' }
  const people: { member: Member; code: Uint8Array; id: Uint8Array }[] = []
  for (let i = 0; i < BUYERS_COUNT; i++) {
    const known = await world.member(`payee ${i}`)
    const member = Object.assign(new Member(served, known.name), { ...known, world: served })
    people.push({ member, code: await voucher(), id: new Uint8Array(randomBytes(16)) })
  }
  const amount = must(parseAmount('1.5'))
  const business = async ({ code, id, member }: (typeof people)[number]): Promise<void> => {
    const redeemed = await member.send('redeem', { ...member.head(), code })
    assert.equal(redeemed.code, 'ok')
    const paid = await member.send('payout', { ...member.head(), id, amount, to: 'the bank' })
    assert.equal(paid.code, 'ok')
  }
  for (let round = 0; round < ROUNDS_COUNT; round++) {
    const serving = await serve(world.home.folder)
    served.url = `http://127.0.0.1:${serving.port}`
    const work = people.map((one) => business(one).catch(() => undefined))
    await sleep(round * 6)
    await serving.stop('SIGKILL')
    await Promise.all(work)
    assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  }
  const serving = await serve(world.home.folder)
  served.url = `http://127.0.0.1:${serving.port}`
  for (const one of people) await business(one)
  assert.equal((await serving.stop('SIGINT')).code, 0)
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const balances = await world.balances()
  for (const { member } of people) {
    assert.equal(balances[`member:${member.uid}:spendable`], 500_000n)
    assert.equal(balances[`member:${member.uid}:payout`], 1_500_000n)
  }
})
