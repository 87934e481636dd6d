/**
 * A collector that complains instead of claiming (paper §V): what verdicts pay it counts in the
 * flow of its accounts' payment source.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spendable } from '../../shared/account.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Verdict } from '../../shared/mediation/verdict.js'
import { FLOW_BUYERS_MIN_COUNT } from '../../shared/tracker-limits.js'
import { payAward } from '../../tracker/awards.js'
import { FlowWatch, paymentSource } from '../../tracker/flows.js'
import { World } from './tracker-world.js'

const PIECES = [0, 1, 2, 3] as PieceIndex[]
/** Reward of all pieces. */
const EARNED = 40_000n
const NOTHING = new Uint8Array(0)
/** Of an accused that let its time pass. These cases have no files: none can be judged again. */
const VERDICT: Verdict = {
  outcome: 'silent',
  state: 'paid',
  reason: 'no answer',
  ...{ escrow: PIECES, beyond: [], markPlaintiff: 0, markAccused: 1 },
}

test('who has verdicts pay it instead of claims is seen as well', async () => {
  const world = await World.start()
  try {
    const sold = await world.publish(PIECES.length)
    const collector = await world.member('collector')
    const { now, store, vault } = world.tracker
    const looked: boolean[] = []
    for (let i = 0; i < FLOW_BUYERS_MIN_COUNT; i++) {
      const { rid } = await (await world.member(`bot ${i}`, '2')).buy(sold)
      await store.write(async (rows) => {
        const grant = await rows.grants.byRid(rid)
        const plaintiff = await rows.members.byUid(collector.uid)
        assert(grant !== undefined && plaintiff !== undefined)
        await rows.sources.add(paymentSource(vault, 'one card'), grant.buyer)
        const parties = { grant: grant.id, plaintiff: plaintiff.id, accused: grant.buyer }
        const papers = { pieces: new Uint8Array([0xf0]), evidence: NOTHING, known: NOTHING }
        const dates = { opened: now(), deadline: now() }
        const opened = { kind: 'unpaid', state: 'open', ...parties, ...papers, ...dates } as const
        const event = { at: now(), who: collector.uid, what: 'open', reason: 'unpaid' } as const
        const row = await rows.cases.byId(await rows.cases.insert(opened, event))
        assert(row !== undefined)
        await payAward(world.tracker, rows, row, VERDICT, now())
        looked.push(await new FlowWatch(rows, now()).holds(grant.id, plaintiff.id))
      })
    }
    assert.deepEqual(looked, [...Array(FLOW_BUYERS_MIN_COUNT - 1).fill(false), true])
    const [flow] = await store.read((rows) => rows.flows.all(false, 10))
    assert.equal(flow?.state, 'held')
    const balances = await world.balances()
    const paid = BigInt(FLOW_BUYERS_MIN_COUNT) * EARNED
    assert.equal(balances[spendable(collector.uid)], paid)
  } finally {
    await world.close()
  }
})
