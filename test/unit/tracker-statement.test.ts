/**
 * Statements: every posting of a member with what it was of, by pages, adding up to its balances.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { payout, pending, spendable } from '../../shared/account.js'
import { must, refused } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { POSTINGS_PAGE_COUNT } from '../../shared/money-limits.js'
import { addUp, type PostingLine, PostingsAnswer, sameHoldings } from '../../shared/statement.js'
import { decide } from '../../tracker/cases.js'
import { decideFlow } from '../../tracker/flows.js'
import { settleDue } from '../../tracker/maturity.js'
import { claimOf, decodeBody, type Member } from './tracker-member.js'
import { World } from './tracker-world.js'

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

/** One page. */
async function page(member: Member, from = 0) {
  const reply = await member.send('postings', { ...member.head(), after: from })
  assert.deepEqual([reply.code, reply.signed], ['ok', true])
  return decodeBody(PostingsAnswer, reply.body)
}

/** All pages; what they show must add up to what the accounts hold. */
async function statement(member: Member) {
  const lines: PostingLine[] = []
  for (let pages = 1; ; pages++) {
    const next = await page(member, lines.at(-1)?.number ?? 0)
    lines.push(...next.lines)
    if (next.more === 1) continue
    assert.equal(next.uid, member.uid)
    const sum = must(addUp(member.uid, lines))
    assert.ok(sameHoldings(sum, next), 'the lines are the balances')
    const books = await world.balances()
    const name = (account: string): bigint => books[account] ?? 0n
    const { uid } = member
    assert.deepEqual(sum, {
      spendable: name(spendable(uid)),
      pending: name(pending(uid)),
      payout: name(payout(uid)),
    })
    return { lines, pages }
  }
}

const kinds = (lines: readonly PostingLine[]): string[] => lines.map(({ kind }) => kind)

test('who did nothing has an empty statement', async () => {
  const { lines } = await statement(await world.member('nobody'))
  assert.deepEqual(lines, [])
})

test('a sale is told on both sides, with the content and who bought', async () => {
  const sold = await world.publish(8)
  const [buyer, seller] = [await world.member('buyer', '3'), await world.member('seller')]
  const bought = await buyer.buy(sold)
  const paid = buyer.pay(bought, seller.uid, [0, 1, 2])
  await seller.claim([claimOf(bought.rid, seller.uid, paid)])
  const { lines: early } = await statement(seller)
  const [claim] = early
  assert.deepEqual(
    [claim?.kind, claim?.amount, claim?.pieces, claim?.other, claim?.cid, claim?.rid],
    ['claim', 30_000n, 3, buyer.uid, sold.cid, bought.rid],
  )
  assert.ok((claim?.due ?? 0) > (claim?.at ?? 0))
  world.aheadMs += 61_000
  await settleDue(world.tracker, world.tracker.now())
  const { lines } = await statement(seller)
  assert.deepEqual(kinds(lines), ['claim', 'mature'])
  assert.deepEqual([lines[1]?.rid, lines[1]?.other, lines[1]?.pieces], [bought.rid, buyer.uid, 3])
  const own = (await statement(buyer)).lines
  assert.deepEqual(kinds(own), ['topup', 'purchase', 'purchase'])
  assert.deepEqual([own[1]?.cid, own[1]?.other], [sold.cid, undefined])
})

test('pieces bought alone, refunds, payouts and returns are told', async () => {
  const sold = await world.publish(20)
  const buyer = await world.member('refunded', '5')
  const bought = await buyer.buy(sold)
  await buyer.supplement(sold, [3, 4])
  const { entry } = await buyer.refund(bought.rid, [10, 11])
  const { now, store } = world.tracker
  await store.write(async (rows) => {
    const row = await rows.cases.byId(entry?.number ?? 0)
    assert.ok(row !== undefined)
    const granted = { verdict: 'granted', by: 'ann', reason: 'nobody has them' } as const
    return decide(world.tracker, rows, row, granted, now())
  })
  world.aheadMs += 61_000
  await settleDue(world.tracker, now())
  const call = { ...buyer.head(), id: random(16), amount: 500_000n, to: 'the bank' }
  assert.equal((await buyer.send('payout', call)).code, 'ok')
  const { lines } = await statement(buyer)
  assert.deepEqual(new Set(kinds(lines)), new Set(['topup', 'purchase', 'refund', 'payout']))
  const alone = lines.filter(({ kind, pieces }) => kind === 'purchase' && pieces !== undefined)
  assert.deepEqual(
    alone.map(({ amount, pieces }) => [amount, pieces]),
    [[20_000n, 2]],
  )
  assert.ok(lines.filter(({ kind }) => kind === 'refund').every(({ cid }) => cid === sold.cid))
})

