/**
 * The tracker's clock, which is everyone's: the signed time, and whether it can be right.
 */
import { Time, TimeAnswer } from '../shared/api.js'
import { signString } from '../shared/crypto.js'
import { type Refusal, refuse } from '../shared/errors.js'
import { CLOCK_AHEAD_MAX_MS, CLOCK_SKEW_MAX_MS } from '../shared/limits.js'
import { encode } from '../shared/wire/record.js'
import { formatMoment } from '../shared/words.js'
import type { Tracker } from './tracker.js'

/**
 * Refuses as clock-wrong a time before one that the tracker has seen already, or so far behind it
 * that deadlines would pass by the dozen; `seen` says what that was, as `the last entry is of`.
 */
export function clockProblem(nowMs: number, seenMs: number, seen: string): Refusal | undefined {
  const early = nowMs < seenMs - CLOCK_SKEW_MAX_MS
  if (!early && nowMs <= seenMs + CLOCK_AHEAD_MAX_MS) return undefined
  const [now, last] = [formatMoment(nowMs), formatMoment(seenMs)]
  const text = `it is ${now} by the clock of this machine, but ${seen} ${last}`
  return refuse('clock-wrong', `${text}: set the clock, or serve --clock-checked if it is right`)
}

/** The record TimeAnswer for a caller's nonce of 16 bytes. */
export function signedTime(tracker: Tracker, nonce: Uint8Array): Uint8Array {
  const { root, issuing, signing, signer, sealPublic } = tracker.authority
  const { name, currency } = tracker.config
  const time = encode(Time, {
    nonce,
    time: tracker.now(),
    signer: signer.certificate,
    seal: sealPublic,
    name,
    currency,
  })
  return encode(TimeAnswer, { root, issuing, signing, time: signString('time', time, signer) })
}
