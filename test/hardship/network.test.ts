/**
 * The network fails in mid-trade: between buyer, seller and a tracker with TLS, each a machine of
 * its own, one cable after the other is unplugged, for longer than a request may stay open (for a
 * minute with --all). Everything completes afterwards, and nothing is paid twice.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, type Event, type Program } from '../integration/programs.js'
import { audit } from './audit.js'
import { certify, Network, NO_NETWORKS } from './network.js'

const ALL = process.env.FLOODGATE_TEST_ALL !== undefined
const DROP_MS = ALL ? 60_000 : 8000
/** A request is withdrawn within the drop. */
const REQUEST_TIMEOUT = ALL ? '30s' : '3s'
const PIECES = 64
const PIECE_BYTES = 131_072
const PORT = 8443
const BUYERS = ['ann', 'ben', 'cat'] as const

let network: Network
let market: Market
let seller: Program
let tls: string
const members: Record<string, string> = {}
const files: string[] = []

before(async () => {
  if (NO_NETWORKS !== false) return
  network = Network.join('tracker', 'seller', ...BUYERS)
  tls = mkdtempSync(join(tmpdir(), 'floodgate-tls-'))
  const address = network.address('tracker')
  const { cert, key } = certify(tls, address)
  const all = ['tracker', 'seller', ...BUYERS]
  const trust = { NODE_EXTRA_CA_CERTS: cert }
  market = await Market.open(
    { bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '1', reward: '0.01' },
    {
      url: `https://${address}:${PORT}`,
      serve: ['--host', address, '--tls-key', key, '--tls-cert', cert],
      hosts: new Map(all.map((name) => [name, network.address(name)])),
      starts: new Map(all.map((name) => [name, network.start(name, trust)])),
    },
  )
  members.seller = await market.member('seller')
  for (const name of BUYERS) members[name] = await market.member(name, '3')
  seller = await market.seller('seller', '--request-timeout', REQUEST_TIMEOUT)
})
after(async () => {
  if (NO_NETWORKS !== false) return
  await market?.close()
  network.remove()
  rmSync(tls, { recursive: true })
})

const begun = ({ left }: Event): boolean => Number(left) < PIECES * PIECE_BYTES

/** A buyer in mid-download loses the cable of `machine` for a while. */
async function unplugged(buyer: (typeof BUYERS)[number], machine: string): Promise<void> {
  const out = market.home(`out-${buyer}`)
  await market.limit('seller', '500kB')
  const get = ['get', market.cid, '--out', out, '--yes', '--request-timeout', REQUEST_TIMEOUT]
  const getting = market.start(buyer, ...get)
  await getting.until('progress', begun)
  network.unplug(machine)
  await wait(DROP_MS)
  const left = Number(getting.events.findLast(({ event }) => event === 'progress')?.left)
  network.plug(machine)
  await market.limit('seller', '')
  if (machine !== 'tracker') assert.ok(left > 0, 'the download was not over yet')
  const done = doneOf(await getting.ended)
  assert.equal(done.paid, '1000000', 'the price was paid once')
  files.push(join(out, 'content.bin'))
}

test("the buyer's cable", { skip: NO_NETWORKS }, () => unplugged('ann', 'ann'))
test("the seller's cable", { skip: NO_NETWORKS }, () => unplugged('ben', 'seller'))
test("the tracker's cable", { skip: NO_NETWORKS }, () => unplugged('cat', 'tracker'))

test('all books agree', { skip: NO_NETWORKS }, async () => {
  doneOf(await seller.stop())
  await audit(market, { members, files })
})
