/**
 * The signing certificates of one provider that chain to its pinned root.
 *
 * Everything a provider signs names its signing certificate by SHA-256 of the DER, so that the
 * certificate can change while the root stays in a safe (design D3). Whoever hands on a signed
 * string to a stranger hands on the certificate as well; here it is checked once and kept.
 */
import type { KeyObject } from 'node:crypto'
import { toHex } from './bytes.js'
import { verifySigner } from './certificate.js'
import { type Label, openString, sha256, unverifiedPayload } from './crypto.js'
import { type Refusal, refuse, refused } from './errors.js'
import type { Fingerprint } from './identifier.js'
import { publicKeyFromRaw } from './keys.js'
import { bytes, decode, record, type TypeOf } from './wire/record.js'

/** Verified signing certificates by digest; `root` is the pinned one. */
export interface Keyring {
  readonly fingerprint: Fingerprint
  readonly root: Uint8Array
  /** Verifies a signing certificate (DER) and keeps it; gives its digest or the refusal. */
  add(der: Uint8Array): Uint8Array | Refusal
  /** The key of a certificate that was added. */
  keyOf(digest: Uint8Array): KeyObject | undefined
  /** The certificates (DER), newest last, to hand on to strangers. */
  certificates(): readonly Uint8Array[]
}

/** Makes a keyring for a pinned root; `nowMs` gives the provider's time. */
export function createKeyring(
  fingerprint: Fingerprint,
  root: Uint8Array,
  nowMs: () => number,
): Keyring {
  const known = new Map<string, { key: KeyObject; der: Uint8Array }>()
  return {
    fingerprint,
    root,
    add: (der) => {
      const digest = sha256(der)
      if (known.has(toHex(digest))) return digest
      const certificate = verifySigner({ signing: der, root, nowMs: nowMs() })
      if (refused(certificate)) return certificate
      known.set(toHex(digest), { key: publicKeyFromRaw(certificate.publicKey), der })
      return digest
    },
    keyOf: (digest) => known.get(toHex(digest))?.key,
    certificates: () => [...known.values()].map(({ der }) => der),
  }
}

const Signed = record({ signer: bytes(32) })

/**
 * Verifies a string that the provider signed and gives its payload.
 *
 * The payload names the signer; that name is read first only to find the key, and the signature
 * then covers it. Refusals: as openString, and certificate-invalid for a signer that is not on the
 * ring.
 */
export function openProviderString(
  label: Label,
  signed: Uint8Array,
  keyring: Keyring,
  maxBytes: number,
): Uint8Array | Refusal {
  const unverified = unverifiedPayload(label, signed, keyring.fingerprint, maxBytes)
  if (refused(unverified)) return unverified
  const named: TypeOf<typeof Signed> | Refusal = decode(Signed, unverified, maxBytes)
  if (refused(named)) return named
  const publicKey = keyring.keyOf(named.signer)
  if (publicKey === undefined) return refuse('certificate-invalid', 'unknown signing certificate')
  return openString(label, signed, { fingerprint: keyring.fingerprint, publicKey }, maxBytes)
}
