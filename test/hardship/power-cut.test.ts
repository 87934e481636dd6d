/**
 * The power fails on one of three machines, at points spread over its life (6 of each role, 50
 * with --all): its disk keeps what was synced and, of the rest, what the dice say. After the
 * restart the download completes, no receipt is out for a token that is gone, every paid piece
 * lies on the buyer's disk (D8), nothing is paid twice. What synchronous=NORMAL would have lost,
 * and what a disk that lies about a sync loses, is found.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { tradeBooks } from '../crash/books.js'
import { pointText } from '../crash/effects.js'
import { LANES_COUNT, Lanes } from '../crash/lanes.js'
import { planRole } from '../crash/plan.js'
import { type Crash, effectsOf, play, type Twist } from '../crash/play.js'
import { PIECE_BYTES, type Role, type Stage } from '../crash/stage.js'
import { type Cut, cutPower } from './cut-disk.js'
import { buildRecorder, readRecord, recording } from './recorder.js'

const ROLES: readonly Role[] = ['tracker', 'seller', 'buyer']
const ALL = process.env.FLOODGATE_TEST_ALL !== undefined
/** Of the 50 points that a role has. */
const EVERY = ALL ? 1 : 9
const WALLET_LOG = /wallet\.db-wal$/
const CONTENT = /content\.bin$/

const lanes = new Lanes()
const built = mkdtempSync(join(tmpdir(), 'floodgate-recorder-'))
let library = ''

before(async () => {
  library = buildRecorder(built)
  await lanes.open()
})
after(() => {
  lanes.close()
  rmSync(built, { recursive: true })
})

const logOf = (folder: string, role: Role): string => join(folder, `${role}.disk`)

/** Every piece that the wallet calls paid is on the disk, whole. */
function checkPieces(folder: string, stage: Stage): void {
  const paid = tradeBooks(folder).paid
  if (paid.length === 0) return
  const found = readFileSync(join(folder, 'out', 'content.bin'))
  const original = readFileSync(join(stage.folder, 'data', 'content.bin'))
  for (const { piece } of paid) {
    const [from, to] = [Number(piece) * PIECE_BYTES, (Number(piece) + 1) * PIECE_BYTES]
    const same = original.subarray(from, to).equals(found.subarray(from, to))
    assert.ok(same, `piece ${piece} is paid and lost`)
  }
}

/** A death by power cut. */
function powerCut(cut: Cut): Twist {
  return {
    environment: (folder, role) => recording(library, folder, logOf(folder, role)),
    killed: (folder, stage, role) => {
      const homes = join(stage.folder, 'homes')
      const places = [{ now: join(folder, role), before: join(homes, role) }]
      if (role === 'buyer') places.push({ now: join(folder, 'out'), before: join(homes, 'out') })
      const record = readRecord(logOf(folder, role))
      assert.ok(record.length > 0, 'the disk was recorded')
      cutPower(places, record, cut)
      rmSync(logOf(folder, role))
      if (role === 'buyer') checkPieces(folder, stage)
    },
  }
}

/** Points of one role: some of those at which it is killed. */
async function plan(): Promise<Crash[]> {
  const { folder } = await lanes.run((stage) => play(stage, undefined))
  return ROLES.flatMap((role) => {
    const points = planRole(role, effectsOf(folder, role), true)
    return points.filter((_, index) => index % EVERY === 0)
  })
}

test('a power cut for each role', { concurrency: LANES_COUNT }, async (t) => {
  const crashes = await plan()
  const run = (crash: Crash, index: number) =>
    t.test(`${crash.role} ${pointText(crash.point)}`, async () => {
      const { hit, seconds } = await lanes.attempt(crash, powerCut({ seed: `cut ${index}` }))
      process.stdout.write(`${crash.role.padEnd(8)}${hit}  ${seconds.toFixed(1)} s\n`)
    })
  await Promise.all(crashes.map(run))
})

/** What the checks of a run call a loss. */
const LOST = /tokens saved|paid and lost/

/** Runs in which a disk kept less than it promised; each must be found. */
const LIES: readonly (readonly [what: string, crash: Crash, lies: RegExp])[] = [
  [
    'a wallet in synchronous=NORMAL',
    { role: 'seller', point: { kind: 'credit', of: '', n: 20, moment: 'after' }, late: false },
    WALLET_LOG,
  ],
  [
    'pieces that were never synced',
    { role: 'buyer', point: { kind: 'save', of: 'k=20', n: 1, moment: 'after' }, late: false },
    CONTENT,
  ],
]

for (const [what, crash, lies] of LIES) {
  test(`the loss is found of ${what}`, async () => {
    const cut = powerCut({ seed: what, lies })
    const losing = (stage: Stage) => assert.rejects(play(stage, crash, cut), LOST)
    await lanes.run(losing)
  })
}
