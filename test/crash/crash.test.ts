/**
 * kill -9 of each role at 20 points of its life (50 with --all), then restart: the download
 * completes, no token is lost after its receipt, nothing is paid twice.
 *
 * `FLOODGATE_CRASH_ONLY` names points to try alone, as `buyer:save:3:before seller:credit:7:after`;
 * with `:late` behind it the program stays away until requests are withdrawn.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KINDS, type Kind, pointText, readPoint } from './effects.js'
import { LANES_COUNT, Lanes } from './lanes.js'
import { planRole } from './plan.js'
import { type Crash, effectsOf, play } from './play.js'
import type { Role } from './stage.js'

const ROLES: readonly Role[] = ['tracker', 'seller', 'buyer']
const HITS_MIN_COUNT = 3
/** Set by `npm run test:crash -- --all`. */
const ALL = process.env.FLOODGATE_TEST_ALL !== undefined

const lanes = new Lanes()
const hits = new Map<Kind, number>()

before(() => lanes.open())
after(() => lanes.close())

/** Points that the environment asks for, or those spread over a clean run. */
async function plan(): Promise<Crash[]> {
  const only = process.env.FLOODGATE_CRASH_ONLY ?? ''
  const named = only.split(/\s+/).flatMap((text): Crash[] => {
    const [, role, what = '', late] = /^(\w+):(.+?)(:late)?$/.exec(text) ?? []
    const point = readPoint(what)
    return point === undefined ? [] : [{ role: role as Role, point, late: late !== undefined }]
  })
  if (named.length > 0) return named
  const { folder, unpaid } = await lanes.run((stage) => play(stage, undefined))
  assert.equal(unpaid, 0, 'without a crash all is paid')
  return ROLES.flatMap((role) => planRole(role, effectsOf(folder, role), ALL))
}

test('kill -9 of each role', { concurrency: LANES_COUNT }, async (t) => {
  const crashes = await plan()
  const play = (crash: Crash) =>
    t.test(`${crash.role} ${pointText(crash.point)}${crash.late ? ', late' : ''}`, async () => {
      const { hit, seconds, unpaid } = await lanes.attempt(crash)
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
