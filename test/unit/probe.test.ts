/** How long the way to a buyer takes is asked while blocks go there. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Probe } from '../../client/pay/probe.js'
import { PROBE_AFTER_MS, PROBE_LATE_MS, PROBES_MAX_COUNT } from '../../shared/earn-limits.js'
import { party } from '../contract/provider.js'

const BUYER = party('buyer').uid

function probing() {
  const clock = { now: 1000 }
  const [pings, heard]: [number[], number[]] = [[], []]
  const told = { now: () => clock.now, heard: (_: unknown, delayMs: number) => heard.push(delayMs) }
  const line = { ping: (number: number) => pings.push(number), random: randomBytes }
  const probe = new Probe(told, BUYER, line)
  const answer = (place: number) => probe.answered(pings[place] as number)
  return { answer, clock, pings, heard, probe }
}

test('nobody is asked before a block left, or long after the last', () => {
  const { answer, clock, pings, probe } = probing()
  probe.tick()
  assert.deepEqual(pings, [])
  probe.sent()
  probe.tick()
  assert.equal(pings.length, 1)
  answer(0)
  clock.now += PROBE_AFTER_MS + 1
  probe.tick()
  assert.equal(pings.length, 1)
  probe.sent()
  probe.tick()
  assert.equal(pings.length, 2)
})

test('several are under way; what answers none of them, or one again, is no answer', () => {
  const { answer, clock, heard, pings, probe } = probing()
  probe.sent()
  for (let tick = 0; tick < PROBES_MAX_COUNT + 3; tick++) {
    probe.tick()
    clock.now += 10
  }
  assert.equal(pings.length, PROBES_MAX_COUNT)
  heard.length = 0
  probe.answered(0)
  assert.deepEqual(heard, [])
  for (const place of [0, 0, 2, 1]) answer(place)
  assert.deepEqual(heard, [110, 90])
})

test('who does not wait for a ping cannot answer it', () => {
  const { clock, heard, pings, probe } = probing()
  probe.sent()
  for (let tick = 0; tick < PROBES_MAX_COUNT; tick++) {
    probe.tick()
    clock.now += 10
    const last = pings.at(-1) as number
    for (const guess of [tick + 1, last - 1, last + 1]) probe.answered(guess)
  }
  assert.deepEqual(heard, [])
  assert.ok(pings.every((number) => number >= 1 && number <= 2 ** 48))
})

test('what is late is told of while it is under way, so a long queue is seen at once', () => {
  const { answer, clock, heard, probe } = probing()
  probe.sent()
  probe.tick()
  clock.now += PROBE_LATE_MS
  probe.tick()
  clock.now += 500
  answer(0)
  assert.deepEqual(heard, [PROBE_LATE_MS, PROBE_LATE_MS + 500])
})

test('a buyer that halts for a moment answers some pings as fast as ever', () => {
  const { answer, clock, heard, probe } = probing()
  probe.sent()
  for (const _ of [1, 2, 3]) {
    probe.tick()
    clock.now += 250
  }
  for (const place of [0, 1, 2]) answer(place)
  assert.equal(Math.min(...heard), 250)
})
