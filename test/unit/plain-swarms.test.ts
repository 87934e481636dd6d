/** Free swarms in memory: who is handed out, who is forgotten, and what bounds them. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  PLAIN_ADDRESS_PEERS_MAX_COUNT,
  PLAIN_EXPIRY_MS,
  PLAIN_SWEEP_MS,
} from '../../shared/tracker-limits.js'
import { Dice, PeerTable } from '../../tracker/peer-table.js'
import { type PlainAnnounce, type PlainAnswer, PlainSwarms } from '../../tracker/plain-swarms.js'

const CID = 'ab'.repeat(20) as Cid
const OTHER = 'cd'.repeat(20) as Cid
const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

function record(peer: number, port = 1000): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUInt32BE(0x0a000000 + peer)
  bytes.writeUInt16BE(port, 4)
  return bytes
}

function announce(peer: number, more: Partial<PlainAnnounce> = {}): PlainAnnounce {
  const peerId = Buffer.alloc(20, `peer ${peer}`)
  const [event, seed, wanted] = [undefined, false, 50]
  return { cid: CID, record: record(peer), peerId, seed, event, wanted, ...more }
}

/** Numbers of the IPv4 peers that an answer hands out. */
function given({ v4 }: PlainAnswer): number[] {
  return v4.slots
    .map((slot) => v4.table.recordAt(slot).readUInt32BE() - 0x0a000000)
    .sort((a, b) => a - b)
}

test('a peer hears of all others and never of itself; a seed hears of no seeds', () => {
  const swarms = new PlainSwarms(random)
  for (let peer = 1; peer <= 3; peer++) swarms.announce(announce(peer), 0)
  for (let peer = 4; peer <= 6; peer++) swarms.announce(announce(peer, { seed: true }), 0)
  assert.deepEqual(given(must(swarms.announce(announce(2), 0))), [1, 3, 4, 5, 6])
  assert.deepEqual(given(must(swarms.announce(announce(5, { seed: true }), 0))), [1, 2, 3])
  const { complete, incomplete } = swarms.counts(CID, 0)
  assert.deepEqual([complete, incomplete, swarms.count], [3, 3, 6])
  assert.deepEqual(given(must(swarms.announce(announce(9, { cid: OTHER }), 0))), [])
})

test('both address families are handed out', () => {
  const swarms = new PlainSwarms(random)
  const six = Buffer.alloc(18, 7)
  swarms.announce(announce(1, { record: six }), 0)
  const answer = must(swarms.announce(announce(2), 0))
  assert.deepEqual(
    answer.v6.slots.map((slot) => answer.v6.table.recordAt(slot)),
    [six],
  )
  assert.deepEqual(given(must(swarms.announce(announce(1, { record: six }), 0))), [2])
})

test('completed is counted once per download, and moves the peer to the seeds', () => {
  const swarms = new PlainSwarms(random)
  const completed = announce(1, { seed: true, event: 'completed' })
  must(swarms.announce(completed, 0))
  assert.equal(swarms.counts(CID, 0).downloaded, 0, 'it was never seen downloading')
  must(swarms.announce(announce(2), 0))
  must(swarms.announce(announce(2, { seed: true, event: 'completed' }), 0))
  must(swarms.announce(announce(2, { seed: true, event: 'completed' }), 0))
  assert.deepEqual(swarms.counts(CID, 0), { complete: 2, incomplete: 0, downloaded: 1 })
})

test('who stops is forgotten at once, who falls silent after a while', () => {
  const swarms = new PlainSwarms(random)
  for (const peer of [1, 2, 3]) must(swarms.announce(announce(peer), 0))
  must(swarms.announce(announce(4, { cid: OTHER }), 0))
  const left = must(swarms.announce(announce(1, { event: 'stopped' }), 0))
  assert.deepEqual([given(left), swarms.counts(CID, 0).incomplete], [[], 2])
  const later = PLAIN_EXPIRY_MS + PLAIN_SWEEP_MS
  must(swarms.announce(announce(3), later))
  assert.equal(swarms.counts(CID, later).incomplete, 1)
  // The torrent that nobody announces any more is swept in its turn.
  must(swarms.announce(announce(3), later))
  must(swarms.announce(announce(3), later))
  assert.equal(swarms.count, 1)
})

test('what is listed no more is forgotten whole', () => {
  const swarms = new PlainSwarms(random)
  must(swarms.announce(announce(1), 0))
  must(swarms.announce(announce(2, { cid: OTHER }), 0))
  swarms.retain((cid) => cid === OTHER)
  assert.deepEqual([swarms.count, swarms.counts(CID, 0).incomplete], [1, 0])
})

