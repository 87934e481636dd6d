/**
 * Who is met and who is parted with: certificates, revocations and clocks, over real sockets (D11).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RevocationBook } from '../../client/pay/revocations.js'
import { makeCertificate, readCertificate } from '../../shared/certificate.js'
import { type Code, faultOf, must } from '../../shared/errors.js'
import { privateKeyFromSeed, rawPublicKey } from '../../shared/keys.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { FINGERPRINT, KEYRING, NOW_MS, party } from '../contract/provider.js'
import { at, makeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'
import { certify, ISSUING, Market, startTrader, type Trader } from './market.js'

const KIB = 1024
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const content = makeContent({ 'film.bin': 64 * 16 * KIB }, 16 * KIB)
const market = () => new Market(content, floodgate, { spendMs: 30 * DAY_MS })

/** The identity of a member with another leaf than usual. */
function bearing(name: string, leaf: Uint8Array, issuing = ISSUING) {
  const { signer, uid } = party(name)
  return { identity: { uid, leaf, issuing, signer } }
}

/** Resolves when a trader has closed a connection with a code. */
async function closed({ events }: Trader, code: Code): Promise<void> {
  const look = () => events.some((event) => event.event === 'closed' && event.code === code)
  await until(`an end by ${code}`, look, { seen: () => events })
}

const sold = ({ events }: Trader) => events.filter(({ event }) => event === 'earned').length

/** The chain of another provider of the same name. */
const THEIRS = privateKeyFromSeed(new Uint8Array(32).fill(3))
const theirs = {
  ...{ serial: new Uint8Array(16), publicKey: rawPublicKey(THEIRS), issuerKey: THEIRS },
  ...{ notBeforeMs: NOW_MS - DAY_MS, notAfterMs: NOW_MS + DAY_MS },
}
const THEIR_ROOT = makeCertificate({ kind: 'root', provider: 'Example Films', ...theirs })
const THEIR_ISSUER = must(readCertificate(THEIR_ROOT))
const THEIR_ISSUING = makeCertificate({ kind: 'issuing', issuer: THEIR_ISSUER, ...theirs })

const buyerOf = (bent: Parameters<typeof certify>[1]) => certify(party('buyer'), bent)
const WRONG: readonly (readonly [string, Code, Uint8Array, Uint8Array?])[] = [
  ['that has expired', 'certificate-expired', buyerOf({ notAfterMs: NOW_MS - 301_000 })],
  ['that is not valid yet', 'certificate-early', buyerOf({ notBeforeMs: NOW_MS + HOUR_MS })],
  [
    'of another provider',
    'certificate-invalid',
    buyerOf({ issuer: must(readCertificate(THEIR_ISSUING)), issuerKey: THEIRS }),
    THEIR_ISSUING,
  ],
]

for (const [what, code, leaf, issuing] of WRONG) {
  test(`a certificate ${what} gets nothing and ends with ${code}`, async (t) => {
    const fair = market()
    const seller = await startTrader(t, fair, 'seller', { hasAll: true })
    const options = bearing('buyer', leaf, issuing)
    const buyer = await startTrader(t, fair, 'buyer', { buysFrom: [seller.party], options })
    buyer.swarm.addPeers([at(seller)])
    await closed(seller, code)
    assert.equal(seller.swarm.stats().uploadedBytes, 0)
    assert.equal(seller.wallet.history(FINGERPRINT).hasTradedWith(buyer.party.uid), false)
  })
}

test('a clock costs nobody standing', () => {
  for (const code of ['certificate-expired', 'certificate-early', 'revocations-stale'] as const) {
    assert.equal(faultOf(code), 'nobody')
  }
})

test('a member that is revoked in mid-download is parted with, and stays out', async (t) => {
  const fair = market()
  const seller = await startTrader(t, fair, 'seller', { hasAll: true })
  const buyer = await startTrader(t, fair, 'buyer', { buysFrom: [seller.party] })
  buyer.swarm.addPeers([at(seller)])
  await until('the first sale', () => sold(seller) > 0, { everyMs: 1 })
  must(seller.revocations.take(fair.revocations(7, [certify(buyer.party)])))
  await closed(seller, 'certificate-revoked')
  const then = sold(seller)
  assert.ok(then < content.metainfo.pieceCount)
  // It dials again at once, and is refused at the handshake.
  const count = () => seller.events.filter(({ event }) => event === 'closed').length
  const before = count()
  await until('its next try', () => count() > before)
  assert.equal(sold(seller), then)
  const owed = buyer.wallet.history(FINGERPRINT).paidPieces(fair.facts(buyer.party).rid).length
  assert.ok(owed >= then && owed <= then + 8, `${owed} paid, ${then} earned`)
})

