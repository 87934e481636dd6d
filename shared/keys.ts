/**
 * Raw 32-byte keys of Ed25519 (RFC 8032) and X25519 (RFC 7748) as key objects of node:crypto.
 *
 * Messages, files and tables carry the raw bytes; node:crypto wants objects. Between them stand the
 * fixed DER prefixes of RFC 8410. Making an object costs tens of microseconds: a caller that uses a
 * key more than once keeps it.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { concat, fromHex, toHex } from './bytes.js'
import { assert } from './errors.js'

/** Length of a raw key in bytes, private or public, of either curve. */
export const KEY_BYTES = 32

type Curve = 'ed25519' | 'x25519'

/** PKCS #8 and SubjectPublicKeyInfo up to the raw key (RFC 8410 §4, §7); the curves' object
 * identifiers are 1.3.101.112 and 1.3.101.110. */
const PREFIXES = {
  ed25519: { pkcs8: '302e020100300506032b657004220420', spki: '302a300506032b6570032100' },
  x25519: { pkcs8: '302e020100300506032b656e04220420', spki: '302a300506032b656e032100' },
} as const

/** SubjectPublicKeyInfo DER (44 bytes) of a raw public key. */
export function spkiOf(curve: Curve, raw: Uint8Array): Uint8Array {
  assert(raw.length === KEY_BYTES, `a raw public key has ${KEY_BYTES} bytes`)
  return concat(fromHex(PREFIXES[curve].spki) as Uint8Array, raw)
}

function privateKey(curve: Curve, raw: Uint8Array): KeyObject {
  assert(raw.length === KEY_BYTES, `a raw private key has ${KEY_BYTES} bytes`)
  const der = concat(fromHex(PREFIXES[curve].pkcs8) as Uint8Array, raw)
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

function publicKey(curve: Curve, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spkiOf(curve, raw)), format: 'der', type: 'spki' })
}

/** Ed25519 private key from its 32-byte seed. */
export const privateKeyFromSeed = (seed: Uint8Array): KeyObject => privateKey('ed25519', seed)
/** Ed25519 public key from its 32 bytes. */
export const publicKeyFromRaw = (raw: Uint8Array): KeyObject => publicKey('ed25519', raw)
/** X25519 private key from its 32 bytes. */
export const agreementKeyFromRaw = (raw: Uint8Array): KeyObject => privateKey('x25519', raw)
/** X25519 public key from its 32 bytes. */
export const agreementPublicKeyFromRaw = (raw: Uint8Array): KeyObject => publicKey('x25519', raw)

/** The 32 raw bytes of a public key, or of the public half of a private one. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const der = half.export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(der.length - KEY_BYTES))
}

/** Ed25519 public key (32 bytes) of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return rawPublicKey(privateKeyFromSeed(seed))
}

/** y of every Ed25519 point of order 1, 2, 4 or 8 without the sign bit, two of them not reduced. */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether an Ed25519 public key is of small order: one signature would fit many messages under it,
 * so it could be no evidence. Register and certify no such key. */
export function isSmallOrder(raw: Uint8Array): boolean {
  const unsigned = Uint8Array.from(raw)
  unsigned[KEY_BYTES - 1] = (raw[KEY_BYTES - 1] ?? 0) & 0x7f
  return SMALL_ORDER.has(toHex(unsigned))
}
