/**
 * Seals the wallet's secrets one by one, so that neither the database nor its WAL nor a backup of
 * either shows what opens money: grant secrets, unspent tokens, claims that quote them.
 *
 * AES-256-GCM under a key that lies in the identity file. A value is bound to its place (table,
 * column and row), so that none can be put where another belongs. The nonce is made of the place
 * and the value by HMAC-SHA256: another value never meets a nonce again, also when a row that a
 * rollback took back is written anew, and whoever seals needs nothing but the key.
 */
import { createHmac } from 'node:crypto'
import { concat, fromText } from '../../../shared/bytes.js'
import { aeadOpen, aeadSeal, TAG_BYTES } from '../../../shared/crypto.js'
import { Failure, refuse, refused } from '../../../shared/errors.js'
import { hkdf } from '../../../shared/hpke.js'
import { KEY_BYTES } from '../../../shared/keys.js'

const NONCE_BYTES = 12
const NO_SALT = new Uint8Array(0)
const [SEAL_INFO, NONCE_INFO] = ['floodgate/1 wallet seal', 'floodgate/1 wallet nonce'].map(
  fromText,
) as [Uint8Array, Uint8Array]

/** Where a sealed value stands: table and column, then the row's key. */
export type Place = readonly [
  column: 'bought.secret' | 'earned.token' | 'claim.grants' | 'proof',
  ...key: readonly (string | number)[],
]

/** Seals and opens values of one wallet. */
export interface Sealing {
  /** nonce (12) | ciphertext | tag (16) */
  seal(place: Place, value: Uint8Array): Uint8Array
  /** Fails as not-readable on what was sealed under another key or for another place. */
  open(place: Place, sealed: Uint8Array): Uint8Array
}

/** Makes the sealing of a wallet from its key, 32 bytes. */
export function createSealing(key: Uint8Array): Sealing {
  const sealKey = hkdf(NO_SALT, key, SEAL_INFO, KEY_BYTES)
  const nonceKey = hkdf(NO_SALT, key, NONCE_INFO, KEY_BYTES)
  // No part holds a line end, so no two places read the same.
  const bytesOf = (place: Place): Uint8Array => fromText(place.join('\n'))
  return {
    seal: (place, value) => {
      const aad = bytesOf(place)
      const mac = createHmac('sha256', nonceKey).update(aad).update('\n\n').update(value).digest()
      const nonce = mac.subarray(0, NONCE_BYTES)
      return concat(nonce, aeadSeal(sealKey, nonce, aad, value))
    },
    open: (place, sealed) => {
      const [nonce, rest] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)]
      const whole = rest.length >= TAG_BYTES
      const value = whole ? aeadOpen(sealKey, nonce, bytesOf(place), rest) : refuse('seal-broken')
      if (!refused(value)) return value
      const text = `the wallet's ${place.join(' ')} was altered, or sealed under another key`
      throw new Failure(refuse('not-readable', text))
    },
  }
}
