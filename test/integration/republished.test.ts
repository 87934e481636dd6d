/**
 * A content that is published again at another reward: each piece counts at the reward of its
 * grant, whatever torrent the seller or the buyer has.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import { placeOf } from '../../client/local/place.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { STRANGERS_MAX_PIECES } from '../../shared/limits.js'
import { Market } from './market.js'
import { doneOf, floodgate } from './programs.js'
import { rowOf } from './updates.js'

const PIECES = 24
const FIRST = { price: '1', reward: '0.02', millionths: 20_000n }
const LATER = { price: '3', reward: '0.1', millionths: 100_000n }

let market: Market
before(async () => {
  const { price, reward } = FIRST
  market = await Market.open({ bytes: PIECES * 16_384, pieceLength: 16_384, price, reward })
})
after(() => market.close())

/** A new member buys by a torrent and pays for every piece. */
async function buys(name: string, torrent: string): Promise<string> {
  const uid = await market.member(name, '5')
  const to = market.home(`${name}-files`)
  doneOf(await market.start(name, 'get', torrent, '--out', to, '--yes').ended)
  return uid
}

/** Publishes the content at the later reward; gives its torrent. */
async function publishAgain(): Promise<string> {
  const newer = join(market.folder, 'newer.torrent')
  const terms = ['--price', LATER.price, '--reward', LATER.reward, '--complaint-window', '1s']
  const form = ['--piece-length', '16384', '--out', newer]
  const file = join(market.folder, 'content.bin')
  const again = doneOf(await market.desk('publish', file, ...terms, ...form))
  assert.equal(again.cid, market.cid, 'the same content')
  return newer
}

test('what a seller earned is shown at the reward of each grant', async () => {
  await market.member('seller')
  const seller = await market.seller('seller', '--data', market.folder)
  await market.member('dora', '5')
  doneOf(await market.start('dora', 'buy', market.torrent, '--yes').ended)
  const ann = await buys('ann', market.torrent)
  const newer = await publishAgain()
  const bob = await buys('bob', newer)
  const [old, dear] = [FIRST, LATER].map(({ millionths }) => BigInt(PIECES) * millionths)
  const all = (old as bigint) + (dear as bigint)

  const ended = await seller.stop()
  assert.equal(doneOf(ended).earned, String(all), 'what seed says at its end')
  const home = market.home('seller')
  doneOf(await floodgate(home, 'claim'))
  const daemon = market.start('seller', 'daemon', '--host', '127.0.0.1')
  await daemon.until('ready')
  const api = must(attach(placeOf(homeAt(home), process.env)))
  const row = await rowOf(api, ({ earned }) => earned !== undefined && earned > 0n)
  assert.equal(row.earned, all, 'the row of the screen')
  const { counterparts, worst } = must(await api.call('detail', { cid: market.cid as Cid }))
  assert.deepEqual(
    new Map(counterparts.map(({ earned, sold, uid }) => [uid, [sold, earned]])),
    new Map([
      [ann, [PIECES, old]],
      [bob, [PIECES, dear]],
    ]),
  )
  assert.equal(
    worst,
    BigInt(STRANGERS_MAX_PIECES) * LATER.millionths,
    'strangers may be as bob was',
  )
  const charts = must(await api.call('earnings', { hours: 2 })).rows
  const hours = charts.flatMap((chart) => chart.hours)
  assert.equal(
    hours.reduce((sum, each) => sum + each, 0n),
    all,
    'the chart',
  )
  const wallet = doneOf(await floodgate(home, 'wallet'))
  assert.deepEqual([wallet.earned, wallet.agrees], [String(all), true])
  doneOf(await daemon.stop())
  await market.verify()
})

test('what a buyer owes and has left is shown at the reward of its grant', async () => {
  const home = market.home('dora')
  // So slow that something is under way whenever it is looked at.
  const slow = ['--host', '127.0.0.1', '--down-limit', '10kB/s']
  const daemon = market.start('dora', 'daemon', ...slow)
  await daemon.until('ready')
  const newer = join(market.folder, 'newer.torrent')
  const to = ['--out', market.home('dora-files'), '--detach', '--yes']
  doneOf(await floodgate(home, 'get', newer, ...to))
  const api = must(attach(placeOf(homeAt(home), process.env)))
  const whole = must(await api.call('detail', { cid: market.cid as Cid }))
  assert.deepEqual([whole.tokens, whole.unspent], [PIECES, BigInt(PIECES) * FIRST.millionths])

  const seller = await market.seller('seller', '--data', market.folder)
  const { owing = 0n, reward } = await rowOf(api, (row) => (row.owing ?? 0n) > 0n)
  assert.equal(reward, LATER.millionths, 'the torrent here has the later terms')
  assert.equal(owing % FIRST.millionths, 0n)
  assert.ok(owing / FIRST.millionths <= BigInt(whole.n ?? 0), 'no more pieces than n')
  doneOf(await daemon.stop())
  doneOf(await seller.stop())
  await market.verify()
})
