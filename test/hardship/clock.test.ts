/**
 * Clocks that are wrong by an hour, a day and 400 days, both ways: of members before and during a
 * trade, and of the tracker. Members go by the tracker's signed time (D11), so theirs costs
 * nothing; a tracker whose clock cannot be right says so before it moves money.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, type Start } from '../integration/programs.js'
import { audit } from './audit.js'
import { clockOff, clockOffBy, NO_CLOCKS } from './clock.js'

const ALL = process.env.FLOODGATE_TEST_ALL !== undefined
const SHIFTS = ALL ? ['1h', '1d', '400d'] : ['1d', '400d']
const PIECES = 24
const PIECE_BYTES = 65_536
/** From one jump of a clock to the next, while a download is under way. */
const JUMP_MS = 1500

let market: Market
const starts = new Map<string, Start>()
const members: Record<string, string> = {}
const files: string[] = []

before(async () => {
  if (NO_CLOCKS !== false) return
  const offer = { bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES }
  // A provider that is older than any clock here goes back.
  starts.set('tracker', clockOff('-2d'))
  market = await Market.open({ ...offer, price: '1', reward: '0.01' }, { starts })
  await market.stopTracker('SIGINT')
  starts.delete('tracker')
  await market.startTracker()
  members.seller = await market.member('seller')
})
after(async () => {
  if (NO_CLOCKS === false) await market.close()
})

const get = (name: string, ...more: readonly string[]) =>
  market.start(name, 'get', market.cid, '--out', market.home(`out-${name}`), ...more)

for (const shift of SHIFTS) {
  for (const [sign, opposite] of ['+-', '-+']) {
    test(`members ${sign}${shift} and ${opposite}${shift} off`, { skip: NO_CLOCKS }, async () => {
      const [ann, ben] = [`ann${sign}${shift}`, `ben${sign}${shift}`]
      starts.set('seller', clockOff(`${opposite}${shift}`))
      const seller = await market.seller('seller', '--up-limit', '1MB')
      members[ann] = await market.member(ann, '3')
      const first = get(ann, '--yes')
      await first.until('progress', ({ pieces }) => Object.keys(pieces as object).length > 0)
      assert.equal((await first.stop('SIGINT')).events.at(-1)?.code, 'interrupted')
      starts.set(ann, clockOff(`${sign}${shift}`))
      assert.equal(doneOf(await get(ann).ended).paid, '1000000', 'paid once, nothing asked again')
      starts.set(ben, clockOff(`${sign}${shift}`))
      members[ben] = await market.member(ben, '3')
      assert.equal(doneOf(await get(ben, '--yes').ended).paid, '1000000')
      const { earned } = doneOf(await seller.stop())
      assert.equal(earned, String(2 * PIECES * 10_000), 'the seller was paid for every piece')
      files.push(...[ann, ben].map((name) => join(market.home(`out-${name}`), 'content.bin')))
    })
  }
}

/** A member buys, downloads and is paid for, under whatever clock the tracker has. */
async function trade(name: string): Promise<void> {
  const seller = await market.seller('seller')
  members[name] = await market.member(name, '3')
  assert.equal(doneOf(await get(name, '--yes').ended).paid, '1000000')
  doneOf(await seller.stop())
  files.push(join(market.home(`out-${name}`), 'content.bin'))
}

test('a clock that jumps while they trade', { skip: NO_CLOCKS }, async () => {
  const file = join(market.folder, 'clock')
  writeFileSync(file, '+0')
  for (const name of ['seller', 'fay']) starts.set(name, clockOffBy(file))
  members.fay = await market.member('fay', '3')
  const seller = await market.seller('seller', '--up-limit', '300k')
  const getting = get('fay', '--yes')
  await getting.until('progress')
  writeFileSync(file, '+400d')
  await wait(JUMP_MS)
  writeFileSync(file, '-400d')
  assert.equal(doneOf(await getting.ended).paid, '1000000')
  doneOf(await seller.stop())
  files.push(join(market.home('out-fay'), 'content.bin'))
})

for (const shift of ALL ? ['-1h', '-1d', '-400d', '+400d'] : ['-1h', '+400d']) {
  test(`a tracker ${shift} off says so and does not serve`, { skip: NO_CLOCKS }, async () => {
    await market.stopTracker('SIGINT')
    starts.set('tracker', clockOff(shift))
    await assert.rejects(market.startTracker(), /clock of this machine/)
  })
}

test('a tracker whose clock is set 400 days ahead stops', { skip: NO_CLOCKS }, async () => {
  const file = join(market.folder, 'clock')
  writeFileSync(file, '+0')
  starts.set('tracker', clockOffBy(file))
  const serving = await market.startTracker()
  writeFileSync(file, '+400d')
  const { events, status } = await serving.ended
  assert.deepEqual([status, events.at(-1)?.code], [1, 'clock-wrong'])
})

for (const shift of ALL ? ['+1h', '+1d'] : ['+1d']) {
  test(`a tracker ${shift} off serves, and again when it is set right`, {
    skip: NO_CLOCKS,
  }, async () => {
    starts.set('tracker', clockOff(shift))
    await market.startTracker()
    await trade(`gil${shift}`)
    await market.stopTracker('SIGINT')
    starts.delete('tracker')
    await assert.rejects(market.startTracker(), /clock-wrong/)
    await market.startTracker('--clock-checked')
    await trade(`hal${shift}`)
    await market.stopTracker('SIGINT')
  })
}

test('wallet, statement and ledger agree about each', { skip: NO_CLOCKS }, async () => {
  await market.startTracker('--clock-checked')
  await audit(market, { members, files })
})
