/** The tracker as an oracle (paper §IV.F): who fails again and again waits ever longer. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Call } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import type { Cid, Rid, Uid } from '../../shared/identifier.js'
import { CLAIM_MAX_BYTES, Claim } from '../../shared/schemes/floodgate/records.js'
import {
  ALLOWANCES_MAX_COUNT,
  GUESS_FORGET_MS,
  GUESS_WAIT_MAX_MS,
  GUESS_WAIT_MIN_MS,
  GUESSES_FREE_COUNT,
} from '../../shared/tracker-limits.js'
import { decode, encode } from '../../shared/wire/record.js'
import { Guesses } from '../../tracker/guesses.js'
import { claimOf, type Member } from './tracker-member.js'
import { World } from './tracker-world.js'

const UID = 'aa'.repeat(16) as Uid

const account = (member: Member) => member.send('account', member.head())

function fail(guesses: Guesses, times: number, uid = UID, name: Call = 'claim'): number {
  for (let time = 0; time < times; time++) guesses.failed(uid, name)
  return guesses.wait(uid, name)
}

test('the first failures are free, then each doubles the wait, up to its limit', () => {
  const clock = { now: 5_000_000_000 }
  const guesses = new Guesses(() => clock.now)
  assert.equal(fail(guesses, GUESSES_FREE_COUNT), 0)
  const waits = Array.from({ length: 5 }, () => fail(guesses, 1))
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 16].map((times) => times * GUESS_WAIT_MIN_MS),
  )
  clock.now += 15 * GUESS_WAIT_MIN_MS
  assert.equal(guesses.wait(UID, 'claim'), GUESS_WAIT_MIN_MS)
  assert.equal(guesses.wait(UID, 'announce'), 0, 'another call is none of it')
  assert.equal(guesses.wait('bb'.repeat(16) as Uid, 'claim'), 0, 'nor is another member')
  assert.equal(fail(guesses, 5000), GUESS_WAIT_MAX_MS)
  clock.now -= 1_000_000
  assert.equal(guesses.wait(UID, 'claim'), GUESS_WAIT_MAX_MS, 'a clock that was set back')
})

test('one failure is forgotten after each hour, and the table is bounded', () => {
  const clock = { now: 5_000_000_000 }
  const guesses = new Guesses(() => clock.now)
  fail(guesses, GUESSES_FREE_COUNT + 3)
  clock.now += 3 * GUESS_FORGET_MS
  assert.equal(fail(guesses, 1), GUESS_WAIT_MIN_MS)
  for (let other = 0; other < ALLOWANCES_MAX_COUNT; other++)
    guesses.failed(`${other}` as Uid, 'claim')
  assert.equal(guesses.wait(UID, 'claim'), 0)
})

test('guessed claims are not judged after a while; their guesser waits, nobody else', async (t) => {
  const world = await World.start()
  t.after(() => world.close())
  const [buyer, seller, other] = [
    await world.member('buyer', '20'),
    await world.member('seller'),
    await world.member('other'),
  ]
  const bought = await buyer.buy(await world.publish(4))
  const honest = claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, [0]))
  const body = must(decode(Claim, honest.claim, CLAIM_MAX_BYTES))
  const guess = () => ({
    rid: bought.rid,
    claim: encode(Claim, { ...body, digest: new Uint8Array(randomBytes(32)) }),
  })
  for (let time = 0; time <= GUESSES_FREE_COUNT; time++) {
    const { grants } = await seller.claim([guess()])
    assert.equal(grants[0]?.code, 'claim-mismatch')
  }
  const { reply } = await seller.claim([honest])
  assert.deepEqual([reply.code, reply.signed], ['rate-limited', true])
  assert.match(reply.detail, /again in 1 seconds/)
  assert.equal((await account(seller)).code, 'ok', 'other calls go on')
  const rival = claimOf(bought.rid, other.uid, buyer.pay(bought, other.uid, [1]))
  assert.equal((await other.claim([rival])).grants[0]?.credited, 10_000n)
  world.aheadMs += GUESS_WAIT_MIN_MS
  assert.equal((await seller.claim([honest])).grants[0]?.credited, 10_000n, 'late, and in full')
  const { reply: soon } = await seller.claim([guess()])
  assert.equal(soon.code, 'ok')
  world.aheadMs += GUESS_WAIT_MIN_MS
  const twice = await seller.claim([guess()])
  assert.equal(twice.reply.code, 'rate-limited', 'it waits twice as long now')
})

test('other failing calls wait as well, and what nobody signed slows down nobody', async (t) => {
  const world = await World.start()
  t.after(() => world.close())
  const [member, victim] = [await world.member('member'), await world.member('victim')]
  const ask = () =>
    member.send('refund', {
      ...member.head(),
      ...{ rid: randomBytes(16).toString('hex'), pieces: new Uint8Array(1), reason: '', again: 0 },
    })
  for (let time = 0; time <= GUESSES_FREE_COUNT; time++) {
    assert.equal((await ask()).code, 'unknown-grant')
  }
  assert.equal((await ask()).code, 'rate-limited')
  for (let time = 0; time < 3 * GUESSES_FREE_COUNT; time++) {
    const call = { ...victim.head() }
    const forged = await victim.send('account', call, { seed: new Uint8Array(32).fill(time) })
    assert.equal(forged.code, 'bad-signature')
  }
  assert.equal((await account(victim)).code, 'ok')
})

test('who knows of more than the tracker does goes on announcing what both know', async (t) => {
  const world = await World.start()
  t.after(() => world.close())
  const sold = await world.publish(4)
  const member = await world.member('member', '20')
  // As after a backup of the tracker: contents and grants that it has never heard of.
  const gone = 'ab'.repeat(20) as Cid
  const rid = 'cd'.repeat(16) as Rid
  const announce = async (what: { cid: Cid; rid?: Rid }) => {
    const call = { ...member.head(), port: 7000, left: 0, event: '', ...what }
    return (await member.send('announce', call)).code
  }
  for (let time = 0; time <= GUESSES_FREE_COUNT; time++) {
    assert.equal(await announce({ cid: gone }), 'unknown-cid')
    assert.equal(await announce({ cid: sold.cid, rid }), 'unknown-grant')
  }
  assert.equal(await announce({ cid: sold.cid }), 'ok')
})
