/** Moments as the verbs of the desk write them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { when } from '../../tracker/verbs/moment.js'

test('a moment is told to the second, wherever in it it lies', () => {
  assert.equal(when(0), '1970-01-01T00:00:00Z')
  assert.equal(when(1_795_316_909_200), when(1_795_316_909_000))
  assert.match(when(1_795_316_909_200), /^2026-11-22T03:08:29Z$/)
})
