/** When earnings can be spent, as the provider's signed answers to our claims say (design D9). */
import { Answer } from '../../shared/api.js'
import { ClaimAnswer } from '../../shared/claims.js'
import { unverifiedPayload } from '../../shared/crypto.js'
import { refused } from '../../shared/errors.js'
import type { Fingerprint, Rid } from '../../shared/identifier.js'
import { API_ANSWER_MAX_BYTES } from '../../shared/limits.js'
import { decode } from '../../shared/wire/record.js'

/** Earnings that are pending until a time. */
export interface Maturing {
  /** Millionths. */
  readonly amount: bigint
  /** Milliseconds of the tracker's time; a complaint may make it later. */
  readonly at: number
}

/**
 * What archived answers credited that is not spendable before `nowMs`, soonest first. The answers
 * were verified when they were booked.
 */
export function maturingOf(
  answers: readonly Uint8Array[],
  fingerprint: Fingerprint,
  nowMs: number,
): Maturing[] {
  const sums = new Map<number, bigint>()
  for (const signed of answers) {
    for (const { credited, matures } of grantsIn(signed, fingerprint)) {
      if (credited > 0n && matures > nowMs) sums.set(matures, (sums.get(matures) ?? 0n) + credited)
    }
  }
  const rows = [...sums].map(([at, amount]) => ({ amount, at }))
  return rows.sort((one, other) => one.at - other.at)
}

/** What archived answers credited, by grant. */
export function creditsOf(
  answers: readonly Uint8Array[],
  fingerprint: Fingerprint,
): ReadonlyMap<Rid, bigint> {
  const sums = new Map<Rid, bigint>()
  for (const signed of answers) {
    for (const { credited, rid } of grantsIn(signed, fingerprint)) {
      if (credited > 0n) sums.set(rid, (sums.get(rid) ?? 0n) + credited)
    }
  }
  return sums
}

function grantsIn(signed: Uint8Array, fingerprint: Fingerprint) {
  const payload = unverifiedPayload('answer', signed, fingerprint, API_ANSWER_MAX_BYTES)
  const answer = refused(payload) ? payload : decode(Answer, payload, API_ANSWER_MAX_BYTES)
  if (refused(answer) || answer.body === undefined) return []
  const body = decode(ClaimAnswer, answer.body, API_ANSWER_MAX_BYTES)
  return refused(body) ? [] : body.grants
}
