/**
 * One run: a purchase, a download, claims and their maturity, with one program killed on the way;
 * then everything that must hold afterwards.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sha256Of } from '../integration/market.js'
import { doneOf, tracker } from '../integration/programs.js'
import { until } from '../until.js'
import { balancesIn, earnedIn, postingsDue, receiptedIn, tradeBooks } from './books.js'
import type { Point } from './effects.js'
import {
  CREDIT,
  copyHomes,
  EXPOSED,
  PIECES,
  PRICE,
  REWARD,
  type Role,
  type Stage,
} from './stage.js'
import { effectsFile, Troupe } from './troupe.js'

/** What a dead seller had sent before is read by the buyer within this. */
const IN_FLIGHT_MS = 50
/** Longer than the request timeout of the run: open requests are withdrawn meanwhile. */
const LATE_MS = 4000
/** A run that hangs is ended, so that the suite says where. */
const RUN_MAX_MS = 300_000

/** Who dies where. */
export interface Crash {
  readonly role: Role
  readonly point: Point
  /** Whether the program stays away for LATE_MS. */
  readonly late: boolean
}

/** What else happens to the one who dies. */
export interface Twist {
  /** For the environment of the life that ends at the point. */
  environment(folder: string, role: Role): Readonly<Record<string, string>>
  /** After the death, before anyone looks; `folder` holds the homes. */
  killed(folder: string, stage: Stage, role: Role): void | Promise<void>
}

/** What a run did. */
export interface Played {
  readonly folder: string
  /** The line of the kill; undefined when the program never came to its point. */
  readonly hit: string | undefined
  /** Pieces that the buyer has paid and the seller holds no token of. */
  readonly unpaid: number
  readonly seconds: number
}

/** No receipt is out for a token that the seller does not hold. */
async function checkReceipts(folder: string): Promise<void> {
  await wait(IN_FLIGHT_MS)
  const [receipted, earned] = [receiptedIn(folder), earnedIn(folder)]
  assert.ok(earned.length >= receipted, `${receipted} receipted, ${earned.length} tokens saved`)
}

/** Plays a run on a copy of the stage's homes and checks its end. */
export async function play(stage: Stage, crash: Crash | undefined, twist?: Twist): Promise<Played> {
  const begun = performance.now()
  const folder = copyHomes(stage)
  const killed = async () => {
    if (crash !== undefined) await twist?.killed(folder, stage, crash.role)
    await checkReceipts(folder)
    if (crash?.late) await wait(LATE_MS)
  }
  const environment = crash === undefined ? {} : (twist?.environment(folder, crash.role) ?? {})
  const dying = { role: crash?.role, point: crash?.point, environment, killed }
  const troupe = new Troupe({ stage, folder, ...dying })
  const late = new AbortController()
  try {
    const limit = wait(RUN_MAX_MS, undefined, { signal: late.signal, ref: false })
    const hung = limit.then(() => assert.fail('the run hangs'))
    hung.catch(() => undefined)
    const broken = [troupe.tracker.failed, troupe.seller.failed]
    await Promise.race([perform(troupe, folder), hung, ...broken])
  } catch (error) {
    throw explained(error, troupe, folder)
  } finally {
    late.abort()
    await troupe.dismiss()
  }
  const exposed = crash?.late ? EXPOSED : 0
  const unpaid = await checkBooks(stage, folder, exposed).catch((error) => {
    throw explained(error, troupe, folder)
  })
  const lines = crash === undefined ? [] : effectsOf(folder, crash.role)
  const hit = lines.find((line) => line.startsWith('hit '))
  return { folder, hit, unpaid, seconds: (performance.now() - begun) / 1000 }
}

function explained(error: unknown, { lastWords }: Troupe, folder: string): Error {
  return new Error(`${(error as Error).message}\n${folder}\n${lastWords}`, { cause: error })
}

/** What a role's watched life wrote of its effects. */
export function effectsOf(folder: string, role: Role): string[] {
  const path = effectsFile(folder, role)
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

async function perform(troupe: Troupe, folder: string): Promise<void> {
  await troupe.tracker.begin()
  await troupe.seller.begin()
  await troupe.download()
  await troupe.seller.stop()
  await troupe.claimRest()
  await until('every posting', () => postingsDue(folder) === 0n)
  await troupe.tracker.stop()
}

/**
 * Everything that must hold in the end; gives the pieces that are paid and not received, of which
 * there may be `exposed` when the buyer had what it wanted before the seller was back.
 */
async function checkBooks(stage: Stage, folder: string, exposed: number): Promise<number> {
  const { credited, earned, grants, owed, paid, receipted, signed } = tradeBooks(folder)
  assert.deepEqual(
    grants.map(({ price }) => price),
    [PRICE],
    'bought once',
  )
  const pieces = paid.map(({ piece }) => Number(piece)).sort((a, b) => a - b)
  assert.deepEqual(pieces, [...Array(PIECES).keys()], 'the buyer paid each piece once')
  assert.deepEqual(earned, paid.slice(0, earned.length), 'the seller holds what was paid, in order')
  assert.ok(earned.length >= receipted, `${receipted} receipted, ${earned.length} tokens held`)
  assert.ok(signed >= receipted, `${receipted} receipted, ${signed} signed`)
  assert.equal(credited, signed * REWARD, 'what is signed was claimed and credited')
  const balances = balancesIn(folder)
  const rid = grants[0]?.rid
  const { buyer, seller } = stage.uids
  assert.equal(balances.get(`member:${buyer}:spendable`), CREDIT - PRICE, 'paid the price once')
  assert.equal(balances.get(`member:${seller}:spendable`) ?? 0n, credited, 'all is mature')
  assert.equal(balances.get(`grant:${rid}:escrow`), BigInt(PIECES) * REWARD - credited)
  doneOf(await tracker(join(folder, 'tracker'), 'ledger', 'verify'))
  const output = join(folder, 'out', 'content.bin')
  assert.equal(sha256Of(readFileSync(output)), stage.sha256)
  doneOf(await tracker(join(folder, 'tracker'), 'audit'))
  const unpaid = PIECES - Number(signed)
  assert.ok(unpaid <= exposed, `${unpaid} pieces are paid and not received`)
  assert.ok(Number(owed) <= unpaid, `${owed} pieces owed, ${unpaid} unpaid`)
  return unpaid
}
