/**
 * What everybody may ask of the tracker: by address before anything is known of the caller, by
 * member once a signature has proved who it is.
 *
 * Work is counted in units of about a millisecond of the tracker's time. Nobody can use up what
 * another has: an address counts where the request really came from, and a member counts only for
 * calls that it signed and that are new. This machine itself is trusted with what it asks.
 */
import type { Call } from '../shared/api.js'
import {
  ASKS_BURST_COUNT,
  ASKS_PER_SECOND,
  BODY_UNIT_BYTES,
  CALLS_BURST_UNITS,
  CALLS_PER_SECOND_UNITS,
  MEMBER_BURST_UNITS,
  MEMBER_PER_SECOND_UNITS,
  PLAIN_ASKS_BURST_COUNT,
  PLAIN_ASKS_PER_SECOND,
  REGISTRATIONS_ALL_BURST_COUNT,
  REGISTRATIONS_ALL_PER_SECOND,
  REGISTRATIONS_BURST_COUNT,
  REGISTRATIONS_PER_SECOND,
} from '../shared/tracker-limits.js'
import { isLoopback } from './address.js'
import { Allowance } from './allowance.js'
import { networkOf, siteOf } from './network.js'
import type { CallContext } from './tracker.js'

/** What a call costs before it is known what it asks; 1 where nothing is said. */
const CALL_UNITS: Partial<Record<Call, number>> = {
  ...{ purchase: 2, pages: 2, claim: 2, refund: 2, mail: 2, redeem: 2, payout: 2 },
  // Each judges a case.
  ...{ complain: 4, respond: 4 },
}
/** The one key of the allowance that all share. */
const EVERYBODY = 'all'

/** Who called from where. */
export type Caller = Pick<CallContext, 'member' | 'host'>

/** The allowances of one tracker. */
export class Doors {
  readonly #asks: Allowance
  readonly #plain: Allowance
  readonly #calls: Allowance
  readonly #members: Allowance
  readonly #registrations: Allowance
  readonly #registrationsOfAll: Allowance

  constructor(now: () => number) {
    const allowance = (burst: number, perSecond: number): Allowance =>
      new Allowance({ burst, perSecond }, now)
    this.#asks = allowance(ASKS_BURST_COUNT, ASKS_PER_SECOND)
    this.#plain = allowance(PLAIN_ASKS_BURST_COUNT, PLAIN_ASKS_PER_SECOND)
    this.#calls = allowance(CALLS_BURST_UNITS, CALLS_PER_SECOND_UNITS)
    this.#members = allowance(MEMBER_BURST_UNITS, MEMBER_PER_SECOND_UNITS)
    this.#registrations = allowance(REGISTRATIONS_BURST_COUNT, REGISTRATIONS_PER_SECOND)
    this.#registrationsOfAll = allowance(
      REGISTRATIONS_ALL_BURST_COUNT,
      REGISTRATIONS_ALL_PER_SECOND,
    )
  }

  /** Whether an address may ask something that is answered to anybody. */
  mayAsk(host: string): boolean {
    return isLoopback(host) || this.#asks.take(networkOf(host))
  }

  /** Counts what a question turned out to have as its answer. */
  chargeAsk(host: string, answerBytes: number): void {
    if (!isLoopback(host)) this.#asks.charge(networkOf(host), answerBytes / BODY_UNIT_BYTES)
  }

  /** Whether an address may announce or scrape as ordinary clients do. */
  mayAnnounce(host: string): boolean {
    return isLoopback(host) || this.#plain.take(networkOf(host))
  }

  /** Whether an address may send a call with a body of so many bytes, before they are read. */
  maySend(host: string, bodyBytes: number): boolean {
    const units = 1 + bodyBytes / BODY_UNIT_BYTES
    return isLoopback(host) || this.#calls.take(networkOf(host), units)
  }

  /** Whether an address may become a new member without an invitation. */
  mayRegister(host: string): boolean {
    if (isLoopback(host)) return true
    return this.#registrations.take(siteOf(host)) && this.#registrationsOfAll.take(EVERYBODY)
  }

  /** Whether a member may make a call, which it signed and which is new. */
  mayCall({ member, host }: Caller, name: Call): boolean {
    return isLoopback(host) || this.#members.take(member.uid, CALL_UNITS[name] ?? 1)
  }

  /** Counts what a call of a member turned out to cost. */
  charge({ member, host }: Caller, units: number): void {
    if (!isLoopback(host)) this.#members.charge(member.uid, units)
  }
}
