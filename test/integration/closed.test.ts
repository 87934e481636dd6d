/**
 * A closed swarm with the programs as they are: what a buyer is told of the terms, the purchase
 * that is refused while the swarm is full, and the one that goes through when a place is free.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf } from './programs.js'

const PIECE_BYTES = 16_384
const TERMS = ['--mode', 'closed', '--n', '2', '--b', '1', '--answer-window', '6h', '--marks', '7']

let market: Market
before(async () => {
  const offer = { bytes: 5 * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '1', reward: '0.1' }
  market = await Market.open(offer, { publish: TERMS })
  // Whoever has not bought is no seller of a closed content, the provider's own excepted.
  doneOf(await market.desk('house', await market.member('seller')))
  for (const name of ['ann', 'bob']) await market.member(name, '1')
  await market.seller('seller')
})
after(() => market.close())

const balanceOf = async (name: string) => doneOf(await market.start(name, 'wallet').ended).spendable

test('five pieces at n = 2 make two places: for a seller and, in turn, each buyer', async () => {
  const found = await market.start('bob', 'search').ended
  const content = found.events.find(({ event }) => event === 'content')
  assert.deepEqual([content?.mode, content?.n, content?.b], ['closed', 2, 1])
  doneOf(await market.start('ann', 'buy', market.cid, '--yes').ended)

  const refused = await market.start('bob', 'buy', market.cid, '--yes').ended
  assert.equal(refused.status, 1)
  const terms = refused.events.find(({ event }) => event === 'terms')
  assert.deepEqual([terms?.mode, terms?.answer, terms?.marks], ['closed', 6 * 3_600_000, 7])
  const last = refused.events.at(-1)
  assert.deepEqual([last?.event, last?.code], ['error', 'swarm-full'])
  assert.match(String(last?.message), /all 2 places are taken; nothing was charged/)
  assert.equal(await balanceOf('bob'), '1000000')

  for (const name of ['ann', 'bob']) {
    const out = market.home(`${name}-out`)
    const got = await market.start(name, 'get', market.cid, '--out', out, '--yes').ended
    doneOf(got)
    assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
  }
  assert.equal(await balanceOf('bob'), '0', 'ann has left with everything: her place is free')
  await market.verify()
})
