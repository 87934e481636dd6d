/** The screen of seeding: what earned when, why not more, and what earn does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EarningsRow, EarnState, Totals } from '../../client/local/rows.js'
import { groupHours } from '../../client/ui/seeding/income-chart.js'
import { HOURS, type SeedRow, seedRows } from '../../client/ui/seeding/seed-rows.js'
import { seedingScreen } from '../../client/ui/seeding/seeding-screen.js'
import type { SeedingAction, SeedingState } from '../../client/ui/seeding/seeding-state.js'
import { whyLittle } from '../../client/ui/seeding/why-little.js'
import type { World } from '../../client/ui/world.js'
import { cidOf, Driven, OFFER, PROVIDER, SMALL, transferOf, WIDE, worldOf } from './trade-world.js'

const NOW = 1_790_000_000_000
const complete = { left: 0, have: 400, state: 'seeding', downRate: 0, exposed: 0n } as const
const film = transferOf(1, { ...complete, name: 'A film', earned: 990_000n })
const album = transferOf(2, { ...complete, name: 'Album', earned: 10_000n, upRate: 0, peers: 0 })

/** A week of hours with these amounts at its end. */
function week(...last: bigint[]): bigint[] {
  return [...new Array<bigint>(HOURS - last.length).fill(0n), ...last]
}

function earned(number: number, name: string, hours: readonly bigint[]): EarningsRow {
  return { cid: cidOf(number), name, provider: PROVIDER, currency: 'credit', hours }
}

const rows = [
  earned(1, 'A film', week(500_000n, 0n, 120_000n)),
  earned(2, 'Album', week(10_000n, ...new Array<bigint>(30).fill(0n))),
  earned(9, 'Removed', week(40_000n)),
]
const offers = [
  { ...OFFER, cid: cidOf(1) },
  { ...OFFER, cid: cidOf(2), week: 0 },
]
const totals: Totals = {
  ...{ version: '0.1.0', pid: 7, started: NOW, port: 6881, reached: true },
  ...{ downRate: 0, upRate: 0, transfers: 2, problems: [] },
}
const EARN: EarnState = {
  ...{ on: true, quota: 10_000_000_000, used: 3_200_000_000, traffic: 120_000_000_000 },
  ...{ trafficCap: 500_000_000_000, budget: 5_000_000n, invested: 3_200_000n, earned: 400_000n },
  choices: [
    {
      ...{ cid: cidOf(1), name: 'A film', state: 'held', bytes: 691_000_000, price: 2_000_000n },
      ...{ daily: 430_000n, breakEven: 4.6, earned: 400_000n, why: 'brings 0.62 per GB a day' },
    },
    {
      ...{ cid: cidOf(5), name: 'Old', state: 'dropped', bytes: 10, price: 1n, daily: 0n },
      ...{ earned: 0n, why: 'nobody bought it for 14 days' },
    },
  ],
}

function market(own: Partial<World> = {}): World {
  return worldOf(
    [film, album],
    { earnings: { from: NOW, rows }, offers: { offers, problems: [] } },
    { totals, earn: EARN, ...own },
  )
}

class Seeding extends Driven<SeedingState, SeedingAction> {
  constructor(world = market(), size = SMALL) {
    super(seedingScreen, world, size)
  }
}

test('sums by the hour, the day, the week; each content with its own, the best first', () => {
  const { text } = new Seeding()
  assert.match(
    text,
    /credit: this hour 0\.16 {2}24 hours 0\.66 \(0\.0275 an hour\) {2}7 days 0\.67/,
  )
  assert.match(text, /Name +This hour +24 hours▾ +7 days +Earned/)
  assert.match(text, /A film +0\.12 +0\.62 +0\.62 +0\.99[\s\S]*Removed +0\.04 +0\.04[\s\S]*Album/)
})

test('what hours say adds up to what the rows and the chart show', () => {
  const all = seedRows(market())
  assert.equal(
    all.reduce((sum, { week }) => sum + week, 0n),
    670_000n,
  )
  for (const group of [1, 2, 3, 24]) {
    const sums = groupHours(week(1n, 2n, 3n), HOURS, group)
    assert.equal(sums.length, HOURS / group)
    assert.equal(
      sums.reduce((sum, each) => sum + each, 0n),
      6n,
    )
  }
  assert.deepEqual(groupHours([5n], 2, 1), [0n, 5n], 'what is missing earned nothing')
})

test('the chart shows a day or a week, of all or of the chosen content', () => {
  const seeding = new Seeding(market(), WIDE)
  assert.match(seeding.text, /all contents: credit in an hour, top 0\.50/)
  assert.match(seeding.text, /█████/)
  assert.match(seeding.text, /24 hours ago +now/)
  assert.match(seeding.press('span').text, /7 days ago +now/)
  assert.match(seeding.press('single').text, /A film: credit in an hour, top 0\.50/)
  assert.match(seeding.press('last').text, /Album: credit in an hour, top 0\.01/)
  assert.match(new Seeding().press('span').text, /credit in 3 hours, top 0\.66/)
})

