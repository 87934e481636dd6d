/**
 * The provider's list of revoked certificates, as a peer reads and applies it (design D11); pure.
 *
 * The list is complete and replaces the one before. Whoever hands out an older one would bring a
 * revoked member back, so a reader keeps the number and time of the newest that it has seen.
 */
import { Revocations } from './api.js'
import { toHex } from './bytes.js'
import { type Refusal, refuse, refused } from './errors.js'
import { type Keyring, openProviderString } from './keyring.js'
import { REVOCATIONS_MAX_AGE_MS, REVOCATIONS_MAX_BYTES } from './limits.js'
import { decode } from './wire/record.js'

/** What tells a newer list from an older one. */
export interface Edition {
  readonly number: number
  /** Milliseconds of the tracker's time when it was signed. */
  readonly time: number
}

/** A list that was verified. */
export interface RevocationList extends Edition {
  /** Hex digits, as in a certificate that was read. */
  readonly serials: ReadonlySet<string>
}

/**
 * Verifies a signed list. Refusals: those of openProviderString, malformed, and revocations-old for
 * one that is older, by number or else by time, than `newest`.
 */
export function readRevocations(
  signed: Uint8Array,
  keyring: Keyring,
  newest: Edition | undefined,
): RevocationList | Refusal {
  const payload = openProviderString('revocations', signed, keyring, REVOCATIONS_MAX_BYTES)
  if (refused(payload)) return payload
  const list = decode(Revocations, payload, REVOCATIONS_MAX_BYTES)
  if (refused(list)) return list
  if (newest !== undefined && isOlder(list, newest)) return refuse('revocations-old')
  const { number, serials, time } = list
  return { number, time, serials: new Set(serials.map(toHex)) }
}

function isOlder(list: Edition, newest: Edition): boolean {
  if (list.number !== newest.number) return list.number < newest.number
  return list.time < newest.time
}

/**
 * Whether a member may be met at `nowMs` of the tracker's time. Refusals: certificate-revoked; and
 * revocations-stale for a stranger, one we never traded with, when the list is missing or older
 * than REVOCATIONS_MAX_AGE_MS.
 */
export function judgeMember(
  list: RevocationList | undefined,
  serial: string,
  nowMs: number,
  isStranger: () => boolean,
): Refusal | undefined {
  if (list?.serials.has(serial) === true) return refuse('certificate-revoked')
  const fresh = list !== undefined && nowMs - list.time <= REVOCATIONS_MAX_AGE_MS
  return fresh || !isStranger() ? undefined : refuse('revocations-stale')
}
