/** What earn buys, holds and drops, and that no market makes it pass its quota or its budget. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Choice, choose, fitOf, type Means, type Stake } from '../../client/earn/chooser.js'
import { type DayOfDemand, daysUntil, forecast, type Ware } from '../../client/earn/forecast.js'
import type { Cid } from '../../shared/identifier.js'

const cidOf = (number: number) => number.toString(16).padStart(40, '0') as Cid

function ware(number: number, given: Partial<Ware> = {}): Ware {
  return {
    ...{ cid: cidOf(number), name: `content ${number}`, bytes: 1e8, pieces: 100 },
    ...{ price: 1_000_000n, reward: 5000n, sellers: 1, day: 4, week: 28 },
    ...given,
  }
}

const MEANS: Means = { quota: 1e9, budget: 10_000_000n, uplink: undefined, horizonDays: 30 }

function chosen(wares: readonly Ware[], stakes: readonly Stake[] = [], means = MEANS): Choice[] {
  return choose({ wares, stakes, past: followed(wares), without: new Set() }, means)
}

/** Two weeks in which each content sold as it does now. */
function followed(wares: readonly Ware[]): (cid: Cid) => readonly DayOfDemand[] {
  return (cid) => {
    const { day = 0, sellers = 0 } = wares.find((one) => one.cid === cid) ?? {}
    return Array.from({ length: 14 }, () => ({ bought: day, sellers }))
  }
}

function actOf(choices: readonly Choice[], number: number): string | undefined {
  return choices.find((choice) => choice.ware.cid === cidOf(number))?.act
}

function stake(number: number, given: Partial<Stake> = {}): Stake {
  return {
    cid: cidOf(number),
    days: 20,
    idleDays: 20,
    price: 1_000_000n,
    earned: 0n,
    fair: 0,
    ...given,
  }
}

test('buys what sells well to few sellers, with its break-even; passes what hardly sells', () => {
  const choices = chosen([ware(1), ware(2, { day: 0, week: 0 })])
  assert.equal(actOf(choices, 1), 'buy')
  assert.equal(actOf(choices, 2), 'pass')
  const [best] = choices
  // Four sales a day of 0.5 each, shared by two: 1.00 a day, and the price is 1.00.
  assert.equal(best?.daily, 1_000_000n)
  assert.equal(best?.breakEven, 1)
  assert.match(best?.why ?? '', /sold 4 times a day, 1 other seller: expects 30\.00 in 30 days$/)
})

test('more sellers make a content worth less, until it is not bought', () => {
  assert.equal(actOf(chosen([ware(1, { sellers: 5 })]), 1), 'buy')
  assert.equal(actOf(chosen([ware(1, { sellers: 100 })]), 1), 'pass')
})

test('expects a fall to go on, and a rise not', () => {
  const options = { days: 30, fit: 1 }
  const past = (sales: readonly number[]) => sales.map((bought) => ({ bought, sellers: 1 }))
  const falling = forecast(
    ware(1),
    past([40, 36, 33, 30, 27, 24, 22, 20, 18, 16, 14, 12, 11, 10]),
    options,
  )
  const rising = forecast(ware(1), past([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]), options)
  assert.ok(falling.trend < 0.95)
  assert.ok((falling.income[29] as number) < (falling.income[0] as number) / 4)
  assert.equal(rising.trend, 1)
  assert.ok(forecast(ware(1), past([4, 4]), options).trend < 1, 'new: it may be a release')
})

test('drops what nobody wants any more, but not in its first days', () => {
  const dead = ware(1, { day: 0, week: 0 })
  assert.equal(actOf(chosen([dead], [stake(1)]), 1), 'drop')
  assert.equal(actOf(chosen([dead], [stake(1, { days: 1, idleDays: 1 })]), 1), 'hold')
})

test('gives up what it holds only for something clearly better', () => {
  const means = { ...MEANS, quota: 1e8 }
  const held = stake(1, { price: 0n })
  const little = chosen([ware(1), ware(2, { day: 8, week: 56 })], [held], means)
  assert.equal(actOf(little, 1), 'hold')
  assert.equal(actOf(little, 2), 'pass')
  const clearly = chosen([ware(1), ware(2, { day: 20, week: 140 })], [held], means)
  assert.equal(actOf(clearly, 1), 'drop')
  assert.equal(actOf(clearly, 2), 'buy')
})

test('stops buying when the upload is used up', () => {
  const uplink = 2e8
  const choices = chosen([ware(1), ware(2), ware(3)], [], { ...MEANS, uplink })
  assert.deepEqual(
    choices.map(({ act }) => act),
    ['buy', 'pass', 'pass'],
  )
})

test('learns from what it earned how large its part of a sale is', () => {
  const wares = [ware(1)]
  const poor = fitOf({ wares, stakes: [stake(1, { earned: 0n, fair: 50_000_000 })] })
  const rich = fitOf({ wares, stakes: [stake(1, { earned: 100_000_000n, fair: 50_000_000 })] })
  assert.ok(poor < 0.2)
  assert.ok(rich > 1.5)
  assert.equal(fitOf({ wares, stakes: [] }), 1)
})

test('says when an amount is back, and when never', () => {
  assert.equal(daysUntil(0n, [1]), 0)
  assert.equal(daysUntil(15n, [10, 10, 10]), 1.5)
  assert.equal(daysUntil(31n, [10, 10, 10]), undefined)
})

const aWare = fc.record({
  bytes: fc.integer({ min: 1, max: 4e9 }),
  pieces: fc.integer({ min: 1, max: 65_536 }),
  price: fc.bigInt({ min: 0n, max: 10n ** 18n }),
  reward: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  sellers: fc.nat(1000),
  day: fc.nat(10_000),
  week: fc.nat(100_000),
})
const someMeans = fc.record({
  quota: fc.nat(10_000_000_000),
  budget: fc.bigInt({ min: 0n, max: 10n ** 19n }),
  uplink: fc.option(fc.nat(1e12), { nil: undefined }),
  horizonDays: fc.integer({ min: 1, max: 365 }),
})

test('in no market does it pass quota or budget, or buy what it holds or must not', () => {
  const held = fc.array(
    fc.record({ days: fc.nat(60), idleDays: fc.nat(60), earned: fc.bigInt({ min: 0n, max: 9n }) }),
  )
  fc.assert(
    fc.property(fc.array(aWare, { maxLength: 30 }), someMeans, held, (drawn, means, kept) => {
      const wares = drawn.map((one, number) => ware(number, one))
      const stakes = kept.map((one, number) => stake(number, one))
      const without = new Set([cidOf(wares.length - 1)])
      const choices = choose({ wares, stakes, past: () => [], without }, means)
      assert.equal(choices.length, wares.length)
      const bought = choices.filter(({ act }) => act === 'buy')
      const taken = choices.filter(({ act }) => act === 'buy' || act === 'hold')
      const bytes = taken.reduce((sum, one) => sum + one.ware.bytes, 0)
      const cost = bought.reduce((sum, one) => sum + one.ware.price, 0n)
      assert.ok(bytes <= means.quota && cost <= means.budget)
      const known = new Set(stakes.map(({ cid }) => cid))
      assert.ok(bought.every(({ ware: { cid } }) => !known.has(cid) && !without.has(cid)))
      const held = choices.filter(({ act }) => act === 'hold' || act === 'drop')
      assert.ok(held.every(({ ware: { cid } }) => known.has(cid)))
    }),
  )
})
