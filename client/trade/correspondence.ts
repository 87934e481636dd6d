/**
 * What passes between us and a provider's desk while a program trades: notices are fetched and
 * answered, letters are credited, and sellers that went away are paid by letter (D12).
 *
 * The answer to an announce says how many notices and letters wait, so nobody polls. A tracker that
 * is away is asked again with growing pauses; trading goes on meanwhile.
 */
import { refusalOf } from '../../shared/command.js'
import { type Refusal, refused } from '../../shared/errors.js'
import { FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import type { CaseDesk, SeenCase } from '../pay/case-desk.js'
import type { Addressee, Mailbox, MailRound } from '../pay/mailbox.js'
import { inTime, PROCESS_TIMERS, type Timers } from '../pay/timers.js'
import { retryDelayMs } from './retry.js'

const LOOK_MS = 1000
/** How often it is looked whom we owe: a walk over all payments of our grants. */
const DEBTS_LOOK_MS = 10_000

/** What waits for us at the tracker. */
export interface Waiting {
  readonly notices: number
  readonly letters: number
}

/** What a correspondence works with and whom it tells. */
export interface CorrespondenceOptions {
  readonly desk: CaseDesk
  readonly mailbox: Mailbox
  /** Sellers that miss something of ours, or may, and are not connected. */
  readonly owedTo: () => readonly Addressee[]
  /** A seller that is away for so long is paid by letter; milliseconds. */
  readonly patienceMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** The process's own when absent. */
  readonly timers?: Timers
  /** From 0 to 1. */
  readonly random: () => number
  readonly told: (news: News) => void
}

/** What came of it. */
export type News =
  | { readonly news: 'cases'; readonly cases: readonly SeenCase[] }
  | ({ readonly news: 'letters' } & MailRound)

/** The correspondence with one provider. */
export class Correspondence {
  readonly #options: CorrespondenceOptions
  readonly #untime: () => void
  #waiting: Waiting = { notices: 0, letters: 0 }
  /** Since when each seller has been away, by grant and seller; monotonic. */
  readonly #away = new Map<string, number>()
  #debtsAt: number
  /** Cases are looked at again then: an answer waits. */
  #casesAt = Number.POSITIVE_INFINITY
  #pausedUntil = 0
  #failures = 0
  #working: Promise<void> | undefined

  constructor(options: CorrespondenceOptions) {
    this.#options = options
    this.#debtsAt = options.now()
    const { timers = PROCESS_TIMERS } = options
    this.#untime = timers.every(LOOK_MS, () => this.#look())
  }

  /** The tracker said what waits. */
  heard(waiting: Waiting): void {
    this.#waiting = waiting
  }

  #look(): void {
    const { now } = this.#options
    if (this.#working !== undefined || now() < this.#pausedUntil) return
    const { letters, notices } = this.#waiting
    const gone = this.#gone()
    if (letters + notices + gone.length === 0 && now() < this.#casesAt) return
    this.#working = this.#work(gone)
      .catch(refusalOf)
      .then((problem) => {
        this.#failures = problem === undefined ? 0 : this.#failures + 1
        const { random } = this.#options
        if (problem !== undefined)
          this.#pausedUntil = now() + retryDelayMs(this.#failures, random())
      })
      .finally(() => {
        this.#working = undefined
      })
  }

  /** Sellers whose patience with us must not be tried any longer. */
  #gone(): readonly Addressee[] {
    const { now, owedTo, patienceMs } = this.#options
    if (now() < this.#debtsAt) return []
    this.#debtsAt = now() + Math.min(patienceMs, DEBTS_LOOK_MS)
    const owed = new Map(owedTo().map((one) => [`${one.rid} ${one.seller}`, one]))
    for (const key of this.#away.keys()) if (!owed.has(key)) this.#away.delete(key)
    for (const key of owed.keys()) if (!this.#away.has(key)) this.#away.set(key, now())
    const late = [...owed].filter(([key]) => now() - (this.#away.get(key) ?? 0) >= patienceMs)
    // Once for each absence: what is left then is all that there is.
    for (const [key] of late) this.#away.set(key, Number.POSITIVE_INFINITY)
    return late.map(([, one]) => one)
  }

  async #work(gone: readonly Addressee[]): Promise<Refusal | undefined> {
    const { letters, notices } = this.#waiting
    const left = gone.length === 0 ? undefined : await this.#leave(gone)
    const due = notices > 0 || this.#options.now() >= this.#casesAt
    const looked = due ? await this.#lookUp() : undefined
    return left ?? looked ?? (letters > 0 ? this.#fetch() : undefined)
  }

  async #leave(gone: readonly Addressee[], timeoutMs?: number): Promise<Refusal | undefined> {
    const { mailbox, told } = this.#options
    const round = await mailbox.leave(gone, timeoutMs)
    if (round.problem !== undefined)
      for (const { rid, seller } of gone) this.#away.delete(`${rid} ${seller}`)
    if (round.letters.length > 0) told({ news: 'letters', ...round })
    return round.problem
  }

  async #lookUp(): Promise<Refusal | undefined> {
    const { desk, told } = this.#options
    const cases = await desk.look()
    if (refused(cases)) return cases
    this.#waiting = { ...this.#waiting, notices: 0 }
    const { now, patienceMs } = this.#options
    const open = cases.some(({ problem, waits }) => waits === true || problem !== undefined)
    this.#casesAt = open ? now() + patienceMs : Number.POSITIVE_INFINITY
    told({ news: 'cases', cases })
    return undefined
  }

  async #fetch(timeoutMs?: number): Promise<Refusal | undefined> {
    const { mailbox, told } = this.#options
    const round = await mailbox.fetch(timeoutMs)
    if (round.letters.length > 0) told({ news: 'letters', ...round })
    if (round.problem === undefined) this.#waiting = { ...this.#waiting, letters: 0 }
    return round.problem
  }

  /**
   * Ends it with letters to all who still lack something, and with those that wait for us, so that
   * the last claim takes them along; within FAREWELL_TIMEOUT_MS.
   */
  async stop(): Promise<void> {
    this.#untime()
    const finished = this.#finish().catch(() => undefined)
    await inTime(FAREWELL_TIMEOUT_MS, finished, this.#options.timers)
  }

  async #finish(): Promise<void> {
    await this.#working
    await this.#leave(this.#options.owedTo(), FAREWELL_TIMEOUT_MS)
    if (this.#waiting.letters > 0) await this.#fetch(FAREWELL_TIMEOUT_MS)
  }
}
