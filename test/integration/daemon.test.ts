/**
 * A daemon and what attaches to it: the API on its socket, verbs that it runs for others, its end.
 */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { Update } from '../../client/local/calls.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { must, refused } from '../../shared/errors.js'
import { Market, sha256Of } from './market.js'
import { doneOf, floodgate, type Program } from './programs.js'
import { updateOf } from './updates.js'

const OFFER = { bytes: 64 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }

let market: Market
before(async () => {
  market = await Market.open(OFFER)
  await market.member('house')
  await market.member('ann', '50')
  await market.seller('house')
})
after(() => market.close())

/** A daemon at work in a member's home, and its API. */
async function daemonOf(name: string): Promise<{ daemon: Program; api: LocalApi }> {
  const daemon = market.start(name, 'daemon', '--host', '127.0.0.1')
  await daemon.until('ready')
  const api = attach(placeOf(homeAt(market.home(name)), process.env))
  if (refused(api)) throw new Error(api.message)
  return { daemon, api }
}

/** Waits for an update that fits. */
const until = (api: LocalApi, fits: (update: Update) => boolean): Promise<Update> =>
  updateOf('an update that fits', api, (update) => fits(update) && update)

function isCid({ transfer }: Update, fits: (row: Transfer) => boolean): boolean {
  return transfer?.cid === market.cid && fits(transfer)
}

test('a daemon runs the verbs of others, shows, pauses, resumes, removes, and ends', async () => {
  const { api, daemon } = await daemonOf('ann')
  const home = market.home('ann')
  assert.equal(statSync(join(home, 'floodgate.sock')).mode & 0o777, 0o600)
  const out = market.home('out')
  const got = doneOf(await floodgate(home, 'get', market.cid, '--out', out, '--yes'))
  assert.equal(got.paid, '2000000')
  const file = join(out, 'content.bin')
  assert.equal(sha256Of(readFileSync(file)), market.sha256)
  const wallet = doneOf(await floodgate(home, 'wallet'))
  assert.deepEqual([wallet.spent, wallet.agrees], ['2000000', true])
  await until(api, (update) => isCid(update, ({ state }) => state === 'seeding'))
  assert.deepEqual(await api.call('pause', { cids: [market.cid] as never }), { refused: [] })
  await until(api, (update) => isCid(update, ({ state }) => state === 'paused'))
  await api.call('resume', { cids: [market.cid] as never })
  await until(api, (update) => isCid(update, ({ state }) => state === 'seeding'))
  await api.call('remove', { cids: [market.cid] as never, files: true })
  assert.equal(statSync(file, { throwIfNoEntry: false }), undefined)
  doneOf(await floodgate(home, 'daemon', '--stop'))
  assert.equal((await daemon.ended).status, 0)
})

test('its API tells of money, offers, cases, settings and rates', async () => {
  const { api, daemon } = await daemonOf('ann')
  const { account } = await until(api, (update) => update.account?.agrees !== undefined)
  assert.deepEqual([account?.spent, account?.spendable], [2_000_000n, 48_000_000n])
  const offers = must(await api.call('offers', { text: '' }))
  assert.deepEqual(offers.problems, [])
  assert.deepEqual(
    offers.offers.map(({ bought, cid, price }) => [cid, price, bought]),
    [[market.cid, 2_000_000n, true]],
  )
  assert.deepEqual(must(await api.call('cases', {})).rows, [])
  const rates = must(await api.call('rates', {}))
  assert.equal(rates.down.length, rates.up.length)
  const set = must(await api.call('set', { name: 'up-limit', value: '2MB' }))
  assert.deepEqual([set.value, set.source], ['2MB', 'config.toml'])
  assert.equal(set.live, true)
  await until(api, (update) => update.totals?.upLimit === 2_000_000)
  const wrong = await api.call('set', { name: 'up-limit', value: 'fast' })
  assert.equal(refused(wrong) && wrong.code, 'usage')
  const rows = must(await api.call('settings', {})).rows
  assert.equal(rows.find(({ name }) => name === 'up-limit')?.value, '2MB')
  const host = rows.find(({ name }) => name === 'host')
  assert.deepEqual([host?.value, host?.source], ['127.0.0.1', 'command line'])
  must(await api.call('set', { name: 'up-limit', value: '' }))
  await until(api, (update) => update.totals !== undefined && update.totals.upLimit === undefined)
  assert.equal((await daemon.stop()).status, 0)
})
