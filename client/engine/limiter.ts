/**
 * Upload limit of the whole process: a token bucket that its askers pass through in turn.
 *
 * Every peer waits for at most one grant at a time and queues behind all others for the next, so
 * the order of arrival is a round robin over peers and torrents, and none starves.
 */

/** How often an emptied bucket is looked at; a grant's size follows from it. */
const REFILL_MS = 20
const GRANT_MIN_BYTES = 16 * 1024
const GRANT_MAX_BYTES = 256 * 1024

/** A shared limit in bytes per second; without one every grant is immediate. */
export class Limiter {
  /** Bytes that one grant is meant to cover: few enough that turns are short. */
  readonly grantBytes: number
  readonly #bytesPerSecond: number
  readonly #now: () => number
  readonly #waiting: { bytes: number; grant: () => void }[] = []
  #tokens: number
  #filledAt: number
  #timer: NodeJS.Timeout | undefined

  /** `now` gives monotonic milliseconds. */
  constructor(bytesPerSecond: number | undefined, now: () => number) {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY
    this.#now = now
    const perRefill = (this.#bytesPerSecond * REFILL_MS) / 1000
    this.grantBytes = Math.max(GRANT_MIN_BYTES, Math.min(GRANT_MAX_BYTES, perRefill))
    this.#tokens = 0
    this.#filledAt = now()
  }

  /** Whether a grant needs no waiting; saves the caller a turn of the event loop. */
  get unlimited(): boolean {
    return this.#bytesPerSecond === Number.POSITIVE_INFINITY
  }

  /** Resolves when it is the caller's turn to send this many bytes. */
  acquire(bytes: number): Promise<void> {
    if (this.unlimited) return Promise.resolve()
    return new Promise((grant) => {
      this.#waiting.push({ bytes, grant })
      this.#grant()
    })
  }

  /**
   * Grants whoever is first while there is anything in the bucket; a grant may overdraw it, and the
   * debt is waited off, so the rate holds for blocks of any size.
   */
  #grant(): void {
    const now = this.#now()
    const filled = this.#tokens + ((now - this.#filledAt) * this.#bytesPerSecond) / 1000
    this.#tokens = Math.min(filled, Math.max(this.grantBytes, this.#burst()))
    this.#filledAt = now
    while (this.#tokens > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#tokens -= next.bytes
      next.grant()
    }
    if (this.#waiting.length === 0 || this.#timer !== undefined) return
    const wait = Math.max(1, Math.min(1000, (-this.#tokens * 1000) / this.#bytesPerSecond))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#grant()
    }, wait)
  }

  /** What may be saved up while nobody asks: a tenth of a second. */
  #burst(): number {
    return this.#bytesPerSecond / 10
  }
}
