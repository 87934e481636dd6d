/**
 * The window (D5): whatever buyers do, under any grants and connections, a seller lets no more go
 * unpaid than its rules say. The rules are counted here a second time, from what was served.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { Rid, Uid } from '../../shared/identifier.js'
import { PAYMENT_DUE_MS, STRANGERS_MAX_PIECES } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { party } from '../contract/provider.js'
import { folder, makeContent } from '../engine-content.js'
import { Market } from './market.js'
import { type Hand, Shop } from './shop.js'

const PIECES = 12
const content = makeContent({ 'x.bin': PIECES * 16 * 1024 }, 16 * 1024)
const BUYERS = ['ann', 'bob'].map(party)
/** The grants of each buyer: the whole content, and all its pieces bought alone as well. */
const ALONE = [...Array(PIECES).keys()]

type Act =
  | { readonly act: 'open' | 'sign' | 'withdraw'; readonly hand: number }
  | { readonly act: 'ask'; readonly hand: number; readonly first: number; readonly count: number }
  | { readonly act: 'take' | 'pay'; readonly hand: number; readonly piece: number }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'restart' }

const hand = fc.nat(2 * BUYERS.length - 1)
const piece = fc.nat(PIECES - 1)
const one = <A extends Act['act']>(act: A) => fc.record({ act: fc.constant(act), hand })
const arbitraryAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: one('open') },
  { weight: 2, arbitrary: one('sign') },
  { weight: 1, arbitrary: one('withdraw') },
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ act: fc.constant('ask' as const), hand, first: piece },
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 12, arbitrary: fc.record({ act: fc.constant('take' as const), hand, piece }) },
  { weight: 8, arbitrary: fc.record({ act: fc.constant('pay' as const), hand, piece }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(1000, PAYMENT_DUE_MS, PAYMENT_DUE_MS + 1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: 'restart' as const }) },
) as fc.Arbitrary<Act>

/** One grant as it is counted here. */
interface Count {
  /** Pieces out and unpaid, and since when; withdrawn ones are kept apart. */
  readonly owed: Map<number, number>
  readonly forgiven: Set<number>
  tokens: number
  signed: number
}

/** A second count of the rules, from what was served and paid. */
class Audit {
  readonly #n: number
  readonly #b: number
  readonly counts = new Map<Rid, Count>()
  readonly #trust = new Map<Uid, number>()
  readonly #of = new Map<Rid, Uid>()

  constructor(n: number, b: number, hands: readonly Hand[]) {
    this.#n = n
    this.#b = b
    for (const { buyer, rid } of hands) {
      this.counts.set(rid, { owed: new Map(), forgiven: new Set(), tokens: 0, signed: 0 })
      this.#of.set(rid, buyer.uid)
    }
  }

  of({ rid }: Hand): Count {
    return this.counts.get(rid) as Count
  }

  /** Pieces that this buyer has out under all its grants, and whether one is overdue. */
  #debts(buyer: Uid, now: number) {
    const all = [...this.counts].filter(([rid]) => this.#of.get(rid) === buyer)
    const since = all.flatMap(([, { owed }]) => [...owed.values()])
    return { pieces: since.length, overdue: since.some((at) => now - at > PAYMENT_DUE_MS) }
  }

