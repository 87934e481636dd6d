/** Announces of one content, and whom to dial because of them (client/trade, client/net). */
import type { Addressee } from '../../client/pay/mailbox.js'
import type { PayGate } from '../../client/pay/paygate.js'
import type { Provider } from '../../client/pay/provider.js'
import { ENDS_TRADING, uidOf } from '../../client/pay/provider.js'
import type { Timers } from '../../client/pay/timers.js'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import type { Waiting } from '../../client/trade/correspondence.js'
import { PaidAnnouncer } from '../../client/trade/paid-announcer.js'
import { sellersOf } from '../../client/trade/peers.js'
import { refused } from '../../shared/errors.js'
import type { Rid } from '../../shared/identifier.js'
import { ed25519PublicKey } from '../../shared/keys.js'
import { REDIAL_MAX_MS, REDIAL_MIN_MS } from '../../shared/limits.js'
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
  readonly timers: Timers
  /** The tracker says what waits for us there. */
  readonly waiting: (waiting: Waiting) => void
  /** The tracker says that there is nothing to trade with any more. */
  readonly ended: () => void
}

/** One content of one member among others. */
export class Swarming {
  readonly #parts: SwarmingParts
  readonly #announcer: PaidAnnouncer
  /** Addresses that our lists name. */
  readonly #named = new Map<Rid, readonly string[]>()
  readonly #dialling = new Set<string>()
  readonly #redials = new Map<string, { at: number; pauseMs: number }>()
  readonly #unlisten: () => void

  constructor(parts: SwarmingParts) {
    const { gate, grants, member, provider, timers, torrent } = parts
    this.#parts = parts
    for (const { peers, rid } of grants) this.#meet(rid, peers)
    const { clock, network } = member.stage
    const { cid } = torrent.parts.content.metainfo
    this.#unlisten = network.listen(member.address, cid, {
      key: ed25519PublicKey(member.seed),
      accept: (from, end) => (torrent.alive ? torrent.meet(from, false, end) : undefined),
    })
    this.#announcer = new PaidAnnouncer({
      ...{ provider, cid, timers, port: PORT, random: member.dice.next },
      history: member.wallet.history(provider.row.fingerprint),
      rids: () => grants.map(({ rid }) => rid),
      left: () => torrent.left,
      now: () => clock.now,
      listed: (rid, signed) => {
        gate.setPeers(rid, signed)
        this.#meet(rid, signed)
      },
      revocations: (number) => void provider.followRevocations(number).catch(member.stage.broken),
      waiting: parts.waiting,
      reached: () => undefined,
      told: (problem) => {
        if (problem !== undefined && ENDS_TRADING.has(problem.code)) parts.ended()
      },
    })
  }

  get torrent(): Torrent {
    return this.#parts.torrent
  }

  /** Whether no seller misses a payment of ours. */
  get settled(): boolean {
    return !this.#parts.gate.settling
  }

  get gate(): PayGate {
    return this.#parts.gate
  }

  /** Sellers that miss a payment of ours, or may, and are not connected. */
  owedTo(): Addressee[] {
    const { gate, torrent } = this.#parts
    const { cid } = torrent.parts.content.metainfo
    const gone = gate.unsettled().filter(({ seller }) => !gate.meets(seller))
    return gone.map((one) => ({ ...one, cid }))
  }

  /** Announces out of turn. */
  again(): void {
    this.#announcer.again()
  }

  end(): void {
    this.#unlisten()
    this.#parts.torrent.end()
  }

  tick(): void {
    this.#parts.torrent.tick()
    this.#dial()
  }

  #meet(rid: Rid, signed: Uint8Array): void {
    const { member, provider, torrent } = this.#parts
    const { fingerprint } = provider.row
    const owing = new Set(member.wallet.history(fingerprint).unsettled(rid))
    const { blacklist } = member.wallet
    const named = sellersOf(signed, {
      ...{ rid, keyring: provider.keyring, buyer: uidOf(provider.row) },
      cid: torrent.parts.content.metainfo.cid,
      avoids: (uid) => !owing.has(uid) && blacklist.blocks(fingerprint, uid, provider.trackerNow()),
    })
    if (!refused(named)) {
      this.#named.set(
        rid,
        named.sellers.map(({ host }) => host),
      )
    }
  }

  /** Dials whom our lists name, while they have something for us or wait for a payment. */
  #dial(): void {
    const { gate, member, torrent } = this.#parts
    const { clock, network } = member.stage
    if (torrent.have.full && !gate.settling) return
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
