/** A member on the blacklist is not traded with, whichever side it is on and whoever dialled. */
import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { PayEvent } from '../../client/pay/pay-event.js'
import { refused } from '../../shared/errors.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { PayStep, Scheme } from '../../shared/schemes/scheme.js'
import { FINGERPRINT, party } from '../contract/provider.js'
import { at, folder, makeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'
import { earnedFrom, Market, startTrader, type Trader } from './market.js'

const KIB = 1024
const content = makeContent({ 'film.bin': 100 * 16 * KIB }, 16 * KIB)
/** The whole content takes 1.6 s at least; a gate looks at its books four times a second. */
const SLOW = { hasAll: true, upLimit: 1_000_000 }

/** Puts a member on a trader's blacklist. */
function block({ wallet }: Trader, name: string): void {
  const entry = { provider: FINGERPRINT, uid: party(name).uid, code: 'by-hand' } as const
  const evidence = new Uint8Array(0)
  wallet.blacklist.add({ ...entry, reason: '', evidence, since: 0, until: null })
}

const closings = ({ events }: Trader, code: string): boolean =>
  events.some((event) => event.event === 'closed' && event.code === code)

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
    await until(
      'the end on both sides',
      () => closings(blocking, 'blacklisted') && closings(blocked, 'blacklisted'),
    )
    await buyer.stop()
    await seller.stop()
    assert.deepEqual(earnedFrom(seller, market, buyer.party), [])
  })
}

test('a trade under way ends with what was got paid, and goes on once it is lifted', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', SLOW)
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await until('the first payment', () => buyer.events.some(({ event }) => event === 'paid'))
  block(buyer, 'seller')
  await until('the end at the buyer', () => closings(buyer, 'blacklisted'))
  const paid = buyer.wallet.history(FINGERPRINT).paidPieces(market.facts(buyer.party).rid)
  await until(
    'all that was paid',
    () => earnedFrom(seller, market, buyer.party).length >= paid.length,
  )
  buyer.wallet.blacklist.lift(FINGERPRINT, seller.party.uid, 1)
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  await seller.stop()
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.equal(earnedFrom(seller, market, buyer.party).length, 100)
})

test('a seller on the blacklist is paid what it delivered, and asked for nothing', async (t) => {
  const market = new Market(content, floodgate, { n: 2, b: 1 })
  const [home, shop] = [await folder(t), await folder(t)]
  const first = await startTrader(t, market, 'seller', { hasAll: true, folder: shop })
  const line = await relay(t, first.port)
  // The line breaks in the turn in which the first payment is saved and leaves.
  const told = ({ event }: PayEvent) => event === 'paid' && line.cut()
  const setting = { buysFrom: [first.party], folder: home }
  const eager = await startTrader(t, market, 'buyer', { ...setting, options: { told } })
  eager.swarm.addPeers([{ host: '127.0.0.1', port: line.port }])
  const { rid } = market.facts(eager.party)
  const books = () => eager.wallet.history(FINGERPRINT)
  await until('a paid piece', () => books().paidPieces(rid).length > 0)
  await eager.stop()
  await first.stop()
  assert.deepEqual(books().unsettled(rid), [first.party.uid], 'the buyer owes it')
  const before = books().paidPieces(rid).length
  assert.ok(earnedFrom(first, market, eager.party).length < before)
  block(eager, 'seller')
  await eager.wallet.close()
  await first.wallet.close()
  const seller = await startTrader(t, market, 'seller', { hasAll: true, folder: shop })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [first.party], folder: home })
  buyer.swarm.addPeers([at(seller)])
  await until('the end at the buyer', () => closings(buyer, 'blacklisted'))
  const history = buyer.wallet.history(FINGERPRINT)
  await until(
    'what follows the end',
    () => earnedFrom(seller, market, buyer.party).length === history.paidPieces(rid).length,
  )
  assert.deepEqual(history.unsettled(rid), [])
  const after = history.paidPieces(rid).length
  assert.ok(after >= before && after <= before + 3, `${before} then ${after}: what had arrived`)
})

/** A line to a port of this machine that can be cut. */
async function relay(t: TestContext, port: number): Promise<{ port: number; cut: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(end)
      end.on('error', () => other.destroy()).pipe(other)
    }
  })
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.after(cut)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, cut }
}

/** Floodgate as a cheat plays it: its payments are bent. */
function bentScheme(step: PayStep['step']): Scheme {
  const pay: Scheme['payer']['pay'] = (purse, seller, from, what, signer) => {
    const paid = floodgate.payer.pay(purse as never, seller, from, what, signer)
    if (refused(paid) || what.step !== step) return paid
    return { ...paid, bytes: paid.bytes.map((byte) => byte ^ 1) }
  }
  return { ...floodgate, payer: { ...floodgate.payer, pay } } as Scheme
}

/** A seller and a buyer whose options are bent, connected. */
async function cheated(t: TestContext, scheme: Scheme) {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const setting = { buysFrom: [seller.party], options: { scheme } }
  const buyer = await startTrader(t, market, 'buyer', setting)
  buyer.swarm.addPeers([at(seller)])
  return { buyer, seller }
}

for (const [step, code] of [
  ['token', 'payments-exhausted'],
  ['page', 'page-invalid'],
  ['payment', 'payments-exhausted'],
] as const) {
  test(`a false ${step} puts its buyer on the blacklist, with what it said`, async (t) => {
    const { buyer, seller } = await cheated(t, bentScheme(step))
    await until('the entry', () => seller.events.some(({ event }) => event === 'blacklisted'))
    const entry = seller.wallet.blacklist.get(FINGERPRINT, buyer.party.uid)
    assert.deepEqual([entry?.code, entry?.offences], [code, 1])
    assert.ok((entry?.evidence.length ?? 0) > 0)
    buyer.swarm.addPeers([at(seller)])
    await until('the end at the seller', () => closings(seller, 'blacklisted'))
    assert.equal(buyer.wallet.blacklist.of(FINGERPRINT).length, 0)
  })
}

test('a buyer that gave up its grant is cut off, and pays what it has got', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', SLOW)
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await until('the first payment', () => buyer.events.some(({ event }) => event === 'paid'))
  const { rid } = market.facts(buyer.party)
  const claim = { fingerprint: FINGERPRINT, id: new Uint8Array(16) }
  const nothing = { pieces: [], failed: [], alreadyPaid: [] }
  const voided = { rid, settled: 0, ...nothing, list: 1000, reset: false }
  seller.wallet.claims.acknowledge(claim, new Uint8Array(1), 0n, [voided])
  await until('the end at the seller', () => closings(seller, 'list-stale'))
  await buyer.stop()
  const paid = buyer.wallet.history(FINGERPRINT).paidPieces(rid)
  await until(
    'all that was paid',
    () => earnedFrom(seller, market, buyer.party).length === paid.length,
  )
  assert.ok(paid.length < 100, 'it was cut off in the middle')
  assert.deepEqual(seller.wallet.blacklist.of(FINGERPRINT), [], 'and nobody is branded for it')
})
