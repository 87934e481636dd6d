/** The shop: what it lists and tells; nothing is bought but by a yes to that very price. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerOf } from '../../client/local/calls.js'
import type { Account, Offer } from '../../client/local/rows.js'
import { shopScreen } from '../../client/ui/shop/shop-screen.js'
import type { ShopAction, ShopState } from '../../client/ui/shop/shop-state.js'
import type { World } from '../../client/ui/world.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import { cidOf, Driven, OFFER, PROVIDER, SMALL, transferOf, uidOf, worldOf } from './trade-world.js'

const account: Account = {
  ...{ provider: PROVIDER, name: 'Label', url: 'https://label.example', currency: 'credit' },
  ...{ uid: uidOf(1), spendable: 8_000_000n, spent: 0n, earned: 0n, unclaimed: 0n, unsigned: 0n },
  ...{ exposed: 0n, maturing: [], spentToday: 0n },
}
const offers: readonly Offer[] = [
  { ...OFFER, cid: cidOf(1), name: 'A film' },
  { ...OFFER, cid: cidOf(2), name: 'Album', price: 500_000n, reward: 1000n, sellers: 0, week: 3 },
  { ...OFFER, cid: cidOf(3), name: 'Book', bought: true, week: 9 },
]
const QUOTE: AnswerOf<'quote'> = {
  ...{ cid: cidOf(1), name: 'A film', bytes: 691_000_000, price: 2_000_000n, currency: 'credit' },
  ...{
    spendable: 8_000_000n,
    folder: '/downloads',
    terms: ['terms: open; up to 4 unpaid pieces a seller'],
  },
}

function market(problems: AnswerOf<'offers'>['problems'] = []): World {
  return worldOf([], { offers: { offers, problems } }, { accounts: new Map([[PROVIDER, account]]) })
}

class Shop extends Driven<ShopState, ShopAction> {
  constructor(world = market()) {
    super(shopScreen, world)
  }

  quoted(answer: AnswerOf<'quote'> | Refusal, cid = cidOf(1)): this {
    return this.send({ input: 'called', call: 'quote', request: { cid }, answer })
  }
}

test('offers stand with price, reward, size, sellers, time; the chosen one in words', () => {
  const { text } = new Shop()
  assert.match(text, /Name +Size +Price +Reward +Sellers +Time +Day +Week▾/)
  assert.match(text, /▸ A film +691 MB +2\.00 +0\.004 +12 +1m35s +14 +70/)
  assert.match(text, /✓ Book /)
  assert.match(text, /── A film ─/)
  assert.match(text, /2\.00 credit for 691 MB in 3 files; 400 pieces, each earns its seller 0\.004/)
  assert.match(text, /12 sellers now, others took about 1m35s$/m)
  assert.match(text, /bought 14 times in a day, 70 times in 7 days; a fair share .* 1\.23 a day$/m)
  assert.match(text, /copy sold earns 1\.60; 1\.3 copies bring the price back$/m)
  assert.equal(text.split('\n').length, SMALL.rows)
  const { note } = shopScreen.picture(shopScreen.start, market(), SMALL)
  assert.equal(note, '3  can use 8.00 credit')
})

test('an offer that nobody sells and nobody asked for says so', () => {
  const { text } = new Shop().press('last')
  assert.match(text, /nobody sells it now: a download waits until somebody does/)
})

test('search, filter and order', () => {
  const shop = new Shop().send({ input: 'search', text: 'al', done: true })
  assert.match(shop.text, /Album/)
  assert.doesNotMatch(shop.text, /A film/)
  shop.press('back', 'unbought')
  assert.doesNotMatch(shop.text, /Book/)
  shop.press('back').send({ input: 'action', action: 'sortby', at: 2 })
  assert.match(shop.text, /Price▴[\s\S]*Album[\s\S]*A film[\s\S]*Book/)
  assert.match(shop.press('reverse').text, /Price▾[\s\S]*A film[\s\S]*Album/)
})

test('the whole cost is shown first, and only a yes buys, at that price', () => {
  const shop = new Shop().press('open')
  assert.deepEqual(shop.effects.pop(), {
    ...{ effect: 'call', call: 'quote', request: { cid: cidOf(1) } },
  })
  const question = shop.quoted(QUOTE).asked()
  assert.equal(question.dialog.kind === 'confirm' && question.dialog.yes, 'buy for 2.00 credit')
  assert.match(question.text, /A film/)
  assert.match(question.text, /price +2\.00 credit: all of it/)
  assert.match(question.text, /you can use +8\.00 credit\n after this +6\.00 credit/)
  assert.match(question.text, /terms: open/)
  for (const text of [undefined, '', 'no', 'y']) {
    shop.send({ input: 'said', tag: question.tag, ...{ text: text as string } })
    assert.deepEqual(shop.effects, [], 'nothing but yes buys')
  }
  shop.send({ input: 'said', tag: question.tag, text: 'yes' })
  const request = { cid: cidOf(1), price: 2_000_000n }
  assert.deepEqual(shop.effects.pop(), { effect: 'call', call: 'buy', request })
  shop.send({ input: 'called', call: 'buy', request, answer: {} })
  const shown = { effect: 'go', screen: 'transfers', cid: cidOf(1), row: true }
  assert.deepEqual(shop.effects[0], shown)
})

test('two questions at once: each yes buys what its own question showed', () => {
  const shop = new Shop().press('open').quoted(QUOTE)
  const film = shop.asked()
  shop.press('down', 'down', 'buy')
  const album = { ...QUOTE, cid: cidOf(2), name: 'Album', price: 500_000n }
  shop.quoted(album, cidOf(2))
  shop.asked()
  shop.effects.length = 0
  shop.send({ input: 'said', tag: film.tag, text: 'yes' })
  assert.deepEqual(shop.effects, [
    { effect: 'call', call: 'buy', request: { cid: cidOf(1), price: 2_000_000n } },
  ])
})

test('a cost that comes late, for what is no longer wanted, asks nothing', () => {
  const shop = new Shop().press('open', 'down', 'down', 'open')
  shop.effects.length = 0
  assert.deepEqual(shop.quoted(QUOTE).effects, [])
})

test('the folder is asked for first, and goes with the purchase', () => {
  const shop = new Shop().press('buyinto')
  const where = shop.asked()
  assert.equal(where.dialog.kind, 'text')
  shop.send({ input: 'said', tag: where.tag, text: '/my films/new ones' })
  assert.ok(shop.effects.pop()?.effect === 'call')
  const question = shop.quoted(QUOTE).asked()
  shop.send({ input: 'said', tag: question.tag, text: 'yes' })
  const request = { cid: cidOf(1), price: 2_000_000n, folder: '/my films/new ones' }
  assert.deepEqual(shop.effects, [{ effect: 'call', call: 'buy', request }])
})

test('what cannot be bought says why and what to do; no question follows', () => {
  const shop = new Shop().press('open')
  shop.effects.length = 0
  const refused = { code: 'insufficient-funds', message: 'the account holds 1.00' }
  const told = shop.quoted({ ...QUOTE, refused }).asked()
  assert.equal(told.dialog.kind, 'note')
  assert.match(told.text, /the account holds 1\.00\n .*\w/)
  shop.press('open').quoted(refuse('unreachable', 'the tracker is away'))
  const last = shop.effects.at(-1)
  assert.deepEqual(last, { effect: 'tell', text: 'the tracker is away', level: 'error' })
})

test('a purchase that was refused is told, and leads nowhere', () => {
  const shop = new Shop()
  const request = { cid: cidOf(1), price: 2_000_000n }
  const answer = refuse('terms-changed', 'it costs 3.00 now')
  shop.send({ input: 'called', call: 'buy', request, answer })
  assert.deepEqual(shop.effects, [{ effect: 'tell', text: 'it costs 3.00 now', level: 'error' }])
})

test('without a usual folder one is asked for before the one yes that buys', () => {
  const { folder: _none, ...unplaced } = QUOTE
  const here = worldOf([{ ...transferOf(3), folder: '/films' }], {
    offers: { offers, problems: [] },
  })
  const shop = new Shop(here).press('open')
  const where = shop.quoted(unplaced).asked()
  assert.ok(where.dialog.kind === 'text' && where.dialog.value === '/films')
  assert.match(where.text, /A film/)
  const last = () => shop.lastEffect()
  const again = shop.send({ input: 'said', tag: where.tag, text: '~/films' }).asked()
  assert.ok(again.dialog.kind === 'text' && again.dialog.value === '~/films')
  assert.match(again.text, /A film[\s\S]*from the root on/)
  shop.send({ input: 'said', tag: where.tag, text: '/films' })
  assert.deepEqual(last(), { effect: 'call', call: 'quote', request: { cid: cidOf(1) } })
  const question = shop.quoted(unplaced).asked()
  assert.match(question.text, /goes to +\/films/)
  shop.send({ input: 'said', tag: question.tag, text: 'yes' })
  const request = { cid: cidOf(1), price: 2_000_000n, folder: '/films' }
  assert.deepEqual(last(), { effect: 'call', call: 'buy', request })
})

test('what is here leads to its transfer; b still asks what would have to be paid', () => {
  const here = worldOf([transferOf(3)], { offers: { offers, problems: [] } })
  const gone = { effect: 'go', screen: 'transfers', cid: cidOf(3) }
  const shop = new Shop(here).press('down', 'open')
  assert.deepEqual(shop.lastEffect(), gone)
  shop.press('buy')
  assert.equal(shop.lastEffect()?.effect, 'call')
  shop.quoted({ ...QUOTE, cid: cidOf(3), price: 0n }, cidOf(3))
  assert.deepEqual(shop.lastEffect(), gone, 'nothing has to be paid')
  shop.press('buy').lastEffect()
  const question = shop.quoted({ ...QUOTE, cid: cidOf(3), pieces: 2 }, cidOf(3)).asked()
  assert.equal(question.dialog.title, 'Buy missing pieces')
})

test('what was bought and removed is fetched again for nothing, after a yes', () => {
  const shop = new Shop().press('down', 'open')
  assert.deepEqual(shop.lastEffect(), {
    ...{ effect: 'call', call: 'quote', request: { cid: cidOf(3) } },
  })
  const question = shop.quoted({ ...QUOTE, cid: cidOf(3), price: 0n }, cidOf(3)).asked()
  assert.match(question.text, /price +nothing: it was bought before/)
  shop.send({ input: 'said', tag: question.tag, text: 'yes' })
  const request = { cid: cidOf(3), price: 0n }
  assert.deepEqual(shop.lastEffect(), { effect: 'call', call: 'buy', request })
})

test('a provider without an answer is named above what the others sell', () => {
  const problems = [{ provider: PROVIDER, message: 'Other: the tracker cannot be reached' }]
  assert.match(new Shop(market(problems)).text, /^! Other: the tracker .*\n +Name/)
  assert.match(new Shop(worldOf([])).text, /:register --tracker URL --name NAME/)
  const asking = worldOf([], {}, { accounts: new Map([[PROVIDER, account]]) })
  assert.match(new Shop(asking).text, /asking the providers/)
  const accounts = new Map([[PROVIDER, account]])
  const empty = (said: typeof problems) =>
    new Shop(worldOf([], { offers: { offers: [], problems: said } }, { accounts })).text
  assert.match(empty([]), /the providers sell nothing now/)
  assert.match(
    empty(problems),
    /^! Other: the tracker .*\n no offers now; they are asked for again/,
  )
})
