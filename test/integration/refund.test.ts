/** A content that nobody offers any more: the buyer asks for its money, the desk decides. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../until.js'
import { Market } from './market.js'
import { doneOf, type Event, floodgate } from './programs.js'

const PIECES = 64
const PRICE = 1_000_000n
const REWARD = 10_000n

let market: Market
let home: string
before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * 65_536, pieceLength: 65_536, price: '1', reward: '0.01' },
  })
  home = market.home('ann')
  await market.member('seller')
  await market.member('ann', '5')
})
after(() => market.close())

const wallet = async () => doneOf(await floodgate(home, 'wallet'))
const caseOf = (event: Event) => (event.cases as readonly Event[]).at(-1) ?? {}
/** How the case stands once it has come to a state; the tracker's tick brings it there. */
async function stands(state: string): Promise<Event> {
  let told: Event = {}
  const look = async () => {
    told = caseOf(doneOf(await floodgate(home, 'refund', market.cid)))
    return told.state === state && told
  }
  return until(`a case that is ${state}`, look, { seen: () => told })
}

test('what was not delivered is refunded, what was is paid', async () => {
  const early = (await floodgate(home, 'refund', market.cid, '--yes')).events.at(-1)
  assert.match(String(early?.message), /was never bought by this home$/)
  const seller = await market.seller('seller', '--up-limit', '200kB')
  const out = market.home('out')
  const get = market.start('ann', 'get', market.cid, '--out', out, '--yes')
  await get.until('progress', ({ left }) => Number(left) < (PIECES - 4) * 65_536)
  doneOf(await seller.stop())
  const stopped = await get.stop()
  assert.equal(stopped.events.at(-1)?.code, 'interrupted')

  const unasked = await floodgate(home, 'refund', market.cid)
  assert.equal(unasked.events.at(-1)?.code, 'not-confirmed')
  const first = caseOf(doneOf(await floodgate(home, 'refund', market.cid, '--yes')))
  assert.equal(first.state, 'open')
  const missing = Number(first.pieces)
  assert.ok(missing > 0 && missing < PIECES, `${missing} pieces are missing`)

  const again = await floodgate(home, 'get', market.cid, '--out', out, '--yes')
  assert.equal(again.events.at(-1)?.code, 'refund-pending')
  const listed = doneOf(await market.desk('cases', 'list'))
  assert.equal(listed.cases, 1)
  const shown = doneOf(await market.desk('cases', 'show', '1'))
  assert.deepEqual([shown.state, shown.pieces, shown.name], ['open', missing, 'ann'])
  assert.equal((shown.trail as readonly Event[]).length, 1)

  const before = BigInt(String((await wallet()).spendable))
  const args = ['cases', 'decide', '1', '--refund', '--reason', 'true', '--by', 'desk']
  doneOf(await market.desk(...args))
  const paid = await stands('paid')
  const back = BigInt(missing) * REWARD
  const share = ((PRICE - BigInt(PIECES) * REWARD) * BigInt(missing)) / BigInt(PIECES)
  assert.ok(paid.amount === String(back) || paid.amount === String(back + share), `${paid.amount}`)
  const now = await wallet()
  assert.equal(String(now.spendable), String(before + BigInt(String(paid.amount))))
  assert.equal(now.agrees, true)
  assert.equal((await market.desk(...args)).events.at(-1)?.code, 'case-decided')
  await market.verify()
  doneOf(await market.desk('audit'))
})

test('a rejected refund gives the content back; asked anew it is another case', async () => {
  const out = market.home('again')
  doneOf(await floodgate(home, 'buy', market.cid, '--yes'))
  const asked = caseOf(doneOf(await floodgate(home, 'refund', market.cid, '--yes')))
  const number = String(asked.number)
  doneOf(await market.desk('cases', 'decide', number, '--reject', '--reason', 'it is seeded'))
  doneOf(await floodgate(home, 'cases'))
  const seller = await market.seller('seller')
  doneOf(await market.start('ann', 'get', market.cid, '--out', out, '--yes').ended)
  doneOf(await seller.stop())
  const { cases } = doneOf(await floodgate(home, 'refund', market.cid, '--again', '--yes'))
  const states = (cases as readonly Event[]).map(({ state }) => state)
  assert.deepEqual(states, ['paid'], 'nothing is missing of what was bought anew')
  await market.verify()
})

test('the desk is asked for what it needs', async () => {
  const codeOf = async (...args: readonly string[]) => {
    const { events, status } = await market.desk('cases', ...args)
    return [status, events.at(-1)?.code]
  }
  assert.deepEqual(await codeOf('decide', '1', '--refund'), [2, 'usage'])
  assert.deepEqual(await codeOf('decide', '1', '--reason', 'x'), [2, 'usage'])
  assert.deepEqual(await codeOf('show', 'x'), [2, 'usage'])
  assert.deepEqual(await codeOf('show', '99'), [1, 'unknown-case'])
  assert.deepEqual(await codeOf('burn'), [2, 'usage'])
})
