/**
 * What the screens show: everything that came from the local API, as it stands now.
 *
 * Totals, transfers, accounts, earn and log come by themselves. All else a screen reads by naming
 * the call (`needs` of its screen); the frame asks, and asks again, while the screen is shown.
 */
import type { Refusal } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { type AnswerOf, LOCAL_CALLS, type LocalCall, type RequestOf } from '../local/calls.js'
import type { Account, EarnState, LogRow, Totals } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'

/** How we stand with the process that holds the home. */
export interface Link {
  /** `lost`: it went away, and we look for it again. */
  readonly state: 'attaching' | 'attached' | 'lost'
  /** Whether that process is ours, and ends with the screen. */
  readonly own: boolean
  /** Why it is lost. */
  readonly problem?: Refusal
}

/** What a call answered last; both are missing before the first answer. */
export interface Answered<C extends LocalCall> {
  readonly value?: AnswerOf<C>
  /** Why the last try gave no answer; `value` is then from an earlier one. */
  readonly problem?: Refusal
}

/** Rates of the whole home at one moment, in bytes per second. */
export interface RateSample {
  readonly at: number
  readonly down: number
  readonly up: number
}

/** The world of the screens. Rows are replaced when they change, never changed in place. */
export interface World {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly link: Link
  readonly totals?: Totals
  readonly transfers: ReadonlyMap<Cid, Transfer>
  readonly accounts: ReadonlyMap<Fingerprint, Account>
  readonly earn?: EarnState
  /** Oldest first. */
  readonly log: readonly LogRow[]
  /** Oldest first, one for each time that totals came. */
  readonly rates: readonly RateSample[]
  /** Rises when transfers change; what was sorted for one revision holds for all of it. */
  readonly revision: number
  /** What a call of `needs` answered. */
  read<C extends LocalCall>(call: C, request: RequestOf<C>): Answered<C>
}

/** One call that a screen wants answered, and again after so long (ms). */
export type Need = {
  readonly [C in LocalCall]: {
    readonly call: C
    readonly request: RequestOf<C>
    readonly everyMs: number
  }
}[LocalCall]

/** What tells one asked call from another. */
export function needKey<C extends LocalCall>(call: C, request: RequestOf<C>): string {
  const kind = LOCAL_CALLS[call].request
  return `${call} ${JSON.stringify(kind.write(request as never))}`
}
