/**
 * One provider's list of revoked certificates in a client: kept across restarts, never rolled back,
 * asked at every handshake, and told to whoever has connections (design D11).
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import type { Keyring } from '../../shared/keyring.js'
import { REVOCATIONS_REFRESH_MS } from '../../shared/limits.js'
import { judgeMember, type RevocationList, readRevocations } from '../../shared/revocations.js'
import type { Wallet } from './wallet/wallet.js'

/** What a pay gate needs of it. */
export interface RevocationCheck {
  /**
   * Whether the owner of a certificate may be met now; refusals: certificate-revoked or, for a
   * stranger while the list is too old, revocations-stale.
   */
  judge(serial: string, isStranger: () => boolean): Refusal | undefined
  /** Whether a certificate, by its serial in hex, was revoked. */
  isRevoked(serial: string): boolean
  /** Calls `told` whenever a newer list is here; gives the way to end that. */
  onNewer(told: () => void): () => void
}

/** What a book is made of. */
export interface RevocationBookOptions {
  readonly wallet: Pick<Wallet, 'providers'>
  readonly fingerprint: Fingerprint
  readonly keyring: Keyring
  /** Milliseconds of the tracker's time. */
  readonly trackerNow: () => number
}

/** The newest list of one provider. */
export class RevocationBook implements RevocationCheck {
  readonly #options: RevocationBookOptions
  readonly #told = new Set<() => void>()
  #list: RevocationList | undefined

  constructor(options: RevocationBookOptions) {
    this.#options = options
    const { fingerprint, keyring, wallet } = options
    const { signed } = wallet.providers.revocations(fingerprint)
    const kept = signed === null ? undefined : readRevocations(signed, keyring, undefined)
    if (!refused(kept)) this.#list = kept
  }

  /** Whether the tracker has a newer list, by the number that it names, or ours is an hour old. */
  isDue(number: number): boolean {
    if (this.#list === undefined || number > this.#list.number) return true
    return this.#options.trackerNow() - this.#list.time > REVOCATIONS_REFRESH_MS
  }

  /** Takes a signed list and keeps it; refuses as readRevocations, in particular an older one. */
  take(signed: Uint8Array): Refusal | undefined {
    const { fingerprint, keyring, wallet } = this.#options
    const { number, time } = wallet.providers.revocations(fingerprint)
    const list = readRevocations(signed, keyring, { number, time })
    if (refused(list)) return list
    wallet.providers.keepRevocations(fingerprint, { signed, number: list.number, time: list.time })
    this.#list = list
    for (const told of [...this.#told]) told()
    return undefined
  }

  judge(serial: string, isStranger: () => boolean): Refusal | undefined {
    return judgeMember(this.#list, serial, this.#options.trackerNow(), isStranger)
  }

  isRevoked(serial: string): boolean {
    return this.#list?.serials.has(serial) === true
  }

  onNewer(told: () => void): () => void {
    this.#told.add(told)
    return () => this.#told.delete(told)
  }
}
