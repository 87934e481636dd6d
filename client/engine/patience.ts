/** How long one peer has kept us waiting for blocks; times in monotonic milliseconds. */
import { REJECTED_PAUSE_MS } from '../../shared/swarm-limits.js'

/** The clock of one connection's fetching half. */
export class Patience {
  readonly #now: () => number
  #progressAt = 0
  /** The first request since the last block. */
  #askedAt: number | undefined
  #pausedUntil = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** The peer owes something from now on. */
  begin(): void {
    this.#progressAt = this.#now()
  }

  /** A request left. */
  asked(): void {
    this.#askedAt ??= this.#now()
  }

  /** A block came that the peer owed, or helped with. */
  answered(owed: boolean): void {
    this.#askedAt = undefined
    if (owed) this.#progressAt = this.#now()
  }

  /** How long it has owed blocks without sending any. */
  get silentMs(): number {
    return this.#now() - this.#progressAt
  }

  /** How long requests have been waiting for any answer, also if they were given up. */
  get unansweredMs(): number {
    return this.#askedAt === undefined ? 0 : this.#now() - this.#askedAt
  }

  /** Leaves the peer alone for a while. */
  pause(): void {
    this.#pausedUntil = this.#now() + REJECTED_PAUSE_MS
  }

  get paused(): boolean {
    return this.#now() < this.#pausedUntil
  }
}
