/** What buyers owe a seller and what that allows them: trust, lateness, the strangers' places. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustAfter, windowAt } from '../../shared/exchange/debtor.js'
import { type DebtorRows, Debtors } from '../../shared/exchange/debtors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { PAYMENT_DUE_MS, STRANGER_WITHDRAWN_MS, UNPAID_COUNTED_MS } from '../../shared/limits.js'

const NOTHING: DebtorRows = { trust: [], paid: [], owed: [], unsigned: [] }
const [ANN, BOB] = ['aa'.repeat(16), 'bb'.repeat(16)] as [Uid, Uid]
const [ONE, TWO] = ['11'.repeat(16), '22'.repeat(16)] as [Rid, Rid]
const START = 1_000_000
const piece = (index: number) => index as PieceIndex

/** A seller's buyers, and the clock of its process, which has nothing to do with the time. */
function comeUp(rows: DebtorRows = NOTHING) {
  const clock = { now: 5000 }
  return { clock, debtors: new Debtors(rows, () => clock.now) }
}

/** A seller that begins to deliver a piece at a time. */
function owe(debtors: Debtors, buyer: Uid, rid: Rid, index: number, time = START): void {
  const save = { kind: 'owed', counter: 1, piece: piece(index), tries: 0, time } as const
  debtors.follow(buyer, rid, save)
}

const earned = (index: number, trust: number) =>
  ({ kind: 'earned', k: 1, piece: piece(index), token: new Uint8Array(32), trust }) as const

test('a window begins at one, grows by one a piece, halves when late, and stays in 1 to n', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((trust) => windowAt(trust, 4)),
    [1, 2, 3, 4, 4, 4],
  )
  assert.equal(windowAt(trustAfter(3, 4, true), 4), 2)
  assert.equal(windowAt(trustAfter(63, 4, true), 4), 2, 'half of what n allowed, not of the trust')
  assert.equal(windowAt(trustAfter(0, 4, true), 4), 1)
  assert.equal(trustAfter(63, 64, false), 63)
})

test('what is owed under one grant is seen from the others, and from it when late', () => {
  const { clock, debtors } = comeUp()
  owe(debtors, ANN, ONE, 7)
  assert.equal(debtors.of(ANN, TWO, START).elsewhere, 1)
  assert.equal(debtors.of(ANN, ONE, START).elsewhere, 0)
  assert.equal(debtors.of(BOB, TWO, START).elsewhere, 0)
  clock.now += PAYMENT_DUE_MS
  assert.equal(debtors.of(ANN, TWO, START).owesElsewhere, false)
  clock.now += 1
  assert.equal(debtors.of(ANN, TWO, START).owesElsewhere, true)
  assert.deepEqual([...debtors.of(ANN, ONE, START).late], [7])
})

test('what is owed under one grant stops the others for thirty days, and not for good', () => {
  const { clock, debtors } = comeUp()
  owe(debtors, ANN, ONE, 7)
  clock.now += PAYMENT_DUE_MS + 1
  const stops = (now: number) => {
    const { elsewhere, owesElsewhere } = debtors.of(ANN, TWO, now)
    return [elsewhere, owesElsewhere]
  }
  assert.deepEqual(stops(START + UNPAID_COUNTED_MS), [1, true])
  assert.deepEqual(stops(START + UNPAID_COUNTED_MS + 1), [0, false])
  const own = debtors.of(ANN, ONE, START + UNPAID_COUNTED_MS + 1)
  assert.deepEqual([...own.late], [7], 'under its own grant it is owed as ever')
})

test('a piece that is still being sent is not late', () => {
  const { clock, debtors } = comeUp()
  owe(debtors, ANN, ONE, 7)
  clock.now += PAYMENT_DUE_MS
  debtors.sent(ANN, ONE, piece(7))
  clock.now += PAYMENT_DUE_MS
  assert.equal(debtors.of(ANN, ONE, START).late.size, 0)
  clock.now += 1
  assert.equal(debtors.of(ANN, ONE, START).late.size, 1)
})

test('nobody is late for a time that was set, nor while the seller was away', () => {
  const owed = [{ rid: ONE, buyer: ANN, piece: piece(7), counter: 1, time: START }]
  const { clock, debtors } = comeUp({ ...NOTHING, owed })
  const far = START + 365 * 86_400_000
  clock.now += PAYMENT_DUE_MS
  assert.equal(debtors.of(ANN, ONE, far).late.size, 0)
  clock.now += 1
  assert.equal(debtors.of(ANN, ONE, START - 86_400_000).late.size, 1)
})

test('strangers share their places until they sign; a token alone does not end that', () => {
  const { debtors } = comeUp()
  owe(debtors, ANN, ONE, 7)
  assert.equal(debtors.of(ANN, ONE, START).strangers, 0, 'its own are counted by its machine')
  assert.equal(debtors.of(BOB, TWO, START).strangers, 1)
  debtors.follow(ANN, ONE, earned(7, 1))
  assert.equal(debtors.of(BOB, TWO, START).strangers, 1)
  debtors.follow(ANN, ONE, { kind: 'signed', k: 1, payment: new Uint8Array(1) })
  assert.equal(debtors.of(BOB, TWO, START).strangers, 0)
  assert.deepEqual(debtors.of(ANN, TWO, START), {
    ...{ trust: 1, elsewhere: 0, owesElsewhere: false, late: new Set() },
    strangers: undefined,
  })
})

test("a withdrawn piece is no debt, but a stranger's for a day; an unpaid one for thirty", () => {
  const { debtors } = comeUp()
  owe(debtors, ANN, ONE, 7)
  debtors.follow(ANN, ONE, { kind: 'closed', counter: 1 })
  owe(debtors, ANN, TWO, 8)
  const seen = (now: number) => debtors.of(BOB, ONE, now).strangers
  assert.equal(seen(START + STRANGER_WITHDRAWN_MS), 2)
  assert.equal(seen(START + STRANGER_WITHDRAWN_MS + 1), 1)
  assert.equal(seen(START + UNPAID_COUNTED_MS), 1)
  assert.equal(seen(START + UNPAID_COUNTED_MS + 1), 0)
  assert.equal(debtors.of(ANN, TWO, START).elsewhere, 0, 'what was withdrawn is owed no more')
})

test('the books of before give the trust and debts of before', () => {
  const { debtors } = comeUp({
    trust: [{ buyer: ANN, trust: 3 }],
    paid: [ANN],
    owed: [{ rid: ONE, buyer: BOB, piece: piece(1), counter: 0, time: START }],
    unsigned: [{ rid: TWO, buyer: BOB, pieces: 2 }],
  })
  const { strangers, trust } = debtors.of(ANN, ONE, START)
  assert.deepEqual([trust, strangers], [3, undefined])
  assert.equal(debtors.of('cc'.repeat(16) as Uid, ONE, START).strangers, 3)
})
