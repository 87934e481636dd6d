/** What is wrong is refused with its code, a message that says what to do, and nothing lost. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { must } from '../../shared/errors.js'
import { encodeTorrent, parseMetainfo } from '../../shared/metainfo.js'
import { scan } from '../../shared/wire/bencode.js'
import { Market } from './market.js'
import { doneOf, type Ended, floodgate, Program } from './programs.js'

const OFFER = { bytes: 200_000, pieceLength: 16_384, price: '2', reward: '0.01' }

let market: Market
let other: Market
let home: string

before(async () => {
  market = await Market.open(OFFER)
  other = await Market.open({ ...OFFER, bytes: 100_000 })
  home = market.home('ann')
  await market.member('ann', '1')
})
after(async () => {
  try {
    // Whatever was tried above, no money moved.
    const wallet = doneOf(await floodgate(home, 'wallet'))
    assert.deepEqual([wallet.spendable, wallet.spent, wallet.agrees], ['1000000', '0', true])
  } finally {
    await market.close()
    await other.close()
  }
})

/** Checks that a program ended with a code and one line on stderr that says the same. */
function failsWith(ended: Ended, code: string, message: RegExp): void {
  assert.equal(ended.events.at(-1)?.event, 'error', ended.stderr)
  assert.equal(ended.events.at(-1)?.code, code)
  assert.match(String(ended.events.at(-1)?.message), message)
  assert.equal(ended.status, code === 'usage' ? 2 : 1)
  assert.equal(ended.stderr, `floodgate: ${ended.events.at(-1)?.message}\n`)
}

/** The parts of a torrent that `changed` may replace. */
interface Parts {
  readonly info: Uint8Array
  readonly floodgate: { readonly terms: Uint8Array; readonly signer: Uint8Array } | undefined
}

function partsOf(path: string): Parts {
  const bytes = new Uint8Array(readFileSync(path))
  const info = must(scan(bytes, { maxBytes: bytes.length })).span('info')
  assert.ok(info)
  return { info, floodgate: must(parseMetainfo(bytes)).floodgate }
}

/** Writes our torrent with some parts replaced. */
function changed(parts: Partial<Parts>): string {
  const path = join(market.folder, 'changed.torrent')
  const { floodgate, info: infoBytes } = { ...partsOf(market.torrent), ...parts }
  const around = floodgate === undefined ? {} : { floodgate }
  writeFileSync(path, encodeTorrent({ infoBytes, announce: [market.url], ...around }))
  return path
}

/** A copy with one bit of the byte at `place` (from the end when negative) flipped. */
function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const copy = bytes.slice()
  const at = place < 0 ? copy.length + place : place
  copy[at] = (copy[at] as number) ^ 1
  return copy
}

test('an unknown content', async () => {
  const ended = await floodgate(home, 'buy', '0'.repeat(40), '--yes')
  failsWith(ended, 'unknown-cid', /no content 0{40}; see floodgate search/)
  for (const [verb, status] of [
    ['get', 1],
    ['seed', 2],
    ['play', 1],
  ] as const) {
    const out = verb === 'seed' ? [] : ['--out', join(market.folder, 'out')]
    const wrong = await floodgate(home, verb, '0'.repeat(40), ...out)
    assert.equal(wrong.status, status, verb)
    const names = wrong.events.map(({ event }) => event)
    assert.deepEqual(names, ['error'], 'nothing was begun, and no port is told')
  }
})

test('too little money', async () => {
  const ended = await floodgate(home, 'buy', market.cid, '--yes')
  failsWith(ended, 'insufficient-funds', /costs 2\.00 credit, the account holds 1\.00 credit/)
})

test('too little money, before anybody is asked', async () => {
  const ended = await floodgate(home, 'buy', market.cid)
  const missing = /not bought: 1\.00 credit are missing: it costs 2\.00, your account holds 1\.00/
  failsWith(ended, 'insufficient-funds', missing)
  assert.match(String(ended.events.at(-1)?.advice), /floodgate redeem CODE/)
})

test('torrents that were tampered with', async () => {
  const { floodgate: signed, info } = partsOf(market.torrent)
  assert.ok(signed)
  const terms = flipped(signed.terms, -80)
  const cases = [
    ['terms-missing', () => changed({ floodgate: undefined })],
    ['bad-signature', () => changed({ floodgate: { ...signed, terms } })],
    ['certificate-invalid', () => changed({ floodgate: partsOf(other.torrent).floodgate })],
    [
      'terms-invalid',
      () => changed({ info: flipped(info, Buffer.from(info).indexOf('6:pieces') + 20) }),
    ],
    ['wrong-provider', () => other.torrent],
  ] as const
  const out = join(market.folder, 'tampered-out')
  for (const [code, make] of cases) {
    const ended = await floodgate(home, 'get', make(), '--out', out, '--yes')
    failsWith(ended, code, /true torrent: [0-9a-f]{40}|register --tracker URL/)
    assert.equal(existsSync(out), false)
  }
})

