/** Money in a real terminal: nothing is bought by a slip, caps hold, earnings are claimed. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, floodgate } from '../integration/programs.js'
import { closeTerminals, openTerminal, press, resize, screen, shown, type } from './tmux.js'

const OFFER = { bytes: 64 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
const LIMIT = { timeout: 240_000 }
/** A dialog takes no yes in its first moments. */
const GUARD_MS = 500

/** A provider with its seller, ann with money and her screens. */
async function open(t: TestContext) {
  const market = await Market.open(OFFER)
  t.after(closeTerminals)
  t.after(() => market.close())
  await market.member('house')
  const uid = await market.member('house2')
  await market.member('ann', '5')
  const seller = await market.seller('house')
  const home = market.home('ann')
  openTerminal(80, 24, 'tui', '--home', home, '--out', market.home('out'), '--host', '127.0.0.1')
  await screen(/own process/)
  return { market, seller, home, uid }
}

const yes = async () => {
  await wait(GUARD_MS)
  press('y')
}

/** A cap is set and refuses, nonsense is no cap, and an empty one is none. */
async function capTheDay(): Promise<void> {
  press('4')
  await screen(/spendable +5\.00[\s\S]*a content +no cap/)
  press('d')
  await screen(/Cap of a day[\s\S]*whatever buys/)
  type('1.5')
  press('Enter')
  await screen(/cap-day: 1\.5, from now on/)
  await screen(/today +0\.00 of 1\.50/)
  press('1')
  await screen(/content\.bin/)
  press('b')
  await screen(/cannot be bought now[\s\S]*0\.00 credit of 1\.50 credit that cap-day allows/)
  press('Escape')
  await screen(/b buy/)
  press('4', 'd')
  await screen(/Cap of a day/)
  press('C-u')
  type('lots')
  press('Enter')
  await screen(/is not an amount/)
  press('d')
  await screen(/Cap of a day/)
  press('C-u', 'Enter')
  await screen(/cap-day: no cap/)
}

test(
  'buying takes a typed y; a cap that is set there refuses; the wallet adds up',
  LIMIT,
  async (t) => {
    const { home, market, seller } = await open(t)
    await capTheDay()
    press('1', 'b')
    await screen(/price +2\.00 credit[\s\S]*you can use +5\.00[\s\S]*after this +3\.00/)
    press('Enter')
    await wait(GUARD_MS)
    assert.equal(doneOf(await floodgate(home, 'wallet')).spent, '0', 'Enter alone buys nothing')
    press('b')
    await screen(/price +2\.00 credit/)
    await yes()
    await screen(/bought for 2\.00/)
    press('4')
    await screen(/spent +2\.00/)
    await screen(/✔ your books and the tracker's statement agree to the unit/)
    for (const [columns, rows] of [
      [120, 40],
      [200, 60],
      [40, 10],
      [80, 24],
    ] as const) {
      resize(columns, rows)
      await screen(/spendable +3\.00/)
      assert.ok(shown().trimEnd().split('\n').length <= rows)
    }
    press('2')
    await screen(/100 %/)
    doneOf(await seller.stop())
    await market.member('ben', '5')
    const out = market.home('ben-out')
    doneOf(await market.start('ben', 'get', market.cid, '--out', out, '--yes').ended)
    press('4', 'c')
    await screen(/claim .*done/)
    press('q')
    await screen(/earned +0\.64/)
    press('q')
    await screen(/ended 0/)
    const wallet = doneOf(await floodgate(home, 'wallet'))
    assert.deepEqual([wallet.spent, wallet.earned, wallet.agrees], ['2000000', '640000', true])
    await market.verify()
  },
)

test('a member is put on the blacklist and lifted; a refund is a case', LIMIT, async (t) => {
  const { home, market, seller, uid } = await open(t)
  doneOf(await seller.stop())
  press('5')
  await screen(/Nobody is on the blacklist/)
  press('a')
  await screen(/uid:/)
  type(uid)
  press('Enter')
  await screen(/why, for yourself/)
  type('spoils {bold}things{/}')
  press('Enter')
  await screen(/no trade with [\s\S]*until it is lifted/)
  press('q')
  await screen(/for good +1 +spoils \{bold\}things\{\/\}[\s\S]*why +you put it here/)
  press('x')
  await screen(/Trade again/)
  press('Enter')
  await screen(/for good/)
  press('x')
  await screen(/Trade again/)
  await yes()
  await screen(/open again/)
  press('q')
  await screen(/Nobody is on the blacklist/)
  doneOf(await floodgate(home, 'buy', market.cid, '--yes'))
  press('6')
  await screen(/No cases/)
  doneOf(await floodgate(home, 'refund', market.cid, '--yes'))
  await screen(/1 refund +open[\s\S]*stands +case 1 asks for a refund \(64 pieces, 2\.00\)/)
  press('a')
  await screen(/asks nothing of you/)
  press('Enter')
  await screen(/cases show 1/)
  press('q', 'q')
  await screen(/ended 0/)
})
