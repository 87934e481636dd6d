/**
 * Complaints over HTTP and a real database: who is told, who is paid out of what, who is marked,
 * and that both verifiers find the books right whatever became of them.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { AnnounceAnswer } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import { judge } from '../../shared/mediation/rules.js'
import { Verdict } from '../../shared/mediation/verdict.js'
import { signBody } from '../../shared/wire/messages.js'
import { encode } from '../../shared/wire/record.js'
import { audit } from '../../tracker/audit/audit.js'
import { courtOf, judgeOf } from '../../tracker/case-files.js'
import { decide } from '../../tracker/cases.js'
import { readKey } from '../../tracker/config.js'
import { settleDue } from '../../tracker/maturity.js'
import { wakeUp } from '../../tracker/outage.js'
import { verifyLedger } from '../../tracker/verify.js'
import { bundle, casesOf, complain, paid, request, respond } from './plaintiff.js'
import { type Bought, claimOf, decodeBody, type Member, type Sold } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

const REWARD = 10_000n
const WINDOW_MS = 60_000
const ANSWER_MS = 120_000
const DAY_MS = 86_400_000

let world: World
let sold: Sold
let buyer: Member
let seller: Member
let rival: Member
let bought: Bought
beforeEach(async () => {
  world = await World.start()
  const windows = { complaint: WINDOW_MS, answer: ANSWER_MS, marks: 2, n: 2, b: 2 }
  sold = await world.publish(20, windows)
  buyer = await world.member('buyer', '5')
  seller = await world.member('seller', '5')
  rival = await world.member('rival', '5')
  for (const each of [seller, rival]) {
    await each.buy(sold)
    await each.announce(sold.cid, 7001)
  }
  bought = await buyer.buy(sold)
})
afterEach(async () => {
  await balanced()
  assert.deepEqual(world.errors, [])
  await world.close()
})

async function balanced(): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const vaultKey = must(readKey(world.home.vaultKey))
  assert.deepEqual(
    audit(world.home.database, { vaultKey, judge: judgeOf(world.tracker) }).problems,
    [],
  )
}

const settle = () => settleDue(world.tracker, world.tracker.now())
const balanceOf = async (name: string) => (await world.balances())[name] ?? 0n
/** What a member has earned or was awarded beyond what it had. */
const wealthOf = async ({ uid }: Member) =>
  (await balanceOf(`member:${uid}:spendable`)) + (await balanceOf(`member:${uid}:pending`))
const file = async (pieces: readonly number[], by = seller) =>
  complain(by, await bundle(world, by, buyer, bought, pieces))

/** Opens a case that the accused has fetched; its number. */
async function told(pieces: readonly number[], by = seller): Promise<number> {
  const { entry, reply } = await file(pieces, by)
  assert.ok(entry !== undefined, `${reply.code} ${reply.detail}`)
  await casesOf(buyer)
  return entry.number
}

async function stateOf(number: number, of = seller) {
  const entry = (await casesOf(of)).cases.find((each) => each.number === number)
  return [entry?.state, entry?.outcome]
}

test('an accused member is told, lets its time pass, and its grant pays', async () => {
  const before = await wealthOf(seller)
  const { entry } = await file([3, 4])
  assert.deepEqual([entry?.state, entry?.role, entry?.amount], ['open', 'plaintiff', 2n * REWARD])
  world.aheadMs += ANSWER_MS + DAY_MS
  await settle()
  assert.equal(await wealthOf(seller), before, 'nothing runs before the notice is fetched')
  const call = { ...buyer.head(), cid: sold.cid, port: 7000, left: 1, event: '' }
  const reply = decodeBody(AnnounceAnswer, (await buyer.send('announce', call)).body)
  assert.equal(reply.notices, 1)
  const [notice] = (await casesOf(buyer)).cases
  assert.deepEqual([notice?.role, notice?.other], ['accused', seller.uid])
  assert.deepEqual([notice?.disputed, notice?.counter], [[3, 4], entry?.counter])
  const again = decodeBody(
    AnnounceAnswer,
    (await buyer.send('announce', { ...call, ...buyer.head() })).body,
  )
  assert.equal(again.notices, 0)
  world.aheadMs += ANSWER_MS - 5000
  await settle()
  assert.equal(await wealthOf(seller), before, 'not before the deadline')
  world.aheadMs += 10_000
  await settle()
  assert.equal(await wealthOf(seller), before + 2n * REWARD)
  assert.deepEqual(await stateOf(entry?.number ?? 0), ['paid', 'silent'])
  await settle()
  assert.equal(await wealthOf(seller), before + 2n * REWARD, 'paid once')
  assert.equal((await respond(buyer, entry?.number ?? 0, 'denial')).reply.code, 'case-decided')
})

