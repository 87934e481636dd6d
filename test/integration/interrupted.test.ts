/** A paid download that is interrupted goes on where it stopped, whatever stopped it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'

const PIECES = 64
const REWARD = 10_000n

let market: Market
let seller: Program
let house: string

before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * 32_768, pieceLength: 32_768, price: '1', reward: '0.01' },
  })
  house = await market.member('seller')
  await market.member('ann', '1')
  seller = await market.seller('seller', '--up-limit', '100k')
})
after(() => market.close())

/** Starts the download and stops it when some pieces more are here. */
async function interrupt(signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const args = ['get', market.cid, '--out', market.home('out'), '--yes']
  const getter = market.start('ann', ...args)
  await getter.until('progress', ({ pieces }) => Object.keys(pieces as object).length > 0)
  const { events, status } = await getter.stop(signal)
  assert.equal(status, signal === 'SIGKILL' ? null : 1)
  if (signal !== 'SIGKILL') assert.equal(events.at(-1)?.code, 'interrupted')
}

test('Ctrl-C, a polite end, a terminal that is closed and a kill, then the rest', async () => {
  for (const signal of ['SIGINT', 'SIGKILL', 'SIGTERM', 'SIGHUP'] as const) {
    await interrupt(signal)
  }
  doneOf(await seller.stop('SIGHUP'))
  seller = await market.seller('seller')
  const out = market.home('out')
  const done = doneOf(await market.start('ann', 'get', market.cid, '--out', out).ended)
  assert.deepEqual([done.paid, done.pieces], ['1000000', { [house]: PIECES }])
  assert.deepEqual(readdirSync(out), ['content.bin'])
  assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
})

test('the seller was paid for every piece once', async () => {
  doneOf(await seller.stop())
  const wallet = doneOf(await floodgate(market.home('seller'), 'wallet'))
  assert.deepEqual([wallet.earned, wallet.agrees], [String(BigInt(PIECES) * REWARD), true])
  const spent = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.deepEqual([spent.spent, spent.agrees], ['1000000', true])
  await market.verify()
})
