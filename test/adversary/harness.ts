/**
 * Attacks on the shipped programs, one row each: first against a copy in which one defence is
 * switched off, where the attack must succeed, then against the programs as they are, where it must
 * fail. What the honest member lost is measured in rewards and stands in docs/SECURITY.md.
 *
 * To add a row, write in test/adversary/SUBJECT.test.ts (a new subject is a new file, nothing else
 * has to know it):
 *
 *     const { row } = attacksOn('SUBJECT')
 *
 *     row({
 *       attack: 'never pays',                  // its name in the table; unique
 *       source: '§IV.B',                       // of the paper, a BEP, a decision
 *       outcome: 'gets one piece',             // what happens with the defence on
 *       defence: { file: 'shared/exchange/seller-state.js', from: 'A', to: 'B' },
 *       atMost: (b) => 1,                      // rewards that an honest member may lose
 *       play: async ({ stage, sold, dist, b, name }) => {
 *         const seller = await stage.seller(dist, name)
 *         const buyer = await Buyer.of(stage, sold, seller)
 *         ...
 *         return { succeeded: taken > 1, lost: taken }
 *       },
 *     })
 *
 * `defence` names one place of what was built (dist/, so look there how the compiler wrote it);
 * `from` must be there exactly once. `play` runs four times: for contents of b = 1 and b = 8, and
 * each with the defence off (`dist` is the copy) and on (`dist` is dist/). It starts the honest
 * side from `dist`, and takes `name` for its home, so that copies and shipped programs are two
 * members. A row with `honest: 'tracker'` gets a tracker that serves from `dist`, and shipped
 * members. Cheats cost milliseconds (cheat.ts; buyer.ts buys, vendor.ts sells): make new ones for
 * every play. `lost` is what the honest member has given and was not paid for, before any verdict;
 * `lostAfter` what remains after one, when the attack leaves a case behind.
 *
 * Then `npm run build && node dist/test/adversary/write-table.js SUBJECT` plays the subject and
 * writes its table. A test of the house (test/house/attacks.test.ts) holds rows and table together.
 */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { DIST } from '../integration/programs.js'
import { type Offered, RUNS, Stage, type StageSetting } from './stage.js'
import { type Edit, withoutDefence } from './without-defence.js'

/** One attack against one kind of content. */
export interface Scene {
  readonly t: TestContext
  readonly stage: Stage
  readonly sold: Offered
  readonly b: number
  /** The programs that the honest side runs. */
  readonly dist: string
  /** Home of the honest side: another one for a copy than for the shipped programs. */
  readonly name: string
}

/** How it went. */
export interface Played {
  readonly succeeded: boolean
  /** Rewards that the honest member lost, before a verdict. */
  readonly lost: number
  /** And after it; the same when absent. */
  readonly lostAfter?: number
}

/** A row of the table. */
export interface Row {
  readonly attack: string
  readonly source: string
  readonly outcome: string
  readonly defence: Edit
  /** Who runs the edited programs; members when absent. */
  readonly honest?: 'tracker'
  /** Most rewards that an honest member may lose to it with the defence on. */
  readonly atMost: (b: number) => number
  readonly play: (scene: Scene) => Promise<Played>
}

/** What a row measured, for the table. */
export interface Figures {
  readonly subject: string
  readonly attack: string
  readonly source: string
  readonly outcome: string
  /** By b: without the defence, with it, and after a verdict. */
  readonly off: readonly number[]
  readonly on: readonly number[]
  readonly after: readonly number[]
}

/** Names the file that figures are added to, a JSON line each. */
export const FIGURES_VARIABLE = 'FLOODGATE_ATTACK_FIGURES'

/** A row that waits for what does not come is told by its name, long before its file is ended. */
const ROW_MS = 300_000

/** Opens a stage for the rows of a file, and closes it behind them. */
export function attacksOn(subject: string, setting: StageSetting = {}) {
  let stage: Stage | undefined
  before(async () => {
    stage = await Stage.open(setting)
  })
  after(() => stage?.close())
  const row = (what: Row): void => {
    test(`${subject}: ${what.attack}`, { timeout: ROW_MS }, async (t) => {
      assert.ok(stage, 'the stage is set')
      await play(subject, what, stage, t)
    })
  }
  return { row }
}

async function play(subject: string, row: Row, stage: Stage, t: TestContext): Promise<void> {
  const copy = withoutDefence(row.defence)
  try {
    const off = await playOn(row, stage, t, copy.dist)
    await stage.clear(copy.dist)
    for (const [at, { succeeded }] of off.entries()) {
      assert.ok(succeeded, `b=${RUNS[at]}: the attack does not succeed without the defence`)
    }
    const on = await playOn(row, stage, t, DIST)
    for (const [at, { lost, succeeded }] of on.entries()) {
      const b = RUNS[at] as number
      assert.ok(!succeeded, `b=${b}: the attack succeeds`)
      assert.ok(lost <= row.atMost(b), `b=${b}: ${lost} rewards lost, not ${row.atMost(b)}`)
    }
    tell(subject, row, off, on)
  } finally {
    await stage.clear(copy.dist)
    copy.remove()
  }
}

/** Plays an attack against both contents, the honest side run by the programs of a folder. */
async function playOn(row: Row, stage: Stage, t: TestContext, dist: string): Promise<Played[]> {
  const atTracker = row.honest === 'tracker'
  if (atTracker) await stage.serve(dist)
  const members = atTracker ? DIST : dist
  const name = members === DIST ? 'seller' : 'seller-undefended'
  const played: Played[] = []
  for (const b of RUNS) {
    const sold = stage.offers.get(b) as Offered
    played.push(await row.play({ t, stage, sold, b, dist: members, name }))
  }
  return played
}

function tell(subject: string, row: Row, off: readonly Played[], on: readonly Played[]): void {
  const { attack, outcome, source } = row
  const figures: Figures = {
    ...{ subject, attack, source, outcome },
    off: off.map(({ lost }) => lost),
    on: on.map(({ lost }) => lost),
    after: on.map(({ lost, lostAfter }) => lostAfter ?? lost),
  }
  const path = process.env[FIGURES_VARIABLE]
  if (path !== undefined) appendFileSync(join(path), `${JSON.stringify(figures)}\n`)
}