  /** A piece was served: it must have been allowed. */
  served(at: Hand, index: number, now: number): void {
    const count = this.of(at)
    const { uid } = at.buyer
    if (!count.owed.has(index) && !count.forgiven.has(index)) {
      const window = Math.min(this.#n, 1 + (this.#trust.get(uid) ?? 0))
      const made = Math.min(count.forgiven.size, count.tokens)
      const { overdue, pieces } = this.#debts(uid, now)
      assert(!overdue, 'a new piece while one is overdue')
      const most = Math.min(window + made, this.#n + this.#b - 1)
      assert(pieces + count.forgiven.size < most, 'a piece beyond the window')
    }
    count.forgiven.delete(index)
    count.owed.set(index, now)
    const exposed = count.owed.size + count.forgiven.size + count.tokens - count.signed
    assert(exposed <= this.#n + this.#b - 1, 'more than n + b - 1 is at stake under one grant')
  }

  paid(at: Hand, index: number, now: number): void {
    const count = this.of(at)
    const { uid } = at.buyer
    const since = count.owed.get(index)
    const trust = this.#trust.get(uid) ?? 0
    const late = since !== undefined && now - since > PAYMENT_DUE_MS
    const halved = Math.max(1, Math.floor(Math.min(this.#n, 1 + trust) / 2)) - 1
    this.#trust.set(uid, late ? halved : trust + 1)
    count.owed.delete(index)
    count.forgiven.delete(index)
    count.tokens += 1
  }

  withdrawn(at: Hand, pieces: readonly number[]): void {
    const count = this.of(at)
    for (const index of pieces) if (count.owed.delete(index)) count.forgiven.add(index)
  }

  /** The seller was away: what is owed is due from now on. */
  restarted(now: number): void {
    for (const { owed } of this.counts.values())
      for (const index of owed.keys()) owed.set(index, now)
  }
}

async function play(t: TestContext, n: number, b: number, acts: readonly Act[]): Promise<void> {
  const shop = new Shop(new Market(content, floodgate, { n, b }), await folder(t))
  try {
    const hands = BUYERS.flatMap((buyer) => [shop.hand(buyer), shop.hand(buyer, ALONE)])
    const count = new Audit(n, b, hands)
    /** Pieces of the request that each hand made last, and has not withdrawn. */
    const asked = new Map<Hand, readonly number[]>()
    for (const at of hands) shop.open(at)
    for (const act of acts) {
      if (act.act === 'wait') shop.now += act.ms
      else if (act.act === 'restart') {
        shop.restart()
        count.restarted(shop.now)
      } else if (act.act === 'open') shop.open(hands[act.hand] as Hand)
      else if (shop.isOpen(hands[act.hand] as Hand)) perform(shop, count, asked, hands, act)
    }
  } finally {
    shop.close()
  }
}

/** Mostly one of these, so that a story gets somewhere; now and then whatever the dice say. */
const anyOf = (some: readonly number[], dice: number): number =>
  dice === 0 ? dice : (some[dice % some.length] ?? dice)

function perform(
  shop: Shop,
  count: Audit,
  asked: Map<Hand, readonly number[]>,
  hands: readonly Hand[],
  act: Exclude<Act, { act: 'wait' | 'restart' | 'open' }>,
): void {
  const at = hands[act.hand] as Hand
  const { now } = shop
  if (act.act === 'ask') {
    const pieces = [...Array(act.count).keys()].map((more) => (act.first + more) % PIECES)
    const taken = shop.ask(at, pieces).some((each) => each.do === 'save')
    if (taken) asked.set(at, pieces)
    else asked.delete(at)
  } else if (act.act === 'take') {
    const index = anyOf(asked.get(at) ?? [], act.piece)
    if (shop.take(at, index)) count.served(at, index, now)
  } else if (act.act === 'pay') {
    const index = anyOf([...count.of(at).owed.keys()], act.piece)
    if (shop.pay(at, index)) count.paid(at, index, now)
  } else if (act.act === 'sign') {
    shop.sign(at)
    if (shop.isOpen(at)) count.of(at).signed = count.of(at).tokens
  } else {
    shop.withdraw(at)
    count.withdrawn(at, asked.get(at) ?? [])
    asked.delete(at)
  }
}

test('whatever buyers do, the window and n + b - 1 a grant bound what is unpaid', async (t) => {
  const setting = fc.constantFrom([1, 1], [2, 4], [4, 1], [4, 8])
  const acts = fc.array(arbitraryAct, { minLength: 20, maxLength: 80 })
  const property = fc.asyncProperty(setting, acts, ([n = 1, b = 1], each) => play(t, n, b, each))
  await fc.assert(property, { numRuns: 60 })
})

test('however many strangers come, they have 64 pieces; who signs makes room', async (t) => {
  const market = new Market(content, floodgate, { n: 4, b: 4 })
  const places = [...Array(2 * STRANGERS_MAX_PIECES).keys()]
  const crowd = places.map((each) => party(`stranger ${each}`))
  const conduct = fc.array(
    fc.constantFrom('nothing', 'token', 'withdrawal', 'restart', 'payment'),
    {
      ...{ minLength: crowd.length, maxLength: crowd.length },
    },
  )
  const all = fc.asyncProperty(conduct, async (ways) => {
    const shop = new Shop(market, await folder(t))
    let out = 0
    try {
      for (const [place, buyer] of crowd.entries()) {
        const at = shop.hand(buyer)
        shop.open(at)
        const taken = shop.ask(at, [0]).some((each) => each.do === 'save') && shop.take(at, 0)
        assert.equal(taken, out < STRANGERS_MAX_PIECES)
        if (!taken) continue
        out += 1
        const way = ways[place]
        if (way === 'withdrawal') shop.withdraw(at)
        if (way === 'token' || way === 'payment') assert(shop.pay(at, 0))
        if (way === 'restart') shop.restart()
        if (way !== 'payment') continue
        shop.sign(at)
        out -= 1
      }
    } finally {
      shop.close()
    }
  })
  await fc.assert(all, { numRuns: 4 })
})

test('a piece paid late halves the window, over a restart and under every grant', async (t) => {
  const shop = new Shop(new Market(content, floodgate, { n: 4, b: 4 }), await folder(t))
  t.after(() => shop.close())
  const [buyer] = BUYERS as [Hand['buyer']]
  const [whole, alone] = [shop.hand(buyer), shop.hand(buyer, ALONE)]
  for (const at of [whole, alone]) shop.open(at)
  const saved = (at: Hand, pieces: readonly number[]) =>
    shop.ask(at, pieces).some((each) => each.do === 'save')
  assert(saved(whole, [0, 1, 2]))
  for (const index of [0, 1, 2]) assert(shop.take(whole, index) && shop.pay(whole, index))
  shop.sign(whole)
  assert(saved(whole, [3]) && shop.take(whole, 3))
  shop.now += PAYMENT_DUE_MS + 1
  assert(!saved(whole, [4]) && !saved(alone, [4]), 'a default stops all')
  assert(shop.pay(whole, 3))
  shop.sign(whole)
  shop.restart()
  for (const at of [whole, alone]) shop.open(at)
  assert(saved(whole, [5, 6]) && saved(alone, [7]))
  assert.deepEqual(
    [shop.take(whole, 5), shop.take(alone, 7), shop.take(whole, 6)],
    [true, true, false],
    'two of four are left, for both grants together',
  )
})
