/**
 * How fast to send in the background so that other traffic of the line goes first; pure.
 *
 * After LEDBAT (RFC 6817), by the time that a ping over a buyer's own channel takes there and
 * back (pay/probe.ts). Whoever is asked answers before it does anything else, so neither its disk
 * nor the time in which it pays is part of that. The least that was seen of a buyer in ten minutes
 * is taken as the way without queues; what comes on top, by the least of a second's pings (RFC 6817
 * §3.2) and at the buyer where it is least, is a queue that all share: our own line's. A slow buyer
 * alone slows nothing. Below the target the rate grows, above it shrinks. It shrinks, too, where a
 * shorter queue stands: ours goes when we send less, and what stays is that of somebody who keeps
 * queues short, as BBR does, and whom the target alone would never see.
 */

/** No more queue than this is caused: RFC 6817 §3.3 allows 100, LEDBAT++ takes 60. */
export const TARGET_MS = 60
/** RFC 6817 §2.4.2: base delays of so many minutes are remembered, the least of each. */
const BASE_MINUTES = 10
/**
 * More than this in every one of so many steps is a queue that stands: the least of sixteen pings
 * varies by less, and four BBR connections keep 24 ms of packets at 1 MB/s when they keep least.
 */
export const [STANDING_MS, STANDING_STEPS] = [15, 4]
/** What is over within a step was a buyer that halted: a queue lasts for these. */
const LASTING_STEPS = 2
const MINUTE_MS = 60_000
/** Buyers whose base is remembered: whoever was silent longest is forgotten. */
const BUYERS_MAX_COUNT = 256
/** Bytes per second: below it nothing could be measured, above it nobody has a line. */
export const [RATE_MIN, RATE_MAX] = [32_000, 1_250_000_000]
const RATE_START = 256_000
/** The rate grows only while it is used: else it would grow for nothing and then overshoot. */
const USED_PART = 0.6
/** Below it a piece takes seconds: what was sent in one says nothing of how the rate is used. */
const RATE_SLOW = 2 * RATE_MIN
/**
 * What a step of a second adds without any queue: as much again where the line has been clear for
 * some steps and the rate is far below that at which the last queue began, else little; and the
 * most that a step takes.
 */
const [GROWTH_FAR, GROWTH_NEAR, SHRINK] = [1, 0.1, 0.5]
const CLEAR_STEPS = 3
/** A line is clear below this part of the target: others that send leave more. */
const CLEAR_PART = 0.2

interface Buyer {
  /** Least delay by minute, the newest last. */
  readonly minutes: { readonly minute: number; least: number }[]
  /** Least delay since the last step; undefined when nothing came. */
  latest: number | undefined
}

/** The rate of what is sent in the background. */
export class Background {
  readonly #buyers = new Map<string, Buyer>()
  #rate = RATE_START
  /** Half the rate at which the last queue began; growth is slow from there on. */
  #near = Number.POSITIVE_INFINITY
  /** Steps in which the line was clear since the last queue, and those since the last pong. */
  #clear = 0
  #steps = 0
  /** Milliseconds of queue in the last steps, the newest last. */
  readonly #queues: number[] = []

  /** Bytes per second. */
  get rate(): number {
    return this.#rate
  }

  /** Milliseconds that our own line's queue seemed to hold; undefined before it was measured. */
  get queueMs(): number | undefined {
    return this.#queues.at(-1)
  }

  /** The way to a buyer and back took so long. */
  heard(buyer: string, delayMs: number, nowMs: number): void {
    const known = this.#buyers.get(buyer) ?? { minutes: [], latest: undefined }
    // Newest last: the first of the map is forgotten first.
    this.#buyers.delete(buyer)
    this.#buyers.set(buyer, known)
    if (this.#buyers.size > BUYERS_MAX_COUNT) {
      this.#buyers.delete(this.#buyers.keys().next().value as string)
    }
    const minute = Math.floor(nowMs / MINUTE_MS)
    const last = known.minutes.at(-1)
    if (last?.minute === minute) last.least = Math.min(last.least, delayMs)
    else known.minutes.push({ minute, least: delayMs })
    while ((known.minutes[0]?.minute ?? minute) <= minute - BASE_MINUTES) known.minutes.shift()
    known.latest = Math.min(known.latest ?? delayMs, delayMs)
  }

  /** Once a second: the rate from now on, after what was really sent (bytes per second). */
  step(sentRate: number): number {
    this.#steps++
    const queue = this.#takeQueue()
    if (queue === undefined) return this.#rate
    this.#queues.push(queue)
    if (this.#queues.length > STANDING_STEPS) this.#queues.shift()
    const lasting = Math.min(...this.#queues.slice(-LASTING_STEPS))
    const stands = this.#queues.length === STANDING_STEPS && Math.min(...this.#queues) > STANDING_MS
    const off = Math.max(-1, (TARGET_MS - queue) / TARGET_MS)
    if (lasting > TARGET_MS || stands) {
      // A queue after a while without one is what our own growth came to.
      if (this.#clear >= CLEAR_STEPS) this.#near = this.#rate / 2
      this.#rate *= 1 - SHRINK * (stands ? 1 : Math.min(1, (lasting - TARGET_MS) / TARGET_MS))
      this.#clear = 0
    } else if (queue < TARGET_MS * CLEAR_PART) this.#clear += this.#steps
    this.#steps = 0
    const used = this.#rate < RATE_SLOW || sentRate > this.#rate * USED_PART
    if (off > 0 && used && !stands) {
      const far = this.#clear >= CLEAR_STEPS && this.#rate < this.#near
      this.#rate *= 1 + off * (far ? GROWTH_FAR : GROWTH_NEAR)
    }
    this.#rate = Math.min(RATE_MAX, Math.max(RATE_MIN, this.#rate))
    return this.#rate
  }

  /** The queue that all buyers of the last second saw. */
  #takeQueue(): number | undefined {
    let least: number | undefined
    for (const buyer of this.#buyers.values()) {
      if (buyer.latest === undefined) continue
      const base = Math.min(...buyer.minutes.map((each) => each.least))
      least = Math.min(least ?? Number.POSITIVE_INFINITY, buyer.latest - base)
      buyer.latest = undefined
    }
    return least
  }
}
