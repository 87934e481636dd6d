/** One home with two providers: bought, sold, claimed at both; one does not need the other. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, type Ended, type Event, floodgate, Program, tracker } from './programs.js'

const PIECES = 32
const ONE = { bytes: PIECES * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
const OTHER = { bytes: PIECES * 16_384, pieceLength: 16_384, price: '5', reward: '0.02' }

let one: Market
let other: Market
/** Uids by home and market. */
const uids: Record<string, string[]> = {}

/** Registers a home with both providers; gives it money at each. */
async function joinBoth(name: string, ...credits: readonly (string | undefined)[]): Promise<void> {
  const home = one.home(name)
  uids[name] = []
  for (const [index, market] of [one, other].entries()) {
    const args = ['register', '--tracker', market.url, '--name', name]
    const { uid } = doneOf(await floodgate(home, ...args))
    uids[name].push(String(uid))
    const credit = credits[index]
    if (credit === undefined) continue
    doneOf(await tracker(market.home('tracker'), 'topup', String(uid), credit))
  }
}

const named = (ended: Ended, event: string): Event[] =>
  ended.events.filter((e) => e.event === event)
const accountsOf = async (name: string): Promise<Event[]> => {
  const ended = await floodgate(one.home(name), 'wallet')
  assert.equal(ended.status, 0, ended.stderr)
  return [one, other].map(
    ({ url }) => named(ended, 'account').find((account) => account.url === url) as Event,
  )
}

before(async () => {
  one = await Market.open(ONE)
  other = await Market.open(OTHER)
  await joinBoth('carrier')
  await joinBoth('ann', '10', '20')
})
after(async () => {
  await one.close()
  await other.close()
})

test('each provider knows the same key by a uid of its own', () => {
  for (const [first, second] of Object.values(uids)) assert.notEqual(first, second)
})

test('search asks all, or the one that is meant', async () => {
  const home = one.home('ann')
  const all = named(await floodgate(home, 'search'), 'content')
  assert.deepEqual(all.map(({ cid }) => cid).sort(), [one.cid, other.cid].sort())
  const [account] = await accountsOf('ann')
  for (const which of [one.url, String(account?.provider).slice(0, 8)]) {
    const found = named(await floodgate(home, 'search', '--tracker', which), 'content')
    assert.deepEqual(
      found.map(({ cid }) => cid),
      [one.cid],
    )
  }
  const both = await floodgate(home, 'search', '--tracker', 'Provider')
  assert.equal(both.status, 2)
  assert.match(both.stderr, /several providers are "Provider": Provider at http/)
  const none = await floodgate(home, 'search', '--tracker', 'https://else.example')
  assert.match(none.stderr, /no provider of this home is "https:\/\/else\.example": Provider at/)
})

test('one process sells for both, one home buys from both without naming either', async () => {
  const args = ['seed', one.torrent, other.torrent]
  const seller = one.start('carrier', ...args)
  await seller.until('seeding', ({ cid }) => cid === one.cid)
  await seller.until('seeding', ({ cid }) => cid === other.cid)
  for (const market of [one, other]) {
    const out = join(one.folder, `out-${market.cid}`)
    doneOf(await one.start('ann', 'get', market.cid, '--out', out, '--yes').ended)
    assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
  }
  const beside = await floodgate(one.home('carrier'), 'wallet')
  assert.equal(named(beside, 'account').length, 2)
  assert.equal(named(await floodgate(one.home('carrier'), 'search'), 'content').length, 2)
  const { accounts } = doneOf(await seller.stop()) as unknown as { accounts: Event[] }
  assert.deepEqual(accounts.map(({ earned }) => earned).sort(), ['320000', '640000'])
})

test('each book agrees with its own tracker, and no sum mixes two currencies', async () => {
  const [annOne, annOther] = await accountsOf('ann')
  assert.deepEqual([annOne?.spent, annOne?.spendable, annOne?.agrees], ['2000000', '8000000', true])
  assert.deepEqual(
    [annOther?.spent, annOther?.spendable, annOther?.agrees],
    ['5000000', '15000000', true],
  )
  const [soldOne, soldOther] = await accountsOf('carrier')
  assert.deepEqual([soldOne?.earned, soldOne?.unclaimed, soldOne?.agrees], ['320000', 0, true])
  assert.deepEqual(
    [soldOther?.earned, soldOther?.unclaimed, soldOther?.agrees],
    ['640000', 0, true],
  )
  await one.verify()
  await other.verify()
})

test('with one tracker away the other is bought from, claimed at and searched', async () => {
  await other.stopTracker('SIGINT')
  await one.member('bob', '5')
  const seller = await one.seller('carrier')
  const out = join(one.folder, 'out-bob')
  doneOf(await one.start('bob', 'get', one.torrent, '--out', out, '--yes').ended)
  doneOf(await seller.stop())
  const [here, away] = await accountsOf('carrier')
  assert.deepEqual([here?.earned, here?.agrees], ['640000', true])
  assert.deepEqual([away?.code, away?.earned, away?.agrees], ['unreachable', '640000', undefined])
  const found = await floodgate(one.home('ann'), 'search')
  assert.deepEqual(
    named(found, 'content').map(({ cid }) => cid),
    [one.cid],
  )
  assert.deepEqual(
    named(found, 'left-out').map(({ code }) => code),
    ['unreachable'],
  )
  const claimed = await floodgate(one.home('carrier'), 'claim')
  assert.equal(claimed.status, 0, claimed.stderr)
  assert.deepEqual(
    named(claimed, 'credited').map(({ credited }) => credited),
    ['0', '0'],
  )
})

test('a provider with a new root is refused, and joined only by its certificate', async () => {
  const home = other.home('tracker')
  rmSync(home, { recursive: true })
  doneOf(await tracker(home, 'init', '--name', 'Anew', '--url', other.url))
  const anew = new Program('floodgate-tracker', home, ['serve', '--port', String(other.port)])
  await anew.until('listening')
  const ended = await floodgate(one.home('ann'), 'wallet')
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'pin-mismatch'])
  assert.match(ended.stderr, /the provider began anew: ask it/)
  const agrees = named(ended, 'account').map((account) => account.agrees)
  assert.deepEqual(agrees.filter((each) => each === true).length, 1)
  const args = ['register', '--tracker', other.url, '--name', 'ann']
  const again = await floodgate(one.home('ann'), ...args)
  assert.equal(again.events.at(-1)?.code, 'pin-mismatch')
  doneOf(await floodgate(one.home('ann'), ...args, '--ca', join(home, 'keys', 'root.pem')))
  const accounts = named(await floodgate(one.home('ann'), 'wallet'), 'account')
  assert.deepEqual(accounts.map(({ spent }) => spent).sort(), ['0', '2000000', '5000000'])
  await anew.stop()
})
