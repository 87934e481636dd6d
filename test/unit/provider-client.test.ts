/**
 * The customer's side of the signed API, against a real tracker and a line that tampers with it.
 */
import assert from 'node:assert/strict'
import { type KeyObject, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { greet } from '../../client/pay/provider/greeting.js'
import { ensureCertificate, register } from '../../client/pay/provider/membership.js'
import { requestBytes } from '../../client/pay/provider/transport.js'
import { Provider, pin } from '../../client/pay/provider.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import { type Code, must, type Refusal } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { World } from './tracker-world.js'

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))
const DAY_MS = 24 * 3600 * 1000

/** What the line does to an answer; the identity does nothing. */
type Tamper = (bytes: Buffer, path: string) => Buffer

let world: World
let line: Server
let url: string
let tamper: Tamper
/** Whether the line delivers each call twice, and passes the second answer on. */
let doubling = false
/** What the line says in place of the tracker, unsigned. */
let forged: Code | undefined
let folder: string
let wallet: Wallet
let provider: Provider
let publicKey: Uint8Array
let privateKey: KeyObject
/** Our clock, off by an hour: it must not matter. */
const now = (): number => Date.now() - 3_600_000 + world.aheadMs

before(async () => {
  world = await World.start()
  line = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = 'GET', url: path = '/' } = request
    const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {}
    if (forged !== undefined && method === 'POST') {
      response.writeHead(409).end(JSON.stringify({ code: forged, message: 'forged' }))
      return
    }
    if (doubling && method === 'POST') await fetch(`${world.url}${path}`, { method, ...body })
    const answer = await fetch(`${world.url}${path}`, { method, ...body })
    response.writeHead(answer.status).end(tamper(Buffer.from(await answer.arrayBuffer()), path))
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(line.address() as AddressInfo).port}`
  folder = mkdtempSync(join(tmpdir(), 'floodgate-provider-'))
  wallet = openWallet(join(folder, 'wallet.db'), new Uint8Array(32))
  const seed = random(32)
  publicKey = ed25519PublicKey(seed)
  tamper = (bytes) => bytes
  const greeting = must(await greet({ url, pinned: undefined, random, now }))
  pin(wallet, greeting, url, 'Ann')
  const row = wallet.providers.get(greeting.fingerprint)
  assert.ok(row)
  privateKey = privateKeyFromSeed(seed)
  provider = new Provider({ wallet, row, privateKey, random, now })
  must(await register({ provider, wallet, publicKey }, 'Ann'))
})
beforeEach(() => {
  tamper = (bytes) => bytes
  doubling = false
  forged = undefined
})
after(async () => {
  await wallet.close()
  line.close()
  line.closeAllConnections()
  rmSync(folder, { recursive: true })
  await world.close()
})

/** Checks the code of a refusal. */
function refusedAs(value: unknown, code: Code): void {
  assert.equal((value as Refusal).code, code)
}

test('every answer is signed and fits its call', async () => {
  must(await provider.call('account', {}))
  const kept = new Map<string, Buffer>()
  const keep: Tamper = (bytes, path) => {
    kept.set(path, bytes)
    return bytes
  }
  const announce = { cid: '0'.repeat(40) as Cid, port: 6881, left: 0, event: '' }
  tamper = keep
  refusedAs(await provider.call('announce', announce), 'unknown-cid')
  tamper = (bytes, path) => kept.get(path) ?? bytes
  refusedAs(await provider.call('announce', announce), 'bad-answer')
  tamper = (bytes, path) => (path.endsWith('renew') ? kept.get('/fg/v1/announce') : bytes) ?? bytes
  refusedAs(await provider.call('renew', {}), 'bad-answer')
})

test('one flipped bit is noticed, wherever it is', async () => {
  const flip =
    (place: number): Tamper =>
    (bytes, path) => {
      if (path.startsWith('/fg/v1/time')) return bytes
      const at = place < 0 ? bytes.length + place : place
      bytes[at] = (bytes[at] as number) ^ 1
      return bytes
    }
  const cases = [
    ['renew', 3, 'unsupported-version'],
    ['renew', 14, 'bad-label'],
    ['renew', 30, 'wrong-provider'],
    ['renew', 200, 'bad-signature'],
    ['renew', -1, 'bad-signature'],
    ['account', 3, 'seal-broken'],
    ['account', -1, 'seal-broken'],
  ] as const
  for (const [name, place, code] of cases) {
    tamper = flip(place)
    refusedAs(await provider.call(name, {}), code)
  }
})

test('an answer that never ends, is no bencode, or no answer at all', async () => {
  tamper = () => Buffer.from('l-3:')
  refusedAs(await greet({ url, pinned: undefined, random, now }), 'malformed')
  const { cid } = await world.publish(2)
  refusedAs(await provider.torrent(cid), 'torrent-invalid')
  refusedAs(await provider.catalogue(''), 'malformed')
  const long = { url: `${url}/fg/v1/catalogue`, maxBytes: 3 }
  refusedAs(await requestBytes(long), 'too-large')
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const asked = await requestBytes({ url: `http://127.0.0.1:${port}/`, timeoutMs: 50 })
  silent.closeAllConnections()
  silent.close()
  refusedAs(asked, 'unreachable')
})