test('one address takes its share of a torrent and no more; others still come in', () => {
  const swarms = new PlainSwarms(random)
  const from = (port: number) => swarms.announce(announce(1, { record: record(1, port) }), 0)
  for (let port = 1; port <= PLAIN_ADDRESS_PEERS_MAX_COUNT; port++) must(from(port))
  const refusal = from(9999)
  assert.ok(refused(refusal) && refusal.code === 'rate-limited')
  must(from(1))
  must(swarms.announce(announce(2), 0))
  must(swarms.announce(announce(1, { record: record(1, 1), event: 'stopped' }), 0))
  must(from(9999))
})

test('a network of 64 bits counts as one address', () => {
  const swarms = new PlainSwarms(random)
  const from = (host: number) => {
    const six = Buffer.alloc(18, 3)
    six.writeUInt32BE(host, 12)
    return swarms.announce(announce(1, { record: six }), 0)
  }
  for (let host = 1; host <= PLAIN_ADDRESS_PEERS_MAX_COUNT; host++) must(from(host))
  assert.ok(refused(from(9999)))
})

test('a full tracker takes no new peer, and goes on with those it knows', () => {
  const swarms = new PlainSwarms(random, 3)
  for (const peer of [1, 2, 3]) must(swarms.announce(announce(peer), 0))
  const refusal = swarms.announce(announce(4), 0)
  assert.ok(refused(refusal) && refusal.code === 'rate-limited')
  assert.deepEqual(given(must(swarms.announce(announce(1), 0))), [2, 3])
  must(swarms.announce(announce(1, { event: 'stopped' }), 0))
  must(swarms.announce(announce(4), 0))
})

/** A table with so many peers. */
function tableOf(count: number): PeerTable {
  const table = new PeerTable(4)
  for (let peer = 0; peer < count; peer++) table.put(record(peer), Buffer.alloc(20), false, 0)
  return table
}

test('a sample has no doubles, no strangers, not oneself, and is as large as can be', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.nat(40),
      fc.integer({ min: -1, max: 60 }),
      fc.nat(50),
      (from, size, own, wanted) => {
        const to = from + size
        const slots = tableOf(to).sample({ from, to }, own, wanted, new Dice(random))
        const others = size - (own >= from && own < to ? 1 : 0)
        assert.equal(new Set(slots).size, slots.length)
        assert.equal(slots.length, Math.min(wanted, others))
        assert.ok(slots.every((slot) => slot >= from && slot < to && slot !== own))
      },
    ),
  )
})

test('every peer is handed out about as often as every other', () => {
  const [peers, wanted, rounds] = [20, 5, 8000]
  const counts = new Array<number>(peers).fill(0)
  const [table, dice] = [tableOf(peers), new Dice(random)]
  for (let round = 0; round < rounds; round++) {
    for (const slot of table.sample({ from: 0, to: peers }, 7, wanted, dice)) {
      counts[slot] = (counts[slot] as number) + 1
    }
  }
  const expected = (rounds * wanted) / (peers - 1)
  assert.equal(counts[7], 0)
  for (const [slot, count] of counts.entries()) {
    // Eight standard deviations: some 40 each way.
    if (slot !== 7) assert.ok(Math.abs(count - expected) < 8 * Math.sqrt(expected), `${count}`)
  }
})

test('a table agrees with a plain map through any sequence of changes', () => {
  const step = fc.record({
    peer: fc.nat(30),
    does: fc.constantFrom('seed', 'leech', 'leave', 'expire'),
    nowMs: fc.nat(50),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const table = new PeerTable(4)
      const model = new Map<number, { seed: boolean; seenMs: number }>()
      for (const { peer, does, nowMs } of steps) {
        if (does === 'leave') {
          const slot = table.slotOf(record(peer))
          assert.equal(slot >= 0, model.delete(peer))
          if (slot >= 0) table.remove(slot)
        } else if (does === 'expire') {
          const gone: number[] = []
          table.expire(nowMs, (each) => gone.push(each.readUInt32BE() - 0x0a000000))
          const old = [...model].filter(([, { seenMs }]) => seenMs < nowMs).map(([each]) => each)
          assert.deepEqual(new Set(gone), new Set(old))
          for (const each of old) model.delete(each)
        } else {
          table.put(record(peer), Buffer.alloc(20, peer), does === 'seed', nowMs)
          model.set(peer, { seed: does === 'seed', seenMs: nowMs })
        }
        assert.equal(table.count, model.size)
        assert.equal(table.seeds, [...model.values()].filter(({ seed }) => seed).length)
        for (const [each, { seed }] of model) {
          const slot = table.slotOf(record(each))
          assert.equal(table.isSeed(slot), seed)
          assert.deepEqual(table.recordAt(slot), record(each))
          assert.deepEqual(table.idAt(slot), Buffer.alloc(20, each))
        }
      }
    }),
  )
})
