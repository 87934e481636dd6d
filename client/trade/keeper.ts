/**
 * Keeps a membership alive while a process trades: certificate, clock and the provider's own
 * certificates (D11).
 *
 * The certificate is renewed when its time by the tracker's clock has come, days before it ends, so
 * that a tracker that is away costs nothing; connections that run under the old one go on. What is
 * due is looked at every second, because timers stand still while a machine sleeps.
 */
import { readCertificate } from '../../shared/certificate.js'
import { refusalOf } from '../../shared/command.js'
import { type Refusal, refused } from '../../shared/errors.js'
import { CERTIFICATE_RENEW_MS, FAREWELL_TIMEOUT_MS, MEET_INTERVAL_MS } from '../../shared/limits.js'
import { ensureCertificate, type Membership } from '../pay/provider/membership.js'
import { inTime } from '../pay/timers.js'
import { retryDelayMs } from './retry.js'

const LOOK_MS = 1000

/** What a keeper looks after and whom it tells. */
export interface KeeperOptions {
  readonly member: Membership
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  /** Why there is no certificate to go on with, once for each reason; undefined: there is again. */
  readonly told: (problem: Refusal | undefined) => void
}

/** The membership with one provider while a process trades. */
export class MembershipKeeper {
  readonly #options: KeeperOptions
  readonly #timer: NodeJS.Timeout
  /** Monotonic: nothing is asked before. */
  #pausedUntil = 0
  #failures = 0
  /** Of the tracker's time. */
  #meetAt: number
  #renewal: { readonly certificate: Uint8Array | null; readonly at: number } | undefined
  #problem: Refusal | undefined
  #keeping: Promise<void> = Promise.resolve()
  #busy = false
  #stopped = false

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#meetAt = options.member.provider.trackerNow() + MEET_INTERVAL_MS
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  #look(): void {
    const { member, now } = this.#options
    const time = member.provider.trackerNow()
    if (this.#busy || now() < this.#pausedUntil) return
    if (time < this.#meetAt && time < this.#renewAt()) return
    this.#busy = true
    this.#keeping = this.#keep().finally(() => {
      this.#busy = false
    })
  }

  /** When our certificate wants to be renewed; read once for each certificate. */
  #renewAt(): number {
    const { certificate } = this.#options.member.provider.row
    if (this.#renewal?.certificate === certificate) return this.#renewal.at
    const read = certificate === null ? undefined : readCertificate(certificate)
    const known = read !== undefined && !refused(read)
    this.#renewal = { certificate, at: known ? read.notAfterMs - CERTIFICATE_RENEW_MS : 0 }
    return this.#renewal.at
  }

  async #keep(): Promise<void> {
    const { member, now, random, told } = this.#options
    const { provider } = member
    const away = provider.trackerNow() >= this.#meetAt ? await provider.meet() : undefined
    if (away === undefined) this.#meetAt = provider.trackerNow() + MEET_INTERVAL_MS
    const problem = await ensureCertificate(member).catch(refusalOf)
    const done = away === undefined && provider.trackerNow() < this.#renewAt()
    this.#failures = done ? 0 : this.#failures + 1
    if (!done) this.#pausedUntil = now() + retryDelayMs(this.#failures, random())
    if (problem?.code !== this.#problem?.code && !this.#stopped) told(problem)
    this.#problem = problem
  }

  /** Looks no more, and waits a little for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await inTime(FAREWELL_TIMEOUT_MS, this.#keeping)
  }
}
