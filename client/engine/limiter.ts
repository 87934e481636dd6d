/**
 * Slots and limit of one direction for the whole process, which its askers pass through in turn.
 *
 * A turn is one run of blocks: on the way out read from the disk and handed to a socket, on the way
 * in asked for. Turns go round: nobody gets a second one in a round while somebody who asked has
 * had none, whatever torrent they belong to; within a round who owes least goes first (design D7:
 * selling replaces tit-for-tat). The limit is a token bucket in front of it all.
 */
import { UPLOAD_TURNS_MAX_COUNT } from '../../shared/swarm-limits.js'

/** How often an emptied bucket is looked at; a grant's size follows from it. */
const REFILL_MS = 20
const GRANT_MIN_BYTES = 16 * 1024
const GRANT_MAX_BYTES = 256 * 1024

/** Who asks for turns; one that is still waiting must not ask again. */
export interface Asker {
  /** What it owes, in pieces, at this moment. */
  readonly debt: number
}

interface Waiting {
  readonly asker: Asker
  readonly bytes: number
  readonly grant: () => void
}

/** Grants turns, at most so many at a time and so many bytes per second. */
export class Limiter {
  /** Infinity without a limit. */
  #bytesPerSecond: number
  readonly #now: () => number
  readonly #next: Limiter | undefined
  readonly #waiting: Waiting[] = []
  /** The round of each asker's next turn; a newcomer joins the present one. */
  readonly #rounds = new WeakMap<Asker, number>()
  #round = 0
  #turns = 0
  #tokens: number
  #filledAt: number
  #timer: NodeJS.Timeout | undefined

  /**
   * Without a limit turns are bounded in number alone; `now` gives monotonic milliseconds. A turn
   * here is one at `next`, too: so some askers have a limit of their own before everybody's.
   */
  constructor(bytesPerSecond: number | undefined, now: () => number, next?: Limiter) {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY
    this.#now = now
    this.#next = next
    this.#tokens = 0
    this.#filledAt = now()
  }

  /** Bytes per second; undefined is no limit. A new one holds at once. */
  get limit(): number | undefined {
    return this.#bytesPerSecond === Number.POSITIVE_INFINITY ? undefined : this.#bytesPerSecond
  }

  set limit(bytesPerSecond: number | undefined) {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY
    this.#tokens = Math.min(0, this.#tokens)
    this.#filledAt = this.#now()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#grant()
  }

  /** Bytes that one turn is meant to cover: few enough that turns are short. */
  get grantBytes(): number {
    const perRefill = (this.#bytesPerSecond * REFILL_MS) / 1000
    return Math.max(GRANT_MIN_BYTES, Math.min(GRANT_MAX_BYTES, perRefill))
  }

  /** How long somebody who asks now has to wait for a turn, about. */
  get waitMs(): number {
    const bytes = this.#waiting.reduce((sum, one) => sum + one.bytes, 0) - this.#tokens
    return Math.max(0, (bytes * 1000) / this.#bytesPerSecond)
  }

  /** Begins a turn for this many bytes: at once (undefined), or when the promise resolves. Each
   * turn ends by `leave`. */
  enter(asker: Asker, bytes: number): Promise<void> | undefined {
    const free = this.#waiting.length === 0 && this.#turns < UPLOAD_TURNS_MAX_COUNT
    if (free && this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#begin(asker)
      return this.#next?.enter(asker, bytes)
    }
    const granted = new Promise<void>((grant) => {
      this.#waiting.push({ asker, bytes, grant })
      this.#grant()
    })
    return this.#next === undefined ? granted : granted.then(() => this.#next?.enter(asker, bytes))
  }

  /** A turn is over. */
  leave(): void {
    this.#next?.leave()
    this.#turns--
    if (this.#waiting.length > 0) this.#grant()
  }

  /** Does a job that needs no place: it is told for how many bytes it has its turn, and tells how
   * many it used. */
  async inTurn(asker: Asker, job: (most: number) => number): Promise<void> {
    const bytes = this.grantBytes
    await this.enter(asker, bytes)
    this.refund(bytes - job(bytes))
    this.leave()
  }

  /** Gives back what was not needed after all. */
  refund(bytes: number): void {
    this.#tokens += bytes
  }

  #begin(asker: Asker): void {
    this.#turns++
    this.#rounds.set(asker, Math.max(this.#round, this.#rounds.get(asker) ?? 0) + 1)
  }

  /**
   * Grants whoever is next while there is a slot, and anything in the bucket; a grant may overdraw
   * it, and the debt is waited off, so the rate holds for blocks of any size.
   */
  #grant(): void {
    const unlimited = this.#bytesPerSecond === Number.POSITIVE_INFINITY
    const now = this.#now()
    if (!unlimited) {
      const filled = this.#tokens + ((now - this.#filledAt) * this.#bytesPerSecond) / 1000
      this.#tokens = Math.min(filled, Math.max(this.grantBytes, this.#burst()))
    }
    this.#filledAt = now
    while ((unlimited || this.#tokens > 0) && this.#turns < UPLOAD_TURNS_MAX_COUNT) {
      const next = this.#takeNext()
      if (next === undefined) return
      if (!unlimited) this.#tokens -= next.bytes
      this.#begin(next.asker)
      next.grant()
    }
    const bound = unlimited || this.#tokens > 0
    if (this.#waiting.length === 0 || bound || this.#timer !== undefined) return
    const wait = Math.max(1, Math.min(1000, (-this.#tokens * 1000) / this.#bytesPerSecond))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#grant()
    }, wait)
  }

  /** The earliest round first, in it the least debt, then who came first. */
  #takeNext(): Waiting | undefined {
    let [best, bestRound, bestDebt] = [-1, Number.POSITIVE_INFINITY, 0]
    for (const [at, { asker }] of this.#waiting.entries()) {
      const round = Math.max(this.#round, this.#rounds.get(asker) ?? 0)
      const { debt } = asker
      if (round > bestRound || (round === bestRound && debt >= bestDebt)) continue
      best = at
      bestRound = round
      bestDebt = debt
    }
    if (best === -1) return undefined
    this.#round = bestRound
    return this.#waiting.splice(best, 1)[0]
  }

  /** What may be saved up while nobody asks: a tenth of a second. */
  #burst(): number {
    return this.#bytesPerSecond / 10
  }
}
