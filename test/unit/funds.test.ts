/** A warning before an account runs out: what it says, and when it says nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Funds, fundsWarning } from '../../client/trade/funds.js'

const UNIT = 1_000_000n
const RICH: Funds = {
  ...{ currency: 'EUR', spendable: 10n * UNIT, lost: { pieces: 0, cost: 0n } },
  ...{ week: 0n, today: 0n, dayCap: undefined, low: undefined },
}

test('who has enough hears nothing', () => {
  assert.equal(fundsWarning(RICH), undefined)
  assert.equal(fundsWarning({ ...RICH, spendable: 0n }), undefined, 'nothing is wanted of it')
  assert.equal(fundsWarning({ ...RICH, spendable: 3n * UNIT, week: 7n * UNIT }), undefined)
  assert.equal(fundsWarning({ ...RICH, low: 10n * UNIT }), undefined, 'not below')
  assert.equal(fundsWarning({ ...RICH, today: 79n, dayCap: 100n }), undefined)
  assert.equal(fundsWarning({ ...RICH, dayCap: 0n }), undefined)
})

test('lost pieces that the account cannot pay come first', () => {
  const lost = { pieces: 12, cost: 120_000n }
  const said = fundsWarning({ ...RICH, spendable: 100_000n, lost, low: UNIT, week: UNIT })
  assert.match(String(said), /holds 0\.10 EUR, and 12 lost pieces may cost 0\.12 EUR: pay in/)
  assert.equal(fundsWarning({ ...RICH, lost }), undefined, 'it holds enough for them')
})

test('the amount that a person named, the pace of a week, the cap of a day', () => {
  const low = { ...RICH, spendable: UNIT / 2n }
  assert.match(String(fundsWarning({ ...low, low: UNIT })), /less than the 1\.00 EUR of low-funds/)
  assert.match(String(fundsWarning({ ...low, week: 7n * UNIT })), /last week that is 12 hours/)
  const days = { ...RICH, spendable: 29n * UNIT, week: 70n * UNIT }
  assert.match(String(fundsWarning(days)), /last week that is 2 days/)
  const capped = { ...RICH, today: 4n * UNIT, dayCap: 5n * UNIT }
  assert.match(String(fundsWarning(capped)), /4\.00 EUR of the 5\.00 EUR that cap-day allows/)
})

test("a currency of somebody's making stays text", () => {
  const said = fundsWarning({ ...RICH, currency: '\u001b[2J', low: 11n * UNIT })
  assert.ok(said !== undefined && !said.includes('\u001b'))
})
