/**
 * Tokens and signatures as docs/PROTOCOL.md 2.2, 6 and 11 to 13 define them, written once more from
 * that text: the auditor shares no code with what it audits.
 */
import { createCipheriv, createHash, createPublicKey, verify } from 'node:crypto'
import { derived, unsealed } from './sealed.js'

const TOKEN_BYTES = 32
const UID_BYTES = 16
const FINGERPRINT_BYTES = 32
const SIGNATURE_BYTES = 64
/** DER of an Ed25519 public key, up to the key itself (RFC 8410). */
const KEY_LEAD = Buffer.from('302a300506032b6570032100', 'hex')

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()

const digest = (context: string, ...parts: readonly Uint8Array[]): Buffer =>
  sha256(Buffer.from(`floodgate/1 ${context}\n`), ...parts)

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A signed string: who its provider is, and what it says. */
export interface Said {
  readonly fingerprint: Buffer
  readonly payload: Buffer
}

/** Takes a signed string apart, unverified: label line, fingerprint (32), payload, signature. */
export function said(signed: Buffer): Said {
  const start = signed.indexOf('\n') + 1
  const payloadAt = start + FINGERPRINT_BYTES
  return {
    fingerprint: signed.subarray(start, payloadAt),
    payload: signed.subarray(payloadAt, signed.length - SIGNATURE_BYTES),
  }
}

/** Whether a string has this label and is signed by a raw Ed25519 key. */
export function isSigned(label: string, signed: Buffer, rawKey: Buffer): boolean {
  if (!signed.subarray(0, signed.indexOf('\n')).equals(Buffer.from(`floodgate/1 ${label}`))) {
    return false
  }
  const key = createPublicKey({
    key: Buffer.concat([KEY_LEAD, rawKey]),
    format: 'der',
    type: 'spki',
  })
  const end = signed.length - SIGNATURE_BYTES
  return verify(null, signed.subarray(0, end), key, signed.subarray(end))
}

/** The tokens of one grant, and what is computed of them. */
export class Tokens {
  readonly #rid: Buffer
  readonly #all: Buffer

  /** `sealed` is the grant's seed under the vault's key; throws when that is another key. */
  constructor(rid: string, sealed: Buffer, pieces: number, vaultKey: Uint8Array) {
    this.#rid = Buffer.from(rid, 'hex')
    const seed = unsealed(derived(vaultKey, this.#rid, 'seed'), this.#rid, sealed)
    const grantKey = derived(seed, this.#rid, 'grant key')
    const stream = createCipheriv('aes-256-ctr', grantKey, Buffer.alloc(16))
    this.#all = stream.update(Buffer.alloc(pieces * TOKEN_BYTES))
  }

  /** The token of a piece. */
  of(piece: number): Buffer {
    return this.#all.subarray(piece * TOKEN_BYTES, (piece + 1) * TOKEN_BYTES)
  }

  /** The chain of payments to a seller before the first one. */
  noPayment(fingerprint: Buffer, seller: string): Buffer {
    return digest('chain', fingerprint, this.#rid, Buffer.from(seller, 'hex'))
  }

  /** The chain after these pieces were paid on top of it. */
  chained(from: Buffer, pieces: readonly number[]): Buffer {
    let chain = from
    for (const piece of pieces) {
      const hash = digest('token hash', this.#rid, u32(piece), this.of(piece))
      chain = sha256(chain, u32(piece), hash)
    }
    return chain
  }

  /** What a claim of these pieces shows; with `tokens` those that the seller holds. */
  shown(seller: string, pieces: readonly number[], tokens?: Buffer): Buffer {
    const uid = Buffer.from(seller, 'hex').subarray(0, UID_BYTES)
    const held = tokens ?? Buffer.concat(pieces.map((piece) => this.of(piece)))
    return digest('claim', uid, this.#rid, Buffer.concat(pieces.map(u32)), held)
  }
}