test('the file of a decided case gives its verdict again, to either side alone', async () => {
  const number = await told([3])
  await respond(buyer, number, 'denial')
  const { file: bytes } = await casesOf(seller, number)
  assert.ok(bytes !== undefined)
  const court = courtOf(world.tracker)
  const row = await world.tracker.store.read((rows) => rows.cases.byId(number))
  assert.deepEqual(encode(Verdict, must(judge(bytes, court))), row?.verdict)
  await assert.rejects(casesOf(rival, number), /unknown-case/)

  const verb = (...args: string[]) => run(world.home.folder, 'cases', ...args, '--json')
  const out = join(world.folder, 'case.bin')
  const shown = verb('show', String(number), '--out', out).lines.at(-1)
  assert.deepEqual([shown?.outcome, shown?.accusedName], ['denial', 'buyer'])
  assert.deepEqual(readFileSync(out), Buffer.from(bytes))
  for (const which of [String(number), out]) {
    const told = verb('replay', which).lines.at(-1)
    assert.deepEqual([told?.event, told?.outcome, told?.same], ['done', 'denial', true])
  }
  writeFileSync(out, bytes.subarray(1))
  assert.equal(verb('replay', out).lines.at(-1)?.code, 'malformed')
  assert.equal(verb('replay', join(world.folder, 'none')).lines.at(-1)?.code, 'not-readable')
  assert.equal(verb('replay', '99').lines.at(-1)?.code, 'unknown-case')
  assert.equal(verb('decide', String(number), '--lift', '--reason', 'x').status, 2)
})

test('who shows a receipt, a release or the payment owes nothing more', async () => {
  const before = await wealthOf(seller)
  const receipted = await told([3, 4])
  const { proof, receipt } = paid(world, buyer, seller, bought, [3, 4])
  const shown = await respond(buyer, receipted, 'receipt', { proof, receipt })
  assert.deepEqual([shown.entry?.state, shown.entry?.outcome], ['settled', 'receipt'])

  const asked = request(world, buyer, seller.uid, bought, [5])
  const { entry } = await complain(seller, await bundle(world, seller, buyer, bought, [5], asked))
  const parties = { rid: bought.rid, buyer: buyer.uid, seller: seller.uid }
  const said = { counter: entry?.counter ?? 0, pieces: [5 as never], time: 0 }
  const release = signBody('release', { ...parties, ...said }, seller.signer)
  const released = await respond(buyer, entry?.number ?? 0, 'receipt', { release })
  assert.equal(released.entry?.outcome, 'receipt')
  assert.equal(await wealthOf(seller), before, 'nothing is paid for what was settled before')

  const unpaid = await told([6, 7])
  const half = paid(world, buyer, seller, bought, [3, 4, 6])
  const short = await respond(buyer, unpaid, 'payment', { proof: half.proof })
  assert.equal(short.reply.code, 'not-covered')
  const whole = paid(world, buyer, seller, bought, [3, 4, 6, 7])
  const done = await respond(buyer, unpaid, 'payment', { proof: whole.proof })
  assert.deepEqual([done.entry?.state, done.entry?.outcome], ['settled', 'payment'])
  assert.equal(await wealthOf(seller), before + 4n * REWARD, 'as if the seller had claimed')
  const claim = claimOf(bought.rid, seller.uid, whole)
  const { grants } = await seller.claim([claim])
  assert.deepEqual([grants[0]?.code, grants[0]?.credited], ['ok', 0n], 'a claim of it pays no more')
})

test('a denial moves no money; nobody but the accused answers', async () => {
  const before = await wealthOf(seller)
  const number = await told([3])
  assert.equal((await respond(rival, number, 'denial')).reply.code, 'unknown-case')
  assert.equal((await respond(buyer, number, 'shrug')).reply.code, 'malformed')
  const { entry } = await respond(buyer, number, 'denial')
  assert.deepEqual([entry?.state, entry?.outcome], ['denied', 'denial'])
  world.aheadMs += DAY_MS
  await settle()
  assert.equal(await wealthOf(seller), before)
})

