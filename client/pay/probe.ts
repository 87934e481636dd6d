/** How long the way to a buyer and back takes, asked over the channel while blocks go out on it. */
import { PROBE_AFTER_MS, PROBE_LATE_MS, PROBES_MAX_COUNT } from '../../shared/earn-limits.js'
import type { Uid } from '../../shared/identifier.js'

/** Who wants to know how long the way to each buyer takes. */
export interface Probing {
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** A ping was under way for so many milliseconds: it is back, or it is at least so late. */
  readonly heard: (buyer: Uid, delayMs: number) => void
}

/** Pings on one connection, several under way: what halts all for a moment is late for few. */
export class Probe {
  readonly #probing: Probing
  readonly #buyer: Uid
  readonly #ping: (number: number) => void
  /** When each ping left that is not back; the first has the number `#first`. */
  readonly #asked: number[] = []
  #first = 1
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
    const time = now()
    if (time - this.#sentAt > PROBE_AFTER_MS) return
    const lateMs = time - (this.#asked[0] ?? time)
    if (lateMs >= PROBE_LATE_MS) heard(this.#buyer, lateMs)
    if (this.#asked.length >= PROBES_MAX_COUNT) return
    this.#ping(this.#first + this.#asked.length)
    this.#asked.push(time)
  }

  /** A pong came in. */
  answered(number: number): void {
    const asked = this.#asked[number - this.#first]
    if (asked === undefined) return
    this.#asked.splice(0, number - this.#first + 1)
    this.#first = number + 1
    this.#probing.heard(this.#buyer, this.#probing.now() - asked)
  }
}
