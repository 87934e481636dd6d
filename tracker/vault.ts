/**
 * Seals the seeds of grants, and hides what paid for whom and where payouts go, under a key that
 * lies outside the database and its backups (design D3).
 *
 * Whoever has the database alone learns no token. Every grant has a key of its own, derived from
 * the vault's key and its rid, so the nonce of the one message under it can be constant.
 */

import { concat, fromText } from '../shared/bytes.js'
import { aeadOpen, aeadSeal } from '../shared/crypto.js'
import { type Refusal, refused } from '../shared/errors.js'
import { hkdf } from '../shared/hpke.js'
import { idBytes, type Rid } from '../shared/identifier.js'

const NONCE = new Uint8Array(12)
const INFO = fromText('floodgate/1 seed')
const HIDE_INFO = fromText('floodgate/1 hidden text')
const HIDE_SALT_BYTES = 16
const SOURCE_INFO = fromText('floodgate/1 payment source')

/** Seals and opens seeds of 32 bytes, and texts that concern nobody else. */
export interface Vault {
  /** ciphertext (32) | tag (16) */
  seal(rid: Rid, seed: Uint8Array): Uint8Array
  /** Refuses as seal-broken what was sealed under another key or for another grant. */
  open(rid: Rid, sealed: Uint8Array): Uint8Array | Refusal
  /** salt (16) | ciphertext | tag (16); a salt is used once, `of` is what the text belongs to. */
  hide(text: string, of: string, salt: Uint8Array): Uint8Array
  /** The text that was hidden; refuses as seal-broken, also one that belongs to something else. */
  show(hidden: Uint8Array, of: string): string | Refusal
  /** 16 bytes that stand for a payment source: the same for the same text, no clue to others. */
  pseudonym(source: string): Uint8Array
}

/** Makes a vault of its key, 32 bytes. */
export function createVault(key: Uint8Array): Vault {
  const keyOf = (rid: Rid): Uint8Array => hkdf(idBytes(rid), key, INFO, 32)
  const hideKey = (salt: Uint8Array): Uint8Array => hkdf(salt, key, HIDE_INFO, 32)
  return {
    hide: (text, of, salt) => {
      return concat(salt, aeadSeal(hideKey(salt), NONCE, fromText(of), fromText(text)))
    },
    show: (hidden, of) => {
      const salt = hidden.subarray(0, HIDE_SALT_BYTES)
      const sealed = hidden.subarray(HIDE_SALT_BYTES)
      const opened = aeadOpen(hideKey(salt), NONCE, fromText(of), sealed)
      return refused(opened) ? opened : Buffer.from(opened).toString('utf8')
    },
    pseudonym: (source) => hkdf(fromText(source), key, SOURCE_INFO, 16),
    seal: (rid, seed) => aeadSeal(keyOf(rid), NONCE, idBytes(rid), seed),
    open: (rid, sealed) => {
      const seed = aeadOpen(keyOf(rid), NONCE, idBytes(rid), sealed)
      return refused(seed) ? seed : new Uint8Array(seed)
    },
  }
}
