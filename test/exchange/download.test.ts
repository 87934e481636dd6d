/**
 * Whole paid downloads over real sockets, under two schemes of different shape, through one gate.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { iou } from '../contract/iou/iou.js'
import { party } from '../contract/provider.js'
import { at, makeContent, wrongFiles } from '../engine-content.js'
import { earnedFrom, Market, startTrader, type Trader } from './market.js'

const KIB = 1024
const SCHEMES: readonly Scheme[] = [floodgate, iou]

for (const scheme of SCHEMES) {
  for (const [n, b] of [
    [1, 1],
    [2, 4],
    [4, 8],
  ] as const) {
    test(`${scheme.name}: one seller is paid for every piece (n=${n}, b=${b})`, async (t) => {
      const content = makeContent({ 'film.bin': 300 * 16 * KIB - 7 }, 16 * KIB)
      const market = new Market(content, scheme, { n, b })
      const seller = await startTrader(t, market, 'seller', { hasAll: true })
      const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
      buyer.swarm.addPeers([at(seller)])
      await buyer.done
      await buyer.stop()
      await seller.stop()
      assert.deepEqual(await wrongFiles(content, buyer.folder), [])
      const earned = earnedFrom(seller, market, buyer.party)
      assert.equal(new Set(earned).size, 300)
      const [unclaimed] = seller.wallet.claims.unclaimed(buyer.party.signer.fingerprint, 10)
      assert.equal(unclaimed?.payment.k, 300, 'the last payment signature covers everything')
    })
  }

  test(`${scheme.name}: two buyers also buy from each other`, async (t) => {
    const content = makeContent({ 'a/one.bin': 900 * KIB, 'a/two.bin': 700 * KIB }, 16 * KIB)
    const market = new Market(content, scheme)
    const seller = await startTrader(t, market, 'seller', { hasAll: true })
    const names = ['buyer', 'other buyer']
    const both = names.map(party)
    const [one, two] = await Promise.all(
      names.map((name) => startTrader(t, market, name, { buysFrom: [seller.party, ...both] })),
    )
    assert.ok(one !== undefined && two !== undefined)
    one.swarm.addPeers([at(seller), at(two)])
    two.swarm.addPeers([at(seller), at(one)])
    await Promise.all([one.done, two.done])
    await Promise.all([one.stop(), two.stop(), seller.stop()])
    for (const buyer of [one, two]) {
      assert.deepEqual(await wrongFiles(content, buyer.folder), [])
      const sellers: Trader[] = [seller, one, two].filter((other) => other !== buyer)
      const pieces = sellers.flatMap((other) => earnedFrom(other, market, buyer.party))
      assert.deepEqual(
        pieces.sort((a, b) => a - b),
        [...Array(100).keys()],
        'every piece is paid once, to one seller',
      )
    }
  })
}