/** The reasons of one content that is for sale. */
function reasons(own: Partial<SeedRow['transfer']>, offer = OFFER, all: Partial<Totals> = {}) {
  const world = worldOf([transferOf(1, { ...complete, ...own })], {
    offers: { offers: [offer], problems: [] },
  })
  const [row] = seedRows(world)
  assert.ok(row)
  return whyLittle(row, { ...totals, ...all }).join('; ')
}

test('why little: what stops it stands alone, then our own limits, then the market', () => {
  const idle = { upRate: 0, peers: 0 }
  const problem = { code: 'disk-full', message: 'the disk is full', advice: 'make room' }
  assert.equal(reasons({ problem }), 'the disk is full: make room')
  assert.match(reasons({ state: 'paused' }), /^it is paused: p in Transfers/)
  assert.equal(reasons(idle), '12 sellers share 70 purchases in 7 days; no buyer is connected now')
  assert.match(reasons(idle, OFFER, { reached: false }), /^others cannot .* forward port 6881/)
  const limited = reasons(idle, OFFER, { upLimit: 1_000_000, upRate: 950_000 })
  assert.match(limited, /^the upload limit of 1\.00 MB\/s is used up/)
  assert.match(reasons({ ...idle, exposed: 20_000n }), /^buyers owe 0\.02: until they pay/)
  assert.match(reasons({ ...idle, have: 100, left: 1 }), /only 25 % of it is here/)
  assert.match(
    reasons(idle, { ...OFFER, week: 0 }),
    /^its provider counted no purchase of it in 7 days$/,
  )
  assert.match(reasons(idle, { ...OFFER, sellers: 1, week: 1 }), /^you are alone with 1 purchase/)
  assert.match(reasons({ upRate: 5000 }), /^it is being sold now; 12 sellers share/)
})

test('the chosen content says why in the panel; Enter goes to it', () => {
  const seeding = new Seeding().press('last')
  assert.match(seeding.text, /── Album ─+\n · its provider counted no purchase/)
  seeding.press('open')
  assert.deepEqual(seeding.lastEffect(), { effect: 'go', screen: 'transfers', cid: cidOf(2) })
  seeding.press('up', 'open')
  assert.deepEqual(seeding.lastEffect(), { effect: 'go', screen: 'shop', cid: cidOf(9) })
})

test('earn: what it may do, what it did, and why each content was chosen or dropped', () => {
  const seeding = new Seeding().press('right')
  assert.match(seeding.text, /earn is at work/)
  assert.match(seeding.text, /disk 3\.20 GB of 10\.0 GB, traffic this month 120 GB of 500 GB/)
  assert.match(seeding.text, /spent 3\.20 of 5\.00 +, earned 0\.40/)
  assert.match(seeding.text, /A film +held .* 0\.43 +4\.6 d +0\.40 brings/)
  assert.match(seeding.press('down').text, /── Old ─+\n.*nobody bought it for 14 days/)
  assert.ok(seeding.deep)
  const order = seeding.state.sort
  assert.match(JSON.stringify(seeding.press('sort').lastEffect()), /no table here to sort/)
  assert.equal(seeding.state.sort, order, 'the contents are not seen')
  assert.equal(seeding.press('back').deep, false)
  const resting = market({ earn: { ...EARN, resting: 'you are at the keyboard' } })
  assert.match(new Seeding(resting).press('right').text, /rests: you are at the keyboard/)
  const off = worldOf([film], {})
  assert.match(new Seeding(off).press('right').text, /earn is not at work here/)
})

test('moneys of two providers stay apart', () => {
  const other = { ...rows[0], provider: 'e'.repeat(64), currency: 'coin', cid: cidOf(3) }
  const earnings = { from: NOW, rows: [...rows, other as EarningsRow] }
  const { text } = new Seeding(worldOf([film, album], { earnings }, { totals }))
  assert.match(text, /credit: this hour 0\.16[\s\S]*coin: this hour 0\.12/)
})

test('nothing for sale says what to do', () => {
  assert.match(new Seeding(worldOf([])).text, /nothing is for sale yet[\s\S]*1 is the shop/)
  assert.match(
    new Seeding().send({ input: 'search', text: 'zzz', done: true }).text,
    /nothing for sale is named "zzz"/,
  )
})

test('all time is never shown as less than a week of it', () => {
  const [late] = seedRows(worldOf([{ ...film, earned: 0n }], { earnings: { from: NOW, rows } }))
  assert.deepEqual([late?.name, late?.earned, late?.week], ['A film', 620_000n, 620_000n])
})
