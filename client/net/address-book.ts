/** Where peers of one content may be found, and when each address is worth dialling. Pure. */
import {
  ADDRESSES_MAX_COUNT,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIALS_MAX_COUNT,
} from '../../shared/limits.js'

/** Where a peer listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

interface Entry {
  readonly address: Address
  /** Failures since a connection last held. */
  failures: number
  /** Monotonic milliseconds; not before this. */
  dueAt: number
  /** Being dialled, or connected. */
  busy: boolean
  /** Ourselves. */
  banned: boolean
  /** Who was found there, by peer id in hex. */
  peerId: string | undefined
}

/** "host:port", with brackets where the host has colons. */
export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The addresses of one content. */
export class AddressBook {
  readonly #entries = new Map<string, Entry>()

  /** Takes an address; one that was given up gets another try. */
  add(address: Address, nowMs: number): void {
    const key = addressText(address)
    const known = this.#entries.get(key)
    if (known !== undefined) {
      if (known.failures >= REDIALS_MAX_COUNT) known.failures = REDIALS_MAX_COUNT - 1
      return
    }
    if (this.#entries.size >= ADDRESSES_MAX_COUNT) return
    const [failures, busy, banned] = [0, false, false]
    this.#entries.set(key, { address, failures, busy, banned, dueAt: nowMs, peerId: undefined })
  }

  /** Up to `count` addresses to dial now; each is busy until `opened` or `lost`. Left out is where
   * a peer lives that is connected already. */
  due(nowMs: number, count: number, connected: ReadonlySet<string>): Address[] {
    const addresses: Address[] = []
    for (const entry of this.#entries.values()) {
      if (addresses.length >= count) break
      if (entry.busy || entry.banned || entry.dueAt > nowMs) continue
      if (entry.failures >= REDIALS_MAX_COUNT) continue
      if (entry.peerId !== undefined && connected.has(entry.peerId)) continue
      entry.busy = true
      addresses.push(entry.address)
    }
    return addresses
  }

  /** A peer answered there. */
  opened(address: Address, peerId: string): void {
    const entry = this.#entries.get(addressText(address))
    if (entry !== undefined) entry.peerId = peerId
  }

  /**
   * Nobody answered there, or the connection is over; after one that held the count starts anew.
   */
  lost(address: Address, nowMs: number, held: boolean): void {
    const entry = this.#entries.get(addressText(address))
    if (entry === undefined) return
    entry.busy = false
    const wait = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** (held ? 0 : entry.failures))
    entry.failures = held ? 0 : entry.failures + 1
    entry.dueAt = nowMs + wait
  }

  /** Not to be dialled again until it is added again, and then only after the longest wait. */
  rest(address: Address, nowMs: number): void {
    const entry = this.#entries.get(addressText(address))
    if (entry === undefined) return
    entry.failures = REDIALS_MAX_COUNT
    entry.dueAt = nowMs + REDIAL_MAX_MS
  }

  /** Every address is due at once: there is something to ask for again. */
  wake(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      entry.failures = Math.min(entry.failures, REDIALS_MAX_COUNT - 1)
      entry.dueAt = nowMs
    }
  }

  /** Never to be dialled again. */
  ban(address: Address): void {
    const entry = this.#entries.get(addressText(address))
    if (entry !== undefined) entry.banned = true
  }
}
