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

/** What pings go through. */
export interface PingLine {
  readonly random: (bytes: number) => Uint8Array
  /** Sends one with this number, at once. */
  readonly ping: (number: number) => void
}

/** Bytes of a ping's number. */
const NUMBER_BYTES = 6

/**
 * Pings on one connection, several under way: what halts all for a moment is late for few. Their
 * numbers cannot be guessed: a buyer that answered before it was asked would seem to have no queue
 * before it, and one such is enough to have us send as if our line were clear.
 */
export class Probe {
  readonly #probing: Probing
  readonly #buyer: Uid
  readonly #line: PingLine
  /** Pings that are not back, the oldest first. */
  readonly #asked: { readonly number: number; readonly at: number }[] = []
  #sentAt = Number.NEGATIVE_INFINITY

  constructor(probing: Probing, buyer: Uid, line: PingLine) {
    this.#probing = probing
    this.#buyer = buyer
    this.#line = line
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
    const lateMs = time - (this.#asked[0]?.at ?? time)
    if (lateMs >= PROBE_LATE_MS) heard(this.#buyer, lateMs)
    if (this.#asked.length >= PROBES_MAX_COUNT) return
    const number = 1 + Buffer.from(this.#line.random(NUMBER_BYTES)).readUIntBE(0, NUMBER_BYTES)
    this.#line.ping(number)
    this.#asked.push({ number, at: time })
  }

  /** A pong came in. */
  answered(number: number): void {
    const place = this.#asked.findIndex((each) => each.number === number)
    const asked = this.#asked[place]
    if (asked === undefined) return
    this.#asked.splice(0, place + 1)
    this.#probing.heard(this.#buyer, this.#probing.now() - asked.at)
  }
}
