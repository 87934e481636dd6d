/**
 * Members whose calls fail again and again are answered ever more slowly (paper §IV.F): nobody is
 * to use the tracker as an oracle for tokens, grants or signatures.
 *
 * It counts by member and call, and only what a member signed itself: nobody can slow down another,
 * and who guesses at claims may still announce. In memory: a restart forgives, and nobody but the
 * provider can cause one.
 */
import type { Call } from '../shared/api.js'
import { type Code, faultOf } from '../shared/errors.js'
import type { Uid } from '../shared/identifier.js'
import {
  ALLOWANCES_MAX_COUNT,
  GUESS_FORGET_MS,
  GUESS_WAIT_MAX_MS,
  GUESS_WAIT_MIN_MS,
  GUESSES_FREE_COUNT,
} from '../shared/tracker-limits.js'

/**
 * Codes that are the caller's fault and yet no guess: what a wallet or a tracker that came back
 * from a backup, or a double spender, makes of an honest claim.
 */
const NO_GUESS: ReadonlySet<Code> = new Set(['claim-gap', 'already-paid', 'rate-limited'])

/**
 * Whether a call that is refused so may have been a guess. No announce is: it says the same of the
 * grants of others and of those that never were, and a member announces all its contents with it;
 * one that the tracker has lost must not take it off the lists of all others.
 */
export function isGuess(name: Call, code: Code): boolean {
  return name !== 'announce' && faultOf(code) === 'theirs' && !NO_GUESS.has(code)
}

/** Failures, as of the last one. */
interface Failures {
  readonly count: number
  readonly atMs: number
}

/** Failed calls of all members. */
export class Guesses {
  readonly #now: () => number
  /** In the order of their last failure. */
  readonly #failures = new Map<string, Failures>()

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds until calls of this name are answered to a member again; 0 when they are now. */
  wait(uid: Uid, name: Call): number {
    const known = this.#failures.get(`${name} ${uid}`)
    if (known === undefined || known.count <= GUESSES_FREE_COUNT) return 0
    const over = known.count - GUESSES_FREE_COUNT - 1
    const delay = Math.min(GUESS_WAIT_MIN_MS * 2 ** over, GUESS_WAIT_MAX_MS)
    return Math.max(0, delay - this.#since(known))
  }

  /** A call of a member failed: the next one waits, twice as long as before. */
  failed(uid: Uid, name: Call): void {
    const key = `${name} ${uid}`
    const known = this.#failures.get(key) ?? { count: 0, atMs: 0 }
    const forgotten = Math.floor(this.#since(known) / GUESS_FORGET_MS)
    const count = Math.max(0, known.count - forgotten) + 1
    this.#failures.delete(key)
    this.#failures.set(key, { count, atMs: this.#now() })
    if (this.#failures.size > ALLOWANCES_MAX_COUNT) {
      const [oldest] = this.#failures.keys()
      if (oldest !== undefined) this.#failures.delete(oldest)
    }
  }

  /** Milliseconds since the last failure; a clock that was set back forgives nothing. */
  #since({ atMs }: Failures): number {
    return Math.max(0, this.#now() - atMs)
  }
}
