/** Payments that find their seller by letter, with the shipped programs on one side of each. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pending } from '../../shared/account.js'
import { LETTER_MAX_BYTES, LETTERS_MAX_COUNT } from '../../shared/case-limits.js'
import { must } from '../../shared/errors.js'
import { Letter, MailAnswer } from '../../shared/mail.js'
import { decode, encode } from '../../shared/wire/record.js'
import { Buyer } from '../adversary/buyer.js'
import type { Cheat } from '../adversary/cheat.js'
import { type Offered, type Seller, Stage } from '../adversary/stage.js'
import { Vendor } from '../adversary/vendor.js'
import { claimOf, decodeBody } from '../unit/tracker-member.js'
import { doneOf } from './programs.js'

const REWARD = 50_000n

let stage: Stage
before(async () => {
  stage = await Stage.open()
})
after(() => stage.close())

const offer = (b: 1 | 8): Offered => stage.offers.get(b) ?? assert.fail('the stage offers it')

/** Goes to the mailbox; takes what was there before when `taken` says so. */
async function mailOf(member: Cheat, fields: { letters?: object[]; taken?: number[] } = {}) {
  const call = { ...member.head(), letters: [], taken: [], ...fields }
  const reply = await member.send('mail', call)
  assert.equal(reply.code, 'ok', reply.detail)
  return decodeBody(MailAnswer, reply.body)
}

for (const b of [1, 8] as const) {
  test(`a seller that went away unpaid finds its payment in the mailbox (b=${b})`, async () => {
    const sold = offer(b)
    // It takes tokens and gives no receipt, as if it had lost them.
    const message = ({ name }: { name: string }) => name !== 'payment'
    const vendor = await Vendor.open(stage, sold, { message })
    const buyer = await stage.buyer(`ann-${b}`, sold, { more: ['--request-timeout', '1s'] })
    await vendor.until('token')
    await vendor.close()
    await stage.seller(undefined, 'bob')
    const { letters } = doneAfter(await buyer.ended)
    assert.deepEqual(letters, [{ uid: vendor.uid, towards: 'seller', code: 'ok' }])
    const [waiting] = (await mailOf(vendor)).letters
    assert.ok(waiting !== undefined, 'a letter waits')
    const letter = must(decode(Letter, waiting.letter, LETTER_MAX_BYTES))
    const paid = vendor.tokens.length
    assert.ok(letter.payments.length >= paid && letter.k === 0)
    const proof = { paid: letter.payments, payment: letter.payment }
    const { reply } = await vendor.claim([claimOf(letter.rid, vendor.uid, proof)])
    assert.equal(reply.code, 'ok')
    const account = await stage.tracker.store.read((rows) =>
      rows.ledger.account(pending(vendor.uid)),
    )
    assert.equal(account?.credits, REWARD * BigInt(letter.payments.length))
    const after = await mailOf(vendor, { taken: [waiting.number] })
    assert.deepEqual([after.letters, after.waiting], [[], 0])
    await stage.dismiss('bob')
  })
}

/** What a program did by letter, when it ended well. */
function doneAfter(ended: Parameters<typeof doneOf>[0]) {
  doneOf(ended)
  const letters = ended.events.filter(({ event }) => event === 'letter')
  return { letters: letters.map(({ code, towards, uid }) => ({ uid, towards, code })) }
}

/** A buyer that took a piece of a seller, went away, and left a letter for it. */
async function leftFor(seller: Seller): Promise<{ buyer: Buyer; leave: () => Promise<void> }> {
  const buyer = await Buyer.of(stage, offer(8), seller)
  const { line } = await buyer.open(seller)
  buyer.page(line, 3)
  assert.equal(await buyer.ask(line, seller.uid, [3]), true)
  assert.equal(await buyer.take(line, 3), true)
  await line.end()
  const leave = async () => {
    const { paid, payment } = buyer.pay(buyer.bought, seller.uid, [3])
    const letter = encode(Letter, { rid: buyer.rid, k: 0, payments: paid, payment })
    const left = await mailOf(buyer, { letters: [{ seller: seller.uid, letter }] })
    assert.deepEqual(left, { letters: [], waiting: 0 }, 'it is not the buyer that it waits for')
  }
  return { buyer, leave }
}

