/** Shop, transfers and seeding in a real terminal: buying asks, selling pays, at every size. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, floodgate } from '../integration/programs.js'
import { closeTerminals, openTerminal, press, resize, screen, shown, type } from './tmux.js'

const OFFER = { bytes: 64 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
const LIMIT = { timeout: 240_000 }
/** A dialog takes no yes in its first moments. */
const GUARD_MS = 500

/** What was removed does not come by itself when the home is taken up again. */
async function comesBackEmpty(home: string, out: string): Promise<void> {
  closeTerminals()
  openTerminal(80, 24, '--home', home, '--out', out, '--host', '127.0.0.1')
  await screen(/q stop/)
  press('7')
  await screen(/at work with 0 contents/)
  press('q')
  await screen(/ended 0/)
}

test(
  'bought in the shop by a typed y alone, fetched, sold on, and seen to pay',
  LIMIT,
  async (t) => {
    const market = await Market.open(OFFER)
    t.after(closeTerminals)
    t.after(() => market.close())
    await market.member('house')
    await market.member('ann', '5')
    const bob = await market.member('bob', '5')
    const seller = await market.seller('house')
    const [home, out] = [market.home('ann'), market.home('out')]
    openTerminal(80, 24, '--home', home, '--out', out, '--host', '127.0.0.1')
    await screen(/nothing here yet/)
    press('1')
    await screen(/content\.bin +1\.05 MB +2\.00 +0\.01 +1/)
    press('Enter')
    await screen(/price +2\.00 credit: all of it[\s\S]*you can use +5\.00[\s\S]*after this +3\.00/)
    press('Enter')
    await screen(/^ b buy/m)
    assert.doesNotMatch(shown(), /all of it/)
    assert.equal(doneOf(await floodgate(home, 'wallet')).spent, '0', 'Enter alone buys nothing')
    press('b')
    await screen(/y {2}buy for 2\.00 credit/)
    await wait(GUARD_MS)
    press('y')
    await screen(/content\.bin +1\.05 MB 100 %/)
    doneOf(await seller.stop())
    doneOf(
      await floodgate(market.home('bob'), 'get', market.cid, '--out', market.home('bobs'), '--yes'),
    )

    press('3')
    await screen(/credit: this hour 0\.64 {2}24 hours 0\.64/)
    await screen(/content\.bin +0\.64 +0\.64 +0\.64 +0\.64/)
    resize(120, 40)
    await screen(/all contents: credit in an hour, top 0\.64[\s\S]*█[\s\S]*24 hours ago/)
    resize(200, 60)
    await screen(/Why no more[\s\S]*content\.bin.* 0\.64/)
    press('Enter')
    await screen(/content\.bin.*100 %[\s\S]*── . content\.bin ─[\s\S]*spent +2\.00 {2}earned 0\.64/)
    press('Left')
    await screen(new RegExp(`earned +0\\.64 from 64 pieces sold[\\s\\S]*${bob} .* 64 +0\\.64`))
    resize(80, 24)
    await screen(/earned +0\.64 from 64 pieces sold; 32 % of what it cost is back/)
    press('q', '/')
    type('nothing like it')
    press('Enter')
    await screen(/no content named "nothing like it"; q shows all/)
    press('q', 'd')
    await screen(/Remove 1 content from the list[\s\S]*content\.bin/)
    await wait(GUARD_MS)
    press('y')
    await screen(/nothing here yet/)
    press('q')
    await screen(/ended 0/)
    await comesBackEmpty(home, out)
    const wallet = doneOf(await floodgate(home, 'wallet'))
    assert.deepEqual([wallet.spent, wallet.earned, wallet.agrees], ['2000000', '640000', true])
    await market.verify()
  },
)
