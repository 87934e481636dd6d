/**
 * The fifth law: a crash between any two effects loses at most the unsaved message.
 *
 * A trade is a generator that stops after every effect. What it saves is on a disk that outlives it;
 * a crash drops everything else, and the next run starts from the disk as a real restart does.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { PaidPiece, Progress, Scheme, Till } from '../../shared/schemes/scheme.js'
import {
  earned,
  granted,
  KEYRING,
  pay,
  purchase,
  redeemContext,
  startContext,
  submit,
  type World,
  withPage,
} from './world.js'

const ORDER = [4, 0, 5, 2, 1, 3] as PieceIndex[]
const RUN_PIECES = 2

/** What each side saved; nothing else survives. */
interface Disk {
  /** Pieces the buyer saved as paid, before their tokens left. */
  readonly sent: PieceIndex[]
  /** What the seller saved before it credited it. */
  readonly earned: PaidPiece[]
  payment: { k: number; bytes: Uint8Array } | undefined
}

/** Where the buyer's payments stand after some pieces, told by the payer alone. */
function progressAfter(world: World, pieces: readonly PieceIndex[]): Progress | undefined {
  const { uid } = world.sellers[0]
  let at: Progress | undefined
  for (const piece of pieces) at = pay(world, uid, at, { step: 'token', piece }).progress
  return at
}

/** The seller starts again and must stand where its disk says. */
function restart(world: World, disk: Disk): Till {
  const { uid } = world.sellers[0]
  const opening = pay(world, uid, undefined, { step: 'open' }).bytes
  const context = startContext(world, uid, disk.earned, disk.payment?.bytes)
  const till = granted(world.scheme.payee.start(opening, context), 'start again')
  const saved = disk.earned.map(({ piece }) => piece)
  assert.equal(till.progress.k, saved.length, 'a saved token is lost')
  const expected = progressAfter(world, saved)
  if (expected !== undefined) {
    assert.deepEqual([...till.progress.chain], [...expected.chain], 'the chain is lost')
  }
  assert.equal(till.payment?.k, disk.payment?.k, 'a saved payment is lost')
  return till
}

/** One connection, from the restart of both sides to the end; yields after every effect. */
function* trade(bought: World, disk: Disk): Generator<string> {
  const { scheme, issued, facts, sellers, buyer } = bought
  const accepting = { keyring: KEYRING, buyer: buyer.uid, cid: facts.cid }
  const purse = granted(scheme.payer.accept(issued, accepting), 'accept again')
  const world = { ...bought, purse }
  const { uid } = sellers[0]
  let till = restart(world, disk)
  let at = progressAfter(world, disk.sent.slice(0, till.progress.k))
  for (let k = till.progress.k; k < ORDER.length; k++) {
    const piece = ORDER[k] as PieceIndex
    if (k === disk.sent.length) disk.sent.push(piece)
    yield 'buyer saved'
    till = withPage(world, till, uid, piece)
    const { bytes: token, progress } = pay(world, uid, at, { step: 'token', piece })
    yield 'token sent'
    till = granted(scheme.payee.check(till, { step: 'token', piece }, token), 'token')
    at = progress
    yield 'token checked'
    disk.earned.push({ piece, token })
    yield 'token saved'
    if ((k + 1) % RUN_PIECES === 0) {
      const { bytes } = pay(world, uid, at, { step: 'payment' })
      yield 'payment sent'
      till = granted(scheme.payee.check(till, { step: 'payment' }, bytes), 'payment')
      yield 'payment checked'
      disk.payment = { k: till.progress.k, bytes }
      yield 'payment saved'
    }
  }
  if (disk.payment?.k !== till.progress.k) {
    const { bytes } = pay(world, uid, at, { step: 'payment' })
    granted(scheme.payee.check(till, { step: 'payment' }, bytes), 'last payment')
    disk.payment = { k: till.progress.k, bytes }
  }
}

/** Trades with a crash after each given number of effects, then once to the end. */
function tradeWithCrashes(scheme: Scheme, crashes: readonly number[]): void {
  const world = purchase(scheme)
  const disk: Disk = { sent: [], earned: [], payment: undefined }
  for (const effects of crashes) {
    const connection = trade(world, disk)
    for (let done = 0; done < effects && connection.next().done !== true; done++);
  }
  for (const _ of trade(world, disk));
  const { uid } = world.sellers[0]
  const payment = disk.payment as { k: number; bytes: Uint8Array }
  const owing = { rid: world.facts.rid, seller: uid, paid: disk.earned, payment, after: 0 }
  const claim = scheme.payee.claim(owing) as Uint8Array

  const lost = granted(scheme.broker.redeem(claim, redeemContext(world, uid)), 'lost before commit')
  const done = granted(submit(world, uid, claim), 'claim')
  assert.deepEqual(done, lost, 'the broker judges the same claim otherwise after a crash')
  const reward = world.facts.reward * BigInt(ORDER.length)
  assert.equal(earned(world, uid), reward, 'a crash loses money')
  const again = granted(submit(world, uid, claim), 'the answer was lost')
  assert.deepEqual(again.accepted, done.accepted, 'a lost answer can be had again')
}

/** Crashes at every single point, then at several in a row. */
export function crashLosesNothingSaved(scheme: Scheme): void {
  const { issue, issued } = purchase(scheme)
  const twice = scheme.broker.issue(issue)
  assert.ok(!refused(twice))
  assert.deepEqual(twice.issued, issued, 'asking again gives another grant')

  const effects = [...trade(purchase(scheme), { sent: [], earned: [], payment: undefined })].length
  for (let point = 0; point <= effects; point++) tradeWithCrashes(scheme, [point])
  const points = fc.array(fc.nat(effects), { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(points, (crashes) => tradeWithCrashes(scheme, crashes)),
    { numRuns: 15 },
  )
}
