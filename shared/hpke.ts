/**
 * HPKE base mode (RFC 9180), single messages: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256
 * 0x0001, AES-256-GCM 0x0002.
 *
 * Synchronous on node:crypto, with the ephemeral private key passed in so that shared/ draws no
 * randomness (design D1). Each sealed message has a key of its own; the ephemeral key must be 32
 * fresh random bytes every time, for a second message under it would repeat key and nonce.
 */
import { createHmac, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto'
import { concat, fromText } from './bytes.js'
import { aeadOpen, aeadSeal, TAG_BYTES } from './crypto.js'
import { assert, Refusal, refuse } from './errors.js'
import { agreementKeyFromRaw, agreementPublicKeyFromRaw, KEY_BYTES, rawPublicKey } from './keys.js'

const HASH_BYTES = 32
const NONCE_BYTES = 12
const NOTHING = new Uint8Array(0)
const VERSION = fromText('HPKE-v1')
/** suite_id of the KEM (RFC 9180 §4.1) and of the whole (§5.1). */
const KEM = concat(fromText('KEM'), Uint8Array.of(0x00, 0x20))
const HPKE = concat(fromText('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02))
const MODE_BASE = Uint8Array.of(0x00)

/** X25519 public key (32 bytes) of a private one. */
export function x25519PublicKey(privateKey: Uint8Array): Uint8Array {
  return rawPublicKey(agreementKeyFromRaw(privateKey))
}

/** X25519 shared secret (32 bytes, RFC 7748 §6.1); weak-key for a public key of small order. */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | Refusal {
  return agree(agreementKeyFromRaw(privateKey), publicKey)
}

function agree(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array | Refusal {
  const keys = { privateKey, publicKey: agreementPublicKeyFromRaw(publicKey) }
  try {
    return new Uint8Array(diffieHellman(keys))
  } catch {
    // With two well-formed keys OpenSSL fails for one reason: the secret would be all zero.
    return refuse('weak-key')
  }
}

/** HKDF-SHA256 (RFC 5869), extract and expand; at most 8160 bytes. */
export function hkdf(
  salt: Uint8Array,
  ikm: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, info, length))
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return new Uint8Array(mac.digest())
}

/** LabeledExtract(salt, label, ikm), RFC 9180 §4. */
function extract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmac(salt, VERSION, suite, fromText(label), ikm)
}

/** LabeledExpand(prk, label, info, L) for one block of output, RFC 9180 §4. */
function expand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assert(length <= HASH_BYTES, 'one block of HKDF output')
  const size = Uint8Array.of(0, length)
  const block = hmac(prk, size, VERSION, suite, fromText(label), info, Uint8Array.of(1))
  return block.subarray(0, length)
}

/** Key and nonce of the one message, from the Diffie-Hellman secret (RFC 9180 §4.1, §5.1). */
function schedule(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: Uint8Array) {
  const prk = extract(KEM, NOTHING, 'eae_prk', dh)
  const shared = expand(KEM, prk, 'shared_secret', concat(enc, recipient), HASH_BYTES)
  const context = concat(
    MODE_BASE,
    extract(HPKE, NOTHING, 'psk_id_hash', NOTHING),
    extract(HPKE, NOTHING, 'info_hash', info),
  )
  const secret = extract(HPKE, shared, 'secret', NOTHING)
  return {
    key: expand(HPKE, secret, 'key', context, KEY_BYTES),
    nonce: expand(HPKE, secret, 'base_nonce', context, NONCE_BYTES),
  }
}

/** What is sealed, for whom, and in which context; `info` and `aad` must be the same to open it. */
export interface Sealing {
  readonly recipientPublicKey: Uint8Array
  /** 32 random bytes, never used before. */
  readonly ephemeralPrivateKey: Uint8Array
  readonly info: Uint8Array
  readonly aad: Uint8Array
  readonly plaintext: Uint8Array
}

/** Seals a message: enc (32) | ciphertext | tag (16). Refuses a weak-key of the recipient. */
export function seal(sealing: Sealing): Uint8Array | Refusal {
  const { recipientPublicKey, ephemeralPrivateKey, info, aad, plaintext } = sealing
  const ephemeral = agreementKeyFromRaw(ephemeralPrivateKey)
  const dh = agree(ephemeral, recipientPublicKey)
  if (dh instanceof Refusal) return dh
  const enc = rawPublicKey(ephemeral)
  const { key, nonce } = schedule(dh, enc, recipientPublicKey, info)
  return concat(enc, aeadSeal(key, nonce, aad, plaintext))
}

/** What opens a sealed message. */
export interface Opening {
  readonly recipientPrivateKey: Uint8Array
  readonly info: Uint8Array
  readonly aad: Uint8Array
  readonly sealed: Uint8Array
}

/** Opens what seal made. Refusals: seal-broken (too short, another key, info or aad, altered) and
 * weak-key (an ephemeral key of small order). */
export function open(opening: Opening): Uint8Array | Refusal {
  const { recipientPrivateKey, info, aad, sealed } = opening
  if (sealed.length < KEY_BYTES + TAG_BYTES) return refuse('seal-broken')
  const enc = sealed.subarray(0, KEY_BYTES)
  const recipient = agreementKeyFromRaw(recipientPrivateKey)
  const dh = agree(recipient, enc)
  if (dh instanceof Refusal) return dh
  const { key, nonce } = schedule(dh, enc, rawPublicKey(recipient), info)
  return aeadOpen(key, nonce, aad, sealed.subarray(KEY_BYTES))
}
