/**
 * What the key of the vault opens: AES-256-GCM under a key that HKDF-SHA-256 (RFC 5869) makes of
 * the vault's for one message alone, so its nonce is always zero.
 */
import { createDecipheriv, hkdfSync } from 'node:crypto'

const KEY_BYTES = 32
const NONCE = Buffer.alloc(12)
const TAG_BYTES = 16

/** 32 bytes made of a key, for one purpose and salt. */
export function derived(key: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  const info = Buffer.from(`floodgate/1 ${purpose}`)
  return Buffer.from(hkdfSync('sha256', key, salt, info, KEY_BYTES))
}

/** Opens ciphertext | tag (16) that belongs to `of`; throws when key, owner or bytes differ. */
export function unsealed(key: Uint8Array, of: Uint8Array, sealed: Uint8Array): Buffer {
  const at = sealed.length - TAG_BYTES
  const box = createDecipheriv('aes-256-gcm', key, NONCE, { authTagLength: TAG_BYTES })
  box.setAAD(of).setAuthTag(sealed.subarray(at))
  return Buffer.concat([box.update(sealed.subarray(0, at)), box.final()])
}
