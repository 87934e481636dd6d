/** Moments as both programs write them for people. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMoment } from '../../shared/words.js'

test('a moment is told to the minute, wherever in it it lies', () => {
  assert.equal(formatMoment(0), '1970-01-01 00:00 UTC')
  assert.equal(formatMoment(1_795_316_909_200), formatMoment(1_795_316_880_000))
  assert.equal(formatMoment(1_795_316_909_200), '2026-11-22 03:08 UTC')
})