test('complaints are bounded by what a seller can lose, and taken once', async () => {
  const bytes = await bundle(world, seller, buyer, bought, [3, 4])
  const { entry } = await complain(seller, bytes)
  assert.deepEqual((await complain(seller, bytes)).entry, entry, 'the same request is one case')
  assert.equal((await file([5, 6])).reply.code, 'too-many-open', 'n + b - 1 = 3')
  const stranger = await world.member('stranger')
  const unnamed = await bundle(world, stranger, buyer, bought, [8])
  assert.equal((await complain(stranger, unnamed)).reply.code, 'not-named')
  assert.equal((await complain(rival, bytes)).reply.code, 'wrong-seller')
  const done = paid(world, buyer, rival, bought, [9])
  await rival.claim([claimOf(bought.rid, rival.uid, done)])
  assert.equal((await file([9], rival)).reply.code, 'not-owed')
})

test('a piece that an accomplice was paid for is paid out of the price', async () => {
  const [before, had] = [await wealthOf(seller), await balanceOf(`grant:${bought.rid}:held`)]
  const accomplice = paid(world, buyer, rival, bought, [3, 4])
  await rival.claim([claimOf(bought.rid, rival.uid, accomplice)])
  await told([3, 4])
  world.aheadMs += ANSWER_MS + 1000
  await settle()
  assert.equal(await wealthOf(seller), before + 2n * REWARD)
  // The window of the purchase has passed too: what is left of the price is revenue now.
  assert.equal(await balanceOf(`grant:${bought.rid}:held`), 0n)
  assert.ok(had > 2n * REWARD)
})

test('one piece signed over to two sellers ends the membership and pays the second', async () => {
  const before = await wealthOf(rival)
  await seller.claim([claimOf(bought.rid, seller.uid, paid(world, buyer, seller, bought, [1, 2]))])
  const twice = claimOf(bought.rid, rival.uid, paid(world, buyer, rival, bought, [0, 2]))
  const { grants } = await rival.claim([twice])
  assert.deepEqual([grants[0]?.pieces, grants[0]?.alreadyPaid], [[0], [2]])
  await rival.claim([twice])
  const { cases } = await casesOf(rival)
  assert.equal(cases.length, 1, 'one case, however often it is claimed')
  assert.deepEqual([cases[0]?.kind, cases[0]?.state], ['double-spent', 'upheld'])
  const barred = await buyer.send('renew', buyer.head())
  assert.equal(barred.code, 'certificate-revoked')
  await balanced()
  world.aheadMs += WINDOW_MS + 1000
  await settle()
  assert.equal(await wealthOf(rival), before + 2n * REWARD, 'one by the claim, one by the verdict')
  assert.deepEqual(await stateOf(cases[0]?.number ?? 0, rival), ['paid', 'double-spent'])
})

test('double spending among friends is no rebate, and hides behind no number', async () => {
  const friends = await Promise.all(Array.from({ length: 10 }, (_, at) => world.member(`f${at}`)))
  for (const [piece, friend] of friends.entries()) {
    await friend.claim([claimOf(bought.rid, friend.uid, buyer.pay(bought, friend.uid, [piece]))])
  }
  const [first, second] = friends as [Member, Member]
  await second.claim([claimOf(bought.rid, second.uid, buyer.pay(bought, second.uid, [1, 0]))])
  const all = Array.from({ length: 10 }, (_, piece) => piece)
  const before = await wealthOf(seller)
  await seller.claim([claimOf(bought.rid, seller.uid, paid(world, buyer, seller, bought, all))])
  assert.equal((await casesOf(first)).cases.length, 0)
  world.aheadMs += WINDOW_MS + 1000
  await settle()
  assert.equal(await wealthOf(second), REWARD, 'what it claimed, and nothing of the price')
  assert.equal(await wealthOf(seller), before + 10n * REWARD, 'all of it, by two files')
})

test('of a price that is all rewards the second is paid at the end', async () => {
  const dear = await world.publish(20, { price: 200_000n as never, complaint: WINDOW_MS })
  await rival.announce(dear.cid, 7001)
  const grant = await buyer.buy(dear)
  const before = await wealthOf(rival)
  await seller.claim([claimOf(grant.rid, seller.uid, buyer.pay(grant, seller.uid, [1]))])
  await rival.claim([claimOf(grant.rid, rival.uid, buyer.pay(grant, rival.uid, [1]))])
  world.aheadMs += WINDOW_MS + 1000
  await settle()
  assert.equal(await wealthOf(rival), before, 'nothing is held of this price')
  await balanced()
  world.aheadMs += 500 * DAY_MS
  await settle()
  assert.equal(await wealthOf(rival), before + REWARD)
  assert.equal(await balanceOf(`carrier:${dear.cid}`), 18n * REWARD)
})

