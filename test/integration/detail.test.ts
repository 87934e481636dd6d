/** One content in all detail, and what a person may want of it, over the local API. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { Detail } from '../../client/local/transfer-rows.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { folder, makeContent } from '../engine-content.js'
import { until } from '../until.js'
import { Market } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'

const PIECES = 64
const OFFER = { bytes: PIECES * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }

let market: Market
let seller: string
before(async () => {
  market = await Market.open(OFFER)
  await market.member('house')
  seller = await market.member('ann', '50')
  await market.member('bob', '50')
  await market.seller('house')
})
after(() => market.close())

async function daemonOf(name: string): Promise<{ daemon: Program; api: LocalApi }> {
  const daemon = market.start(name, 'daemon', '--host', '127.0.0.1')
  await daemon.until('ready')
  const api = attach(placeOf(homeAt(market.home(name)), process.env))
  if (refused(api)) throw new Error(api.message)
  return { daemon, api }
}

/** Asks until what is told fits. */
async function detailOf(api: LocalApi, cid: Cid, fits: (detail: Detail) => boolean) {
  let detail: Detail | undefined
  const look = async () => {
    detail = must(await api.call('detail', { cid }))
    return fits(detail) && detail
  }
  return until('the content to stand so', look, { seen: () => detail })
}

test('a paid content tells its pieces, peers, trackers and money to the unit', async () => {
  const cid = market.cid as Cid
  const { api, daemon } = await daemonOf('ann')
  const home = market.home('ann')
  doneOf(await floodgate(home, 'get', cid, '--out', market.home('out'), '--yes'))
  const bought = await detailOf(api, cid, ({ trackers }) => trackers[0]?.state === 'working')
  assert.equal(bought.map, '#'.repeat(PIECES))
  assert.deepEqual(
    bought.files.map(({ bytes, left, name, number, priority }) => [
      ...[number, name, bytes, left, priority],
    ]),
    [[1, 'content.bin', OFFER.bytes, 0, 'normal']],
  )
  assert.deepEqual([bought.tokens, bought.exposed, bought.n], [0, 0n, 4])
  assert.equal(bought.trackers[0]?.url, market.url)
  const [house] = bought.counterparts
  assert.deepEqual([house?.bought, house?.paid, house?.sold], [PIECES, 640_000n, 0])

  // A buyer that has this seller alone: what it pays shows as sold, piece by piece.
  const { port } = must(await api.call('state', {})).totals
  const got = doneOf(
    await market.start(
      'bob',
      ...['get', cid, '--out', market.home('bobs'), '--yes', '--peer', `127.0.0.1:${port}`],
    ).ended,
  )
  const fromAnn = (got.pieces as Record<string, number>)[seller] ?? 0
  const sold = await detailOf(api, cid, ({ map }) => map.split('$').length - 1 === fromAnn)
  const earned = sold.counterparts.reduce((sum, one) => sum + one.earned, 0n)
  assert.equal(earned, BigInt(fromAnn) * 10_000n)
  assert.equal((await daemon.stop()).status, 0)
})

test('files and order are changed while it works, and are so the next time', async (t) => {
  const content = makeContent({ 'a.bin': 200_000, 'b.bin': 200_000 }, 16_384)
  const { cid } = content.metainfo
  const [data, out] = [await folder(t), await folder(t)]
  const torrent = join(data, 'both.torrent')
  writeFileSync(torrent, content.torrent)
  let { api, daemon } = await daemonOf('ann')
  const home = market.home('ann')
  const args = ['--out', out, '--files', 'a.bin']
  doneOf(await floodgate(home, 'get', torrent, '--detach', ...args))
  const first = await detailOf(api, cid, ({ files }) => files.length === 2)
  assert.deepEqual(
    first.files.map(({ priority }) => priority),
    ['normal', 'skip'],
  )
  const files = [
    { number: 1, priority: 'low' },
    { number: 2, priority: 'high' },
  ] as const
  assert.deepEqual(await api.call('priorities', { cid, files }), {})
  assert.deepEqual(await api.call('sequential', { cid, on: true }), {})
  const none = await api.call('priorities', { cid, files: [{ number: 3, priority: 'low' }] })
  assert.equal(refused(none) && none.code, 'usage')
  assert.deepEqual(await api.call('announce', { cids: [cid] }), { refused: [] })
  assert.equal((await daemon.stop()).status, 0)

  ;({ api, daemon } = await daemonOf('ann'))
  const again = await detailOf(api, cid, ({ files }) => files.length === 2)
  assert.deepEqual(
    again.files.map(({ priority }) => priority),
    ['low', 'high'],
  )
  const row = must(await api.call('state', {})).transfers.find((one) => one.cid === cid)
  assert.equal(row?.sequential, true)
  assert.equal((await daemon.stop()).status, 0)
})
