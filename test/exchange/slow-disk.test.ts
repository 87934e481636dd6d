/** Saves that take longer than a new connection: who takes up a trade waits for its books. */
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { party } from '../contract/provider.js'
import { folder, makeContent, wrongFiles } from '../engine-content.js'
import { earnedFrom, Market, startTrader } from './market.js'

const KIB = 1024
const PIECES = 4
/** A request takes this long to save; a lost connection is dialled again after half a second. */
const SAVE_MS = 1500
/** The first connection is cut this long after it begins: while the request is being saved. */
const CUT_MS = 250

const content = makeContent({ 'film.bin': PIECES * 16 * KIB - 7 }, 16 * KIB)
const market = new Market(content, floodgate, { n: 8, b: 8 })

/** A way to a port of loopback on which the first connection is cut. */
async function cuttingLine(t: TestContext, port: number) {
  const cuts = [CUT_MS]
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    for (const one of [socket, onward]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        socket.destroy()
        onward.destroy()
      })
    }
    socket.pipe(onward).pipe(socket)
    const cut = cuts.shift()
    if (cut !== undefined) void wait(cut, undefined, { ref: false }).then(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { host: '127.0.0.1', port: address.port, left: () => cuts.length }
}

/** A member whose saves of requests take their time. */
const startSlow: typeof startTrader = async (t, _market, name, setting) => {
  const home = await folder(t)
  const wallet = openWallet(join(home, 'slow.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const slow: typeof wallet = {
    ...wallet,
    commit: async (provider, saves) => {
      const slowly = saves.some(({ save: { kind } }) => kind === 'asked' || kind === 'opened')
      if (slowly) await wait(SAVE_MS)
      await wallet.commit(provider, saves)
    },
  }
  const trader = await startTrader(t, market, name, {
    ...{ ...setting, folder: home, options: { wallet: slow } },
  })
  return { ...trader, wallet }
}

for (const side of ['buyer', 'seller'] as const) {
  test(`a connection is lost while the ${side} saves a request: paid once`, async (t) => {
    const start = (name: typeof side) => (name === side ? startSlow : startTrader)
    const seller = await start('seller')(t, market, 'seller', { hasAll: true })
    const buyer = await start('buyer')(t, market, 'buyer', { buysFrom: [party('seller')] })
    const line = await cuttingLine(t, seller.port)
    buyer.swarm.addPeers([line])
    await buyer.done
    await buyer.stop()
    await seller.stop()
    assert.deepEqual(await wrongFiles(content, buyer.folder), [])
    assert.equal(line.left(), 0, 'a connection was cut')
    const earned = earnedFrom(seller, market, buyer.party)
    assert.deepEqual(earned.toSorted(), [...Array(PIECES).keys()])
  })
}
