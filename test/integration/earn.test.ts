/** `earn`: buys what pays within its budget, sells it, survives a kill, and gives it up. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { EarnState } from '../../client/local/rows.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { openDatabase } from '../open-database.js'
import { until } from '../until.js'
import { Market, sha256Of } from './market.js'
import { doneOf, type Event, floodgate, type Program } from './programs.js'
import { updateOf } from './updates.js'

const OFFER = { bytes: 400_000, pieceLength: 16_384, price: '1', reward: '0.03' }
const LOCAL = ['--host', '127.0.0.1']

interface Choice {
  readonly cid: string
  readonly state: string
  readonly earned: string
  readonly why: string
}

let market: Market
let content: string
let seller: Program
before(async () => {
  market = await Market.open(OFFER)
  await market.member('seller')
  seller = await market.seller('seller')
  await market.member('earner', '5')
  for (const name of ['one', 'two']) await buy(name)
  content = join(market.home('earner'), 'earn', market.cid, 'content.bin')
})
after(() => market.close())

async function buy(name: string): Promise<void> {
  await market.member(name, '5')
  const out = join(market.folder, `${name}-files`)
  doneOf(await market.start(name, 'get', market.cid, '--out', out, '--yes').ended)
}

async function earn(...args: readonly string[]): Promise<Event> {
  return doneOf(await market.start('earner', 'earn', ...args).ended)
}

/** Asks until the answer fits. */
async function answered(args: readonly string[], fits: (done: Event) => boolean): Promise<Event> {
  let done: Event | undefined
  const look = async () => {
    done = await earn(...args)
    return fits(done) && done
  }
  return until(`an answer to earn ${args.join(' ')} that fits`, look, { seen: () => done })
}

function choiceOf(done: Event): Choice | undefined {
  return (done.choices as Choice[]).find(({ cid }) => cid === market.cid)
}

function starting(...args: readonly string[]): Program {
  return market.start('earner', 'earn', 'start', ...LOCAL, ...args)
}

test('a plan explains what it would buy, and buys nothing', async () => {
  const terms = ['plan', '--quota', '1MB', '--budget', '3']
  const done = await answered(terms, (each) => choiceOf(each)?.state === 'chosen')
  assert.match(choiceOf(done)?.why ?? '', /^sold [\d.]+ times a day.*: expects [\d.]+ in 30 days$/)
  assert.equal(done.invested, '0')
  assert.equal((await earn('status')).on, false)
  const poor = await earn('plan', '--quota', '1MB', '--budget', '0.99')
  assert.match(choiceOf(poor)?.why ?? '', /its price 1\.00 is above what may be spent/)
  const small = await earn('plan', '--quota', '100kB', '--budget', '3')
  assert.equal(choiceOf(small)?.why, 'larger than the whole quota')
})

test('spends nothing without a yes', async () => {
  const { stderr } = await starting('--quota', '1MB', '--budget', '3').ended
  assert.match(stderr, /nothing was agreed to: add --yes to let it spend up to 3\.00/)
  assert.equal((await earn('status')).on, false)
})

test('buys, fetches, sells, is killed, goes on and pays nothing twice', async () => {
  const first = starting('--quota', '1MB', '--budget', '3', '--yes')
  await first.until('log', ({ text }) => /content\.bin bought for 1\.00: sold/.test(String(text)))
  await first.stop('SIGKILL')
  const second = starting()
  const atWork = (done: Event) => choiceOf(done)?.state === 'held' && existsSync(content)
  await answered(['status'], atWork)
  await until('the content', () => sha256Of(readFileSync(content)) === market.sha256)
  // With the other one there, whoever was quicker would sell it all.
  doneOf(await seller.stop())
  await buy('three')
  await buy('four')
  seller = await market.seller('seller')
  const done = await answered(['status'], (each) => each.earned !== '0')
  assert.equal(done.invested, '1000000')
  assert.ok(Number(done.traffic) > OFFER.bytes)
  doneOf(await second.stop())
  await market.verify()
})

/** What the daemon of the earner tells of earn, when it fits. */
const told = (api: LocalApi, fits: (earn: EarnState) => boolean): Promise<EarnState> =>
  updateOf('earn to be so', api, ({ earn: state }) => state && fits(state) && state)

test('a daemon keeps its hours: outside of them it rests and says when it goes on', async () => {
  const daemon = market.start('earner', 'daemon', ...LOCAL)
  await daemon.until('ready')
  const api = must(attach(placeOf(homeAt(market.home('earner')), process.env)))
  const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getDay() + 3) % 7]
  await earn('start', '--hours', `${day} 1-2`)
  assert.match(String((await earn('status')).resting), /^its hours are/)
  await earn('off')
  assert.equal((await earn('status')).on, false)
  await earn('start', '--yes')
  assert.equal((await earn('status')).on, true)
  const { resting } = await told(api, (state) => state.resting !== undefined)
  assert.equal(resting, `its hours are ${day} 1-2; it goes on ${day} 01:00`)
  await earn('start', '--hours', 'none')
  const state = await told(api, (each) => each.resting === undefined)
  assert.equal(state.choices.find(({ cid }) => cid === market.cid)?.state, 'held')
  doneOf(await daemon.stop())
})

