/** A provider, its seller and two buyers as separate processes: paid download, claims, books. */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, type Event, floodgate, type Program } from './programs.js'

const PIECES = 64
const PRICE = 2_000_000n
const REWARD = 10_000n

let market: Market
let seller: Program
let uids: Record<string, string>
let done: Record<string, Event>

before(async () => {
  market = await Market.open({
    bytes: PIECES * 65_536 - 1000,
    pieceLength: 65_536,
    ...{ price: '2', reward: '0.01' },
  })
  uids = {
    seller: await market.member('seller'),
    ann: await market.member('ann', '5'),
    bob: await market.member('bob', '5'),
  }
  seller = await market.seller('seller', '--up-limit', '2MB')
  const get = (name: string) =>
    market.start(name, 'get', market.cid, '--out', market.home(`${name}-out`), '--yes', '--seed')
  const buyers = { ann: get('ann'), bob: get('bob') }
  await Promise.all(Object.values(buyers).map((buyer) => buyer.until('complete')))
  done = {
    ann: doneOf(await buyers.ann.stop()),
    bob: doneOf(await buyers.bob.stop()),
    seller: doneOf(await seller.stop()),
  }
})
after(() => market.close())

test('both have the file, and only the file', () => {
  for (const name of ['ann', 'bob']) {
    const path = join(market.home(`${name}-out`), 'content.bin')
    assert.equal(sha256Of(readFileSync(path)), market.sha256)
    const files = [{ path, bytes: PIECES * 65_536 - 1000, sha256: market.sha256 }]
    assert.deepEqual(done[name]?.files, files)
    assert.equal(done[name]?.paid, String(PRICE))
  }
})

test('every piece was paid to exactly one seller, and sellers count the same', () => {
  const bought = (name: string) => done[name]?.pieces as Record<string, number>
  const sold = (name: string) => done[name]?.sold as Record<string, number>
  const [ann, bob, house] = [uids.ann ?? '', uids.bob ?? '', uids.seller ?? '']
  for (const name of ['ann', 'bob']) {
    const counts = Object.values(bought(name))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      PIECES,
    )
  }
  assert.equal(bought('ann')[bob] ?? 0, sold('bob')[ann] ?? 0)
  assert.equal(bought('bob')[ann] ?? 0, sold('ann')[bob] ?? 0)
  const fromHouse = (bought('ann')[house] ?? 0) + (bought('bob')[house] ?? 0)
  assert.equal(done.seller?.earned, String(BigInt(fromHouse) * REWARD))
  assert.ok(fromHouse < 2 * PIECES, 'buyers sold to each other')
})

test('claims are settled and every wallet agrees with the tracker', async () => {
  let earned = 0n
  for (const name of ['ann', 'bob', 'seller']) {
    const wallet = doneOf(await floodgate(market.home(name), 'wallet'))
    assert.equal(wallet.agrees, true)
    assert.equal(wallet.unclaimed, 0)
    assert.equal(wallet.underWay, 0)
    assert.equal(wallet.earned, done[name]?.earned)
    earned += BigInt(String(wallet.earned))
  }
  assert.equal(earned, 2n * BigInt(PIECES) * REWARD)
  await market.verify()
})

test('buying again charges nothing, getting again fetches nothing', async () => {
  const again = doneOf(await floodgate(market.home('ann'), 'buy', market.cid, '--yes'))
  assert.deepEqual([again.again, again.paid], [true, '0'])
  const out = market.home('ann-out')
  const got = doneOf(await market.start('ann', 'get', market.cid, '--out', out).ended)
  assert.equal(got.paid, String(PRICE))
  const wallet = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.equal(wallet.spent, String(PRICE))
})

test('identity and wallet are for their owner alone', () => {
  const modeOf = (...path: readonly string[]) => statSync(join(...path)).mode & 0o777
  const home = market.home('ann')
  assert.equal(modeOf(home), 0o700)
  assert.equal(modeOf(home, 'identity.key'), 0o600)
  assert.equal(modeOf(home, 'wallet.db'), 0o600)
})
