/** Moments as both programs write them for people. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatWhen } from '../../client/ui/format.js'
import { formatMoment } from '../../shared/words.js'

test('a moment is told to the minute, wherever in it it lies', () => {
  assert.equal(formatMoment(0), '1970-01-01 00:00 UTC')
  assert.equal(formatMoment(1_795_316_909_200), formatMoment(1_795_316_880_000))
  assert.equal(formatMoment(1_795_316_909_200), '2026-11-22 03:08 UTC')
})

test('a moment that no calendar has, as a provider may name, is the last that is shown', () => {
  for (const ms of [253_402_300_800_000, 8.64e15 + 1, Number.MAX_SAFE_INTEGER]) {
    assert.equal(formatMoment(ms), '9999-12-31 23:59 UTC')
    assert.equal(formatWhen(ms, 0), ' 9999-12-31')
    assert.equal(formatWhen(0, ms), ' 1970-01-01')
  }
})
