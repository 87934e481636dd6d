/** Bytes a second of the last minutes, of each content that moved any and of all together. */
import type { Cid } from '../../shared/identifier.js'
import { RATES_COUNT, RATES_EVERY_MS } from '../../shared/local-limits.js'
import type { AnswerOf } from '../local/calls.js'
import type { Household } from './household.js'

/** One ring of samples; those before the first are zero. */
class Ring {
  readonly #samples = new Float64Array(RATES_COUNT)
  #next = 0

  add(rate: number): void {
    this.#samples[this.#next] = rate
    this.#next = (this.#next + 1) % RATES_COUNT
  }

  /** Oldest first, whole bytes. */
  list(): number[] {
    const samples = [
      ...this.#samples.subarray(this.#next),
      ...this.#samples.subarray(0, this.#next),
    ]
    return samples.map(Math.round)
  }
}

/** Down and up of one thing. */
interface Pair {
  readonly down: Ring
  readonly up: Ring
}

const pair = (): Pair => ({ down: new Ring(), up: new Ring() })

/** The rates of a household. */
export class Rates {
  readonly #household: Household
  readonly #all = pair()
  readonly #contents = new Map<Cid, Pair>()
  readonly #timer: NodeJS.Timeout

  constructor(household: Household) {
    this.#household = household
    this.#timer = setInterval(() => this.#sample(), RATES_EVERY_MS)
  }

  #sample(): void {
    let [down, up] = [0, 0]
    const here = new Set<Cid>()
    for (const { content, trade } of this.#household.transfers()) {
      const { cid } = content.metainfo
      here.add(cid)
      const { downloadRate, uploadRate } = trade?.snapshot() ?? { downloadRate: 0, uploadRate: 0 }
      down += downloadRate
      up += uploadRate
      const moved = downloadRate + uploadRate > 0
      const own = this.#contents.get(cid) ?? (moved ? pair() : undefined)
      if (own === undefined) continue
      this.#contents.set(cid, own)
      own.down.add(downloadRate)
      own.up.add(uploadRate)
    }
    for (const cid of this.#contents.keys()) if (!here.has(cid)) this.#contents.delete(cid)
    this.#all.down.add(down)
    this.#all.up.add(up)
  }

  /** The rates of a content, or of all. */
  of(cid: Cid | undefined): AnswerOf<'rates'> {
    const { down, up } = (cid === undefined ? this.#all : this.#contents.get(cid)) ?? pair()
    return { every: RATES_EVERY_MS, down: down.list(), up: up.list() }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
