/**
 * Earn gives way: its line is narrow and has a long queue, a buyer fetches from it, then something
 * else wants the line, then it is alone again. Machines of their own on one wire. The other traffic
 * goes by CUBIC, which fills the queue, and then by BBR, which keeps it short and shows itself
 * least.
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
import { fileURLToPath } from 'node:url'
import { Market } from '../integration/market.js'
import { doneOf, type Program } from '../integration/programs.js'
import { until } from '../until.js'
import { certify, Network, NO_NETWORKS } from './network.js'

/** More than the line takes while it is looked at. */
const PIECES = 960
const PIECE_BYTES = 131_072
/** What the earner's line takes, and what may wait before it. */
const [LINE_RATE, QUEUE_MS] = [1_000_000, 600]
const PORT = 8443
const OTHER_PORT = 9000
const CONTROLS = ['cubic', 'bbr'] as const
const TRAFFIC = fileURLToPath(new URL('../../../test/python/traffic.py', import.meta.url))
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
    { bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '4', reward: '0.004' },
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

/** Other traffic of the line. */
interface Other {
  /** Bytes that came of it. */
  readonly received: () => number
  stop(): void
}

/** Bytes that a download still lacks. */
function leftOf(getting: Program): number {
  const progress = getting.events.filter(({ event }) => event === 'progress')
  return Number(progress.at(-1)?.left ?? PIECES * PIECE_BYTES)
}

/** Everything that the line gives, from the earner to the buyer, until it is stopped; undefined
 * where the kernel has no such congestion control. */
async function otherTraffic(control: string): Promise<Other | undefined> {
  const python = (machine: string, ...args: readonly string[]): ChildProcess => {
    const [command = '', ...rest] = network.start(machine).under ?? []
    return spawn(command, [...rest, 'python3', TRAFFIC, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
  const line = [network.address('earner'), String(OTHER_PORT)]
  const gives = python('earner', 'give', ...line, control)
  const [said] = await once(gives.stdout as Readable, 'data')
  if (String(said).trim() !== 'ready') return undefined
  const takes = python('buyer', 'take', ...line, String(OTHER_CONNECTIONS))
  let received = 0
  takes.stdout?.on('data', (lines) => {
    for (const bytes of String(lines).trim().split('\n')) received += Number(bytes)
  })
  while (received === 0) await once(takes.stdout as Readable, 'data')
  return {
    received: () => received,
    stop: () => {
      takes.kill('SIGKILL')
      gives.kill('SIGKILL')
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
  const told = (what: string, rate: number): void =>
    t.diagnostic(`${what}: ${Math.round(rate / 1000)} kB/s of ${LINE_RATE / 1000}`)
  let alone = await look()
  told('alone', alone)
  let played = 0
  for (const control of CONTROLS) {
    const other = await otherTraffic(control)
    if (other === undefined) {
      t.diagnostic(`no ${control} here`)
      continue
    }
    const beside = await look()
    const others = other.received()
    other.stop()
    told(`beside ${control}`, beside)
    t.diagnostic(`others meanwhile: ${Math.round(others / 1000)} kB`)
    // The slower it sent, the longer until its next piece tells that the line is clear.
    let again = 0
    for (let looks = 0; looks < LOOKS_MAX_COUNT && again <= 2 * beside; looks++) {
      again = await look()
    }
    told('again', again)
    assert.ok(beside < alone / 2, `it made room for ${control}`)
    assert.ok(again > 2 * beside, 'it came back')
    alone = again
    played++
  }
  assert.ok(played > 0, 'something else wanted the line')
  await buyer.stop()
  doneOf(await earner.stop())
})
