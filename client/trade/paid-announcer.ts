/**
 * Says where we can be reached for one paid content, and brings back who else can (§III.C, D5).
 *
 * The tracker sets the interval; a seller that our list does not name makes us ask at once, but no
 * oftener than ANNOUNCE_AGAIN_MS. A tracker that is away is asked again with growing pauses.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, Rid } from '../../shared/identifier.js'
import { ANNOUNCE_AGAIN_MS, FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import { tryDatabase } from '../../shared/thrown.js'
import { stateAfter, type TrackerStatus } from '../net/announcer.js'
import type { Provider } from '../pay/provider.js'
import { PROCESS_TIMERS, type Timers } from '../pay/timers.js'
import type { HistoryBook } from '../pay/wallet/history.js'
import type { Waiting } from './correspondence.js'
import { retryDelayMs } from './retry.js'

/** What an announcer says and whom it tells. */
export interface PaidAnnouncerOptions {
  readonly provider: Provider
  readonly cid: Cid
  /** Grants whose peer lists we want by now; none when we only sell. */
  readonly rids: () => readonly Rid[]
  readonly port: number
  /** Where it stands under which grants we were asked as a seller. */
  readonly history: Pick<HistoryBook, 'untold' | 'setTold'>
  /** Bytes not on disk yet. */
  readonly left: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** The process's own when absent. */
  readonly timers?: Timers
  /** From 0 to 1. */
  readonly random: () => number
  /** A new signed list. */
  readonly listed: (rid: Rid, signed: Uint8Array) => void
  /** The number of the tracker's list of revoked certificates. */
  readonly revocations: (number: number) => void
  /** What waits for us at the tracker. */
  readonly waiting: (waiting: Waiting) => void
  /** Whether the tracker can connect to us, when that changes. */
  readonly reached: (reached: boolean) => void
  /** Undefined: the tracker answered. */
  readonly told: (problem: Refusal | undefined) => void
}

/** Announces one content until it is stopped. */
export class PaidAnnouncer {
  readonly #options: PaidAnnouncerOptions
  #callOff: () => void = () => undefined
  #round: Promise<void> | undefined
  #again = false
  #stopped = false
  #failures = 0
  #problem: Refusal | undefined
  /** Monotonic milliseconds. */
  #nextAt = 0
  #reached = true
  #lastAt = Number.NEGATIVE_INFINITY
  /** The next event to tell (BEP 3). */
  #event: 'started' | 'completed' | '' = 'started'

  constructor(options: PaidAnnouncerOptions) {
    this.#options = options
    this.#schedule(0)
  }

  /** Announces out of turn: the list may have changed. */
  again(): void {
    if (this.#failures === 0) this.now()
  }

  /** Announces as soon as it may, also to a tracker that was away: a person asks for it. */
  now(): void {
    if (this.#round !== undefined) this.#again = true
    else this.#schedule(Math.max(0, this.#lastAt + ANNOUNCE_AGAIN_MS - this.#options.now()))
  }

  /** How it stands with the tracker. */
  status(): TrackerStatus[] {
    const { now, provider } = this.#options
    const asked = this.#lastAt !== Number.NEGATIVE_INFINITY
    const asking = !asked || (this.#round !== undefined && this.#problem !== undefined)
    return [
      {
        url: provider.row.url,
        state: asking ? 'asking' : stateAfter(this.#problem),
        problem: this.#problem,
        nextMs: this.#round === undefined ? Math.max(0, this.#nextAt - now()) : undefined,
        reached: asked ? this.#reached : undefined,
      },
    ]
  }

  /** The content is complete now. */
  completed(): void {
    if (this.#event === '') this.#event = 'completed'
    this.again()
  }

  /**
   * Takes us off the lists, as far as the tracker answers within FAREWELL_TIMEOUT_MS, and hears
   * once more what waits for us.
   */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#callOff()
    if (this.#failures > 0) return
    const answer = await this.#ask(undefined, 'stopped', FAREWELL_TIMEOUT_MS)
    if (!refused(answer)) this.#options.waiting(answer)
  }

  #schedule(delayMs: number): void {
    this.#callOff()
    if (this.#stopped) return
    const { now, timers = PROCESS_TIMERS } = this.#options
    this.#nextAt = now() + delayMs
    this.#callOff = timers.after(delayMs, () => {
      this.#round = this.#announce().finally(() => {
        this.#round = undefined
      })
    })
  }

  async #announce(): Promise<void> {
    const { listed, now, told } = this.#options
    const rids = this.#options.rids()
    this.#again = false
    this.#lastAt = now()
    const event = this.#event
    let [intervalMs, revocations] = [0, 0]
    for (const rid of rids.length === 0 ? [undefined] : rids) {
      const answer = await this.#ask(rid, event)
      if (this.#stopped) return
      if (refused(answer)) {
        this.#failures++
        this.#problem = answer
        told(answer)
        this.#schedule(retryDelayMs(this.#failures, this.#options.random()))
        return
      }
      intervalMs = answer.interval
      revocations = answer.revocations
      this.#options.waiting(answer)
      this.#noteReach(answer.reached)
      if (rid !== undefined && answer.peers !== undefined) listed(rid, answer.peers)
    }
    if (event === this.#event) this.#event = ''
    this.#failures = 0
    this.#problem = undefined
    told(undefined)
    this.#options.revocations(revocations)
    this.#schedule(this.#again ? ANNOUNCE_AGAIN_MS : Math.max(ANNOUNCE_AGAIN_MS, intervalMs))
  }

  /** That we are reached is what everybody expects, and no news before it was otherwise. */
  #noteReach(answer: number | undefined): void {
    const reached = answer === undefined ? this.#reached : answer === 1
    if (reached === this.#reached) return
    this.#reached = reached
    this.#options.reached(reached)
  }

  /** One announce, with the grants under which we were asked since the last. */
  async #ask(rid: Rid | undefined, event: string, timeoutMs?: number) {
    const { cid, history, left, port, provider } = this.#options
    const asked = history.untold(cid)
    const told = asked.length === 0 ? {} : { asked }
    const grant = rid === undefined ? {} : { rid }
    const fields = { cid, port, left: left(), event, ...grant, ...told }
    const answer = await provider.call('announce', fields, timeoutMs)
    if (refused(answer)) return answer
    // On a full disk it is told again.
    tryDatabase(() => history.setTold(asked))
    return answer.body
  }
}