test('a torrent of another content is not taken for the one asked', async () => {
  const [one, two] = [await world.publish(2), await world.publish(2)]
  const other = Buffer.from(
    await (await fetch(`${world.url}/fg/v1/torrents/${two.cid}`)).arrayBuffer(),
  )
  tamper = () => other
  refusedAs(await provider.torrent(one.cid), 'bad-answer')
})

test('an old catalogue and the answer to another question', async () => {
  const old = Buffer.from(await (await fetch(`${world.url}/fg/v1/catalogue?q=a`)).arrayBuffer())
  tamper = () => old
  refusedAs(await provider.catalogue('b'), 'bad-answer')
  must(await provider.catalogue('a'))
  world.aheadMs += 3_600_000
  refusedAs(await provider.catalogue('a'), 'bad-answer')
})

test('the certificate renews by itself when little of it is left', async () => {
  const member = { provider, wallet, publicKey }
  const first = provider.row.certificate
  assert.equal(await ensureCertificate(member), undefined)
  assert.deepEqual(provider.row.certificate, first)
  world.aheadMs += 5 * DAY_MS
  assert.equal(await ensureCertificate(member), undefined)
  assert.notDeepEqual(provider.row.certificate, first)
  tamper = () => Buffer.from('gone')
  world.aheadMs += 5 * DAY_MS
  assert.equal(await ensureCertificate(member), undefined, 'two days are left')
  world.aheadMs += 5 * DAY_MS
  assert.notEqual(await ensureCertificate(member), undefined)
})

test('a tracker that is met while the disk is full: a refusal, for every call', async () => {
  const put = (): never => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }
  const providers = new Proxy(wallet.providers, {
    get: (book, name) => (name === 'put' ? put : Reflect.get(book, name, book).bind(book)),
  })
  const { row } = provider
  const poor = new Provider({ wallet: { providers }, row, privateKey, random, now })
  assert.equal((await poor.meet())?.code, 'disk-full')
  refusedAs(await poor.call('account', {}), 'disk-full')
  await poor.tellTime()
})

test('calls made at once leave one after the other', async () => {
  tamper = (bytes) => bytes
  const answers = await Promise.all([1, 2, 3, 4].map(() => provider.call('account', {})))
  for (const answer of answers) assert.equal(must(answer).body.name, 'Ann')
})

test('a copy of the wallet is told from the one that was used since, for good', async (t) => {
  const path = join(folder, 'copy.db')
  writeFileSync(path, wallet.image())
  const copied = openWallet(path, new Uint8Array(32))
  t.after(() => copied.close())
  assert.equal(await provider.proveCurrent(5000), undefined)
  for (let call = 0; call < 3; call++) must(await provider.call('account', {}))
  const { row } = provider
  // More often than it is behind: its counter must not come to where the other's stands.
  for (let tries = 0; tries < 6; tries++) {
    const copy = new Provider({ wallet: copied, row, privateKey, random, now })
    refusedAs(await copy.call('account', {}), 'home-copied')
    assert.equal((await copy.proveCurrent(5000))?.code, 'home-copied')
  }
  assert.equal(await provider.proveCurrent(5000), undefined)
  must(await provider.call('account', {}))
})

test('a call that the network delivers twice is no sign of a copy', async () => {
  doubling = true
  for (let call = 0; call < 3; call++) refusedAs(await provider.call('account', {}), 'unreachable')
  doubling = false
  must(await provider.call('account', {}))
})

test('only the tracker itself can say that a copy went on', async () => {
  for (const code of ['stale-counter', 'call-repeated', 'certificate-revoked'] as const) {
    forged = code
    refusedAs(await provider.call('account', {}), 'bad-answer')
  }
  forged = undefined
  must(await provider.call('account', {}))
})

test('calls of one home that overtake each other are no sign of a copy', async () => {
  const { row } = provider
  const twins = [1, 2].map(() => new Provider({ wallet, row, privateKey, random, now }))
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(twins.map((twin) => twin.call('account', {})))
    for (const answer of answers) must(answer)
  }
})

test('while the tracker is away a copy of the wallet trades with nobody', async (t) => {
  assert.equal(await provider.proveCurrent(5000), undefined)
  const path = join(folder, 'backup.db')
  writeFileSync(path, wallet.image())
  const copied = openWallet(path, new Uint8Array(32))
  t.after(() => copied.close())
  const row = { ...provider.row, url: 'http://127.0.0.1:9' }
  const away = (of: Wallet) => new Provider({ wallet: of, row, privateKey, random, now })
  assert.equal((await away(copied).proveCurrent(5000))?.code, 'home-copied')
  assert.equal(await away(wallet).proveCurrent(5000), undefined)
  // As new as its original, as after a move: once the tracker has said so it goes on without it.
  const moved = new Provider({ wallet: copied, row: provider.row, privateKey, random, now })
  assert.equal(await moved.proveCurrent(5000), undefined)
  assert.equal(await away(copied).proveCurrent(5000), undefined)
  // The original is the one behind now, and by a single call: it never catches up.
  for (let tries = 0; tries < 3; tries++) {
    const behind = new Provider({ wallet, row: provider.row, privateKey, random, now })
    assert.equal((await behind.proveCurrent(5000))?.code, 'home-copied')
  }
  assert.equal((await away(wallet).proveCurrent(5000))?.code, 'home-copied')
  refusedAs(await provider.call('account', {}), 'home-copied')
  assert.equal(await provider.proveCurrent(5000).then((one) => one?.code), 'home-copied')
  must(await moved.call('account', {}))
})
