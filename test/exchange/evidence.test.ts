/** What both wallets hold after a trade: enough to show what was asked, owed and released. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '../../shared/errors.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { openBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, type Party } from '../contract/provider.js'
import { at, makeContent } from '../engine-content.js'
import { until } from '../until.js'
import { certify, ISSUING, Market, startTrader, type Trader } from './market.js'

const KIB = 1024
const content = makeContent({ 'film.bin': 40 * 16 * KIB }, 16 * KIB)

const verifierOf = ({ publicKey }: Party) => ({ fingerprint: FINGERPRINT, publicKey })
const evidenceOf = ({ wallet }: Trader) => wallet.evidence(FINGERPRINT)

test('each side keeps the certificates of the other, and what it signed', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true })
  const buyer = await startTrader(t, market, 'buyer', { buysFrom: [seller.party] })
  const stranger = await startTrader(t, market, 'stranger', { buysFrom: [] })
  stranger.swarm.addPeers([at(seller)])
  buyer.swarm.addPeers([at(seller)])
  await buyer.done
  await buyer.stop()
  await stranger.stop()
  await seller.stop()
  const { rid } = market.facts(buyer.party)
  const shown = (party: Party) => ({
    leaf: Buffer.from(certify(party)),
    issuing: Buffer.from(ISSUING),
  })
  assert.deepEqual(evidenceOf(seller).peer(buyer.party.uid), shown(buyer.party))
  assert.deepEqual(evidenceOf(buyer).peer(seller.party.uid), shown(seller.party))
  assert.equal(evidenceOf(seller).peer(stranger.party.uid), undefined, 'nothing of it was kept')
  const receipt = evidenceOf(buyer).receipt(rid, seller.party.uid)
  assert.equal(receipt?.k, 40)
  const signed = receipt?.receipt ?? new Uint8Array(0)
  assert.equal(must(openBody('receipt', signed, verifierOf(seller.party))).k, 40)
  assert.deepEqual(evidenceOf(seller).debts(), [])
})

test('a release is kept beside the withdrawal that it answers', async (t) => {
  const market = new Market(content, floodgate)
  const options = { hasAll: true, silentAbout: [5] }
  const seller = await startTrader(t, market, 'seller', options)
  const impatient = { requestTimeoutMs: 300 }
  const buyer = await startTrader(t, market, 'buyer', {
    ...{ buysFrom: [seller.party], options: impatient, sequential: true },
  })
  buyer.swarm.addPeers([at(seller)])
  const { rid } = market.facts(buyer.party)
  const asked = () =>
    Array.from({ length: 40 }, (_, counter) =>
      evidenceOf(buyer).asked(rid, seller.party.uid, counter),
    ).find((request) => request !== undefined && request.release !== null)
  await until('the request', () => asked() !== undefined)
  await buyer.stop()
  await seller.stop()
  const { release, withdrawal } = asked() ?? {}
  const empty = new Uint8Array(0)
  const gone = must(openBody('withdrawal', withdrawal ?? empty, verifierOf(buyer.party)))
  const freed = must(openBody('release', release ?? empty, verifierOf(seller.party)))
  assert.deepEqual([freed.counter, freed.pieces], [gone.counter, gone.pieces])
})

test('a debt is what was begun of an open request and has no signed payment', async (t) => {
  const market = new Market(content, floodgate)
  const seller = await startTrader(t, market, 'seller', { hasAll: true, silentAbout: [5] })
  const buyer = await startTrader(t, market, 'buyer', {
    ...{ buysFrom: [seller.party], sequential: true },
  })
  buyer.swarm.addPeers([at(seller)])
  const { rid } = market.facts(buyer.party)
  const debtOfFive = () =>
    evidenceOf(seller)
      .debts()
      .find(({ pieces }) => pieces.includes(5 as never))
  await until('the debt', () => debtOfFive() !== undefined)
  const debt = debtOfFive()
  assert.equal(debt?.buyer, buyer.party.uid)
  assert.equal(debt?.rid, rid)
  const request = must(
    openBody('request', debt?.request ?? new Uint8Array(0), verifierOf(buyer.party)),
  )
  assert.equal(request.counter, debt?.counter)
  assert.ok(debt?.pieces.every((piece) => request.pieces.includes(piece)))
  assert.ok((debt?.since ?? 0) >= request.time)
  const met = evidenceOf(seller).met(rid, buyer.party.uid)
  assert.equal(met?.scheme, 'floodgate')
  assert.ok((met?.paymentK ?? 0) < 40)
  await buyer.stop()
  await seller.stop()
})
