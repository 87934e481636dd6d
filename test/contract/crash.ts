/**
 * The fifth law: a crash between any two effects loses at most the unsaved message.
 *
 * A trade is a generator that stops after every effect. What it saves is on a disk that outlives
 * it; a crash drops everything else, and the next run starts from the disk as a real restart does.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { PieceIndex } from '../../shared/identifier.js'
import type { PaidPiece, Progress, Scheme, Till } from '../../shared/schemes/scheme.js'
import type { Books } from './books.js'
import {
  acceptIssued,
  beyond,
  earned,
  granted,
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
  payment: { readonly k: number; readonly bytes: Uint8Array } | undefined
}

const emptyDisk = (): Disk => ({ sent: [], earned: [], payment: undefined })

/** Where the payments stand after these pieces, told by the payer alone. */
function progressAfter(world: World, pieces: readonly PieceIndex[]): Progress | undefined {
  let at: Progress | undefined
  for (const piece of pieces)
    at = pay(world, world.sellers[0], at, { step: 'token', piece }).progress
  return at
}

/** The seller starts again and must stand where its disk says. */
function restart(world: World, disk: Disk): Till {
  const [seller] = world.sellers
  const opening = pay(world, seller, undefined, { step: 'open' }).bytes
  const context = startContext(world, seller, disk.earned, disk.payment?.bytes)
  const till = granted(world.scheme.payee.start(opening, context), 'start again')
  const saved = disk.earned.map(({ piece }) => piece)
  assert.equal(till.progress.k, saved.length, 'a saved token is lost')
  const chain = progressAfter(world, saved)?.chain ?? till.progress.chain
  assert.deepEqual([...till.progress.chain], [...chain], 'the chain of saved tokens is lost')
  assert.equal(till.payment?.k, disk.payment?.k, 'a saved payment is lost')
  return till
}

/** One connection, from the restart of both sides to the end; stops after every effect. */
function* trade(bought: World, disk: Disk): Generator<string, void> {
  const { scheme, issued, facts, sellers } = bought
  const world = { ...bought, purse: acceptIssued(scheme, facts, issued) }
  const [seller] = sellers
  let till = restart(world, disk)
  let at = progressAfter(world, disk.sent.slice(0, till.progress.k))
  for (let k = till.progress.k; k < ORDER.length; k++) {
    const piece = ORDER[k] as PieceIndex
    if (k === disk.sent.length) disk.sent.push(piece)
    yield 'buyer saved the payment'
    till = withPage(world, till, seller, piece)
    const { bytes: token, progress } = pay(world, seller, at, { step: 'token', piece })
    yield 'token sent'
    till = granted(scheme.payee.check(till, { step: 'token', piece }, token), 'token')
    at = progress
    yield 'token checked'
    disk.earned.push({ piece, token })
    yield 'token saved'
    if ((k + 1) % RUN_PIECES !== 0) continue
    const { bytes } = pay(world, seller, at, { step: 'payment' })
    yield 'payment sent'
    till = granted(scheme.payee.check(till, { step: 'payment' }, bytes), 'payment')
    yield 'payment checked'
    disk.payment = { k: till.progress.k, bytes }
    yield 'payment saved'
  }
  // A run whose payment was lost in a crash is signed for at the end.
  const { bytes } = pay(world, seller, at, { step: 'payment' })
  granted(scheme.payee.check(till, { step: 'payment' }, bytes), 'last payment')
  disk.payment = { k: till.progress.k, bytes }
}

/** Trades with a crash after each given number of effects, then once to the end, then claims. */
async function tradeWithCrashes(
  scheme: Scheme,
  books: Books,
  crashes: readonly number[],
): Promise<void> {
  const world = await purchase(scheme, books)
  const [seller] = world.sellers
  const disk = emptyDisk()
  for (const effects of crashes) {
    const connection = trade(world, disk)
    for (let done = 0; done <= effects && connection.next().done !== true; done++);
  }
  for (const _ of trade(world, disk));
  const { earned: paid, payment } = disk
  assert.ok(payment !== undefined, 'the trade ended with a payment')
  const claim = scheme.payee.claim({
    rid: world.facts.rid,
    seller: seller.uid,
    paidBeyond: beyond(paid),
    payment,
    after: 0,
  })
  assert.ok(claim !== undefined, 'the trade ended with a claim')

  // The tracker may die before its commit, and its answer may be lost after it.
  const context = await redeemContext(world, seller)
  const before = granted(scheme.broker.redeem(claim, context), 'a claim before the crash')
  const done = granted(await submit(world, seller, claim), 'the claim after the crash')
  assert.deepEqual(done, before, 'the same claim is judged otherwise after a crash')
  const income = world.facts.reward * BigInt(ORDER.length)
  assert.equal(await earned(world, seller), income, 'a crash loses money')
  const again = granted(await submit(world, seller, claim), 'the claim after a lost answer')
  assert.deepEqual(again.accepted, done.accepted, 'a lost answer cannot be had again')
}

/** Crashes at every single point, then at several in a row. */
export async function crashLosesNothingSaved(scheme: Scheme, books: Books): Promise<void> {
  const world = await purchase(scheme, books)
  const { issued } = granted(scheme.broker.issue(world.issue), 'issue again')
  assert.deepEqual(issued, world.issued, 'asking again gives another grant')

  const effects = [...trade(world, emptyDisk())].length
  for (let point = 0; point < effects; point++) await tradeWithCrashes(scheme, books, [point])
  const points = fc.array(fc.nat(effects), { minLength: 2, maxLength: 4 })
  const crashing = fc.asyncProperty(points, (crashes) => tradeWithCrashes(scheme, books, crashes))
  await fc.assert(crashing, { numRuns: 15 })
}
