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
import { courtOf } from '../../tracker/case-files.js'
import { decide } from '../../tracker/cases.js'
import { wakeUp } from '../../tracker/outage.js'
import { ANSWER_MS, Courtroom, DAY_MS, REWARD } from './courtroom.js'
import { bundle, casesOf, complain, paid, request, respond } from './plaintiff.js'
import { type Bought, claimOf, decodeBody, type Member, type Sold } from './tracker-member.js'
import { run } from './tracker-process.js'
import type { World } from './tracker-world.js'

let court: Courtroom
let world: World
let sold: Sold
let buyer: Member
let seller: Member
let rival: Member
let bought: Bought
beforeEach(async () => {
  court = await Courtroom.open()
  ;({ world, sold, buyer, seller, rival, bought } = court)
})
afterEach(() => court.close())

test('an accused member is told, lets its time pass, and its grant pays', async () => {
  const before = await court.wealthOf(seller)
  const { entry } = await court.file([3, 4])
  assert.deepEqual([entry?.state, entry?.role, entry?.amount], ['open', 'plaintiff', 2n * REWARD])
  world.aheadMs += ANSWER_MS + DAY_MS
  await court.settle()
  assert.equal(await court.wealthOf(seller), before, 'nothing runs before the notice is fetched')
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
  await court.settle()
  assert.equal(await court.wealthOf(seller), before, 'not before the deadline')
  world.aheadMs += 10_000
  await court.settle()
  assert.equal(await court.wealthOf(seller), before + 2n * REWARD)
  assert.deepEqual(await court.stateOf(entry?.number ?? 0), ['paid', 'silent'])
  await court.settle()
  assert.equal(await court.wealthOf(seller), before + 2n * REWARD, 'paid once')
  assert.equal((await respond(buyer, entry?.number ?? 0, 'denial')).reply.code, 'case-decided')
})

test('the file of a decided case gives its verdict again, to either side alone', async () => {
  const number = await court.told([3])
  await respond(buyer, number, 'denial')
  const { file: bytes } = await casesOf(seller, number)
  assert.ok(bytes !== undefined)
  const row = await world.tracker.store.read((rows) => rows.cases.byId(number))
  assert.deepEqual(encode(Verdict, must(judge(bytes, courtOf(world.tracker)))), row?.verdict)
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
  const before = await court.wealthOf(seller)
  const receipted = await court.told([3, 4])
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
  assert.equal(await court.wealthOf(seller), before + 2n * REWARD, 'what it had not claimed')

  const unpaid = await court.told([6, 7])
  const half = paid(world, buyer, seller, bought, [3, 4, 6])
  const short = await respond(buyer, unpaid, 'payment', { proof: half.proof })
  assert.equal(short.reply.code, 'not-covered')
  const whole = paid(world, buyer, seller, bought, [3, 4, 6, 7])
  const done = await respond(buyer, unpaid, 'payment', { proof: whole.proof })
  assert.deepEqual([done.entry?.state, done.entry?.outcome], ['settled', 'payment'])
  assert.equal(await court.wealthOf(seller), before + 4n * REWARD, 'as if the seller had claimed')
  const claim = claimOf(bought.rid, seller.uid, whole)
  const { grants } = await seller.claim([claim])
  assert.deepEqual([grants[0]?.code, grants[0]?.credited], ['ok', 0n], 'a claim of it pays no more')
})

test('a denial moves no money; nobody but the accused answers', async () => {
  const before = await court.wealthOf(seller)
  const number = await court.told([3])
  assert.equal((await respond(rival, number, 'denial')).reply.code, 'unknown-case')
  assert.equal((await respond(buyer, number, 'shrug')).reply.code, 'malformed')
  const { entry } = await respond(buyer, number, 'denial')
  assert.deepEqual([entry?.state, entry?.outcome], ['denied', 'denial'])
  world.aheadMs += DAY_MS
  await court.settle()
  assert.equal(await court.wealthOf(seller), before)
})

test('complaints are bounded by what a seller can lose, and taken once', async () => {
  const bytes = await bundle(world, seller, buyer, bought, [3, 4])
  const { entry } = await complain(seller, bytes)
  assert.deepEqual((await complain(seller, bytes)).entry, entry, 'the same request is one case')
  assert.equal((await court.file([5, 6])).reply.code, 'too-many-open', 'n + b - 1 = 3')
  const stranger = await world.member('stranger')
  const unnamed = await bundle(world, stranger, buyer, bought, [8])
  assert.equal((await complain(stranger, unnamed)).reply.code, 'not-named')
  assert.equal((await complain(rival, bytes)).reply.code, 'wrong-seller')
  const done = paid(world, buyer, rival, bought, [9])
  await rival.claim([claimOf(bought.rid, rival.uid, done)])
  assert.equal((await court.file([9], rival)).reply.code, 'not-owed')
})

test('a piece that an accomplice was paid for is paid out of the price', async () => {
  const [before, had] = [
    await court.wealthOf(seller),
    await court.balanceOf(`grant:${bought.rid}:held`),
  ]
  const accomplice = paid(world, buyer, rival, bought, [3, 4])
  await rival.claim([claimOf(bought.rid, rival.uid, accomplice)])
  await court.told([3, 4])
  world.aheadMs += ANSWER_MS + 1000
  await court.settle()
  assert.equal(await court.wealthOf(seller), before + 2n * REWARD)
  // The window of the purchase has passed too: what is left of the price is revenue now.
  assert.equal(await court.balanceOf(`grant:${bought.rid}:held`), 0n)
  assert.ok(had > 2n * REWARD)
})

test('who never comes is not blamed; at the end its grant pays what it still holds', async () => {
  const before = await court.wealthOf(seller)
  const { entry } = await court.file([3])
  world.aheadMs += 500 * DAY_MS
  await court.settle()
  assert.equal(await court.wealthOf(seller), before + REWARD)
  assert.deepEqual(await court.stateOf(entry?.number ?? 0), ['paid', 'unheard'])
  const marked = await world.tracker.store.read((rows) => rows.cases.byId(entry?.number ?? 0))
  assert.equal(marked?.markAccused, false)
})

test('marks of enough counterparties stop trade until the desk lifts it', async () => {
  await respond(buyer, await court.told([3]), 'denial')
  assert.equal((await casesOf(buyer)).cases.length, 1)
  await respond(buyer, await court.told([4], rival), 'denial')
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
  await respond(buyer, await court.told([5]), 'denial')
  assert.equal((await buyer.send('purchase', buyer.purchaseCall(sold))).code, 'ok', 'a clean slate')
})

test('while the tracker is away no deadline runs', async () => {
  const number = await court.told([3])
  const { store, now } = world.tracker
  const deadlineOf = async () =>
    (await store.read((rows) => rows.cases.byId(number)))?.deadline ?? 0
  await wakeUp(store, now())
  const deadline = await deadlineOf()
  world.aheadMs += 10 * DAY_MS
  assert.equal(await wakeUp(store, now()), 1)
  const moved = await deadlineOf()
  assert.ok(moved >= deadline + 10 * DAY_MS, 'by as long as it was away')
  const before = await court.wealthOf(seller)
  await court.settle()
  assert.equal(await court.wealthOf(seller), before, 'the first tick decides nothing')
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
  await court.settle()
  const { cases } = await casesOf(buyer)
  const refund = cases.find(({ kind }) => kind === 'refund')
  assert.deepEqual([refund?.state, refund?.reason], ['granted', 'nobody has it'])
  assert.ok((refund?.deadline ?? 0) > now(), 'sellers have time to claim')
})
