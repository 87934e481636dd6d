/**
 * Whether this home is the newest copy of itself: a copy would spend tokens that the other one has
 * spent, and stand convicted by its own signatures (D12, D13). The counters of its calls tell.
 */
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { tryDatabase } from '../../../shared/thrown.js'
import type { ProviderBook } from '../wallet/providers.js'
import { mayBeCopy } from './refusals.js'

/** Later calls of this home may overtake one this often before it looks like anything else. */
const OVERTAKEN_MAX_COUNT = 3

/** The place of one home among its copies, with one provider. */
export class Newest {
  readonly #book: ProviderBook
  readonly #fingerprint: Fingerprint
  /** Known in this process, whatever the disk has kept of it. */
  #overtaken = false

  constructor(book: ProviderBook, fingerprint: Fingerprint) {
    this.#book = book
    this.#fingerprint = fingerprint
  }

  /** Refuses as home-copied, for good, once the tracker has shown that another copy went on. */
  problem(): Refusal | undefined {
    const overtaken = this.#overtaken || this.#book.isOvertaken(this.#fingerprint)
    return overtaken ? refuse('home-copied') : undefined
  }

  /** What is left to go by while the tracker is away: a home that may be a copy pays nobody. */
  doubt(): Refusal | undefined {
    return this.problem() ?? (this.#book.isCopy(this.#fingerprint) ? mayBeCopy() : undefined)
  }

  /** The tracker has taken a call: this home is the newest, in the file that it lies in. */
  proved(): void {
    this.#book.keepPlace(this.#fingerprint)
  }

  /**
   * Lets a call leave under the next counter; refuses as home-copied when the tracker has seen a
   * counter of no call of ours: each is durable before its call leaves, so a stale one was
   * overtaken, or a copy has used it. That is kept: every further try would bring our counter
   * nearer to the other's, until the tracker took us for the newest. A call that the network has
   * delivered twice is no copy's.
   */
  async send<T>(leave: (counter: number) => Promise<T | Refusal>): Promise<T | Refusal> {
    for (let tries = 1; ; tries++) {
      const counter = this.problem() ?? this.#book.nextCounter(this.#fingerprint)
      if (refused(counter)) return counter
      const answer = await leave(counter)
      if (!refused(answer)) return answer
      if (answer.code === 'call-repeated') {
        return refuse('unreachable', 'a call was delivered twice, and its answer went elsewhere')
      }
      if (answer.code !== 'stale-counter') return answer
      const newest = counter === this.#book.counter(this.#fingerprint)
      if (newest) this.#overtake()
      if (newest || tries === OVERTAKEN_MAX_COUNT) return refuse('home-copied')
    }
  }

  /** A disk that does not take the verdict must not keep it from whoever made the call. */
  #overtake(): void {
    this.#overtaken = true
    tryDatabase(() => this.#book.overtake(this.#fingerprint))
  }
}
