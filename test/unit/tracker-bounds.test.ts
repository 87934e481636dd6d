/** The tracker's tables of strangers by themselves: what they hold, and what they forget. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ALLOWANCES_MAX_COUNT,
  HTTP_ANSWERS_MAX_BYTES,
  HTTP_TURN_REQUESTS_COUNT,
} from '../../shared/tracker-limits.js'
import { Allowance } from '../../tracker/allowance.js'
import { Holding } from '../../tracker/http/holding.js'
import { Turns } from '../../tracker/http/turns.js'

test('an allowance comes back with time, and quiet keys are forgotten', () => {
  let nowMs = 0
  const allowance = new Allowance({ burst: 2, perSecond: 1 }, () => nowMs)
  const takes = (): boolean[] => [1, 2, 3].map(() => allowance.take('a'))
  assert.deepEqual(takes(), [true, true, false])
  nowMs += 1000
  assert.deepEqual(takes(), [true, false, false])
  nowMs -= 5000
  assert.equal(allowance.take('a'), false)
  for (let other = 0; other < ALLOWANCES_MAX_COUNT; other++) allowance.take(`${other}`)
  assert.deepEqual(takes(), [true, true, false])
})

test('what costs more than is left is done on credit, and paid back by waiting', () => {
  let nowMs = 0
  const allowance = new Allowance({ burst: 2, perSecond: 1 }, () => nowMs)
  assert.equal(allowance.take('a', 5), true)
  assert.equal(allowance.take('a'), false)
  allowance.charge('a', 2)
  nowMs = 5999
  assert.equal(allowance.take('a'), false)
  nowMs = 6001
  assert.equal(allowance.take('a'), true)
})

test('a bounded store of bytes cuts the oldest holder off, and only then', () => {
  const holding = new Holding(HTTP_ANSWERS_MAX_BYTES)
  const cut: number[] = []
  const quarter = HTTP_ANSWERS_MAX_BYTES / 4
  const held = [0, 1, 2, 3].map((index) => {
    const each = holding.begin(() => cut.push(index))
    each.add(quarter)
    return each
  })
  assert.deepEqual([cut, holding.bytes], [[], HTTP_ANSWERS_MAX_BYTES])
  held[1]?.release()
  const late = holding.begin(() => cut.push(4))
  late.add(quarter)
  assert.deepEqual(cut, [])
  late.add(quarter + 1)
  assert.deepEqual(cut, [0, 2])
  assert.equal(holding.bytes, 3 * quarter + 1)
  for (const each of [...held, late]) each.release()
  assert.equal(holding.bytes, 0)
})

test('what waits is done in order, a few in each round of the event loop', async () => {
  const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const turns = new Turns()
  const done: number[] = []
  const count = 2 * HTTP_TURN_REQUESTS_COUNT + 1
  for (let at = 0; at < count; at++) turns.add(() => done.push(at))
  assert.equal(done.length, 0)
  for (const most of [1, 2].map((rounds) => rounds * HTTP_TURN_REQUESTS_COUNT)) {
    await round()
    assert.equal(done.length, most)
  }
  turns.add(() => done.push(count))
  await round()
  assert.deepEqual(done, [...Array(count + 1).keys()])
})