test('a letter is credited and claimed as soon as its seller is there again', async () => {
  const { buyer, leave } = await leftFor(await stage.seller(undefined, 'carol'))
  await stage.dismiss('carol')
  await leave()
  const again = await stage.seller(undefined, 'carol')
  const came = await again.program.until('letter')
  assert.deepEqual([came.uid, came.towards, came.pieces], [buyer.uid, 'us', 1])
  const claimed = await again.program.until('claimed')
  assert.deepEqual([claimed.code, claimed.credited], ['ok', String(REWARD)])
  await stage.dismiss('carol')
  const wallet = doneOf(await stage.start('carol', ['wallet']).ended)
  assert.equal(wallet.agrees, true)
})

test('a seller that stops takes along the letter that it has not heard of', async () => {
  const seller = await stage.seller(undefined, 'erin')
  const { buyer, leave } = await leftFor(seller)
  await leave()
  await stage.dismiss('erin')
  const { events } = await seller.program.ended
  const told = events.filter(({ event }) => event === 'letter' || event === 'claimed')
  assert.deepEqual(
    told.map(({ event, uid, credited }) => [event, uid ?? credited]),
    [
      ['letter', buyer.uid],
      ['claimed', String(REWARD)],
    ],
  )
})

test('a claim takes along what was left for a seller that is away', async () => {
  const { leave } = await leftFor(await stage.seller(undefined, 'frank'))
  await stage.dismiss('frank')
  await leave()
  const { credited, pieces } = doneOf(await stage.start('frank', ['claim']).ended)
  assert.deepEqual([credited, pieces], [String(REWARD), 1])
})

test('letters that cannot be taken up hold up none behind them', async () => {
  const seller = await stage.seller(undefined, 'grace')
  for (let count = 0; count < LETTERS_MAX_COUNT; count++) {
    const buyer = await Buyer.of(stage, offer(8), seller)
    const { line } = await buyer.open(seller)
    await line.end()
    // No page of the list was shown, and no request that the tracker would give one for.
    const { paid, payment } = buyer.pay(buyer.bought, seller.uid, [3])
    const letter = encode(Letter, { rid: buyer.rid, k: 0, payments: paid, payment })
    await mailOf(buyer, { letters: [{ seller: seller.uid, letter }] })
  }
  const { leave } = await leftFor(seller)
  await stage.dismiss('grace')
  await leave()
  const { credited } = doneOf(await stage.start('grace', ['claim']).ended)
  assert.equal(credited, String(REWARD))
})

test('only who bought leaves letters, and only for sellers that it was named', async () => {
  const sold = offer(1)
  const seller = await stage.seller(undefined, 'dave')
  const buyer = await Buyer.of(stage, sold, seller)
  await stage.dismiss('dave')
  const { paid, payment } = buyer.pay(buyer.bought, seller.uid, [0])
  const letter = encode(Letter, { rid: buyer.rid, k: 0, payments: paid, payment })
  const codeOf = async (member: Cheat, uid: string, bytes = letter) => {
    const letters = [{ seller: uid, letter: bytes }]
    return (await member.send('mail', { ...member.head(), letters, taken: [] })).code
  }
  const stranger = await new Buyer(stage, sold).join()
  assert.equal(await codeOf(stranger, seller.uid), 'unknown-grant')
  assert.equal(await codeOf(buyer, stranger.uid), 'unknown-member')
  assert.equal(await codeOf(buyer, seller.uid, letter.subarray(1)), 'malformed')
  assert.equal(await codeOf(buyer, seller.uid), 'ok')
  assert.equal(await codeOf(buyer, seller.uid), 'ok', 'a newer one takes its place')
  const waiting = await stage.tracker.store.read(async (rows) => {
    const member = await rows.members.byUid(seller.uid)
    return rows.letters.count(member?.id ?? 0, Date.now())
  })
  assert.equal(waiting, 1)
})
