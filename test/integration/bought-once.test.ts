/** What several hands do to one content at the same time is paid once and lies where it lay. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi, Running } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'
import { rowOf } from './updates.js'

const PIECE_BYTES = 16_384
const OFFER = { bytes: 12 * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '2', reward: '0.01' }
const PRICE = 2_000_000n
const LOCAL = ['--host', '127.0.0.1', '--request-timeout', '1s']

/** A daemon of ann's, and what it serves. */
interface Opened {
  readonly market: Market
  readonly seller: Program
  readonly daemon: Program
  readonly api: LocalApi
  readonly cid: Cid
  readonly folder: string
}

/** A daemon that has bought and fetched the content. */
async function open(t: TestContext): Promise<Opened> {
  const market = await Market.open(OFFER)
  t.after(() => market.close())
  await market.member('ann', '5')
  await market.member('bob')
  const seller = await market.seller('bob', '--data', market.folder)
  const { api, daemon } = await daemonOf(market)
  const [cid, folder] = [market.cid as Cid, market.home('ann-out')]
  must(await api.call('buy', { cid, price: PRICE, folder }))
  await rowOf(api, ({ state }) => state === 'seeding')
  return { market, seller, daemon, api, cid, folder }
}

async function daemonOf(market: Market): Promise<{ api: LocalApi; daemon: Program }> {
  const daemon = market.start('ann', 'daemon', ...LOCAL)
  await daemon.until('ready')
  return { daemon, api: must(attach(placeOf(homeAt(market.home('ann')), process.env))) }
}

async function spentOf(market: Market): Promise<unknown> {
  return doneOf(await floodgate(market.home('ann'), 'wallet')).spent
}

/** Spoils two pieces while nobody sells the content: they can only be bought again. */
async function strand({ api, cid, folder, seller }: Opened): Promise<void> {
  doneOf(await seller.stop())
  must(await api.call('pause', { cids: [cid] }))
  const path = join(folder, 'content.bin')
  const file = readFileSync(path)
  for (const piece of [2, 9]) {
    file.writeUInt8(255 ^ file.readUInt8(piece * PIECE_BYTES), piece * PIECE_BYTES)
  }
  writeFileSync(path, file)
  must(await api.call('resume', { cids: [cid] }))
  await rowOf(api, ({ problem }) => problem?.code === 'stranded')
}

/** A relayed `get` at a terminal; resolves with its question once that is asked. */
function asked({
  api,
  cid,
  folder,
  market,
}: Opened): Promise<{ running: Running; question: string; text: string }> {
  return new Promise((resolve) => {
    const words = ['get', cid, '--out', folder]
    const where = { folder: market.folder, live: true, interactive: true, columns: 80 }
    const running = api.run({ words, ...where }, ({ question }) => {
      if (question !== undefined) resolve({ running, ...question })
    })
  })
}

test('pieces that are bought while a question about them is open are paid once', async (t) => {
  const opened = await open(t)
  const { api, cid, folder, market } = opened
  await strand(opened)
  const { question, running, text } = await asked(opened)
  assert.match(text, /^Pay 0\.02/)
  must(await api.call('buy', { cid, price: 20_000n }))
  assert.equal(await spentOf(market), '2020000')
  must(await api.call('answer', { question, answer: 'y' }))
  await market.member('carol')
  const carol = await market.seller('carol', '--data', market.folder)
  assert.equal((await running.exit).code, 0)
  assert.equal(sha256Of(readFileSync(join(folder, 'content.bin'))), market.sha256)
  assert.equal(await spentOf(market), '2020000')
  doneOf(await carol.stop())
  await market.verify()
})

test('a get that names another folder leaves a content where it lies', async (t) => {
  const { api, daemon, folder, market } = await open(t)
  const other = market.home('other')
  const { events, status } = await floodgate(market.home('ann'), 'get', market.cid, '--out', other)
  assert.equal(status, 2)
  assert.match(String(events.at(-1)?.message), /is at work in .*ann-out; remove it first/)
  must(await api.call('stop', {}))
  doneOf(await daemon.ended)
  const again = await daemonOf(market)
  const row = await rowOf(again.api, ({ state }) => state === 'seeding' || state === 'waiting')
  assert.deepEqual([row.folder, row.left], [folder, 0])
  assert.equal(existsSync(join(other, 'content.bin')), false)
})
