/** Buying through a daemon: the quote says all, and the price that was agreed is paid. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { until } from '../until.js'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'
import { rowOf } from './updates.js'

const PIECE_BYTES = 16_384
const OFFER = { bytes: 12 * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '2', reward: '0.01' }

/** A market with a seller, and a daemon of ann's with so much money. */
async function open(
  t: TestContext,
  credit: string,
): Promise<{
  market: Market
  api: LocalApi
  seller: Program
  daemon: Program
  cid: Cid
}> {
  const market = await Market.open(OFFER)
  t.after(() => market.close())
  await market.member('ann', credit)
  await market.member('bob')
  const seller = await market.seller('bob', '--data', market.folder)
  const daemon = market.start('ann', 'daemon', '--host', '127.0.0.1', '--request-timeout', '1s')
  await daemon.until('ready')
  const api = must(attach(placeOf(homeAt(market.home('ann')), process.env)))
  return { market, api, seller, daemon, cid: market.cid as Cid }
}

const codeOf = (value: unknown) => (refused(value) ? value.code : value)

test('a quote says the whole cost; at another price nothing is bought', async (t) => {
  const { api, cid, market } = await open(t, '5')
  const quote = must(await api.call('quote', { cid }))
  assert.deepEqual([quote.price, quote.spendable], [2_000_000n, 5_000_000n])
  assert.equal(quote.bytes, OFFER.bytes)
  assert.match(quote.terms.join('\n'), /unpaid piece/)
  assert.equal(quote.refused, undefined)
  assert.equal(quote.folder, undefined, 'nobody said where to fetch it')
  const folder = market.home('ann-out')
  const buy = (price: bigint) => api.call('buy', { cid, price, folder })
  assert.equal(codeOf(await buy(1_999_999n)), 'terms-changed')
  assert.equal(codeOf(await buy(0n)), 'terms-changed')
  assert.equal(codeOf(await api.call('buy', { cid, price: 2_000_000n })), 'usage', 'no folder')
  const spent = async () => doneOf(await floodgate(market.home('ann'), 'wallet')).spent
  assert.equal(await spent(), '0', 'nothing was bought by any of these')
  must(await buy(2_000_000n))
  await rowOf(api, ({ state }) => state === 'seeding')
  assert.equal(sha256Of(readFileSync(join(folder, 'content.bin'))), market.sha256)
  assert.equal(await spent(), '2000000')
  assert.equal(must(await api.call('quote', { cid })).price, 0n, 'what is bought costs nothing')
  must(await buy(0n))
  assert.equal(codeOf(await buy(2_000_000n)), 'terms-changed', 'a second yes pays nothing')
  assert.equal(await spent(), '2000000')
})

test('too little money and a cap are said in the quote and hold in the purchase', async (t) => {
  const { api, cid, market } = await open(t, '1')
  const folder = market.home('ann-out')
  const refusal = async () => must(await api.call('quote', { cid })).refused?.code
  assert.equal(await refusal(), 'insufficient-funds')
  const buy = () => api.call('buy', { cid, price: 2_000_000n, folder })
  assert.equal(codeOf(await buy()), 'insufficient-funds')
  // What a verb beside the daemon brings shows in its accounts too.
  const [voucher] = (await market.desk('voucher', 'create', '5')).events
  doneOf(await floodgate(market.home('ann'), 'redeem', String(voucher?.code)))
  const holds = async () => must(await api.call('state', {})).accounts[0]?.spendable
  await until('the money of the voucher', async () => (await holds()) === 6_000_000n)
  assert.equal(await refusal(), undefined)
  const settings = join(market.home('ann'), 'config.toml')
  writeFileSync(settings, 'cap-day = "1.5"\n')
  assert.equal(await refusal(), 'over-cap', 'a change of the file holds at once')
  assert.equal(codeOf(await buy()), 'over-cap')
  writeFileSync(settings, 'cap-day = "2"\nlow-funds = "4.5"\n')
  must(await buy())
  await until('the warning', async () => {
    const said = must(await api.call('state', {})).accounts[0]?.warning ?? ''
    return /less than the 4\.50 .* of low-funds/.test(said)
  })
})

test('pieces that nobody brings are said, quoted and bought alone', async (t) => {
  const { api, cid, market, seller } = await open(t, '5')
  const folder = market.home('ann-out')
  must(await api.call('buy', { cid, price: 2_000_000n, folder }))
  await rowOf(api, ({ state }) => state === 'seeding')
  doneOf(await seller.stop())
  must(await api.call('pause', { cids: [cid] }))
  const path = join(folder, 'content.bin')
  const file = readFileSync(path)
  for (const piece of [2, 9])
    file.writeUInt8(255 ^ file.readUInt8(piece * PIECE_BYTES), piece * PIECE_BYTES)
  writeFileSync(path, file)
  must(await api.call('resume', { cids: [cid] }))
  const { problem } = await rowOf(api, (row) => row.problem !== undefined)
  assert.deepEqual((problem as { code: string }).code, 'stranded')
  assert.match((problem as { advice: string }).advice, /buy these pieces again/)
  const quote = must(await api.call('quote', { cid }))
  assert.deepEqual([quote.price, quote.pieces], [20_000n, 2])
  await market.member('carol')
  const carol = await market.seller('carol', '--data', market.folder)
  assert.equal(codeOf(await api.call('buy', { cid, price: 2_000_000n })), 'terms-changed')
  must(await api.call('buy', { cid, price: 20_000n }))
  await rowOf(api, ({ state }) => state === 'seeding')
  assert.equal(sha256Of(readFileSync(path)), market.sha256)
  doneOf(await carol.stop())
  await market.verify()
})
