/**
 * kill -9 of each role at 20 points of its life, then restart: the download completes, no token is
 * lost after its receipt, nothing is paid twice.
 *
 * `FLOODGATE_CRASH_ONLY` names points to try alone, as `buyer:save:3:before seller:credit:7:after`;
 * with `:late` behind it the program stays away until requests are withdrawn.
 */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { after, before, test } from 'node:test'
import { KINDS, type Kind, pointText, readPoint } from './effects.js'
import { planRole, replan } from './plan.js'
import { type Crash, effectsOf, type Played, play } from './play.js'
import { type Role, type Stage, setStage, strike } from './stage.js'

const ROLES: readonly Role[] = ['tracker', 'seller', 'buyer']
const HITS_MIN_COUNT = 3
/** Lives differ a little in how many effects they have. */
const PLANS_MAX_COUNT = 4
const LANES_COUNT = Math.min(2, availableParallelism())

const stages: Stage[] = []
const hits = new Map<Kind, number>()
/** What a failed run left behind stays on the disk. */
let failed = false

/** Gives a free stage to one run at a time. */
const waiting: ((stage: Stage) => void)[] = []
async function onStage<T>(job: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = stages.pop() ?? (await new Promise<Stage>((resolve) => waiting.push(resolve)))
  try {
    return await job(stage)
  } catch (error) {
    failed = true
    throw error
  } finally {
    const next = waiting.shift()
    if (next === undefined) stages.push(stage)
    else next(stage)
  }
}

before(async () => {
  stages.push(...(await Promise.all(Array.from({ length: LANES_COUNT }, setStage))))
})
after(() => {
  if (!failed) for (const stage of stages) strike(stage)
})

/** Points that the environment asks for, or those spread over a clean run. */
async function plan(): Promise<Crash[]> {
  const only = process.env.FLOODGATE_CRASH_ONLY ?? ''
  const named = only.split(/\s+/).flatMap((text): Crash[] => {
    const [, role, what = '', late] = /^(\w+):(.+?)(:late)?$/.exec(text) ?? []
    const point = readPoint(what)
    return point === undefined ? [] : [{ role: role as Role, point, late: late !== undefined }]
  })
  if (named.length > 0) return named
  const { folder, unpaid } = await onStage((stage) => play(stage, undefined))
  assert.equal(unpaid, 0, 'without a crash all is paid')
  return ROLES.flatMap((role) => planRole(role, effectsOf(folder, role)))
}

/** Plays a crash, or one near to it when the life ended before its point. */
async function attempt(crash: Crash): Promise<Played & { hit: string }> {
  let planned = crash
  for (let tries = 0; tries < PLANS_MAX_COUNT; tries++) {
    const played = await onStage((stage) => play(stage, planned))
    const { folder, hit } = played
    if (hit !== undefined) return { ...played, hit }
    planned = replan(planned, effectsOf(folder, crash.role))
  }
  return assert.fail(`the ${crash.role} never came to ${pointText(crash.point)}`)
}

test('kill -9 of each role', { concurrency: LANES_COUNT }, async (t) => {
  const crashes = await plan()
  const play = (crash: Crash) =>
    t.test(`${crash.role} ${pointText(crash.point)}${crash.late ? ', late' : ''}`, async () => {
      const { hit, seconds, unpaid } = await attempt(crash)
      const { kind } = crash.point
      hits.set(kind, (hits.get(kind) ?? 0) + 1)
      const late = crash.late ? ', back late' : ''
      const rest = unpaid === 0 ? '' : `, ${unpaid} pieces paid and not received`
      process.stdout.write(`${crash.role.padEnd(8)}${hit}  ${seconds.toFixed(1)} s${late}${rest}\n`)
    })
  await Promise.all(crashes.map(play))
})

test('every kind of effect was hit', () => {
  const counts = KINDS.map((kind) => `${kind} ${hits.get(kind) ?? 0}`).join(', ')
  process.stdout.write(`hit: ${counts}\n`)
  if (process.env.FLOODGATE_CRASH_ONLY !== undefined) return
  for (const kind of KINDS) assert.ok((hits.get(kind) ?? 0) >= HITS_MIN_COUNT, counts)
})
