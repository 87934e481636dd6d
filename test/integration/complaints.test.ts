/**
 * A buyer that takes a piece and never pays: its seller shows what was signed, the buyer hears of
 * it and says nothing, and the grant pays.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pending } from '../../shared/account.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { signBody } from '../../shared/wire/messages.js'
import { Buyer } from '../adversary/buyer.js'
import { casesOf, complain, complaintOf, openPlaintiff } from '../adversary/plaintiff.js'
import { type Offered, type Seller, Stage } from '../adversary/stage.js'
import { openDatabase } from '../open-database.js'
import { until } from '../until.js'
import { doneOf, type Event } from './programs.js'

const REWARD = 50_000n
/** Longer than a payment may take. */
const LONG_AGO_MS = 120_000

let stage: Stage
before(async () => {
  stage = await Stage.open({ publish: ['--answer-window', '1s'] })
})
after(() => stage.close())

/** A buyer that asked for piece 3 two minutes ago, took it, and went. */
async function takeUnpaid(sold: Offered, seller: Seller): Promise<Buyer> {
  const buyer = await Buyer.of(stage, sold, seller)
  const { line } = await buyer.open(seller)
  buyer.page(line, 3)
  const parties = { rid: buyer.rid, cid: sold.cid, buyer: buyer.uid, seller: seller.uid }
  const run = { counter: 1, pieces: [3 as PieceIndex], time: Date.now() - LONG_AGO_MS }
  assert.equal(
    await buyer.say(line, signBody('request', { ...parties, ...run }, buyer.signer)),
    true,
  )
  assert.equal(await buyer.take(line, 3), true)
  await line.end()
  await stage.dismiss(seller.name)
  const wallet = openDatabase(join(stage.home(seller.name), 'wallet.db'))
  wallet.prepare('UPDATE owed SET time = time - ?').run(LONG_AGO_MS)
  wallet.close()
  return buyer
}

const run = async (name: string, ...args: string[]): Promise<readonly Event[]> => {
  const ended = await stage.start(name, args).ended
  doneOf(ended)
  return ended.events
}

test('a debt is shown, filed and paid by the grant of a buyer that stays silent', async () => {
  const sold = stage.offers.get(8) ?? assert.fail('the stage offers it')
  const seller = await stage.seller(undefined, 'erin')
  const buyer = await takeUnpaid(sold, seller)

  const [debt] = await run('erin', 'complain', 'list')
  assert.deepEqual([debt?.event, debt?.buyer, debt?.pieces], ['debt', buyer.uid, [3]])
  const out = join(stage.folder, 'evidence')
  const [bundle] = await run('erin', 'complain', 'write', buyer.uid, '--out', out)
  const path = String(bundle?.path)
  const [filed] = await run('erin', 'complain', 'file', path)
  assert.deepEqual([filed?.kind, filed?.state, filed?.role], ['unpaid', 'open', 'plaintiff'])
  const [again] = await run('erin', 'complain', 'file', buyer.uid)
  assert.equal(again?.number, filed?.number, 'a request is complained of once')

  const waits = await run('erin', 'cases', 'show', String(filed?.number))
  const shownOpen = waits.at(-1)?.case as Readonly<Record<string, unknown>> | undefined
  assert.equal(shownOpen?.state, 'open', 'a case is shown before it is judged')

  const [heard] = await casesOf(buyer)
  assert.deepEqual([heard?.role, heard?.other, heard?.state], ['accused', seller.uid, 'open'])
  const told = await until('the payment', async () => {
    const found = (await run('erin', 'cases')).find(({ event }) => event === 'case')
    return found?.state === 'paid' && found
  })
  assert.deepEqual([told.outcome, told.amount], ['silent', String(REWARD)])
  const shown = await run('erin', 'cases', 'show', String(filed?.number), '--out', `${path}.case`)
  const replayed = shown.at(-1)?.replayed as Record<string, Record<string, unknown>>
  assert.equal(replayed.verdict?.outcome, 'silent')
  const [judged] = (await run('erin', 'cases', 'replay', `${path}.case`)).slice(-1)
  assert.deepEqual(judged?.verdict, replayed.verdict)
  assert.deepEqual((await run('erin', 'complain', 'list')).at(-1)?.debts, 0, 'it is over')
})

for (const [kind, receipts] of [
  ['receipt', true],
  ['payment', false],
] as const) {
  test(`a complaint about what was paid is answered with the ${kind}, by itself`, async () => {
    const sold = stage.offers.get(1) ?? assert.fail('the stage offers it')
    const message = ({ name }: { name: string }) => receipts || name !== 'payment'
    const { grounds, vendor } = await openPlaintiff(stage, sold, { message })
    // As patient as usual: a request that was withdrawn is answered with its release.
    const buyer = await stage.buyer(`paid-${kind}`, sold, { more: ['--seed'] })
    const bundle = complaintOf(vendor, sold, await grounds())
    await vendor.until('payment')
    await complain(vendor, bundle)
    const bystander = await stage.seller(undefined, `seller-${kind}`)
    const answered = await buyer.until('answered')
    assert.equal(answered.kind, kind)
    const [told] = (await casesOf(vendor)).filter(({ number }) => number === answered.number)
    assert.equal(told?.state, 'settled')
    const account = await stage.tracker.store.read((rows) =>
      rows.ledger.account(pending(vendor.uid)),
    )
    const credited = account?.credits ?? 0n
    // The desk books the payment that was shown, with a receipt or without, as a claim would be.
    assert.ok(credited >= REWARD, `${credited} were credited`)
    await buyer.stop('SIGKILL')
    await vendor.close()
    await stage.dismiss(bystander.name)
  })
}
