/**
 * Signatures with a context label, labelled digests and the AEAD, all synchronous on node:crypto.
 *
 * A signed string is one byte string: what is signed and the signature behind it. It is verified
 * before a byte of its payload is decoded, and the label keeps a string of one kind out of the
 * place of another (design D1).
 */
import {
  createCipheriv,
  createDecipheriv,
  hash as hashOnce,
  type KeyObject,
  sign as rawSign,
  verify as rawVerify,
  timingSafeEqual,
} from 'node:crypto'
import { concat, equal, fromText } from './bytes.js'
import { type Refusal, refuse } from './errors.js'
import { type Fingerprint, idBytes } from './identifier.js'

/** What a signed string is; part of the signed bytes. */
export type Label =
  // the provider signs
  | 'time'
  | 'answer'
  | 'terms'
  | 'catalogue'
  | 'peers'
  | 'grant'
  | 'hash-list'
  | 'revocations'
  | 'case'
  // a member signs, to the tracker
  | 'register'
  | 'renew'
  | 'purchase'
  | 'announce'
  | 'pages'
  | 'claim'
  | 'account'
  | 'refund'
  | 'cases'
  | 'complain'
  | 'respond'
  | 'mail'
  | 'redeem'
  | 'payout'
  | 'payouts'
  | 'postings'
  // a member signs, to whoever judges
  | 'complaint'
  // a member signs, to a peer
  | 'hello'
  | 'request'
  | 'statement'
  | 'payment'
  | 'receipt'
  | 'withdrawal'
  | 'release'
  | 'refusal'

/** Length of an Ed25519 signature in bytes (RFC 8032 §5.1.6). */
export const SIGNATURE_BYTES = 64
const PREFIX = 'floodgate/1 '

/** Who signs: an Ed25519 private key and the provider under whose root it is certified. */
export interface Signer {
  readonly fingerprint: Fingerprint
  readonly privateKey: KeyObject
}

/** Bytes in front of a payload: "floodgate/1 " label LF, then the provider's fingerprint (32). */
function preamble(label: Label, fingerprint: Fingerprint): Uint8Array {
  return concat(fromText(`${PREFIX}${label}\n`), idBytes(fingerprint))
}

/**
 * Signs a payload under a label.
 *
 * Layout: `floodgate/1 LABEL\n` | fingerprint (32) | payload | Ed25519 signature (64) of all
 * before.
 */
export function signString(label: Label, payload: Uint8Array, signer: Signer): Uint8Array {
  const message = concat(preamble(label, signer.fingerprint), payload)
  return concat(message, new Uint8Array(rawSign(null, message, signer.privateKey)))
}

/** Whose signature is expected: an Ed25519 public key and the pinned provider. */
export interface Verifier {
  readonly fingerprint: Fingerprint
  readonly publicKey: KeyObject
}

/**
 * Verifies a signed string and gives its payload.
 *
 * Refusals in order: too-large, malformed (too short), unsupported-version, bad-label,
 * wrong-provider, bad-signature.
 */
export function openString(
  label: Label,
  signed: Uint8Array,
  verifier: Verifier,
  maxBytes: number,
): Uint8Array | Refusal {
  const payload = unverifiedPayload(label, signed, verifier.fingerprint, maxBytes)
  if (!(payload instanceof Uint8Array)) return payload
  const message = signed.subarray(0, signed.length - SIGNATURE_BYTES)
  const signature = signed.subarray(signed.length - SIGNATURE_BYTES)
  if (!rawVerify(null, message, verifier.publicKey, signature)) return refuse('bad-signature')
  return payload
}

/**
 * The payload of a signed string whose signature is NOT checked.
 *
 * For the one purpose of finding the key that must have signed it (a signer's digest); whoever
 * calls this verifies with that key before using anything else. Refusals as openString.
 */
export function unverifiedPayload(
  label: Label,
  signed: Uint8Array,
  fingerprint: Fingerprint,
  maxBytes: number,
): Uint8Array | Refusal {
  if (signed.length > maxBytes) return refuse('too-large', `${label} of ${signed.length} bytes`)
  const version = fromText(PREFIX)
  const lead = preamble(label, fingerprint)
  if (signed.length < lead.length + SIGNATURE_BYTES)
    return refuse('malformed', `${label} too short`)
  if (!equal(signed.subarray(0, version.length), version)) return refuse('unsupported-version')
  const labelEnd = lead.length - 32
  if (!equal(signed.subarray(0, labelEnd), lead.subarray(0, labelEnd))) return refuse('bad-label')
  if (!equal(signed.subarray(labelEnd, lead.length), lead.subarray(labelEnd))) {
    return refuse('wrong-provider')
  }
  return signed.subarray(lead.length, signed.length - SIGNATURE_BYTES)
}

/** SHA-256 of the parts in order. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const input = parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts)
  return hashOnce('sha256', input, 'buffer')
}

/** SHA-256 with a context: of `floodgate/1 CONTEXT\n` and the parts in order. */
export function digest(context: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(fromText(`${PREFIX}${context}\n`), ...parts)
}

/** Compares two secrets of any length in time that does not depend on where they differ. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Length of an AES-GCM tag in bytes. */
export const TAG_BYTES = 16

/** AES-256-GCM (key 32, nonce 12 bytes): ciphertext | tag (16). */
export function aeadSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** Opens what aeadSeal made; seal-broken when the key, nonce, aad or bytes differ. */
export function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | Refusal {
  if (sealed.length < TAG_BYTES) return refuse('seal-broken')
  const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(aad)
  cipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    const opened = cipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
    return concat(opened, cipher.final())
  } catch {
    return refuse('seal-broken')
  }
}
