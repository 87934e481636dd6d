/**
 * When the tracker proves an announced address, and when it leaves a machine alone (D15). Time and
 * network are the test's own.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cid } from '../../shared/identifier.js'
import {
  PROOF_AGAIN_MS,
  PROOF_LIFE_MS,
  PROOF_PATIENCE_MS,
  PROOF_RETRY_MAX_MS,
  PROOF_RETRY_MIN_MS,
  PROOFS_BURST_COUNT,
  PROOFS_HOST_RUNNING_MAX_COUNT,
  PROOFS_MEMBER_BURST_COUNT,
  PROOFS_MEMBER_PER_SECOND,
  PROOFS_RUNNING_MAX_COUNT,
} from '../../shared/tracker-limits.js'
import type { Address, Prove } from '../../tracker/proof.js'
import { Reach } from '../../tracker/reach.js'

const HOST = '198.51.100.7'
const CLAIMANT = { cid: 'd'.repeat(40) as Cid, pieces: 4, key: new Uint8Array(32) }

/** A table of proofs whose connections end when and as the test says. */
function setting(url = 'https://tracker.example') {
  const dialled: {
    readonly address: Address
    readonly signal: AbortSignal
    readonly end: (good: boolean) => Promise<void>
  }[] = []
  const clock = { nowMs: 1_000_000 }
  const prove: Prove = (address, _claimant, signal) =>
    new Promise((resolve) => {
      const end = async (good: boolean): Promise<void> => {
        resolve(good)
        await new Promise((done) => setImmediate(done))
      }
      dialled.push({ address, signal, end })
    })
  const reach = new Reach(prove, url, () => clock.nowMs)
  let proofs = 0
  const check = (member: number, port = 6881, host = HOST): number => {
    reach.check(member, { host, port }, CLAIMANT, () => proofs++)
    return dialled.length
  }
  const standing = (member: number, port = 6881, host = HOST) =>
    reach.standing(member, { host, port })
  const end = (good: boolean) => dialled.at(-1)?.end(good)
  return { clock, dialled, check, standing, end, proofs: () => proofs }
}

test('a proof is of one member at one address, and is made anew before it runs out', async () => {
  const { check, clock, end, proofs, standing } = setting()
  assert.equal(check(1), 1)
  assert.equal(standing(1), 'unknown')
  await end(true)
  assert.deepEqual(
    [proofs(), standing(1), standing(2), standing(1, 6882)],
    [1, 'proved', 'unknown', 'unknown'],
  )
  clock.nowMs += PROOF_AGAIN_MS - 1
  assert.equal(check(1), 1)
  clock.nowMs += 1
  assert.equal(check(1), 2)
  // While it is made, and when it fails, the old one counts to its end.
  assert.equal(standing(1), 'proved')
  await end(false)
  assert.equal(standing(1), 'proved')
  clock.nowMs += PROOF_LIFE_MS - PROOF_AGAIN_MS + 1
  assert.equal(standing(1), 'failed')
})

test('whoever does not answer is asked less and less', async () => {
  const { check, clock, end } = setting()
  const asked: number[] = []
  let count = 0
  for (const start = clock.nowMs; clock.nowMs < start + 1_000_000; clock.nowMs += 500) {
    if (check(1) === count) continue
    count++
    asked.push(clock.nowMs)
    await end(false)
  }
  const pauses = asked.slice(1).map((at, i) => at - (asked[i] as number))
  assert.equal(pauses[0], PROOF_RETRY_MIN_MS)
  for (const [i, pause] of pauses.slice(1).entries()) {
    assert.equal(pause, Math.min((pauses[i] as number) * 2, PROOF_RETRY_MAX_MS))
  }
  assert.equal(pauses.at(-1), PROOF_RETRY_MAX_MS)
})

test('one connection to a port, few to a machine, a bounded number in all', () => {
  const one = setting()
  one.check(1, 25)
  assert.equal(one.check(2, 25), 1)
  assert.equal(one.check(1, 26), 1)
  for (let member = 10; member < 30; member++) one.check(member, 1000 + member)
  assert.equal(one.dialled.length, PROOFS_HOST_RUNNING_MAX_COUNT)
  const all = setting()
  for (let member = 0; member < 2 * PROOFS_RUNNING_MAX_COUNT; member++) {
    all.check(member, 6881, `10.0.${member >> 8}.${member & 255}`)
  }
  assert.equal(all.dialled.length, PROOFS_RUNNING_MAX_COUNT)
})

test('a machine is not searched for open ports by members that take turns', async () => {
  const { check, clock, dialled, end } = setting()
  for (let port = 1; port <= 1000; port++) {
    const before = dialled.length
    if (check(port, port) > before) await end(false)
  }
  assert.equal(dialled.length, PROOFS_BURST_COUNT)
  clock.nowMs += 10_000
  for (let port = 2001; port <= 3000; port++) {
    const before = dialled.length
    if (check(port, port) > before) await end(false)
  }
  assert.equal(dialled.length, PROOFS_BURST_COUNT + 10)
})

test('whoever keeps us waiting makes room for others, and that is no failure', async () => {
  const { check, clock, dialled, end, standing } = setting()
  const hostOf = (member: number): string => `10.1.${member >> 8}.${member & 255}`
  for (let member = 0; member < PROOFS_RUNNING_MAX_COUNT; member++) {
    check(member, 6881, hostOf(member))
  }
  clock.nowMs += PROOF_PATIENCE_MS - 1
  assert.equal(check(1000), PROOFS_RUNNING_MAX_COUNT, 'those may yet answer')
  clock.nowMs += 1
  assert.equal(check(1000), PROOFS_RUNNING_MAX_COUNT + 1)
  assert.equal(dialled.filter(({ signal }) => signal.aborted).length, 1)
  await end(true)
  assert.equal(standing(1000), 'proved')
  await dialled[0]?.end(false)
  assert.equal(standing(0, 6881, hostOf(0)), 'unknown')
  check(0, 6881, hostOf(0))
  await end(true)
  assert.equal(standing(0, 6881, hostOf(0)), 'proved', 'its next announce')
})

test('who listens nowhere, at ever new ports, uses up nothing of its neighbours', async () => {
  const { check, clock, dialled, end, standing } = setting()
  const start = clock.nowMs
  for (let port = 1; clock.nowMs < start + 600_000; clock.nowMs += 250) {
    const before = dialled.length
    if (check(1, port++) > before) await end(false)
  }
  assert(dialled.length <= PROOFS_MEMBER_BURST_COUNT + 600 * PROOFS_MEMBER_PER_SECOND)
  for (let member = 2; member < 50; member++) {
    const before = dialled.length
    assert.equal(check(member, 10_000 + member), before + 1)
    await end(true)
    assert.equal(standing(member, 10_000 + member), 'proved')
  }
  // Nor do four that never say anything.
  for (let member = 50; member < 54; member++) check(member, 10_000 + member)
  clock.nowMs += PROOF_PATIENCE_MS
  const before = dialled.length
  assert.equal(check(54, 10_054), before + 1)
})

test('its own machine is dialled only by a tracker whose members are all on it', () => {
  const open = setting()
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::']) open.check(1, 80, host)
  assert.equal(open.dialled.length, 0)
  assert.equal(open.standing(1, 80, '127.0.0.1'), 'failed')
  const local = setting('http://127.0.0.1:6969')
  assert.equal(local.check(1, 80, '127.0.0.1'), 1)
})
