/**
 * Claims, maturity and `ledger verify` over HTTP and a real database: paid once, to the payee
 * alone.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { CLAIM_WINDOW_MS } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { answerCall } from '../../tracker/calls.js'
import { anythingDue, settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { iou } from '../contract/iou/iou.js'
import { type Bought, claimOf, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

let world: World
let sold: Sold
let buyer: Member
let seller: Member
let bought: Bought

beforeEach(async () => {
  world = await World.start()
  sold = await world.publish(20)
  buyer = await world.member('buyer', '2')
  seller = await world.member('seller')
  bought = await buyer.buy(sold)
})
afterEach(async () => {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(world.errors, [])
  await world.close()
})

const REWARD = 10_000n
const pendingOf = async (member: Member) =>
  (await world.balances())[`member:${member.uid}:pending`] ?? 0n
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

test('a claim moves the rewards from escrow to pending, once, with a hash per token', async () => {
  const { rid } = bought
  const claim = claimOf(rid, seller.uid, buyer.pay(bought, seller.uid, [3, 1, 2]))
  const id = new Uint8Array(randomBytes(16))
  const first = await seller.claim([claim], id)
  const [granted] = first.grants
  assert.equal(granted?.code, 'ok')
  assert.deepEqual(granted.pieces, [3, 1, 2])
  assert.equal(granted.hashes.length, 96)
  assert.equal(granted.settled, 3)
  assert.equal(granted.credited, 3n * REWARD)
  assert.equal(await pendingOf(seller), 3n * REWARD)
  // The same id again: the first answer, byte for byte.
  assert.deepEqual((await seller.claim([claim], id)).reply.body, first.reply.body)
  // Another id: nothing new is paid.
  const again = (await seller.claim([claim])).grants[0]
  assert.equal(again?.code, 'ok')
  assert.equal(again.credited, 0n)
  assert.equal(await pendingOf(seller), 3n * REWARD)
  assert.equal((await world.balances())[`grant:${rid}:escrow`], 17n * REWARD)
})

test('overlapping claims pay the union; a claim continues where the last one ended', async () => {
  const { rid } = bought
  const start = buyer.pay(bought, seller.uid, range(0, 4))
  const rest = buyer.pay(bought, seller.uid, range(4, 9), start.progress)
  const whole = { paid: [...start.paid, ...rest.paid], payment: rest.payment }
  await seller.claim([claimOf(rid, seller.uid, start)])
  const next = (await seller.claim([claimOf(rid, seller.uid, whole, 4)])).grants[0]
  assert.deepEqual(next?.pieces, range(4, 9))
  const overlap = (await seller.claim([claimOf(rid, seller.uid, whole)])).grants[0]
  assert.equal(overlap?.credited, 0n)
  assert.equal(overlap?.settled, 9)
  assert.equal(await pendingOf(seller), 9n * REWARD)
  const gap = (await seller.claim([claimOf(rid, seller.uid, whole, 2)])).grants[0]
  assert.equal(gap?.code, 'claim-gap')
  assert.equal(gap?.settled, 9)
})

test('a piece signed over to two sellers is paid to the first; the second is told', async () => {
  const { rid } = bought
  const other = await world.member('other')
  const mine = buyer.pay(bought, seller.uid, [0, 1, 2])
  const theirs = buyer.pay(bought, other.uid, [2, 3])
  await seller.claim([claimOf(rid, seller.uid, mine)])
  const late = (await other.claim([claimOf(rid, other.uid, theirs)])).grants[0]
  assert.equal(late?.code, 'ok')
  assert.deepEqual(late?.pieces, [3])
  assert.deepEqual(late?.alreadyPaid, [2])
  assert.equal(await pendingOf(other), REWARD)
  assert.equal(await pendingOf(seller), 3n * REWARD)
})

test('a claim that was made for another is worth nothing to whoever presents it', async () => {
  const { rid } = bought
  const thief = await world.member('thief')
  const paid = buyer.pay(bought, seller.uid, [0, 1])
  const stolen = (await thief.claim([claimOf(rid, seller.uid, paid)])).grants[0]
  assert.equal(stolen?.code, 'claim-payee')
  const renamed = (await thief.claim([claimOf(rid, thief.uid, paid)])).grants[0]
  assert.equal(renamed?.code, 'claim-payee')
  assert.equal(await pendingOf(thief), 0n)
})

test('a buyer that pays itself gets nothing back', async () => {
  const paid = buyer.pay(bought, buyer.uid, [0, 1, 2])
  const own = (await buyer.claim([claimOf(bought.rid, buyer.uid, paid)])).grants[0]
  assert.equal(own?.code, 'claim-payee')
  assert.equal(await pendingOf(buyer), 0n)
})

test('each grant of a claim has its own code; what holds is paid', async () => {
  const { rid } = bought
  const good = claimOf(rid, seller.uid, buyer.pay(bought, seller.uid, [5]))
  const unknown = { ...good, rid: '00'.repeat(16) as typeof rid }
  const { grants } = await seller.claim([unknown, good])
  assert.deepEqual(
    grants.map(({ code }) => code),
    ['unknown-grant', 'ok'],
  )
  const twice = await seller.claim([good, good])
  assert.equal(twice.reply.code, 'malformed')
  assert.equal(await pendingOf(seller), REWARD)
})

test('earnings mature and the held price becomes revenue when the window has passed', async () => {
  const { rid } = bought
  await seller.claim([claimOf(rid, seller.uid, buyer.pay(bought, seller.uid, [0, 1]))])
  const soon = world.tracker.now()
  assert.equal(await anythingDue(world.tracker.store, soon), false)
  const later = soon + 61_000
  assert.equal(await anythingDue(world.tracker.store, later), true)
  assert.equal(await settleDue(world.tracker, later), 2)
  assert.equal(await settleDue(world.tracker, later), 0)
  const balances = await world.balances()
  assert.deepEqual(balances, {
    funding: -2_000_000n,
    'provider:revenue': 1_800_000n,
    [`grant:${rid}:escrow`]: 18n * REWARD,
    [`member:${seller.uid}:spendable`]: 2n * REWARD,
  })
})

test('at closing, unclaimed rewards go to the carrier fund and claims come too late', async () => {
  const { rid } = bought
  const claim = claimOf(rid, seller.uid, buyer.pay(bought, seller.uid, [0]))
  world.aheadMs = CLAIM_WINDOW_MS + 1000
  const late = (await seller.claim([claim])).grants[0]
  assert.equal(late?.code, 'grant-closed')
  await settleDue(world.tracker, world.tracker.now())
  const balances = await world.balances()
  assert.equal(balances[`carrier:${sold.cid}`], 20n * REWARD)
  assert.equal(balances[`grant:${rid}:escrow`], undefined)
})

test('a claim whose commit is cut off has paid nothing, and is paid the next time', async () => {
  const { store } = world.tracker
  const claim = claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, [0, 1]))
  const call = { ...seller.head(), id: new Uint8Array(16), grants: [claim] }
  const body = seller.sign('claim', call)
  // The process dies after the last write and before the commit: what SQLite sees is a rollback.
  const before = await world.balances()

  const dying: typeof store = {
    ...store,
    write: (work) =>
      store.write(async (rows) => {
        await work(rows)
        throw new Error('killed')
      }),
  }
  const halted = { ...world.tracker, store: dying }
  await assert.rejects(answerCall(halted, 'claim', body, '127.0.0.1'), /killed/)
  assert.deepEqual(await world.balances(), before)
  assert.equal((await seller.post('claim', body, call.nonce)).code, 'ok')
  assert.equal(await pendingOf(seller), 2n * REWARD)
})

test('another scheme goes through the same purchase, claim and ledger', async () => {
  const other = await World.start([floodgate, iou])
  try {
    const content = await other.publish(6, { scheme: iou.name })
    const payer = await other.member('payer', '2')
    const payee = await other.member('payee')
    payer.scheme = iou
    const grant = await payer.buy(content)
    const paid = payer.pay(grant, payee.uid, [4, 0, 5])
    const claimed = await payee.claim([claimOf(grant.rid, payee.uid, paid, 0, iou)])
    assert.deepEqual([claimed.grants[0]?.code, claimed.grants[0]?.credited], ['ok', 3n * REWARD])
    const again = await payee.claim([claimOf(grant.rid, payee.uid, paid, 0, iou)])
    assert.equal(again.grants[0]?.credited, 0n)
    assert.equal((await other.balances())[`grant:${grant.rid}:escrow`], 3n * REWARD)
    assert.deepEqual((await verifyLedger(other.tracker)).problems, [])
    // A tracker without the scheme's row refuses what was sold under it, and says so.
    const bare = { ...other.tracker, schemes: new Map([[floodgate.name, floodgate]]) }
    assert.match((await verifyLedger(bare)).problems.join(), /scheme iou is not in the table/)
  } finally {
    await other.close()
  }
})
