/** Amounts as a person types and reads them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AMOUNT_MAX, formatAmount, parseAmount, parseSum } from '../../shared/amount.js'
import { Refusal } from '../../shared/errors.js'

test('an amount is read to the millionth, and written so that it reads the same', () => {
  for (const [text, value] of [
    ['0', 0n],
    ['2', 2_000_000n],
    ['0.25', 250_000n],
    ['1.000001', 1_000_001n],
    [`${'0'.repeat(40)}7.5`, 7_500_000n],
    [formatAmount(AMOUNT_MAX), AMOUNT_MAX],
  ] as const) {
    assert.equal(parseAmount(text), value, text)
    assert.equal(parseAmount(formatAmount(value)), value, text)
  }
})

test('what cannot be an amount is told why', () => {
  for (const [text, why] of [
    ['lots', /"lots" is not an amount; write for example 2 or 0\.25/],
    ['-1', /not an amount/],
    ['1e3', /not an amount/],
    ['1.0000001', /"1\.0000001" has more than the six decimals/],
    [formatAmount(AMOUNT_MAX + 1n), /is more than an amount may be: 4611686018427\.387904 at most/],
    ['9'.repeat(5000), /more than an amount may be/],
  ] as const) {
    const problem = parseAmount(text)
    assert.ok(problem instanceof Refusal && problem.code === 'usage', text)
    assert.match(problem.message, why)
  }
  const nothing = parseSum('0.00')
  assert.match((nothing as Refusal).message, /"0\.00" is no money/)
  assert.equal(parseSum('0.01'), 10_000n)
})
