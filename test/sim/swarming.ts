/** Announces of one content, and whom to dial because of them (client/trade, client/net). */
import type { PayGate } from '../../client/pay/paygate.js'
import type { Provider } from '../../client/pay/provider.js'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import { retryDelayMs } from '../../client/trade/retry.js'
import { PeerList } from '../../shared/api.js'
import { must, refused } from '../../shared/errors.js'
import type { Rid } from '../../shared/identifier.js'
import { openProviderString } from '../../shared/keyring.js'
import { ed25519PublicKey } from '../../shared/keys.js'
import { ANNOUNCE_AGAIN_MS, REDIAL_MAX_MS, REDIAL_MIN_MS } from '../../shared/limits.js'
import { decode } from '../../shared/wire/record.js'
import type { SimMember } from './member.js'
import type { Torrent } from './torrent.js'

/** The one port of every member; its address tells them apart. */
const PORT = 6881

/** What a content at work is made of. */
export interface SwarmingParts {
  readonly member: SimMember
  readonly provider: Provider
  readonly torrent: Torrent
  readonly gate: PayGate
  readonly grants: readonly BoughtRow[]
}

/** One content of one member among others. */
export class Swarming {
  readonly #parts: SwarmingParts
  /** Addresses that our lists name. */
  readonly #named = new Map<Rid, readonly string[]>()
  readonly #dialling = new Set<string>()
  readonly #redials = new Map<string, { at: number; pauseMs: number }>()
  readonly #unlisten: () => void
  #announcing = false
  #event: 'started' | '' = 'started'
  #failures = 0
  #lastAt = Number.NEGATIVE_INFINITY
  #dueAt = 0

  constructor(parts: SwarmingParts) {
    this.#parts = parts
    for (const { peers, rid } of parts.grants) this.#meet(rid, peers)
    const { member, torrent } = parts
    const { cid } = torrent.parts.content.metainfo
    this.#unlisten = member.stage.network.listen(member.address, cid, {
      key: ed25519PublicKey(member.seed),
      accept: (from, end) => (torrent.alive ? torrent.meet(from, false, end) : undefined),
    })
  }

  get torrent(): Torrent {
    return this.#parts.torrent
  }

  /** Whether no seller misses a payment of ours. */
  get settled(): boolean {
    return !this.#parts.gate.unsettled
  }

  /** Announces out of turn. */
  again(): void {
    if (this.#failures === 0) this.#dueAt = Math.min(this.#dueAt, this.#lastAt + ANNOUNCE_AGAIN_MS)
  }

  end(): void {
    this.#unlisten()
    this.#parts.torrent.end()
  }

  tick(): void {
    const { member, torrent } = this.#parts
    torrent.tick()
    this.#dial()
    if (this.#announcing || member.stage.clock.now < this.#dueAt) return
    this.#announcing = true
    void this.#announce()
      .catch((error) => {
        if (torrent.alive) member.stage.broken(error)
      })
      .finally(() => {
        this.#announcing = false
      })
  }

  async #announce(): Promise<void> {
    const { gate, grants, member, provider, torrent } = this.#parts
    const { clock } = member.stage
    const { cid } = torrent.parts.content.metainfo
    this.#lastAt = clock.now
    this.#dueAt = Number.POSITIVE_INFINITY
    const rids = grants.map(({ rid }) => rid)
    let interval = 0
    for (const rid of rids.length === 0 ? [undefined] : rids) {
      const fields = { cid, port: PORT, left: torrent.left, event: this.#event }
      const answer = await provider.call('announce', { ...fields, ...(rid && { rid }) })
      if (!torrent.alive) return
      if (refused(answer)) {
        this.#failures++
        this.#dueAt = clock.now + retryDelayMs(this.#failures, member.dice.next())
        return
      }
      interval = answer.body.interval
      const { peers, revocations } = answer.body
      if (rid !== undefined && peers !== undefined) {
        this.#meet(rid, peers)
        gate.setPeers(rid, peers)
      }
      await provider.followRevocations(revocations)
      if (!torrent.alive) return
    }
    this.#event = ''
    this.#failures = 0
    const due = clock.now + Math.max(ANNOUNCE_AGAIN_MS, interval)
    this.#dueAt = Math.min(this.#dueAt, due)
  }

  #meet(rid: Rid, signed: Uint8Array): void {
    const { keyring } = this.#parts.provider
    const payload = must(openProviderString('peers', signed, keyring, signed.length))
    const list = must(decode(PeerList, payload, signed.length))
    this.#named.set(
      rid,
      list.sellers.map(({ host }) => host),
    )
  }

  /** Dials whom our lists name, while they have something for us or wait for a payment. */
  #dial(): void {
    const { gate, member, torrent } = this.#parts
    const { clock, network } = member.stage
    if (torrent.have.full && !gate.unsettled) return
    const met = new Set([...torrent.contacts].map(({ address }) => address))
    const { cid } = torrent.parts.content.metainfo
    for (const address of new Set([...this.#named.values()].flat())) {
      const { at, pauseMs } = this.#redials.get(address) ?? { at: 0, pauseMs: REDIAL_MIN_MS }
      if (clock.now < at || met.has(address) || this.#dialling.has(address)) continue
      this.#dialling.add(address)
      const next = Math.min(REDIAL_MAX_MS, 2 * pauseMs)
      this.#redials.set(address, { at: clock.now + pauseMs, pauseMs: next })
      network.dial(member.address, address, cid, (end) => {
        this.#dialling.delete(address)
        return end !== undefined && torrent.alive ? torrent.meet(address, true, end) : undefined
      })
    }
  }
}
