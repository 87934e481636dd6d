/**
 * How grants end: to the millisecond, under a clock that jumps, and whatever order things come in.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { must } from '../../shared/errors.js'
import type { Rid } from '../../shared/identifier.js'
import { audit } from '../../tracker/audit/audit.js'
import { answerCall } from '../../tracker/calls.js'
import { judgeOf } from '../../tracker/case-files.js'
import { decide } from '../../tracker/cases.js'
import { readKey } from '../../tracker/config.js'
import { settleDue } from '../../tracker/maturity.js'
import type { Tracker } from '../../tracker/tracker.js'
import { verifyLedger } from '../../tracker/verify.js'
import { type Bought, claimOf, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const REWARD = 10_000n
const PRICE = 2_000_000n
const PIECES = 20
const WINDOW_MS = 60_000
const YEAR_MS = 365 * 86_400_000

let world: World
let sold: Sold
let buyer: Member
let seller: Member
let rival: Member
let bought: Bought
beforeEach(async () => {
  world = await World.start()
  sold = await world.publish(PIECES, { complaint: WINDOW_MS })
  buyer = await world.member('buyer', '1000')
  seller = await world.member('seller')
  rival = await world.member('rival')
  bought = await buyer.buy(sold)
})
afterEach(async () => {
  await balanced()
  assert.deepEqual(world.errors, [])
  await world.close()
})

/** The books are right by our own verifier and by the independent one. */
async function balanced(): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const vaultKey = must(readKey(world.home.vaultKey))
  assert.deepEqual(
    audit(world.home.database, { vaultKey, judge: judgeOf(world.tracker) }).problems,
    [],
  )
}

/** The tracker with its clock held at one moment. */
const at = (nowMs: number): Tracker => ({ ...world.tracker, now: () => nowMs })
const balanceOf = async (name: string) => (await world.balances())[name] ?? 0n
const pendingOf = ({ uid }: Member) => balanceOf(`member:${uid}:pending`)

/** A claim that arrives at one moment; gives what it added to the seller's pending. */
async function claimAt(nowMs: number, who: Member, pieces: readonly number[]): Promise<bigint> {
  const claim = claimOf(bought.rid, who.uid, buyer.pay(bought, who.uid, pieces))
  const head = who.head({ timeMs: nowMs })
  const body = who.sign('claim', { ...head, id: head.nonce, grants: [claim] })
  const before = await pendingOf(who)
  await answerCall(at(nowMs), 'claim', body, '127.0.0.1')
  return (await pendingOf(who)) - before
}

async function claimUntil(rid: Rid): Promise<number> {
  const grant = await world.tracker.store.read((rows) => rows.grants.byRid(rid))
  assert.ok(grant !== undefined)
  return grant.claimUntil
}

test('the last millisecond of claim-until still pays; the next one closes', async () => {
  const last = await claimUntil(bought.rid)
  await settleDue(at(last), last)
  assert.equal(await claimAt(last, seller, [0, 1]), 2n * REWARD)
  await settleDue(at(last), last)
  assert.equal(await balanceOf(`grant:${bought.rid}:escrow`), 18n * REWARD, 'not closed early')
  assert.equal(await claimAt(last + 1, rival, [2]), 0n, 'too late, though not closed yet')
  await settleDue(at(last + 1), last + 1)
  assert.equal(await balanceOf(`carrier:${sold.cid}`), 18n * REWARD)
  assert.equal(await claimAt(last, rival, [2]), 0n, 'what is closed stays closed')
  assert.equal(await pendingOf(seller), 2n * REWARD, 'earnings outlive their grant')
  const matured = last + WINDOW_MS
  await settleDue(at(matured - 1), matured - 1)
  assert.equal(await pendingOf(seller), 2n * REWARD, 'not a millisecond early')
  await settleDue(at(matured), matured)
  assert.equal(await balanceOf(`member:${seller.uid}:spendable`), 2n * REWARD)
})

test('a clock that goes forth and back posts nothing twice', async () => {
  const start = world.tracker.now()
  assert.equal(await claimAt(start, seller, [0]), REWARD)
  const later = start + WINDOW_MS + 1000
  assert.equal(await settleDue(at(later), later), 2, 'maturity and release')
  for (const nowMs of [start - YEAR_MS, start, later, start + 1, later + 1]) {
    assert.equal(await settleDue(at(nowMs), nowMs), 0)
  }
  assert.equal(await claimAt(later, seller, [0, 1]), REWARD)
  assert.equal(await settleDue(at(start), start), 0, 'a claim matures by the time it was made at')
  assert.equal(await settleDue(at(later + WINDOW_MS), later + WINDOW_MS), 1)
  assert.equal(await balanceOf(`member:${seller.uid}:spendable`), 2n * REWARD)
  assert.equal(await balanceOf('provider:revenue'), PRICE - BigInt(PIECES) * REWARD)
})

