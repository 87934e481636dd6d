/**
 * The swarms of free torrents, in memory: who announced, who left, who fell silent (BEP 3).
 *
 * A restart forgets them, and they come back within one interval. Memory is bounded per address,
 * per torrent and in all; silent peers are swept out as announces come in, the announced torrent
 * first and then one other in turn, so nothing needs a timer and nothing is sorted or scanned per
 * announce.
 */
import { type Refusal, refuse } from '../shared/errors.js'
import type { Cid } from '../shared/identifier.js'
import {
  PLAIN_ADDRESS_PEERS_MAX_COUNT,
  PLAIN_EXPIRY_MS,
  PLAIN_PEERS_MAX_COUNT,
  PLAIN_SWEEP_MS,
  PLAIN_TORRENT_PEERS_MAX_COUNT,
} from '../shared/tracker-limits.js'
import { Dice, PeerTable } from './peer-table.js'

/** One announce, checked. */
export interface PlainAnnounce {
  readonly cid: Cid
  /** Address (4 or 16 bytes) and port, as they are handed to others. */
  readonly record: Buffer
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Nothing left to download. */
  readonly seed: boolean
  readonly event: 'started' | 'completed' | 'stopped' | undefined
  /** Peers wanted of each address family. */
  readonly wanted: number
}

/** A torrent in figures. */
export interface PlainCounts {
  /** Seeds. */
  readonly complete: number
  /** Downloaders. */
  readonly incomplete: number
  /** Downloads that were completed since the tracker started. */
  readonly downloaded: number
}

/** Peers to hand out, of one address family. */
export interface PlainPeers {
  readonly table: PeerTable
  readonly slots: readonly number[]
}

/** What an announce is answered with. */
export interface PlainAnswer extends PlainCounts {
  readonly v4: PlainPeers
  readonly v6: PlainPeers
}

interface Torrent {
  readonly v4: PeerTable
  readonly v6: PeerTable
  /** Peers per address (IPv4) or network of 64 bits (IPv6, which one line has as a whole). */
  readonly addresses: Map<string, number>
  completed: number
  sweptMs: number
}

const NETWORK_BYTES = 8

/** Where a record's peers are counted. */
function addressOf(record: Buffer): string {
  return record.toString('latin1', 0, record.length === 6 ? 4 : NETWORK_BYTES)
}

/** All free swarms of a tracker. */
export class PlainSwarms {
  readonly #torrents = new Map<Cid, Torrent>()
  readonly #dice: Dice
  readonly #maxCount: number
  #count = 0
  /** The torrents in turn, for the sweep. */
  #turn: Iterator<Torrent>

  /** `maxCount` bounds the peers of all torrents together. */
  constructor(random: (bytes: number) => Uint8Array, maxCount = PLAIN_PEERS_MAX_COUNT) {
    this.#dice = new Dice(random)
    this.#maxCount = maxCount
    this.#turn = this.#torrents.values()
  }

  /** Peers of all torrents together. */
  get count(): number {
    return this.#count
  }

  /** Takes an announce; refuses as rate-limited a peer for which there is no room. */
  announce(announce: PlainAnnounce, nowMs: number): PlainAnswer | Refusal {
    const { cid, event, record, seed, wanted } = announce
    const torrent = this.#torrents.get(cid) ?? this.#create(cid, nowMs)
    this.#sweep(torrent, nowMs)
    this.#sweepNext(nowMs)
    const table = record.length === 6 ? torrent.v4 : torrent.v6
    if (event === 'stopped') this.#leave(torrent, table, record)
    else {
      const problem = this.#enter(torrent, table, announce, nowMs)
      if (problem !== undefined) return problem
    }
    const count = event === 'stopped' ? 0 : wanted
    const peersOf = (of: PeerTable): PlainPeers => {
      // A seed has no use for another seed.
      const range = { from: seed ? of.seeds : 0, to: of.count }
      const own = of === table ? of.slotOf(record) : -1
      return { table: of, slots: of.sample(range, own, count, this.#dice) }
    }
    return { ...countsOf(torrent), v4: peersOf(torrent.v4), v6: peersOf(torrent.v6) }
  }

  /** The figures of a torrent; zeros for one that nobody announced. */
  counts(cid: Cid, nowMs: number): PlainCounts {
    const torrent = this.#torrents.get(cid)
    if (torrent === undefined) return { complete: 0, incomplete: 0, downloaded: 0 }
    this.#sweep(torrent, nowMs)
    return countsOf(torrent)
  }

  /** Forgets the torrents that are listed no more. */
  retain(listed: (cid: Cid) => boolean): void {
    for (const [cid, { v4, v6 }] of this.#torrents) {
      if (listed(cid)) continue
      this.#count -= v4.count + v6.count
      this.#torrents.delete(cid)
    }
  }

  #create(cid: Cid, nowMs: number): Torrent {
    const [v4, v6] = [new PeerTable(4), new PeerTable(16)]
    const torrent = { v4, v6, addresses: new Map(), completed: 0, sweptMs: nowMs }
    this.#torrents.set(cid, torrent)
    return torrent
  }

  #enter(
    torrent: Torrent,
    table: PeerTable,
    { event, record, peerId, seed }: PlainAnnounce,
    nowMs: number,
  ): Refusal | undefined {
    const slot = table.slotOf(record)
    if (slot < 0) {
      const address = addressOf(record)
      const known = torrent.addresses.get(address) ?? 0
      if (known >= PLAIN_ADDRESS_PEERS_MAX_COUNT) {
        return refuse('rate-limited', 'too many peers of this torrent at your address')
      }
      const full = torrent.v4.count + torrent.v6.count >= PLAIN_TORRENT_PEERS_MAX_COUNT
      if (full || this.#count >= this.#maxCount) {
        return refuse('rate-limited', 'the tracker is full; try again later')
      }
      torrent.addresses.set(address, known + 1)
      this.#count++
    } else if (event === 'completed' && seed && !table.isSeed(slot)) torrent.completed++
    table.put(record, peerId, seed, nowMs)
    return undefined
  }

  #leave(torrent: Torrent, table: PeerTable, record: Buffer): void {
    const slot = table.slotOf(record)
    if (slot < 0) return
    table.remove(slot)
    this.#uncount(torrent, record)
  }

  #uncount({ addresses }: Torrent, record: Buffer): void {
    this.#count--
    const address = addressOf(record)
    const left = (addresses.get(address) ?? 1) - 1
    if (left > 0) addresses.set(address, left)
    else addresses.delete(address)
  }

  /** Takes out who has been silent for too long. */
  #sweep(torrent: Torrent, nowMs: number): void {
    if (Math.abs(nowMs - torrent.sweptMs) < PLAIN_SWEEP_MS) return
    torrent.sweptMs = nowMs
    for (const table of [torrent.v4, torrent.v6]) {
      table.expire(nowMs - PLAIN_EXPIRY_MS, (record) => this.#uncount(torrent, record))
    }
  }

  /** Sweeps one more torrent, so that those that nobody announces come to their turn too. */
  #sweepNext(nowMs: number): void {
    let next = this.#turn.next()
    if (next.done) {
      this.#turn = this.#torrents.values()
      next = this.#turn.next()
    }
    if (!next.done) this.#sweep(next.value, nowMs)
  }
}

function countsOf({ v4, v6, completed }: Torrent): PlainCounts {
  const complete = v4.seeds + v6.seeds
  return { complete, incomplete: v4.count + v6.count - complete, downloaded: completed }
}
