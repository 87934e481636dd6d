/**
 * Earnings that wait for the desk, as its seller sees it: a real seller, whom many accounts of one
 * payment source have paid (paper §V).
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FLOW_BUYERS_MIN_COUNT } from '../../shared/tracker-limits.js'
import { paymentSource } from '../../tracker/flows.js'
import { Buyer } from '../adversary/buyer.js'
import { type Offered, type Seller, Stage } from '../adversary/stage.js'
import { until } from '../until.js'
import { doneOf } from './programs.js'

let stage: Stage
before(async () => {
  stage = await Stage.open({ publish: ['--complaint-window', '3s'] })
})
after(() => stage.close())

/** Buys a content with money of one source, and takes and pays the first piece. */
async function buyOne(sold: Offered, seller: Seller): Promise<void> {
  const buyer = await Buyer.of(stage, sold, seller)
  const { store, vault } = stage.tracker
  await store.write(async (rows) => {
    const member = await rows.members.byUid(buyer.uid)
    await rows.sources.add(paymentSource(vault, 'one card'), member?.id ?? 0)
  })
  const { line } = await buyer.open(seller)
  buyer.page(line, 0)
  assert.equal(await buyer.ask(line, seller.uid, [0]), true)
  assert.ok(await buyer.take(line, 0))
  buyer.token(line, seller.uid, 0)
  await buyer.settle(line, seller.uid)
  await line.end()
}

/** What the seller's own account says. */
async function wallet({ name }: Seller) {
  return doneOf(await stage.start(name, ['wallet']).ended)
}

test('wallet says what waits for the desk, and what the desk withheld', async () => {
  const sold = stage.offers.get(1) as Offered
  const seller = await stage.seller()
  for (let i = 0; i < FLOW_BUYERS_MIN_COUNT; i++) await buyOne(sold, seller)
  await stage.dismiss(seller.name)
  const flows = () => stage.tracker.store.read((rows) => rows.flows.all(false, 10))
  await until('what waits for the desk', async () => (await flows()).length > 0)
  const held = await wallet(seller)
  // What had matured before the last of these accounts paid is not among it.
  assert.ok(BigInt(String(held.held)) > 0n)
  assert.equal(held.held, held.pending)
  const [flow] = await flows()
  const decided = ['held', 'withhold', String(flow?.id), '--reason', 'nobody downloaded']
  doneOf(await stage.desk(...decided))
  const then = await wallet(seller)
  assert.deepEqual(
    [then.pending, then.held, then.withheld, then.earned, then.agrees],
    ['0', undefined, held.held, held.earned, true],
  )
})
