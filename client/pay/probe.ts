/** How long the way to a buyer and back takes, asked over the channel while blocks go out on it. */
import { PROBE_AFTER_MS, PROBE_LATE_MS } from '../../shared/earn-limits.js'
import type { Uid } from '../../shared/identifier.js'

/** Who wants to know how long the way to each buyer takes. */
export interface Probing {
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** A ping was under way for so many milliseconds: it is back, or it is at least so late. */
  readonly heard: (buyer: Uid, delayMs: number) => void
}

/** Pings on one connection, one at a time. */
export class Probe {
  readonly #probing: Probing
  readonly #buyer: Uid
  readonly #ping: (number: number) => void
  #number = 0
  #askedAt: number | undefined
  #sentAt = Number.NEGATIVE_INFINITY

  /** `ping` sends one with this number, at once. */
  constructor(probing: Probing, buyer: Uid, ping: (number: number) => void) {
    this.#probing = probing
    this.#buyer = buyer
    this.#ping = ping
  }

  /** A block left. */
  sent(): void {
    this.#sentAt = this.#probing.now()
  }

  /** A few times a second. */
  tick(): void {
    const { heard, now } = this.#probing
    if (now() - this.#sentAt > PROBE_AFTER_MS) return
    const under = this.#askedAt === undefined ? undefined : now() - this.#askedAt
    if (under === undefined) {
      this.#askedAt = now()
      this.#ping(++this.#number)
    } else if (under >= PROBE_LATE_MS) heard(this.#buyer, under)
  }

  /** A pong came in. */
  answered(number: number): void {
    if (this.#askedAt === undefined || number !== this.#number) return
    const delayMs = this.#probing.now() - this.#askedAt
    this.#askedAt = undefined
    this.#probing.heard(this.#buyer, delayMs)
  }
}
