/**
 * Raw 32-byte keys of Ed25519 (RFC 8032) and X25519 (RFC 7748) as key objects of node:crypto.
 *
 * Messages, files and tables carry the raw bytes; node:crypto wants objects. Making one costs tens
 * of microseconds, as much as a signature: a caller that uses a key more than once keeps the
 * object.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { concat, fromHex, toHex } from './bytes.js'
import { assert } from './errors.js'

/** Length of a raw key in bytes, private or public, of either curve. */
export const KEY_BYTES = 32

type Curve = 'ed25519' | 'x25519'

const NAMES = { ed25519: 'Ed25519', x25519: 'X25519' } as const
/** SubjectPublicKeyInfo of 1.3.101.112 up to the raw key (RFC 8410 §4). */
const SPKI_ED25519 = fromHex('302a300506032b6570032100') as Uint8Array

/** SubjectPublicKeyInfo DER (44 bytes) of a raw Ed25519 public key. */
export function spkiOf(raw: Uint8Array): Uint8Array {
  assert(raw.length === KEY_BYTES, `a raw key has ${KEY_BYTES} bytes`)
  return concat(SPKI_ED25519, raw)
}

/** A JSON Web Key (RFC 8037): node:crypto reads it ten times faster than PKCS #8. It
 * wants `x` beside `d` but computes it anew. */
function keyObject(curve: Curve, raw: Uint8Array, secret: boolean): KeyObject {
  assert(raw.length === KEY_BYTES, `a raw key has ${KEY_BYTES} bytes`)
  const encoded = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url')
  const jwk = { kty: 'OKP', crv: NAMES[curve] }
  return secret
    ? createPrivateKey({ key: { ...jwk, d: encoded, x: '' }, format: 'jwk' })
    : createPublicKey({ key: { ...jwk, x: encoded }, format: 'jwk' })
}

/** Ed25519 private key from its 32-byte seed. */
export const privateKeyFromSeed = (seed: Uint8Array): KeyObject => keyObject('ed25519', seed, true)
/** Ed25519 public key from its 32 bytes. */
export const publicKeyFromRaw = (raw: Uint8Array): KeyObject => keyObject('ed25519', raw, false)
/** X25519 private key from its 32 bytes. */
export const agreementKeyFromRaw = (raw: Uint8Array): KeyObject => keyObject('x25519', raw, true)
/** X25519 public key from its 32 bytes. */
export const agreementPublicKeyFromRaw = (raw: Uint8Array): KeyObject =>
  keyObject('x25519', raw, false)

/** The 32 raw bytes of a public key, or of the public half of a private one. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const { x } = key.export({ format: 'jwk' })
  assert(x !== undefined, 'a key of Ed25519 or X25519')
  return new Uint8Array(Buffer.from(x, 'base64url'))
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