test('who never comes is not blamed; at the end its grant pays what it still holds', async () => {
  const before = await wealthOf(seller)
  const { entry } = await file([3])
  world.aheadMs += 500 * DAY_MS
  await settle()
  assert.equal(await wealthOf(seller), before + REWARD)
  assert.deepEqual(await stateOf(entry?.number ?? 0), ['paid', 'unheard'])
  const marked = await world.tracker.store.read((rows) => rows.cases.byId(entry?.number ?? 0))
  assert.equal(marked?.markAccused, false)
})

test('marks of enough counterparties stop trade until the desk lifts it', async () => {
  await respond(buyer, await told([3]), 'denial')
  assert.equal((await casesOf(buyer)).cases.length, 1)
  await respond(buyer, await told([4], rival), 'denial')
  const stop = (await casesOf(buyer)).cases.find(({ kind }) => kind === 'marks')
  assert.deepEqual([stop?.state, stop?.role], ['open', 'accused'])
  const { list } = await buyer.announce(sold.cid, 7000, { rid: bought.rid, left: 1 })
  assert.equal(list, undefined)
  const again = await buyer.send('purchase', buyer.purchaseCall(sold))
  assert.equal(again.code, 'trading-stopped')
  const { store, now } = world.tracker
  const said = (verdict: 'kept' | 'lifted') =>
    store.write(async (rows) => {
      const row = await rows.cases.byId(stop?.number ?? 0)
      assert.ok(row !== undefined)
      return decide(world.tracker, rows, row, { verdict, by: 'ann', reason: 'heard both' }, now())
    })
  assert.equal(await said('kept'), 'kept')
  assert.equal((await buyer.send('purchase', buyer.purchaseCall(sold))).code, 'trading-stopped')
  assert.equal(await said('lifted'), 'lifted')
  assert.equal((await buyer.send('purchase', buyer.purchaseCall(sold))).code, 'ok')
  await respond(buyer, await told([5]), 'denial')
  assert.equal((await buyer.send('purchase', buyer.purchaseCall(sold))).code, 'ok', 'a clean slate')
})

test('complaints against own receipts on and on end a membership; a backup does not', async () => {
  const refuted = async () => {
    const { entry } = await file([3])
    assert.ok(entry !== undefined)
    const { proof, receipt } = paid(world, buyer, seller, bought, [3])
    await respond(buyer, entry.number, 'receipt', { proof, receipt })
  }
  for (let times = 0; times < 4; times++) await refuted()
  assert.equal((await seller.send('renew', seller.head())).code, 'ok', 'nobody had told it')
  for (let times = 0; times < 2; times++) {
    await casesOf(seller)
    world.aheadMs += DAY_MS
    await refuted()
  }
  assert.equal((await seller.send('renew', seller.head())).code, 'certificate-revoked')
})

test('while the tracker is away no deadline runs', async () => {
  const number = await told([3])
  const { store, now } = world.tracker
  const deadlineOf = async () =>
    (await store.read((rows) => rows.cases.byId(number)))?.deadline ?? 0
  await wakeUp(store, now())
  const deadline = await deadlineOf()
  world.aheadMs += 10 * DAY_MS
  assert.equal(await wakeUp(store, now()), 1)
  const moved = await deadlineOf()
  assert.ok(moved >= deadline + 10 * DAY_MS, 'by as long as it was away')
  const before = await wealthOf(seller)
  await settle()
  assert.equal(await wealthOf(seller), before, 'the first tick decides nothing')
  assert.equal(await wakeUp(store, now()), 0)
  await respond(buyer, number, 'denial')

  const { entry } = await buyer.refund(bought.rid, [5])
  await store.write(async (rows) => {
    const row = await rows.cases.byId(entry?.number ?? 0)
    assert.ok(row !== undefined)
    const granted = { verdict: 'granted', by: 'ann', reason: 'nobody has it' } as const
    await decide(world.tracker, rows, row, granted, now())
    await rows.cases.setAwake(now())
  })
  world.aheadMs += DAY_MS
  await wakeUp(store, now())
  await settle()
  const { cases } = await casesOf(buyer)
  const refund = cases.find(({ kind }) => kind === 'refund')
  assert.deepEqual([refund?.state, refund?.reason], ['granted', 'nobody has it'])
  assert.ok((refund?.deadline ?? 0) > now(), 'sellers have time to claim')
})
