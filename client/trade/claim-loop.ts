/**
 * When to claim while a program trades: early from buyers that are unknown, after a batch, after an
 * interval, and at the end (D2). One claim takes along whatever there is from all grants.
 *
 * A tracker that is away is asked again with growing pauses; trading goes on meanwhile.
 */
import { refusalOf } from '../../shared/command.js'
import { refuse } from '../../shared/errors.js'
import { CLAIM_BATCH_PIECES, CLAIM_INTERVAL_MS, FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import type { Claimer, ClaimRound } from '../pay/claiming.js'
import { inTime } from '../pay/timers.js'
import { retryDelayMs } from './retry.js'

const LOOK_MS = 1000

/** Why a claim was made now. */
export type ClaimCause = 'early' | 'batch' | 'interval' | 'exit'

/** What a loop claims with and whom it tells. */
export interface ClaimLoopOptions {
  readonly claimer: Claimer
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly told: (round: ClaimRound, cause: ClaimCause) => void
}

/** Claims of one provider while a program trades. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions
  readonly #timer: NodeJS.Timeout
  #failures = 0
  #dueAt: number
  #claiming: Promise<void> | undefined

  constructor(options: ClaimLoopOptions) {
    this.#options = options
    this.#dueAt = options.now() + CLAIM_INTERVAL_MS
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    // What an earlier run left behind goes out at once.
    if (options.claimer.due) this.#dueAt = options.now()
  }

  #look(): void {
    if (this.#claiming !== undefined) return
    const cause = this.#cause()
    if (cause === undefined) return
    this.#claiming = this.#claim(cause).finally(() => {
      this.#claiming = undefined
    })
  }

  #cause(): ClaimCause | undefined {
    const { claimer, now } = this.#options
    if (now() >= this.#dueAt) return 'interval'
    if (this.#failures > 0) return undefined
    if (claimer.waiting >= CLAIM_BATCH_PIECES) return 'batch'
    return claimer.early ? 'early' : undefined
  }

  async #claim(cause: ClaimCause, timeoutMs?: number): Promise<void> {
    const { claimer, now, random, told } = this.#options
    this.#dueAt = now() + CLAIM_INTERVAL_MS
    if (!claimer.due) return
    const round = await claimer.claim(timeoutMs).catch(unclaimed)
    this.#failures = round.problem === undefined ? 0 : this.#failures + 1
    if (this.#failures > 0) this.#dueAt = now() + retryDelayMs(this.#failures, random())
    told(round, cause)
  }

  /** Ends the loop with one last claim, within FAREWELL_TIMEOUT_MS; what the tracker does
   * not answer by then is repeated by the next run. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    const last = Promise.resolve(this.#claiming).then(() =>
      this.#claim('exit', FAREWELL_TIMEOUT_MS),
    )
    if ((await inTime(FAREWELL_TIMEOUT_MS, last)) !== 'late') return
    const problem = refuse('unreachable', 'the tracker does not answer in time')
    this.#options.told({ grants: [], credited: 0n, problem }, 'exit')
  }
}

/** A round that the wallet did not let begin, as on a full disk; it comes again. */
function unclaimed(error: unknown): ClaimRound {
  return { grants: [], credited: 0n, problem: refusalOf(error) }
}
