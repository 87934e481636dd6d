/**
 * Earn gives way: its line is narrow and has a long queue, a buyer fetches from it, then something
 * else wants the line, then it is alone again. Machines of their own on one wire.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, type Program } from '../integration/programs.js'
import { until } from '../until.js'
import { certify, Network, NO_NETWORKS } from './network.js'

const PIECES = 320
const PIECE_BYTES = 131_072
/** What the earner's line takes, and what may wait before it. */
const [LINE_RATE, QUEUE_MS] = [1_000_000, 600]
const PORT = 8443
const OTHER_PORT = 9000
/** A page or a film is fetched over several. */
const OTHER_CONNECTIONS = 4
/** How long each state of the line is looked at, after as long to settle. */
const LOOK_MS = 8000
/** How often it is looked whether the rate is back. */
const LOOKS_MAX_COUNT = 6

let network: Network
let market: Market
let tls: string

before(async () => {
  if (NO_NETWORKS !== false) return
  network = Network.join('shop', 'earner', 'buyer')
  tls = mkdtempSync(join(tmpdir(), 'floodgate-tls-'))
  const address = network.address('shop')
  const { cert, key } = certify(tls, address)
  const machines = new Map([
    ...['tracker', 'house', 'one', 'two'].map((name) => [name, 'shop'] as const),
    ...['earner', 'buyer'].map((name) => [name, name] as const),
  ])
  const of = <T>(what: (machine: string) => T) =>
    new Map([...machines].map(([name, machine]) => [name, what(machine)]))
  market = await Market.open(
    { bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '4', reward: '0.01' },
    {
      url: `https://${address}:${PORT}`,
      serve: ['--host', address, '--tls-key', key, '--tls-cert', cert],
      hosts: of((machine) => network.address(machine)),
      starts: of((machine) => network.start(machine, { NODE_EXTRA_CA_CERTS: cert })),
    },
  )
  for (const name of ['house', 'one', 'two', 'earner', 'buyer']) await market.member(name, '9')
})
after(async () => {
  if (NO_NETWORKS !== false) return
  await market?.close()
  network.remove()
  rmSync(tls, { recursive: true })
})

async function get(name: string): Promise<Program> {
  return market.start(name, 'get', market.cid, '--out', market.home(`out-${name}`), '--yes')
}

/** Bytes that a download still lacks. */
function leftOf(getting: Program): number {
  const progress = getting.events.filter(({ event }) => event === 'progress')
  return Number(progress.at(-1)?.left ?? PIECES * PIECE_BYTES)
}

/** Everything that the line gives, from the earner to the buyer, until it is killed. */
async function otherTraffic(): Promise<{ readonly received: () => number; stop(): void }> {
  const [at, to] = [network.address('earner'), network.start('buyer').under ?? []]
  const sends = `require('node:net').createServer((socket) => {
    const more = () => { while (socket.write(Buffer.alloc(65536))); socket.once('drain', more) }
    socket.on('error', () => {}); more()
  }).listen(${OTHER_PORT}, '${at}', () => console.log('ready'))`
  const takes = `let sum = 0
    for (let each = 0; each < ${OTHER_CONNECTIONS}; each++) require('node:net').connect(
      ${OTHER_PORT}, '${at}').on('data', (data) => { sum += data.length })
    setInterval(() => { process.stdout.write(sum + '\\n'); sum = 0 }, 200)`
  const node = (under: readonly string[], script: string): ChildProcess => {
    const [command = '', ...rest] = [...under, process.execPath, '-e', script]
    return spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] })
  }
  let received = 0
  const server = node(network.start('earner').under ?? [], sends)
  await once(server.stdout as Readable, 'data')
  const client = node(to, takes)
  client.stdout?.on('data', (lines) => {
    for (const line of String(lines).trim().split('\n')) received += Number(line)
  })
  while (received === 0) await once(client.stdout as Readable, 'data')
  return {
    received: () => received,
    stop: () => {
      client.kill('SIGKILL')
      server.kill('SIGKILL')
    },
  }
}

test('what earn sends makes room for other traffic of its line', {
  skip: NO_NETWORKS,
}, async (t) => {
  const house = await market.seller('house')
  for (const name of ['one', 'two']) doneOf(await (await get(name)).ended)
  const earner = market.start('earner', 'earn', 'start', '--quota', '1GB', '--budget', '5', '--yes')
  await earner.until('log', ({ text }) => / bought for 4\.00/.test(String(text)))
  const part = join(market.home('earner'), 'earn', market.cid, 'content.bin')
  const whole = async (): Promise<boolean> => {
    const status = doneOf(await market.start('earner', 'earn', 'status').ended)
    return Number(status.traffic) >= PIECES * PIECE_BYTES
  }
  await until('the whole content at the earner', whole, { everyMs: 500 })
  t.diagnostic(`fetched ${part}`)
  await house.stop()
  network.narrow('earner', LINE_RATE, QUEUE_MS)
  const buyer = await get('buyer')
  await buyer.until('progress', ({ left }) => Number(left) < PIECES * PIECE_BYTES)
  /** Bytes a second that the buyer gets from earn while the line is in one state. */
  const look = async (): Promise<number> => {
    await wait(LOOK_MS)
    const before = leftOf(buyer)
    await wait(LOOK_MS)
    return ((before - leftOf(buyer)) * 1000) / LOOK_MS
  }
  const alone = await look()
  const other = await otherTraffic()
  const beside = await look()
  const others = other.received()
  other.stop()
  // The slower it sent, the longer until its next piece tells that the line is clear.
  let again = 0
  for (let looks = 0; looks < LOOKS_MAX_COUNT && again <= 2 * beside; looks++) again = await look()
  for (const [name, rate] of Object.entries({ alone, beside, again })) {
    t.diagnostic(`${name}: ${Math.round(rate / 1000)} kB/s of ${LINE_RATE / 1000}`)
  }
  t.diagnostic(`others meanwhile: ${Math.round(others / 1000)} kB`)
  assert.ok(beside < alone / 2, 'it made room')
  assert.ok(again > 2 * beside, 'it came back')
  await buyer.stop()
  doneOf(await earner.stop())
})
