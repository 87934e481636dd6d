/** The choker at work: measures what peers give and take, and chokes by it, round after round. */
import {
  OPTIMISTIC_MS,
  RATE_ROUNDS_COUNT,
  RECHOKE_MS,
  SNUBBED_MS,
  UNCHOKED_MAX_COUNT,
} from '../../shared/swarm-limits.js'
import { type Candidate, chooseUnchoked, nextOptimistic } from './choker.js'
import type { Peer } from './peer.js'

/** Decides who is served in one free torrent. */
export class Choking {
  readonly #peers: ReadonlySet<Peer>
  readonly #complete: () => boolean
  readonly #random: () => number
  /** What a peer had given and taken at the end of the last rounds, the oldest first. */
  readonly #marks = new WeakMap<Peer, { given: number; taken: number }[]>()
  #optimistic: Peer | undefined
  #roundAt = 0
  #rotateAt = 0
  #rotatedAt = 0

  /** `complete` tells whether we have every piece; `random` is uniform in [0, 1). */
  constructor(peers: ReadonlySet<Peer>, complete: () => boolean, random: () => number) {
    this.#peers = peers
    this.#complete = complete
    this.#random = random
  }

  /** Begins a new round when it is time; monotonic milliseconds. */
  tick(now: number): void {
    if (now < this.#roundAt) return
    this.#roundAt = now + RECHOKE_MS
    const candidates = this.#candidates(now)
    if (now >= this.#rotateAt) {
      const next = nextOptimistic(candidates, UNCHOKED_MAX_COUNT, this.#optimistic, this.#random)
      this.#optimistic = next
      this.#rotateAt = now + OPTIMISTIC_MS
      this.#rotatedAt = now
    }
    this.#choke(candidates)
    for (const peer of this.#peers) this.#mark(peer)
  }

  /** A peer became interested: a free slot is taken at once; one that was unchoked ahead of its
   * interest may push the worst out. */
  interested(peer: Peer, now: number): void {
    if (!peer.ready || !peer.wire.peerInterested) return
    let served = 0
    for (const { wire } of this.#peers) if (!wire.amChoking && wire.peerInterested) served++
    if (served < UNCHOKED_MAX_COUNT) peer.wire.unchoke()
    else if (served > UNCHOKED_MAX_COUNT) this.#choke(this.#candidates(now))
  }

  #choke(candidates: readonly Candidate<Peer>[]): void {
    const chosen = chooseUnchoked(candidates, UNCHOKED_MAX_COUNT, this.#optimistic)
    for (const { peer } of candidates) {
      if (chosen.has(peer)) peer.wire.unchoke()
      else peer.choke()
    }
  }

  #candidates(now: number): Candidate<Peer>[] {
    const complete = this.#complete()
    return [...this.#peers].flatMap((peer) => {
      if (!peer.ready) return []
      const mark = this.#marks.get(peer)?.[0] ?? { given: 0, taken: 0 }
      const given = peer.downloads.rate.total - mark.given
      const taken = peer.uploads.rate.total - mark.taken
      const interested = peer.wire.peerInterested
      const snubbed = !complete && peer.downloads.unansweredMs >= SNUBBED_MS
      const newcomer = peer.openedAt >= this.#rotatedAt && now > this.#rotatedAt
      return [{ peer, interested, rate: complete ? taken : given, snubbed, newcomer }]
    })
  }

  #mark(peer: Peer): void {
    const marks = this.#marks.get(peer) ?? []
    marks.push({ given: peer.downloads.rate.total, taken: peer.uploads.rate.total })
    if (marks.length > RATE_ROUNDS_COUNT) marks.shift()
    this.#marks.set(peer, marks)
  }
}