test('at the deadline either the claim or the refund takes a piece, never both', async () => {
  const start = world.tracker.now()
  const { entry } = await buyer.refund(bought.rid, [0, 1])
  assert.ok(entry !== undefined)
  await world.tracker.store.write(async (rows) => {
    const row = await rows.cases.byId(entry.number)
    assert.ok(row !== undefined)
    const granted = { verdict: 'granted', by: 'desk', reason: 'yes' } as const
    return decide(at(start), rows, row, granted, start)
  })
  const { deadline } = entry
  await settleDue(at(deadline - 1), deadline - 1)
  assert.equal(await claimAt(deadline, seller, [0]), REWARD, 'first come')
  const before = await balanceOf(`member:${buyer.uid}:spendable`)
  await settleDue(at(deadline), deadline)
  assert.equal(await claimAt(deadline, rival, [1]), 0n, 'first served')
  const back = (await balanceOf(`member:${buyer.uid}:spendable`)) - before
  const share = (PRICE - BigInt(PIECES) * REWARD) / BigInt(PIECES)
  assert.equal(back, REWARD + share, 'held money waited for the case')
})

type Act =
  | {
      readonly act: 'claim'
      readonly who: number
      readonly under: number
      readonly pieces: readonly number[]
    }
  | { readonly act: 'refund'; readonly under: number; readonly pieces: readonly number[] }
  | { readonly act: 'buy'; readonly pieces: readonly number[] | undefined }
  | { readonly act: 'decide'; readonly grant: boolean }
  | { readonly act: 'wait'; readonly ms: number }

const pieces = fc.uniqueArray(fc.nat(PIECES - 1), { minLength: 1, maxLength: 8 })
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ act: fc.constant('claim' as const), who: fc.nat(1), under: fc.nat(5), pieces }),
    fc.record({ act: fc.constant('refund' as const), under: fc.nat(5), pieces }),
    fc.record({ act: fc.constant('buy' as const), pieces: fc.option(pieces, { nil: undefined }) }),
    fc.record({ act: fc.constant('decide' as const), grant: fc.boolean() }),
    fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(1000, WINDOW_MS, 2 * WINDOW_MS, YEAR_MS),
    }),
  ),
  { maxLength: 16 },
)

test('whatever order things come in, grants pay out their price once: 100 clean runs', async () => {
  let runs = 0
  const run = fc.asyncProperty(acts, async (list) => {
    // Each step of some runs, the end of all: the books grow, and with them the time to check.
    const stepwise = ++runs % 5 === 0
    const content = await world.publish(PIECES, { complaint: WINDOW_MS })
    // Who paid one piece to both in an earlier run is revoked.
    buyer = await world.member('buyer', '1000')
    const grants = [await buyer.buy(content)]
    for (const each of list) {
      await perform(content, grants, each)
      if (stepwise) await balanced()
    }
    world.aheadMs += 3 * YEAR_MS
    for (const _ of grants) await perform(content, grants, { act: 'decide', grant: true })
    await settleDue(world.tracker, world.tracker.now())
    for (const { rid } of grants) {
      assert.equal(await balanceOf(`grant:${rid}:escrow`), 0n)
      assert.equal(await balanceOf(`grant:${rid}:held`), 0n)
    }
    await balanced()
  })
  await fc.assert(run, { numRuns: 100 })
})

/** Does one thing to a content's grants, the newest of which come last. */
async function perform(content: Sold, grants: Bought[], each: Act): Promise<void> {
  const nowMs = world.tracker.now()
  const chosen = 'under' in each ? grants[each.under % grants.length] : undefined
  switch (each.act) {
    case 'claim': {
      const { rid, purse } = chosen as Bought
      const who = each.who === 0 ? seller : rival
      const only: readonly number[] | undefined = purse.facts.only
      const pieces = each.pieces.filter((piece) => only?.includes(piece) ?? true)
      if (pieces.length === 0) return
      await who.claim([claimOf(rid, who.uid, buyer.pay(chosen as Bought, who.uid, pieces))])
      return
    }
    case 'refund':
      await buyer.refund((chosen as Bought).rid, each.pieces, { again: 1 })
      return
    case 'buy': {
      const used = grants.map(({ rid }) => rid)
      const only = each.pieces && [...each.pieces].sort((a, b) => a - b)
      const reply = only
        ? await buyer.supplement(content, only, { used })
        : await buyer.send('purchase', buyer.purchaseCall(content))
      if (reply.code === 'ok') grants.push(buyer.accept(content, reply))
      return
    }
    case 'decide':
      await world.tracker.store.write(async (rows) => {
        const row = (await rows.cases.all(false, 99)).find(({ kind }) => kind === 'refund')
        const verdict = each.grant ? 'granted' : 'rejected'
        if (row !== undefined) {
          await decide(world.tracker, rows, row, { verdict, by: 'desk', reason: 'so' }, nowMs)
        }
      })
      return
    case 'wait':
      world.aheadMs += each.ms
      await settleDue(world.tracker, world.tracker.now())
  }
}
