/**
 * Meeting a provider: whose tracker answers at an address, and what time it says it is.
 *
 * The answer carries the whole chain, so that a first contact needs nothing beforehand; who has a
 * pin compares the root with it before anything else is believed. Certificates are judged by the
 * tracker's own signed time, because a customer's clock may be wrong (design D11).
 */
import { Time, TimeAnswer } from '../../../shared/api.js'
import { equal, toHex } from '../../../shared/bytes.js'
import { fingerprintOf } from '../../../shared/certificate.js'
import { unverifiedPayload } from '../../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { createKeyring, openProviderString } from '../../../shared/keyring.js'
import { decode, type TypeOf } from '../../../shared/wire/record.js'
import { refusalIn } from './refusals.js'
import { requestBytes } from './transport.js'

const NONCE_BYTES = 16
/** Four certificates' worth and the signed time. */
const TIME_ANSWER_MAX_BYTES = 20_000

/** What a provider says of itself, verified under its own root. */
export interface Greeting {
  readonly fingerprint: Fingerprint
  readonly root: Uint8Array
  readonly issuing: Uint8Array
  readonly signing: Uint8Array
  /** X25519 public key for sealed calls. */
  readonly seal: Uint8Array
  readonly name: string
  readonly currency: string
  /** The tracker's time minus ours, milliseconds. */
  readonly clockOffset: number
}

/** What a greeting needs from outside. */
export interface GreetingOptions {
  /** Origin of the tracker. */
  readonly url: string
  /** The root that must answer; undefined on a first contact. */
  readonly pinned: Fingerprint | undefined
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds of our own clock. */
  readonly now: () => number
  readonly timeoutMs?: number
}

/**
 * Asks a tracker for its signed time and verifies it up to its root.
 *
 * Refusals: unreachable, too-large, malformed, certificate-*, pin-mismatch (another root than the
 * pinned one), bad-answer (not our nonce), bad-signature.
 */
export async function greet(options: GreetingOptions): Promise<Greeting | Refusal> {
  const { url, pinned, random, now, timeoutMs } = options
  const nonce = random(NONCE_BYTES)
  const asked = now()
  const answer = await requestBytes({
    url: `${url}/fg/v1/time?nonce=${toHex(nonce)}`,
    maxBytes: TIME_ANSWER_MAX_BYTES,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  if (refused(answer)) return answer
  if (answer.status !== 200) return refusalIn(answer, `the tracker at ${url}`)
  const chain = decode(TimeAnswer, answer.bytes, TIME_ANSWER_MAX_BYTES)
  if (refused(chain)) return notATracker(url, chain)
  const fingerprint = fingerprintOf(chain.root)
  if (refused(fingerprint)) return fingerprint
  if (pinned !== undefined && fingerprint !== pinned) return otherRoot(url, fingerprint, pinned)
  const time = openTime(chain, fingerprint)
  if (refused(time)) return time
  if (!equal(time.nonce, nonce)) return refuse('bad-answer')
  const { root, issuing, signing } = chain
  const { seal, name, currency } = time
  const clockOffset = Math.round(time.time - (asked + now()) / 2)
  return { fingerprint, root, issuing, signing, seal, name, currency, clockOffset }
}

function openTime(chain: TypeOf<typeof TimeAnswer>, fingerprint: Fingerprint): Time | Refusal {
  const { root, signing, time: signed } = chain
  const unverified = unverifiedPayload('time', signed, fingerprint, TIME_ANSWER_MAX_BYTES)
  if (refused(unverified)) return unverified
  const claimed = decode(Time, unverified, TIME_ANSWER_MAX_BYTES)
  if (refused(claimed)) return claimed
  const keyring = createKeyring(fingerprint, root, () => claimed.time)
  const added = keyring.add(signing)
  if (refused(added)) return added
  const payload = openProviderString('time', signed, keyring, TIME_ANSWER_MAX_BYTES)
  return refused(payload) ? payload : decode(Time, payload, TIME_ANSWER_MAX_BYTES)
}

function otherRoot(url: string, found: Fingerprint, pinned: Fingerprint): Refusal {
  return refuse(
    'pin-mismatch',
    `at ${url} answers the provider ${found}, not the pinned ${pinned}; nothing was sent to it. ` +
      'Somebody else may sit at that address, or the provider began anew: ask it. Money and ' +
      'grants of the old one do not carry over; to join the new one give its certificate: --ca',
  )
}

function notATracker(url: string, problem: Refusal): Refusal {
  return refuse(problem.code, `what answers at ${url} is not a tracker of ours: ${problem.message}`)
}
