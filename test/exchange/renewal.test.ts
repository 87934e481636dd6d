/**
 * Two members at a real tracker, with the stations that the verbs run and a clock that is ours:
 * certificates renewed in mid-download, and a provider that changes its own.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readTradeSettings } from '../../client/config.js'
import type { Customer } from '../../client/customer.js'
import { homeAt } from '../../client/home.js'
import { greet } from '../../client/pay/provider/greeting.js'
import { register } from '../../client/pay/provider/membership.js'
import { Provider, pin } from '../../client/pay/provider.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { openTorrent, type PaidContent } from '../../client/trade/content.js'
import { purchase } from '../../client/trade/purchase.js'
import { Station } from '../../client/trade/station.js'
import type { TradeEvent } from '../../client/trade/trade-event.js'
import { createTerminal } from '../../client/ui/terminal.js'
import { makeCertificate, readCertificate, verifyMember } from '../../shared/certificate.js'
import { createReport, type Values } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { toPem } from '../../tracker/authority.js'
import { readKey } from '../../tracker/config.js'
import { folder } from '../engine-content.js'
import { World } from '../unit/tracker-world.js'
import { until } from '../until.js'

const DAY_MS = 24 * 3600 * 1000
const PIECES = 120
/** For what is left once that was seen which has to be seen in mid-download. */
const NO_LIMITS = { upLimit: undefined, downLimit: undefined }
const random = (bytes: number) => new Uint8Array(randomBytes(bytes))

/** What a test ends with, the last begun first. */
interface Stage {
  readonly test: TestContext
  readonly ends: (() => unknown)[]
}

/** A tracker and whatever will be begun at it. */
async function open(test: TestContext): Promise<{ world: World; t: Stage }> {
  const world = await World.start()
  const ends: (() => unknown)[] = [() => world.close()]
  test.after(async () => {
    for (const end of ends) await end()
  })
  return { world, t: { test, ends } }
}

/** A member as the verbs have it, on the world's clock. */
async function enroll(t: Stage, world: World, name: string): Promise<Customer> {
  const home = homeAt(await folder(t.test))
  const keys = { seed: random(32), walletKey: random(32) }
  const wallet = openWallet(home.wallet, keys.walletKey)
  t.ends.unshift(() => wallet.close())
  const now = () => Date.now() + world.aheadMs
  const privateKey = privateKeyFromSeed(keys.seed)
  const publicKey = ed25519PublicKey(keys.seed)
  const greeting = must(await greet({ url: world.url, pinned: undefined, random, now }))
  pin(wallet, greeting, world.url, name)
  const schemes = new Map([[floodgate.name, floodgate]])
  const customer: Customer = {
    ...{ home, keys, passphrase: undefined, wallet, privateKey, publicKey, random, now },
    schemes,
    loadSchemes: async () => schemes,
    environment: {},
    monotonic: () => performance.now(),
    terminal: createTerminal(process.stdin, process.stdout, process.stderr),
    stop: new AbortController().signal,
    caps: () => ({ download: undefined, day: undefined, low: undefined }),
    version: '0',
    folder: home.folder,
    words: [],
    streams: { out: () => {}, err: () => {} },
    verbs: async () => [],
    runWords: async () => 1,
  }
  const row = wallet.providers.get(greeting.fingerprint)
  assert.ok(row)
  const provider = new Provider({ wallet, row, privateKey, random, now })
  must(await register({ provider, wallet, publicKey }, name))
  return customer
}

/** The station of a member, and what its trades said. */
async function station(t: Stage, customer: Customer, options: Values = {}) {
  const events: TradeEvent[] = []
  const settings = must(readTradeSettings({ host: '127.0.0.1', ...options }))
  const opened = must(
    await Station.open(customer, settings, {
      trade: (_content, event) => events.push(event),
      claimed: () => undefined,
      corresponded: () => undefined,
      membership: (_provider, problem) => assert.fail(problem?.message),
    }),
  )
  t.ends.unshift(() => opened.stop())
  return { station: opened, events }
}

const serialOf = ({ wallet }: Customer) => {
  const [row] = wallet.providers.all()
  return must(readCertificate(row?.certificate as Uint8Array)).serial
}

