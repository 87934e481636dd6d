/** Blocks that earn nothing leave behind those that will be paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpareLane } from '../../client/pay/spare-lane.js'

test('one block a tick while something is delivered that will be paid, else at once', () => {
  let busy = false
  const left: number[] = []
  const lane = new SpareLane(() => busy)
  lane.add(() => left.push(1))
  assert.deepEqual(left, [1])
  busy = true
  for (const block of [2, 3, 4, 5]) lane.add(() => left.push(block))
  assert.deepEqual(left, [1])
  lane.tick()
  lane.tick()
  assert.deepEqual(left, [1, 2, 3])
  busy = false
  lane.add(() => left.push(6))
  assert.deepEqual(left, [1, 2, 3], 'in their order')
  lane.tick()
  assert.deepEqual(left, [1, 2, 3, 4, 5, 6])
})
