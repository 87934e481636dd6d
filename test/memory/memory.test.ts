/**
 * Memory stays flat under traffic: ten minutes (FLOODGATE_MEMORY_MINUTES) in which one download
 * never ends and fresh members register, buy, download and pay one after the other, while the
 * resident memory of tracker, seller and buyer is sampled. By least squares over all samples after
 * the first two minutes none of them grows by a megabyte a minute, garbage collected (collect.ts).
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Market } from '../integration/market.js'
import { doneOf, type Event, type Program } from '../integration/programs.js'

const COLLECT = fileURLToPath(new URL('collect.js', import.meta.url))
const MIB = 1024 * 1024
const MINUTE_MS = 60_000
const MINUTES = Number(process.env.FLOODGATE_MEMORY_MINUTES ?? 10)
/** Caches fill and code is compiled meanwhile. */
const WARM_UP_MS = 2 * MINUTE_MS
const SAMPLE_MS = 2000
const SLOPE_MAX_MB = 1
/** More than ten minutes of the seller's limit. */
const LONG_MIB = 3300
const UP_LIMIT = '5MB'
const SMALL = { bytes: 16 * 16_384, pieceLength: 16_384, price: '0.2', reward: '0.01' }

/** Resident memory of a process at a time since the start. */
interface Sample {
  readonly ms: number
  readonly bytes: number
}

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) * 1024
}

/** Growth in MB a minute by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const points = samples.map(({ bytes, ms }) => [ms / MINUTE_MS, bytes / 1e6] as const)
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [x, y] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const over = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0)
  return over / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0)
}

let market: Market
let seller: Program
let tracker: Program
let long: string

/** Publishes a file that takes longer than the test, written in parts. */
async function publishLong(): Promise<{ cid: string; torrent: string }> {
  const [path, torrent] = [join(market.folder, 'long.bin'), join(market.folder, 'long.torrent')]
  const file = openSync(path, 'w')
  for (let part = 0; part < LONG_MIB; part++) writeSync(file, randomBytes(MIB))
  closeSync(file)
  const terms = ['--price', '100', '--reward', '0.001', '--piece-length', String(256 * 1024)]
  const published = doneOf(await market.desk('publish', path, ...terms, '--out', torrent))
  return { cid: String(published.cid), torrent }
}

before(async () => {
  const collecting = { node: ['--import', COLLECT] }
  const starts = new Map(['tracker', 'seller', 'ann'].map((name) => [name, collecting]))
  market = await Market.open(SMALL, { starts })
  const published = await publishLong()
  long = published.cid
  await market.stopTracker('SIGINT')
  tracker = await market.startTracker()
  await market.member('seller')
  await market.member('ann', '100')
  seller = market.start('seller', 'seed', market.torrent, published.torrent, '--up-limit', UP_LIMIT)
  const seeding = (event: Event): boolean => event.name === 'long.bin'
  await seller.until('seeding', seeding)
})
after(() => market.close())

/** One member after the other, from registration to download. */
async function trade(until: () => boolean): Promise<number> {
  let count = 0
  for (; !until(); count++) {
    const name = `member${count}`
    await market.member(name, '0.2')
    const out = market.home(`out-${name}`)
    doneOf(await market.start(name, 'get', market.cid, '--out', out, '--yes').ended)
  }
  return count
}

test('memory of tracker, seller and buyer stays flat', async (t) => {
  const buyer = market.start('ann', 'get', long, '--out', market.home('out-ann'), '--yes')
  await buyer.until('progress')
  const programs = { tracker, seller, buyer }
  const samples = new Map(Object.keys(programs).map((name) => [name, [] as Sample[]]))
  const began = performance.now()
  const over = () => performance.now() - began >= MINUTES * MINUTE_MS
  const trading = trade(over)
  while (!over()) {
    for (const [name, { pid = 0 }] of Object.entries(programs)) {
      const sample = { ms: performance.now() - began, bytes: residentBytes(pid) }
      samples.get(name)?.push(sample)
    }
    await wait(SAMPLE_MS)
  }
  const trades = await trading
  assert.equal((await buyer.stop()).events.at(-1)?.code, 'interrupted', 'it lasted all the time')
  doneOf(await seller.stop())
  doneOf(await market.desk('audit'))
  t.diagnostic(`${trades} members traded in ${MINUTES} minutes`)
  const slopes = [...samples].map(([name, all]) => {
    const settled = all.filter(({ ms }) => ms >= WARM_UP_MS)
    const megabytes = settled.map(({ bytes }) => bytes / 1e6)
    const [least, most] = [Math.min(...megabytes), Math.max(...megabytes)]
    const slope = slopeOf(settled)
    const range = `${least.toFixed(0)} to ${most.toFixed(0)} MB`
    t.diagnostic(`${name}: ${slope.toFixed(2)} MB a minute, ${range}, ${settled.length} samples`)
    return { name, slope }
  })
  for (const { name, slope } of slopes) {
    assert.ok(slope < SLOPE_MAX_MB, `${name} grows by ${slope.toFixed(2)} MB a minute`)
  }
})
