/**
 * The signed time: the tracker's clock, its key for sealed calls, and the certificates to check
 * both.
 */
import { Time, TimeAnswer } from '../shared/api.js'
import { signString } from '../shared/crypto.js'
import { encode } from '../shared/wire/record.js'
import type { Tracker } from './tracker.js'

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
