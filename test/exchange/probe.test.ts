/** A ping is answered before what waits for the disk: a buyer's slow disk is no queue. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { party } from '../contract/provider.js'
import { folder, makeContent, wrongFiles } from '../engine-content.js'
import { Market, startTrader } from './market.js'

const KIB = 1024
const content = makeContent({ 'film.bin': 64 * KIB - 7 }, 16 * KIB)
const market = new Market(content, floodgate, { n: 8, b: 8 })

test('a buyer answers pings while its disk takes no payment', { timeout: 60_000 }, async (t) => {
  const heard: string[] = []
  let answer: () => void = () => undefined
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const probing = {
    now: () => performance.now(),
    heard: (buyer: string) => {
      heard.push(buyer)
      answer()
    },
  }
  const seller = await startTrader(t, market, 'seller', { hasAll: true, options: { probing } })
  const home = await folder(t)
  const wallet = openWallet(join(home, 'slow.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const slow: typeof wallet = {
    ...wallet,
    commit: async (provider, saves) => {
      // No payment is written, and so none leaves, before the seller has its answer.
      if (saves.some(({ save: { kind } }) => kind === 'paid')) await answered
      await wallet.commit(provider, saves)
    },
  }
  const setting = { buysFrom: [party('seller')], folder: home, options: { wallet: slow } }
  const buyer = await startTrader(t, market, 'buyer', setting)
  buyer.swarm.addPeers([{ host: '127.0.0.1', port: seller.port }])
  await buyer.done
  await buyer.stop()
  await seller.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.ok(heard.includes(buyer.party.uid), 'it was the buyer that answered')
})
