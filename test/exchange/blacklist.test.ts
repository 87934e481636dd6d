/** A member on the blacklist is not traded with, whichever side it is on and whoever dialled. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { FINGERPRINT, party } from '../contract/provider.js'
import { at, makeContent, wrongFiles } from '../engine-content.js'
import { earnedFrom, Market, startTrader, type Trader } from './market.js'

const KIB = 1024
const content = makeContent({ 'film.bin': 100 * 16 * KIB }, 16 * KIB)

/** Puts a member on a trader's blacklist. */
function block({ wallet }: Trader, name: string): void {
  const entry = { provider: FINGERPRINT, uid: party(name).uid, code: 'by-hand' } as const
  const evidence = new Uint8Array(0)
  wallet.blacklist.add({ ...entry, reason: '', evidence, since: 0, until: null })
}

const closings = ({ events }: Trader, code: string): boolean =>
  events.some((event) => event.event === 'closed' && event.code === code)

/** Waits for what the test's own time limit bounds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20)
}

for (const [who, whom] of [
  ['seller', 'buyer'],
  ['buyer', 'seller'],
] as const) {
  test(`the ${who} blocks the ${whom}: both hear why, nothing is sold`, async (t) => {
    const market = new Market(content, floodgate)
    const seller = await startTrader(t, market, 'seller', { hasAll: true })
    const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
    const [blocking, blocked] = who === 'seller' ? [seller, buyer] : [buyer, seller]
    block(blocking, whom)
    buyer.swarm.addPeers([at(seller)])
    await until(() => closings(blocking, 'blacklisted') && closings(blocked, 'blacklisted'))
    await buyer.stop()
    await seller.stop()
    assert.deepEqual(earnedFrom(seller, market, buyer.party), [])
  })
}

test('a trade under way ends with what was got paid, and goes on once it is lifted', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await until(() => buyer.events.some(({ event }) => event === 'paid'))
  block(buyer, 'seller')
  await until(() => closings(buyer, 'blacklisted'))
  const paid = buyer.wallet.history(FINGERPRINT).paidPieces(market.facts(buyer.party).rid)
  await until(() => earnedFrom(seller, market, buyer.party).length >= paid.length)
  buyer.wallet.blacklist.lift(FINGERPRINT, seller.party.uid, 1)
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  await seller.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.equal(earnedFrom(seller, market, buyer.party).length, 100)
})