test('a list that was rolled back is refused, also after a restart', async (t) => {
  const fair = market()
  const seller = await startTrader(t, fair, 'seller', { hasAll: true })
  const leaf = certify(party('buyer'))
  const [before, list] = [fair.revocations(6), fair.revocations(7, [leaf])]
  must(seller.revocations.take(list))
  const trackerNow = () => fair.now
  const { wallet } = seller
  const pinned = { fingerprint: FINGERPRINT, keyring: KEYRING }
  const again = new RevocationBook({ ...pinned, wallet, trackerNow })
  for (const book of [seller.revocations, again]) {
    const refusal = book.take(before)
    assert.equal(refusal?.code, 'revocations-old')
    const { serial } = must(readCertificate(leaf))
    assert.equal(book.judge(serial, () => false)?.code, 'certificate-revoked')
  }
  fair.aheadMs = HOUR_MS
  assert.equal(again.take(fair.revocations(7, [leaf])), undefined)
  assert.equal(again.take(list)?.code, 'revocations-old')
})

test('with the tracker away for two days known members trade on and strangers wait', async (t) => {
  const fair = market()
  const seller = await startTrader(t, fair, 'seller', { hasAll: true })
  const half = await startTrader(t, fair, 'buyer', { buysFrom: [seller.party] })
  half.swarm.addPeers([at(seller)])
  await until('20 pieces', () => half.swarm.stats().have >= 20, { everyMs: 1 })
  await half.stop()
  fair.aheadMs = 2 * DAY_MS
  const long = { notAfterMs: NOW_MS + 7 * DAY_MS }
  const known = await startTrader(t, fair, 'buyer', {
    ...{ folder: half.folder, buysFrom: [seller.party] },
    options: bearing('buyer', certify(party('buyer'), long)),
  })
  const stranger = await startTrader(t, fair, 'stranger', {
    buysFrom: [seller.party],
    options: bearing('stranger', certify(party('stranger'), long)),
  })
  const sellerLong = bearing('seller', certify(party('seller'), long))
  await seller.stop()
  const later = await startTrader(t, fair, 'seller', {
    ...{ folder: seller.folder, options: sellerLong, trackerAway: true },
  })
  known.swarm.addPeers([at(later)])
  stranger.swarm.addPeers([at(later)])
  await known.done
  await closed(later, 'revocations-stale')
  assert.deepEqual(await wrongFiles(content, known.folder), [])
  assert.equal(stranger.swarm.stats().have, 0)
  // The tracker is back: the next list lets the stranger in.
  must(later.revocations.take(fair.revocations(1)))
  await stranger.done
})

test('a certificate renewed in mid-download is used from then on and cuts nothing', async (t) => {
  const fair = market()
  const week = (days: number) => ({ notAfterMs: NOW_MS + days * DAY_MS })
  const options = bearing('seller', certify(party('seller'), week(9)))
  const seller = await startTrader(t, fair, 'seller', { hasAll: true, options })
  const [old, renewed] = [1, 9].map((days) => certify(party('buyer'), week(days)))
  const { signer, uid } = party('buyer')
  let leaf = old as Uint8Array
  const identity = {
    ...{ uid, issuing: ISSUING, signer },
    get leaf() {
      return leaf
    },
  }
  const buyer = await startTrader(t, fair, 'buyer', {
    ...{ buysFrom: [seller.party], options: { identity } },
  })
  buyer.swarm.addPeers([at(seller)])
  await until('the first sale', () => sold(seller) > 0, { everyMs: 1 })
  leaf = renewed as Uint8Array
  // Half a day beyond the old one: the connection that began under it goes on.
  fair.aheadMs = 1.5 * DAY_MS
  await buyer.done
  assert.deepEqual(await wrongFiles(content, buyer.folder), [])
  assert.deepEqual(
    seller.events.filter(({ event }) => event === 'closed'),
    [],
  )
  // A day beyond it the connection ends, for nobody's fault; the next begins under the new one.
  fair.aheadMs = 2 * DAY_MS + 400_000
  await closed(seller, 'certificate-expired')
})
