/** Caps hold for every purchase, --yes or not, over all runs, also for pieces bought again. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Market } from './market.js'
import { doneOf, type Ended, floodgate } from './programs.js'

const PIECES = 12
const PIECE_BYTES = 16_384

async function open(t: TestContext): Promise<Market> {
  const market = await Market.open({
    ...{ bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES },
    ...{ price: '1', reward: '0.01' },
  })
  t.after(() => market.close())
  await market.member('ann', '5')
  await market.member('bob')
  return market
}

const setCaps = (market: Market, text: string) =>
  writeFileSync(join(market.home('ann'), 'config.toml'), text)

function refusedBy(ended: Ended, message: RegExp): void {
  const last = ended.events.at(-1)
  assert.deepEqual([ended.status, last?.code], [1, 'over-cap'], ended.stderr)
  assert.match(String(last?.message), message)
}

async function spent(market: Market): Promise<string> {
  const wallet = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.equal(wallet.agrees, true)
  return String(wallet.spent)
}

test('nothing is bought above a cap, and what is reached to the unit is', async (t) => {
  const market = await open(t)
  const buy = (...more: string[]) => market.start('ann', 'buy', market.cid, '--yes', ...more).ended
  refusedBy(
    await buy('--cap-download', '0.999999'),
    /cap-download allows 0\.999999 .* 1\.00 to buy/,
  )
  refusedBy(await buy('--cap-day', '0'), /0\.00 .* of 0\.00 .* that cap-day allows/)
  setCaps(market, 'cap-day = "0.5"\n')
  refusedBy(await buy(), /cap-day allows/)
  assert.equal(await spent(market), '0')
  const wrong = await buy('--cap-day', 'much')
  assert.deepEqual([wrong.status, wrong.events.at(-1)?.code], [2, 'usage'])
  setCaps(market, 'low-funds = "4.5"\n')
  const bought = await buy('--cap-day', '1', '--cap-download', '1')
  doneOf(bought)
  const low = bought.events.find(({ event }) => event === 'low-funds')
  assert.match(String(low?.message), /holds 4\.00 .* less than the 4\.50/)
  assert.equal(await spent(market), '1000000')
  doneOf(await buy('--cap-day', '0', '--cap-download', '0'))
  assert.equal(await spent(market), '1000000', 'what is bought costs nothing again')
})

test('pieces that are bought again count too, in a later run as well', async (t) => {
  const market = await open(t)
  const out = market.home('ann-out')
  const get = (...more: string[]) => {
    const patience = ['--request-timeout', '1s', '--yes']
    return market.start('ann', 'get', market.cid, '--out', out, ...patience, ...more).ended
  }
  const bob = await market.seller('bob', '--data', market.folder)
  setCaps(market, 'cap-day = "1.02"\n')
  doneOf(await get())
  doneOf(await bob.stop())
  const path = join(out, 'content.bin')
  const file = readFileSync(path)
  for (const piece of [1, 4, 7])
    file.writeUInt8(file.readUInt8(piece * PIECE_BYTES) ^ 255, piece * PIECE_BYTES)
  writeFileSync(path, file)
  refusedBy(await get(), /1\.00 .* of 1\.02 .* are spent today, and it costs 0\.03/)
  refusedBy(await get('--cap-day', '9', '--cap-download', '1.02'), /with 1\.00 .* paid before/)
  assert.equal(await spent(market), '1000000')
  await market.member('carol')
  const carol = await market.seller('carol', '--data', market.folder)
  doneOf(await get('--cap-day', '1.03', '--cap-download', '1.03'))
  assert.equal(await spent(market), '1030000')
  doneOf(await carol.stop())
  await market.verify()
})

test('caps of a daemon hold for what it runs for others', async (t) => {
  const market = await open(t)
  const daemon = market.start('ann', 'daemon', '--host', '127.0.0.1', '--cap-day', '0.5')
  await daemon.until('ready')
  const buy = (...more: string[]) => market.start('ann', 'buy', market.cid, '--yes', ...more).ended
  refusedBy(await buy(), /of 0\.50 .* that cap-day allows/)
  refusedBy(await buy('--cap-day', '0.9'), /of 0\.90 .* that cap-day allows/)
  assert.equal(await spent(market), '0')
  doneOf(await buy('--cap-day', '1'))
  assert.equal(await spent(market), '1000000')
  doneOf(await daemon.stop())
})