test('earnings that the desk withheld left for the fund of their content', async () => {
  const sold = await world.publish(8)
  const [buyer, seller] = [await world.member('fed', '3'), await world.member('collector')]
  const bought = await buyer.buy(sold)
  await seller.claim([claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, [0, 1]))])
  await world.tracker.store.write(async (rows) => {
    const [payee, payer] = [
      await rows.members.byUid(seller.uid),
      await rows.members.byUid(buyer.uid),
    ]
    const source = random(16)
    await rows.sources.add({ kind: 'payment', bytes: source }, payer?.id ?? 0)
    const event = { at: 1, who: 'tracker', what: 'held', reason: 'a test' } as const
    const id = await rows.flows.insert({ payee: payee?.id ?? 0, source, state: 'held' }, event)
    const flow = await rows.flows.byId(id)
    assert.ok(flow !== undefined)
    await rows.flows.hold(flow)
    const withheld = { verdict: 'withheld', by: 'ann', reason: 'nobody downloaded' } as const
    assert.equal(await decideFlow(rows, flow, withheld, world.tracker.now()), 'withheld')
  })
  const { lines } = await statement(seller)
  assert.deepEqual(kinds(lines), ['claim', 'withhold'])
  assert.deepEqual(
    [lines[1]?.to, lines[1]?.cid, lines[1]?.other],
    [`carrier:${sold.cid}`, sold.cid, buyer.uid],
  )
})

test('a long statement comes by pages, each of whole commits, none twice', async () => {
  const member = await world.member('busy', '5')
  for (let count = 0; count < POSTINGS_PAGE_COUNT / 100 + 1; count++) {
    await world.tracker.store.write(async (rows) => {
      const { commit, commitKey } = await import('../../tracker/ledger.js')
      for (let each = 0; each < 100; each++) {
        const transfers = [
          { debit: 'funding' as never, credit: spendable(member.uid), amount: 7n as never },
        ]
        const key = commitKey('topup', member.uid, `${count} ${each}`)
        must(await commit(rows, { key, kind: 'topup', at: 1, transfers }))
      }
    })
  }
  const { lines, pages } = await statement(member)
  assert.equal(pages, 2)
  assert.equal(lines.length, (POSTINGS_PAGE_COUNT / 100 + 1) * 100 + 1)
  assert.equal(new Set(lines.map(({ number }) => number)).size, lines.length)
})

test('nobody sees the postings of another', async () => {
  const [one, two] = [await world.member('one', '1'), await world.member('two', '2')]
  const shown = (await statement(one)).lines.map((line) => `${line.from} ${line.to}`).join()
  assert.ok(!shown.includes(two.uid))
  const reply = await one.send('postings', { ...one.head(), after: 0 }, { lead: random(16) })
  assert.deepEqual([reply.code, reply.signed], ['unknown-member', false])
})

test('a statement that was bent is found', async () => {
  const sold = await world.publish(8)
  const buyer = await world.member('checker', '3')
  await buyer.buy(sold)
  const { lines } = await statement(buyer)
  const [first, ...rest] = lines as [PostingLine, ...PostingLine[]]
  const bent: readonly (readonly PostingLine[])[] = [
    rest,
    [...lines].reverse(),
    [{ ...first, amount: 1n as never }, ...rest],
    [...lines, { ...first, number: 999_999, from: 'funding', to: 'provider:revenue' }],
  ]
  for (const each of bent) assert.ok(refused(addUp(buyer.uid, each)))
  assert.ok(refused(addUp('0'.repeat(32) as Uid, lines)))
  const less = must(addUp(buyer.uid, lines.slice(0, -1)))
  assert.ok(!sameHoldings(less, must(addUp(buyer.uid, lines))))
})
