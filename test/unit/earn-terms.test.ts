/** What a person lets earn do, when it rests by that, and what it sees of a market. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { choose } from '../../client/earn/chooser.js'
import { parseHours } from '../../client/earn/hours.js'
import { whyRest } from '../../client/earn/rest.js'
import { dayOf, demandOf, pastOf, sightOf, waresOf } from '../../client/earn/sight.js'
import { earnState } from '../../client/earn/state.js'
import { readAgreement } from '../../client/earn/terms.js'
import { Limiter } from '../../client/engine/limiter.js'
import type { Agreement } from '../../client/pay/wallet/earn.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import { earnHead, earnTable } from '../../client/ui/earn.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { DAY_MS } from '../../shared/units.js'
import { folder } from '../engine-content.js'

const ONE = '11'.repeat(32) as Fingerprint
const [A, B, C, D] = ['aa', 'bb', 'cc', 'dd'].map((digits) => digits.repeat(20)) as [
  Cid,
  Cid,
  Cid,
  Cid,
]
const PLACES = { home: '/home/earn', folder: '/work' }

function agreed(values: Record<string, string>, before?: Agreement): Agreement {
  return must(readAgreement(values, ONE, before, PLACES))
}

test('terms are read once, kept, changed one by one, and taken away by none', () => {
  const first = agreed({ quota: '1.5TB', budget: '2.50', idle: '10m', upload: '2MB', load: '1.5' })
  assert.deepEqual(first, {
    ...{ fingerprint: ONE, on: true, quota: 1.5e12, budget: 2_500_000n, folder: '/home/earn' },
    ...{ traffic: null, upLimit: 2e6, hours: null, idleMs: 600_000, load: 1.5 },
  })
  const later = agreed({ traffic: '500GB', idle: 'none', folder: 'here' }, first)
  assert.deepEqual(later, { ...first, traffic: 5e11, idleMs: null, folder: '/work/here' })
})

test('what is wrong with a term is said, with the right form', () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{}, /--quota 20GB --budget 5\.00/],
    [{ quota: '1GB' }, /--quota 20GB --budget 5\.00/],
    [{ quota: '1GB/s', budget: '1' }, /--quota: .* is not a size/],
    [{ quota: '1GB', budget: '-1' }, /--budget/],
    [{ quota: '1GB', budget: '1', load: '0' }, /--load: .* is not a load/],
    [{ quota: '1GB', budget: '1', hours: 'now' }, /--hours: .*time table/],
  ]
  for (const [values, message] of wrong) {
    const read = readAgreement(values, ONE, undefined, PLACES)
    assert.ok(refused(read))
    assert.equal(read.code, 'usage')
    assert.match(read.message, message)
  }
})

const RULES = { on: true, hours: null, idleMs: null, load: null, traffic: null }
const MOMENT = { wall: { day: 1, minute: 60 }, idleMs: 0, load: 9, traffic: 1e12, lastSecond: 1e6 }

test('it rests by each rule alone, and by none while there is none', () => {
  assert.equal(whyRest(RULES, MOMENT), undefined)
  assert.match(whyRest({ ...RULES, on: false }, MOMENT) ?? '', /it is off/)
  const hours = must(parseHours('tue 2-3'))
  assert.match(whyRest({ ...RULES, hours }, MOMENT) ?? '', /tue 2-3; it goes on tue 02:00/)
  assert.match(whyRest({ ...RULES, idleMs: 300_000 }, MOMENT) ?? '', /goes on after 5m00s/)
  assert.equal(whyRest({ ...RULES, idleMs: 300_000 }, { ...MOMENT, idleMs: 300_000 }), undefined)
  assert.match(whyRest({ ...RULES, load: 9 }, MOMENT) ?? '', /by 9\.0, above 9/)
  assert.equal(whyRest({ ...RULES, load: 9.1 }, MOMENT), undefined)
})

test('it stops before the cap of a month, not behind it', () => {
  const cap = 1e12 + 2e6
  assert.match(whyRest({ ...RULES, traffic: cap }, MOMENT) ?? '', /traffic of 1\.00 TB is used up/)
  assert.equal(whyRest({ ...RULES, traffic: cap }, { ...MOMENT, lastSecond: 1e5 }), undefined)
})

const LISTED = [A, B, C].map((cid, at) => ({
  ...{ cid, name: `content ${at}`, size: 1e6, pieces: 10, files: 1, price: 1_000_000n },
  ...{ reward: 90_000n, n: 8, b: 8, mode: 'open', sellers: 3, downloaders: 0, day: 5, week: 35 },
})) as unknown as Parameters<typeof waresOf>[0]['listed']

const SHOWN = { listed: LISTED, gone: [] }

async function opened(t: TestContext): Promise<Wallet> {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  wallet.earn.agree(agreed({ quota: '2MB', budget: '10' }))
  return wallet
}

function look(wallet: Wallet, now: number, free = 1e9, selling: readonly Cid[] = []) {
  const agreement = wallet.earn.agreement() as Agreement
  const avoided = new Set<Cid>()
  return sightOf({
    ...{ wallet, agreement, listed: LISTED, gone: [], avoided, free, now },
    selling: new Set(selling),
  })
}

test('this home is no rival of itself', () => {
  const wares = waresOf({ listed: LISTED, gone: [], selling: new Set([A]) })
  assert.deepEqual(
    wares.map(({ sellers }) => sellers),
    [2, 3, 3],
  )
})

test("the person's contents and those given up are not bought; what is held counts", async (t) => {
  const wallet = await opened(t)
  const now = 100 * DAY_MS
  wallet.contents.put({ cid: A, fingerprint: null, torrent: new Uint8Array(1), folder: '/x' })
  wallet.earn.reserve(ONE, B, 1_000_000n, now)
  wallet.earn.complete(ONE, B, now - 3 * DAY_MS)
  for (const day of [97, 98, 99]) {
    wallet.earn.observe(ONE, [{ cid: B, day, bought: 4, sellers: 1 }], 0)
  }
  const { means, sight } = look(wallet, now)
  assert.deepEqual(sight.without, new Set([A]))
  assert.equal(means.budget, 9_000_000n)
  assert.equal(sight.stakes[0]?.days, 3)
  // Days 98 and 99 are whole: 4 sales of 0.90, shared by two.
  assert.equal(sight.stakes[0]?.fair, 2 * 4 * 450_000)
  wallet.earn.mark(ONE, B, 'dropped')
  const later = look(wallet, now)
  assert.deepEqual(later.sight.without, new Set([A, B]))
  assert.equal(later.means.budget, 9_000_000n, 'it was paid')
})

test('the quota is what the disk has room for, but what is held is never in its way', async (t) => {
  const wallet = await opened(t)
  wallet.earn.reserve(ONE, B, 1n, 0)
  assert.equal(look(wallet, 0).means.quota, 2e6)
  assert.equal(look(wallet, 0, 5e5).means.quota, 1.5e6)
  assert.equal(look(wallet, 0, -5e9).means.quota, 1e6)
})

test('what the provider withdrew takes its place, and is given up in time', async (t) => {
  const wallet = await opened(t)
  const now = 100 * DAY_MS
  const terms = { pieces: 10, price: 1_000_000n, reward: 90_000n }
  const none = { sellers: 0, day: 0, week: 0 }
  const gone = [{ cid: D, name: 'withdrawn', bytes: 15e5, ...terms, ...none }]
  wallet.earn.reserve(ONE, D, 1_000_000n, now - 30 * DAY_MS)
  for (let day = 60; day < 80; day++) {
    wallet.earn.observe(ONE, [{ cid: D, day, bought: 9, sellers: 1 }], 0)
  }
  const seen = (at: number) => {
    wallet.earn.observe(ONE, demandOf(gone, at), 0)
    const agreement = wallet.earn.agreement() as Agreement
    const some = { selling: new Set<Cid>(), avoided: new Set<Cid>(), free: 1e9 }
    const { means, sight } = sightOf({ wallet, agreement, ...SHOWN, gone, ...some, now: at })
    return choose(sight, means)
  }
  for (let day = 80; day < 100; day++) seen(day * DAY_MS)
  wallet.earn.complete(ONE, D, now)
  const held = seen(now).find(({ ware }) => ware.cid === D)
  assert.equal(held?.act, 'hold', 'it is new here')
  const bytes = seen(now).reduce((sum, { act, ware }) => sum + (act === 'pass' ? 0 : ware.bytes), 0)
  assert.ok(bytes <= 2e6, 'the quota counts it')
  for (let day = 101; day < 115; day++) seen(day * DAY_MS)
  assert.equal(seen(115 * DAY_MS).find(({ ware }) => ware.cid === D)?.act, 'drop')
})

test('a day is what was seen in it; days that nobody looked are as the others', async (t) => {
  const wallet = await opened(t)
  const now = 7.5 * DAY_MS
  wallet.earn.observe(ONE, demandOf(waresOf({ ...SHOWN, selling: new Set() }), now), 0)
  const rows = wallet.earn.demand(ONE).get(A) ?? []
  assert.deepEqual(rows, [{ cid: A, day: dayOf(now), bought: 5, sellers: 3 }])
  assert.deepEqual(pastOf(rows, 7), [], 'today is not over')
  const seen = [rows[0], { cid: A, day: 9, bought: 1, sellers: 1 }] as typeof rows
  assert.deepEqual(
    pastOf(seen, 10).map(({ bought, sellers }) => [bought, sellers]),
    [
      [5, 3],
      [3, 2],
      [1, 1],
    ],
  )
})

test('what is shown says what it holds and why, control characters as symbols', async (t) => {
  const wallet = await opened(t)
  const agreement = wallet.earn.agreement()
  const [listed] = LISTED
  const ware = waresOf({ ...SHOWN, selling: new Set() })[0]
  assert.ok(listed && ware)
  const choice = { act: 'buy', daily: 123_456n, breakEven: 2.25, why: 'it sells' } as const
  const evil = { ...ware, name: 'a\u001b[31m' }
  const state = earnState({
    ...{ wallet, agreement, traffic: 5e9, resting: undefined },
    choices: [{ ...choice, ware: evil }],
  })
  const lines = [...earnHead(state, 'coin'), ...earnTable(state, 10)].join('\n')
  assert.match(lines, /earn is at work\ndisk 0 B of 2\.00 MB, traffic this month 5\.00 GB\n/)
  assert.match(lines, /spent 0\.00 of 10\.00 coin, earned 0\.00 coin/)
  assert.match(lines, /\+ buy +1\.00 MB +1\.00 +0\.12 +2\.3 d +0\.00 +a␛\[31m\n +it sells/)
  assert.ok(lines.split('\n').every((line) => line.length <= 80))
})

test('a limiter before another one holds its own rate, and has turns in both', async () => {
  let time = 0
  const now = (): number => time
  const all = new Limiter(undefined, now)
  const lane = new Limiter(1_000_000, now, all)
  let granted = 0
  const asker = { debt: 0 }
  const first = lane.enter(asker, 16_384)?.then(() => granted++)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(granted, 0, 'its bucket is empty')
  time = 100
  lane.limit = 2_000_000
  time = 200
  await first
  assert.equal(granted, 1)
  assert.equal(all.enter({ debt: 0 }, 16_384), undefined, 'others do not wait for it')
  lane.limit = undefined
  lane.leave()
  assert.equal(lane.enter(asker, 16_384), undefined, 'no limit, and a turn is free in both')
})
