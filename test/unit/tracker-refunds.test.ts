/**
 * Refunds over HTTP and a real database: what the buyer gets back, and what no seller may lose by
 * it.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { PurchaseAnswer } from '../../shared/api.js'
import { CasesAnswer } from '../../shared/cases.js'
import { openString } from '../../shared/crypto.js'
import { must, type Refusal } from '../../shared/errors.js'
import { ed25519PublicKey, publicKeyFromRaw } from '../../shared/keys.js'
import { audit } from '../../tracker/audit/audit.js'
import { CaseFacts } from '../../tracker/case-facts.js'
import { type Decision, decide } from '../../tracker/cases.js'
import { anythingDue, settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { type Bought, claimOf, decodeBody, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const REWARD = 10_000n
/** Held of one piece: what 2.00 leaves beyond 20 rewards of 0.01, in 20 parts. */
const SHARE = 90_000n
const WINDOW_MS = 60_000

let world: World
let sold: Sold
let buyer: Member
let seller: Member
let bought: Bought
beforeEach(async () => {
  world = await World.start()
  sold = await world.publish(20, { complaint: WINDOW_MS })
  buyer = await world.member('buyer', '5')
  seller = await world.member('seller')
  await seller.announce(sold.cid, 7001)
  bought = await buyer.buy(sold)
})
afterEach(async () => {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(audit(world.home.database).problems, [])
  assert.deepEqual(world.errors, [])
  await world.close()
})

const settle = () => settleDue(world.tracker, world.tracker.now())
const spendableOf = async ({ uid }: Member) =>
  (await world.balances())[`member:${uid}:spendable`] ?? 0n
const pendingOf = async ({ uid }: Member) => (await world.balances())[`member:${uid}:pending`] ?? 0n
const grantAccounts = async () => {
  const balances = await world.balances()
  const of = (kind: string) => balances[`grant:${bought.rid}:${kind}`] ?? 0n
  return { escrow: of('escrow'), held: of('held') }
}

