/**
 * Secrets of one person under a passphrase: scrypt (RFC 7914) and AES-256-GCM.
 *
 * Layout of a box, after the line that says what it is:
 *
 *   log2 N (1) | r (1) | p (1) | salt (16) | nonce (12) | ciphertext | tag (16)
 *
 * The line and the 31 bytes of parameters are authenticated with the text. They are bounded before
 * they are used, so that a hostile file cannot make a reader spend memory or hours.
 */
import { scryptSync } from 'node:crypto'
import { concat, fromText } from './bytes.js'
import { aeadOpen, aeadSeal, TAG_BYTES } from './crypto.js'
import { type Refusal, refuse, refused } from './errors.js'
import { KEY_BYTES } from './keys.js'
import {
  PASSPHRASE_MAX_BYTES,
  PASSPHRASE_MIN_CHARACTERS,
  SCRYPT_LOG2_N,
  SCRYPT_MAX_BYTES,
  SCRYPT_P,
  SCRYPT_P_MAX,
  SCRYPT_R,
} from './limits.js'

const SALT_BYTES = 16
const NONCE_BYTES = 12
const HEAD_BYTES = 3 + SALT_BYTES + NONCE_BYTES
/** Random bytes that one box takes. */
export const BOX_RANDOM_BYTES = SALT_BYTES + NONCE_BYTES

/** What a box holds: a line without its end, for example `floodgate/1 identity`. */
export type BoxKind = `floodgate/1 ${string}`

interface Parameters {
  readonly log2N: number
  readonly r: number
  readonly p: number
}

/**
 * A passphrase as it is used: Unicode NFKC, so that every keyboard gives the same bytes. Refuses as
 * usage one that is empty or longer than PASSPHRASE_MAX_BYTES.
 */
export function readPassphrase(text: string): Uint8Array | Refusal {
  const bytes = fromText(text.normalize('NFKC'))
  if (bytes.length > 0 && bytes.length <= PASSPHRASE_MAX_BYTES) return bytes
  return refuse('usage', `a passphrase has 1 to ${PASSPHRASE_MAX_BYTES} bytes`)
}

/** A new passphrase; refuses as readPassphrase, and one below PASSPHRASE_MIN_CHARACTERS. */
export function newPassphrase(text: string): Uint8Array | Refusal {
  if ([...text].length >= PASSPHRASE_MIN_CHARACTERS) return readPassphrase(text)
  const least = `at least ${PASSPHRASE_MIN_CHARACTERS} characters`
  return refuse('usage', `a passphrase has ${least}; several words are better than one`)
}

/** Puts a secret under a passphrase; `fresh` is BOX_RANDOM_BYTES of randomness. */
export function sealBox(
  kind: BoxKind,
  passphrase: Uint8Array,
  secret: Uint8Array,
  fresh: Uint8Array,
): Uint8Array {
  const parameters = { log2N: SCRYPT_LOG2_N, r: SCRYPT_R, p: SCRYPT_P }
  const { log2N, r, p } = parameters
  const [salt, nonce] = [fresh.subarray(0, SALT_BYTES), fresh.subarray(SALT_BYTES)]
  const head = concat(Uint8Array.of(log2N, r, p), salt, nonce)
  const key = deriveKey(passphrase, salt, parameters)
  return concat(head, aeadSeal(key, nonce, concat(fromText(`${kind}\n`), head), secret))
}

/**
 * Opens what sealBox made. Refusals: malformed (too short), too-large (parameters beyond what this
 * program would spend), passphrase-wrong (another passphrase, or altered: which, nobody can tell).
 */
export function openBox(
  kind: BoxKind,
  passphrase: Uint8Array,
  box: Uint8Array,
): Uint8Array | Refusal {
  if (box.length < HEAD_BYTES + TAG_BYTES) return refuse('malformed', 'the sealed part is cut off')
  const head = box.subarray(0, HEAD_BYTES)
  const [log2N, r, p] = head as unknown as [number, number, number]
  // RFC 7914 §2: N is below 2^(128 r / 8); OpenSSL throws at others.
  const excess = log2N < 1 || r < 1 || p < 1 || p > SCRYPT_P_MAX || log2N >= 16 * r
  if (excess || log2N > 30 || 128 * r * 2 ** log2N > SCRYPT_MAX_BYTES) {
    return refuse('too-large', 'the sealed part asks for more memory or time than is allowed')
  }
  const salt = head.subarray(3, 3 + SALT_BYTES)
  const key = deriveKey(passphrase, salt, { log2N, r, p })
  const aad = concat(fromText(`${kind}\n`), head)
  const secret = aeadOpen(key, head.subarray(3 + SALT_BYTES), aad, box.subarray(HEAD_BYTES))
  return refused(secret) ? refuse('passphrase-wrong') : secret
}

function deriveKey(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { log2N, r, p }: Parameters,
): Uint8Array {
  // OpenSSL counts its own working memory, a little more than 128 N r.
  const maxmem = 2 * SCRYPT_MAX_BYTES
  return scryptSync(passphrase, salt, KEY_BYTES, { N: 2 ** log2N, r, p, maxmem })
}