test('bencode that never ends, in a torrent and in a reply', async () => {
  const path = join(market.folder, 'endless.torrent')
  writeFileSync(path, 'd4:infol-3:ee')
  failsWith(await floodgate(home, 'buy', path, '--yes'), 'torrent-invalid', /not a valid torrent/)
  const server = createServer((_request, response) => response.end('l-3:'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const args = ['--tracker', url, '--name', 'Eve']
  const ended = await floodgate(market.home('eve'), 'register', ...args)
  server.close()
  failsWith(ended, 'malformed', /what answers at http:.* is not a tracker of ours/)
})

test('a root that is not the one expected', async () => {
  const eve = market.home('eve')
  const args = ['register', '--tracker', market.url, '--name', 'Eve', '--ca']
  const foreign = join(other.home('tracker'), 'keys', 'root.pem')
  const mismatch = /answers the provider [0-9a-f]{64}, not the pinned [0-9a-f]{64}/
  failsWith(await floodgate(eve, ...args, foreign), 'pin-mismatch', mismatch)
  const issuing = join(market.home('tracker'), 'keys', 'issuing.pem')
  failsWith(await floodgate(eve, ...args, issuing), 'certificate-invalid', /--ca .*issuing\.pem/)
  const nothing = join(market.folder, 'nothing.pem')
  failsWith(
    await floodgate(eve, ...args, nothing),
    'not-readable',
    /--ca .*nothing\.pem: no such file/,
  )
  const root = join(market.home('tracker'), 'keys', 'root.pem')
  doneOf(await floodgate(eve, ...args, root))
})

test('wrong usage and transport in the clear', async () => {
  failsWith(await floodgate(home, 'buy'), 'usage', /TORRENT-or-CID/)
  failsWith(await floodgate(home, 'get', market.cid), 'usage', /--out DIR is missing/)
  const args = ['register', '--name', 'Eve', '--tracker']
  const clear = await floodgate(home, ...args, 'http://198.51.100.1:6969')
  failsWith(clear, 'insecure-transport', /use https/)
})

test('folders that cannot be written, a port in use: nothing is bought', async () => {
  const file = join(market.folder, 'file')
  writeFileSync(file, '')
  const inside = join(file, 'out')
  const out = await floodgate(home, 'get', market.cid, '--out', inside, '--yes')
  failsWith(
    out,
    'not-writable',
    /file\/out cannot be written: a part of the path is not a folder; choose another --out/,
  )
  const made = await floodgate(inside, 'register', '--tracker', market.url, '--name', 'Eve')
  failsWith(made, 'not-writable', /file\/out cannot be made: .*--home/)
  const blocker = createTcpServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as AddressInfo
  const where = ['--host', '127.0.0.1', '--port', String(port)]
  const args = ['get', market.cid, '--out', join(market.folder, 'out'), '--yes', ...where]
  const taken = await floodgate(home, ...args)
  blocker.close()
  failsWith(taken, 'port-in-use', /is in use; choose another/)
})

test('a second process on the same home; the lock dies with its process', async () => {
  await market.member('house')
  const seller = await market.seller('house')
  const busy = await floodgate(market.home('house'), 'key', 'passphrase', '--remove')
  failsWith(busy, 'home-in-use', /a floodgate works in .*house; stop it first/)
  doneOf(await floodgate(market.home('house'), 'wallet'))
  await seller.stop('SIGKILL')
  doneOf(await floodgate(market.home('house'), 'wallet'))
})

test('a home that is not there is not made by a slip; no such file', async () => {
  const nobody = market.home('nobody')
  const out = ['--out', join(market.folder, 'out')]
  const empty = join(market.folder, 'empty')
  mkdirSync(empty)
  const verbs = [
    ...[['search'], ['wallet'], ['statement'], ['claim'], ['cases'], ['payout'], ['earn']],
    ...[['blacklist'], ['key'], ['buy', market.torrent], ['seed', market.torrent]],
    ...[
      ['get', market.cid, ...out],
      ['get', market.torrent, '--list'],
    ],
    ['play', market.torrent, ...out],
    ['seed', empty],
  ]
  for (const verb of verbs) {
    failsWith(await floodgate(nobody, ...verb), 'home-missing', /no wallet in .*nobody.*register/)
  }
  failsWith(await floodgate(nobody, 'key', 'reopen'), 'usage', /nobody was not exported/)
  failsWith(await floodgate(nobody, 'get', 'nothing.torrent', ...out), 'not-readable', /nothing\./)
  assert.equal(existsSync(nobody), false)
  failsWith(await floodgate(home, 'buy', 'nothing.torrent'), 'not-readable', /nothing\.torrent/)
})

test('a tracker that is away, and a foreign one in its place', async () => {
  await market.stopTracker('SIGINT')
  const away = await floodgate(home, 'buy', market.cid, '--yes')
  failsWith(away, 'unreachable', /the tracker at http:\S+ cannot be reached \(\w+\)/)
  const args = ['serve', '--port', String(market.port)]
  await other.stopTracker('SIGINT')
  const foreign = new Program('floodgate-tracker', other.home('tracker'), args)
  await foreign.until('listening')
  const mistaken = await floodgate(home, 'buy', market.cid, '--yes')
  await foreign.stop()
  await market.startTracker()
  failsWith(mistaken, 'pin-mismatch', /nothing was sent to it/)
})

test('a reader that leaves early is no reason to complain', () => {
  const main = fileURLToPath(new URL('../../client/main.js', import.meta.url))
  for (const args of ['help get', 'config', 'wallet', 'search']) {
    const pipe = `node '${main}' ${args} --home '${home}' | true; echo "\${PIPESTATUS[0]}"`
    const { stderr, stdout } = spawnSync('bash', ['-c', pipe], { encoding: 'utf8' })
    assert.doesNotMatch(stderr, /EPIPE|\n {4}at /, args)
    assert.match(stdout, /^[01]\n$/, args)
  }
})