async function judge(verdict: Decision['verdict']) {
  const { store, now } = world.tracker
  return store.write(async (rows) => {
    const [row] = await rows.cases.all(false, 1)
    assert.ok(row !== undefined, 'a case is open')
    return decide(world.tracker, rows, row, { verdict, by: 'ann', reason: 'looked at it' }, now())
  })
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

test('a refund is one case, however often it is asked for; the grant cannot be spent', async () => {
  const { entry } = await buyer.refund(bought.rid, [5, 6])
  assert.equal(entry?.state, 'open')
  assert.equal(entry?.amount, 2n * (REWARD + SHARE))
  assert.deepEqual((await buyer.refund(bought.rid, [7])).entry, entry)
  assert.equal((await buyer.refund(bought.rid, [5], { again: 1 })).entry?.number, entry?.number)
  const own = await buyer.send('cases', buyer.head())
  assert.deepEqual(decodeBody(CasesAnswer, own.body).cases, [entry])
  const others = await seller.send('cases', seller.head())
  assert.deepEqual(decodeBody(CasesAnswer, others.body).cases, [])
  assert.equal((await seller.refund(bought.rid, [5])).reply.code, 'unknown-grant')

  const { list } = await buyer.announce(sold.cid, 7000, { rid: bought.rid, left: 9 })
  assert.equal(list, undefined)
  const again = await buyer.send('purchase', buyer.purchaseCall(sold))
  assert.equal(again.code, 'refund-pending')
})

test('what was known is kept: who asked, who had the content, what the grant held', async () => {
  await buyer.refund(bought.rid, [5, 6])
  const { evidence, facts } = await world.tracker.store.read(async (rows) => {
    const [row] = await rows.cases.all(true, 9)
    assert.ok(row !== undefined)
    const { evidence } = await rows.cases.papers(row.id)
    return { evidence, facts: decodeBody(CaseFacts, row.known) }
  })
  const publicKey = publicKeyFromRaw(ed25519PublicKey(buyer.seed))
  const { fingerprint } = world.tracker.authority
  must(openString('refund', evidence, { fingerprint, publicKey }, 10_000))
  assert.deepEqual(facts.sellers, [{ uid: seller.uid, left: 0, house: 0 }])
  assert.deepEqual([facts.spent, facts.escrow, facts.held], [0, 20n * REWARD, 20n * SHARE])
})

test('a rejected refund gives the grant back; asked anew it is another case', async () => {
  const { entry } = await buyer.refund(bought.rid, [5])
  assert.equal(await judge('rejected'), 'rejected')
  const told = (await buyer.refund(bought.rid, [5])).entry
  assert.deepEqual(
    [told?.number, told?.state, told?.reason],
    [entry?.number, 'rejected', 'looked at it'],
  )
  const again = await buyer.send('purchase', buyer.purchaseCall(sold))
  const answer = decodeBody(PurchaseAnswer, again.body)
  assert.deepEqual([answer.rid, answer.again], [bought.rid, 1])
  const { list } = await buyer.announce(sold.cid, 7000, { rid: bought.rid })
  assert.ok(list !== undefined && list.number > bought.list.number, 'a list that counts again')
  const anew = (await buyer.refund(bought.rid, [5], { again: 1 })).entry
  assert.deepEqual([anew?.state, anew?.number === entry?.number], ['open', false])
})

test('a granted refund is paid at its deadline, and only for what nobody claimed', async () => {
  const before = await spendableOf(buyer)
  // The buyer names pieces 10 to 19; piece 19 it has paid in truth.
  const paid = buyer.pay(bought, seller.uid, [0, 1, 19])
  await buyer.refund(bought.rid, range(10, 20))
  assert.equal(await judge('granted'), 'granted')
  assert.equal(((await judge('rejected')) as Refusal).code, 'case-decided')
  await settle()
  assert.equal(await spendableOf(buyer), before, 'nothing moves before the deadline')
  const claimed = (await seller.claim([claimOf(bought.rid, seller.uid, paid)])).grants[0]
  assert.equal(claimed?.credited, 3n * REWARD, 'who claims in time loses nothing')
  assert.equal(claimed?.list, bought.list.number + 1, 'and learns that its peer list is void')

  world.aheadMs = WINDOW_MS + 1000
  assert.ok(await anythingDue(world.tracker.store, world.tracker.now()))
  await settle()
  assert.equal(await spendableOf(buyer), before + 9n * (REWARD + SHARE))
  const { entry } = await buyer.refund(bought.rid, [3])
  assert.deepEqual([entry?.state, entry?.amount], ['paid', 9n * (REWARD + SHARE)])
  await settle()
  assert.equal(await spendableOf(buyer), before + 9n * (REWARD + SHARE), 'paid once')
  assert.deepEqual(await grantAccounts(), { escrow: 8n * REWARD, held: 0n })
})

test('after a refund other pieces still pay; a refunded one shows who signed it', async () => {
  const late = buyer.pay(bought, seller.uid, [2, 11])
  await buyer.refund(bought.rid, [10, 11])
  await judge('granted')
  world.aheadMs = WINDOW_MS + 1000
  await settle()
  const answer = (await seller.claim([claimOf(bought.rid, seller.uid, late)])).grants[0]
  assert.deepEqual([answer?.code, answer?.pieces, answer?.alreadyPaid], ['ok', [2], [11]])
  assert.equal(await pendingOf(seller), REWARD)
  const [proof] = answer?.others ?? []
  assert.equal(proof?.seller, buyer.uid)
  const publicKey = publicKeyFromRaw(ed25519PublicKey(buyer.seed))
  const { fingerprint } = world.tracker.authority
  must(openString('refund', proof?.claim ?? new Uint8Array(0), { fingerprint, publicKey }, 10_000))
  const next = await buyer.send('purchase', buyer.purchaseCall(sold))
  assert.equal(next.code, 'ok', 'the content can be bought anew')
  assert.notEqual(decodeBody(PurchaseAnswer, next.body).rid, bought.rid)
})

test('a decision after the deadline pays at once', async () => {
  const before = await spendableOf(buyer)
  await buyer.refund(bought.rid, range(0, 20))
  world.aheadMs = WINDOW_MS + 1000
  assert.equal(await judge('granted'), 'paid')
  assert.equal(
    await spendableOf(buyer),
    before + 2_000_000n,
    'the whole price, not a millionth more',
  )
  assert.deepEqual(await grantAccounts(), { escrow: 0n, held: 0n })
})

test('held money and escrow wait for the desk; revenue that is revenue stays', async () => {
  world.aheadMs = WINDOW_MS + 1000
  await settle()
  const before = await spendableOf(buyer)
  const { entry } = await buyer.refund(bought.rid, [1])
  assert.equal(entry?.amount, REWARD, 'the held part has become revenue')
  await judge('granted')
  world.aheadMs += WINDOW_MS + 1000
  await settle()
  assert.equal(await spendableOf(buyer), before + REWARD)

  const second = await buyer.buy(sold)
  const { entry: early } = await buyer.refund(second.rid, [1])
  world.aheadMs += 500 * 86_400_000
  await settle()
  const waiting = await world.balances()
  assert.equal(waiting[`grant:${second.rid}:held`], 20n * SHARE, 'not released under a case')
  assert.equal(waiting[`grant:${second.rid}:escrow`], 20n * REWARD, 'not closed under a case')
  assert.equal(early?.state, 'open')
  assert.equal(await judge('granted'), 'paid')
  await settle()
  const after = await world.balances()
  assert.equal(after[`grant:${second.rid}:escrow`], undefined)
  assert.equal(after[`grant:${second.rid}:held`], undefined)
  assert.equal(after[`carrier:${sold.cid}`], 19n * REWARD + 19n * REWARD)
})

test('what cannot be refunded is refused, and opens no case', async () => {
  const all = buyer.pay(bought, seller.uid, range(0, 20))
  await seller.claim([claimOf(bought.rid, seller.uid, all)])
  const code = async (pieces: readonly number[]) =>
    (await buyer.refund(bought.rid, pieces)).reply.code
  assert.equal(await code([3]), 'not-refundable')
  assert.equal(await code([]), 'malformed')
  assert.equal(await code([20]), 'piece-unknown')
  const closed = await buyer.buy(await world.publish(17))
  world.aheadMs = 500 * 86_400_000
  assert.equal((await buyer.refund(closed.rid, [0])).reply.code, 'grant-closed')
  const cases = await world.tracker.store.read((rows) => rows.cases.all(true, 9))
  assert.deepEqual(cases, [])
})

test('a tick that dies in a refund has paid nothing; the next one pays once', async () => {
  await buyer.refund(bought.rid, [0, 1])
  await judge('granted')
  world.aheadMs = WINDOW_MS + 1000
  const { store } = world.tracker
  const dying: typeof store = {
    ...store,
    write: (work) =>
      store.write(async (rows) => {
        await work(rows)
        throw new Error('killed')
      }),
  }
  const before = await world.balances()
  const halted = { ...world.tracker, store: dying }
  await assert.rejects(settleDue(halted, world.tracker.now()), /killed/)
  assert.deepEqual(await world.balances(), before)
  const had = await spendableOf(buyer)
  await world.stop()
  await world.open()
  await settle()
  assert.equal(await spendableOf(buyer), had + 2n * (REWARD + SHARE))
})

/** Buys pieces alone under the content of this test. */
async function alone(pieces: readonly number[]): Promise<Bought> {
  return buyer.accept(sold, await buyer.supplement(sold, pieces))
}

test('who bought pieces alone gets their rewards back, not their share of the price', async () => {
  await alone(range(0, 15))
  const before = await spendableOf(buyer)
  const { entry } = await buyer.refund(bought.rid, range(0, 20))
  assert.equal(entry?.amount, 20n * REWARD + 5n * SHARE)
  assert.equal((await buyer.supplement(sold, [16])).code, 'refund-pending')
  await judge('granted')
  world.aheadMs = WINDOW_MS + 1000
  await settle()
  assert.equal(await spendableOf(buyer), before + 20n * REWARD + 5n * SHARE)
  assert.equal((await buyer.supplement(sold, [0])).code, 'not-bought')
  await buyer.buy(sold)
  await alone([3])
})

test('pieces bought alone whose money came back first take their share with them', async () => {
  const before = await spendableOf(buyer)
  const extra = await alone([4, 5])
  const sold4 = buyer.pay(extra, seller.uid, [4])
  await buyer.refund(extra.rid, [4, 5])
  await judge('granted')
  await seller.claim([claimOf(extra.rid, seller.uid, sold4)])
  const { entry } = await buyer.refund(bought.rid, [4, 5, 6])
  await judge('granted')
  assert.equal(entry?.amount, 3n * REWARD + SHARE, 'as things stand when it is asked for')
  world.aheadMs = WINDOW_MS + 5000
  await settle()
  // Piece 4 was delivered under the other grant; 5 and 6 were never had.
  assert.equal(await spendableOf(buyer), before - REWARD + 3n * REWARD + 2n * SHARE)
})
