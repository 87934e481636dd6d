/** The world as it changes: updates and answers are put in here, screens read it as `World`. */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import type { AnswerOf, LocalCall, RequestOf, Update } from '../local/calls.js'
import type { Account, EarnState, LogRow, Totals } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'
import { type Answered, type Link, needKey, type RateSample, type World } from './world.js'

/** Lines of the log that are kept. */
const LOG_MAX_COUNT = 5000
/** Samples of the rates that are kept: a quarter of an hour at one a second. */
const RATES_MAX_COUNT = 900
/** Answers that are kept of what was shown before. */
const ANSWERS_MAX_COUNT = 200

interface Known {
  readonly call: LocalCall
  readonly answered: Answered<LocalCall>
  /** When it was asked last, by a clock that only rises; undefined asks again at once. */
  readonly askedMs: number | undefined
}

/** See World. */
export class WorldModel implements World {
  now: number
  link: Link = { state: 'attaching', own: false }
  totals?: Totals
  earn?: EarnState
  revision = 0
  readonly transfers = new Map<Cid, Transfer>()
  readonly accounts = new Map<Fingerprint, Account>()
  readonly log: LogRow[] = []
  readonly rates: RateSample[] = []
  readonly #known = new Map<string, Known>()

  constructor(now: number) {
    this.now = now
  }

  read<C extends LocalCall>(call: C, request: RequestOf<C>): Answered<C> {
    return (this.#known.get(needKey(call, request))?.answered ?? {}) as Answered<C>
  }

  /** Takes one line of `updates`. */
  apply(update: Update): void {
    const { account, changed, earn, gone, log, totals, transfer } = update
    if (totals !== undefined) this.#setTotals(totals)
    if (transfer !== undefined) this.transfers.set(transfer.cid, transfer)
    if (gone !== undefined) this.transfers.delete(gone)
    if (transfer !== undefined || gone !== undefined) this.revision++
    if (account !== undefined) this.accounts.set(account.provider, account)
    if (earn !== undefined) this.earn = earn
    if (log !== undefined) {
      this.log.push(log)
      if (this.log.length > LOG_MAX_COUNT) this.log.shift()
    }
    if (changed !== undefined) this.#outdate(changed)
  }

  #setTotals(totals: Totals): void {
    this.totals = totals
    this.rates.push({ at: this.now, down: totals.downRate, up: totals.upRate })
    if (this.rates.length > RATES_MAX_COUNT) this.rates.shift()
  }

  /** A new attachment: forgets what comes anew at its beginning. */
  restart(link: Link): void {
    this.link = link
    this.transfers.clear()
    this.accounts.clear()
    this.log.length = 0
    this.revision++
    for (const [key, known] of this.#known) this.#known.set(key, { ...known, askedMs: undefined })
  }

  #outdate(call: LocalCall): void {
    for (const [key, known] of this.#known) {
      if (known.call === call) this.#known.set(key, { ...known, askedMs: undefined })
    }
  }

  /** Whether a call is due that is to be asked every so many milliseconds. */
  isDue<C extends LocalCall>(call: C, request: RequestOf<C>, everyMs: number, ms: number): boolean {
    const asked = this.#known.get(needKey(call, request))?.askedMs
    return asked === undefined || ms - asked >= everyMs
  }

  /** Notes that a call was asked. */
  asked<C extends LocalCall>(call: C, request: RequestOf<C>, askedMs: number): void {
    const key = needKey(call, request)
    const answered = this.#known.get(key)?.answered ?? {}
    // What was asked last stands last, so the oldest goes first.
    this.#known.delete(key)
    this.#known.set(key, { call, answered, askedMs })
    if (this.#known.size > ANSWERS_MAX_COUNT) {
      this.#known.delete(this.#known.keys().next().value as string)
    }
  }

  /** Keeps what a call answered; a refusal leaves the value of before beside it. */
  answered<C extends LocalCall>(
    call: C,
    request: RequestOf<C>,
    answer: AnswerOf<C> | Refusal,
  ): void {
    const key = needKey(call, request)
    const known = this.#known.get(key)
    if (known === undefined) return
    const value = known.answered.value
    const answered = !refused(answer)
      ? { value: answer }
      : value === undefined
        ? { problem: answer }
        : { value, problem: answer }
    this.#known.set(key, { ...known, answered: answered as Answered<LocalCall> })
  }
}
