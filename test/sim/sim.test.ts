/** Small runs of the simulator: they hold, and a seed decides everything that happens in one. */
import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { play } from './play.js'

test('three honest members trade one content, and the books are right', async () => {
  const { events, problems } = await play({ seed: 1, peers: 3 })
  deepEqual(problems, [])
  equal(events > 100, true)
})

test('a seed gives the same events again, another seed gives others', async () => {
  const first = await play({ seed: 2, peers: 4 })
  deepEqual(await play({ seed: 2, peers: 4 }), first)
  notEqual((await play({ seed: 3, peers: 4 })).digest, first.digest)
})