test('the tracker is away: it goes on with what it holds, says so, and looks again', async () => {
  const daemon = market.start('earner', 'daemon', ...LOCAL)
  await daemon.until('ready')
  const api = must(attach(placeOf(homeAt(market.home('earner')), process.env)))
  await market.stopTracker('SIGINT')
  // What is agreed to anew is looked at at once.
  await earn('start', '--upload', '5MB')
  const away = await told(api, ({ problem }) => problem !== undefined)
  assert.equal(away.resting, undefined)
  assert.equal(away.choices.find(({ cid }) => cid === market.cid)?.state, 'held')
  await market.startTracker()
  await earn('start', '--upload', 'none')
  const back = await told(api, ({ problem }) => problem === undefined)
  assert.equal(back.choices.find(({ cid }) => cid === market.cid)?.state, 'held')
  doneOf(await daemon.stop())
})

test('gives up what has no place any more and deletes what it fetched, nothing else', async () => {
  assert.ok(existsSync(content))
  const smaller = starting('--quota', '100kB')
  await smaller.until('log', ({ text }) => /gave up content\.bin: larger/.test(String(text)))
  await until('the end of its folder', () => !existsSync(join(content, '..')))
  const { choices, invested, on } = await earn('status')
  assert.equal((choices as Choice[])[0]?.state, 'dropped')
  assert.equal(invested, '1000000', 'what was paid counts for ever')
  assert.equal(on, true)
  doneOf(await smaller.stop())
  await earn('off', '--drop')
  assert.equal((await earn('status')).on, false)
})

test("what a person asks for is the person's: earn neither drops nor deletes it", async () => {
  await market.member('heir', '5')
  const home = market.home('heir')
  const begun = ['earn', 'start', ...LOCAL, '--quota', '1MB', '--budget', '3', '--yes']
  const program = market.start('heir', ...begun)
  await program.until('log', ({ text }) => /content\.bin bought for/.test(String(text)))
  const api = must(attach(placeOf(homeAt(home), process.env)))
  const row = async () => must(await api.call('state', {})).transfers[0]
  await until('the content', async () => (await row())?.state === 'seeding')
  const folder = (await row())?.folder ?? ''
  assert.equal((await row())?.origin, 'earn')
  must(await api.call('buy', { cid: market.cid as Cid, price: 0n }))
  await until('its new owner', async () => (await row())?.origin === 'person')
  doneOf(await floodgate(home, 'earn', 'off', '--drop'))
  assert.equal(sha256Of(readFileSync(join(folder, 'content.bin'))), market.sha256)
  assert.equal((await row())?.state, 'seeding')
  doneOf(await program.stop())
})

/** Leaves earn with an order at another price than today's, whose answer never came. */
function orderedAt(home: string, price: bigint): void {
  const wallet = openDatabase(join(home, 'wallet.db'))
  const pinned = wallet.prepare('SELECT fingerprint FROM provider').get() as { fingerprint: string }
  const order = { ...pinned, cid: market.cid, price, id: randomBytes(16) }
  wallet
    .prepare(
      `INSERT INTO stake (fingerprint, cid, price, state, grew)
       VALUES (@fingerprint, @cid, @price, 'ordered', 0)`,
    )
    .run(order)
  wallet
    .prepare(
      `INSERT INTO purchase (fingerprint, cid, only, id, price, time)
       VALUES (@fingerprint, @cid, x'', @id, @price, 0)`,
    )
    .run(order)
  wallet.close()
}

const TERMS = ['earn', 'start', ...LOCAL, '--quota', '1MB', '--budget', '3', '--yes']

test('an answer was lost, the price changed: what was bought is taken, unpaid', async () => {
  await market.member('lucky', '5')
  const home = market.home('lucky')
  doneOf(await floodgate(home, 'buy', market.cid, '--yes'))
  const wallet = openDatabase(join(home, 'wallet.db'))
  wallet.exec('DELETE FROM bought; DELETE FROM content')
  wallet.close()
  orderedAt(home, 900_000n)
  const program = market.start('lucky', ...TERMS)
  await program.until('log', ({ text }) => /was bought before its price changed/.test(String(text)))
  doneOf(await program.stop())
  const done = doneOf(await floodgate(home, 'earn', 'status'))
  assert.equal(choiceOf(done)?.state, 'held')
  assert.equal(done.invested, '900000')
  await market.verify()
})

test('an order that took no money is not repeated at another price', async () => {
  await market.member('wary', '5')
  const home = market.home('wary')
  orderedAt(home, 900_000n)
  const program = market.start('wary', ...TERMS)
  await program.until('log', ({ code }) => code === 'terms-changed')
  doneOf(await program.stop())
  assert.equal(doneOf(await floodgate(home, 'earn', 'status')).invested, '0')
  await market.verify()
})

test('wrong terms are refused with the right form', async () => {
  for (const [option, value] of [
    ['--quota', '20 pieces'],
    ['--hours', 'sometimes'],
    ['--load', '-'],
    ['--budget', '1.2.3'],
  ] as const) {
    const { status, stderr } = await market.start('earner', 'earn', 'start', option, value).ended
    assert.equal(status, 2, stderr)
    assert.match(stderr, new RegExp(`${option}.*write for example`))
  }
})