/** A content, its slow seller at work, and a buyer that has a quarter of it. */
async function half(t: Stage, world: World) {
  const sold = await world.publish(PIECES, { n: 4, b: 4 })
  const [seller, buyer] = [await enroll(t, world, 'seller'), await enroll(t, world, 'buyer')]
  const uid = buyer.wallet.providers.all()[0]?.uid
  assert.ok(uid)
  await world.topup(uid, '5')
  const torrent = await world.tracker.store.read((rows) => rows.catalog.torrent(sold.cid))
  assert.ok(torrent)
  const contentFor = async (customer: Customer) =>
    (await openTorrent(customer, torrent)) as PaidContent
  const selling = await station(t, seller, { 'up-limit': '200k' })
  const offered = await contentFor(seller)
  must(
    await selling.station.add({
      content: offered,
      folder: world.folder,
      cut: false,
      sequential: false,
      chosen: undefined,
      grants: [],
    }),
  )
  const buying = await station(t, buyer)
  const content = await contentFor(buyer)
  const consent = { yes: true, report: createReport(true, () => undefined) }
  const { grants } = await purchase(buyer, content, consent)
  const trade = must(
    await buying.station.add({
      content,
      folder: await folder(t.test),
      cut: true,
      sequential: false,
      chosen: undefined,
      grants,
    }),
  )
  await until('a quarter', () => trade.snapshot().have >= PIECES / 4, { everyMs: 5 })
  return { seller, buyer, selling, buying, trade, content }
}

test('certificates renew in mid-download, and no connection ends', async (context) => {
  const { t, world } = await open(context)
  const { seller, buyer, selling, buying, trade, content } = await half(t, world)
  const before = [serialOf(seller), serialOf(buyer)]
  world.aheadMs = 5 * DAY_MS
  const renewed = () => serialOf(seller) !== before[0] && serialOf(buyer) !== before[1]
  await until('new certificates of both', renewed, { everyMs: 5 })
  assert.ok(trade.snapshot().have < PIECES, 'the download is still under way')
  selling.station.limits = NO_LIMITS
  assert.equal(await trade.finished, undefined)
  const closed = [...selling.events, ...buying.events].filter(({ event }) => event === 'closed')
  assert.deepEqual(closed, [])
  const { fingerprint } = content.provider.row
  const [grant] = buyer.wallet.grants.of(fingerprint, content.metainfo.cid)
  assert.ok(grant)
  const paid = () => buyer.wallet.history(fingerprint).paidPieces(grant.rid)
  // The last payment is on its way to the disk when the content is complete.
  await until('the last payment', () => paid().length >= PIECES)
  assert.equal(new Set(paid()).size, PIECES)
})

test('a provider that changes its certificates keeps what it signed', async (context) => {
  const { t, world } = await open(context)
  const { buyer, selling, trade, content } = await half(t, world)
  replaceCertificates(world)
  const { port } = new URL(world.url)
  await world.stop()
  await world.open({ port: Number(port) })
  world.aheadMs = 5 * DAY_MS
  const { provider } = content
  const { issuing: oldIssuing, signing: oldSigning } = provider.row
  selling.station.limits = NO_LIMITS
  assert.equal(await trade.finished, undefined)
  const changed = () => Buffer.compare(provider.row.issuer ?? oldIssuing, oldIssuing) !== 0
  await until('a certificate by the new issuer', changed)
  const { certificate, issuer, issuing, root } = provider.row
  const chain = { leaf: certificate as Uint8Array, issuing: issuer as Uint8Array, root }
  must(verifyMember({ ...chain, nowMs: provider.trackerNow() }))
  assert.deepEqual(issuer, issuing)
  // A process that starts now reads what the old certificate signed.
  const row = buyer.wallet.providers.all()[0]
  assert.ok(row)
  const later = new Provider({ ...buyer, row })
  const certificates = later.keyring.certificates().map((der) => Buffer.from(der))
  assert.ok(certificates.some((der) => der.equals(oldSigning)))
  assert.equal(certificates.length, 2)
  await openTorrent(buyer, content.torrent)
})

/** New issuing and signing keys and certificates under the same root. */
function replaceCertificates({ home, tracker }: World): void {
  const issuer = must(readCertificate(tracker.authority.root))
  const issuerKey = privateKeyFromSeed(must(readKey(join(home.keys, 'root.key'))))
  for (const kind of ['issuing', 'signing'] as const) {
    const seed = random(32)
    const dates = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + 100 * DAY_MS }
    const named = { kind, issuer, issuerKey, serial: random(16) }
    const der = makeCertificate({ ...named, ...dates, publicKey: ed25519PublicKey(seed) })
    writeFileSync(join(home.keys, `${kind}.key`), `${Buffer.from(seed).toString('hex')}\n`)
    writeFileSync(join(home.keys, `${kind}.pem`), toPem(der))
  }
}
