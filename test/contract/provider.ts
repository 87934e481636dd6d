/**
 * A provider with real certificates, and members with keys, all from fixed names.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { fromText, toHex } from '../../shared/bytes.js'
import { fingerprintOf, makeCertificate, readCertificate } from '../../shared/certificate.js'
import { type Signer, sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { createKeyring } from '../../shared/keyring.js'
import { privateKeyFromSeed, rawPublicKey } from '../../shared/keys.js'
import type { ProviderSigner } from '../../shared/schemes/scheme.js'

/** The tracker's time in every test of the contract. */
export const NOW_MS = Date.UTC(2026, 5, 1)

/** The first bytes of a name's SHA-256, in hex: an identifier that is the same in every run. */
export const named = (name: string, bytes: number): string =>
  toHex(sha256(fromText(name)).slice(0, bytes))

const keyOf = (name: string): KeyObject => privateKeyFromSeed(sha256(fromText(`key of ${name}`)))

const ROOT_KEY = keyOf('root')
const SIGNING_KEY = keyOf('signing')
const drafted = (publicKey: Uint8Array) => ({
  serial: publicKey.slice(0, 16),
  notBeforeMs: NOW_MS - 86_400_000,
  notAfterMs: NOW_MS + 100 * 86_400_000,
  publicKey,
  issuerKey: ROOT_KEY,
})
/** The provider's certificates (DER). */
export const ROOT = makeCertificate({
  kind: 'root',
  provider: 'Example Films',
  ...drafted(rawPublicKey(ROOT_KEY)),
})
export const SIGNING = makeCertificate({
  kind: 'signing',
  issuer: must(readCertificate(ROOT)),
  ...drafted(rawPublicKey(SIGNING_KEY)),
})

const ISSUING_KEY = keyOf('issuing')
export const ISSUING = makeCertificate({
  kind: 'issuing',
  issuer: must(readCertificate(ROOT)),
  ...drafted(rawPublicKey(ISSUING_KEY)),
})

/** The provider that everyone has pinned. */
export const FINGERPRINT = must(fingerprintOf(ROOT))
/** The ring of everyone, with the provider's signing certificate on it. */
export const KEYRING = createKeyring(FINGERPRINT, ROOT, () => NOW_MS)
/** The provider as it signs. */
export const PROVIDER: ProviderSigner = {
  fingerprint: FINGERPRINT,
  privateKey: SIGNING_KEY,
  certificate: must(KEYRING.add(SIGNING)),
}

/** A member with a key. */
export interface Party {
  readonly name: string
  readonly uid: Uid
  readonly signer: Signer
  readonly publicKey: KeyObject
}

/** A member named so; the same name is the same member. */
export function party(name: string): Party {
  const privateKey = keyOf(name)
  const signer = { fingerprint: FINGERPRINT, privateKey }
  return { name, uid: named(name, 16) as Uid, signer, publicKey: createPublicKey(privateKey) }
}

/** A member's certificate (DER). */
export function leafOf({ publicKey, uid }: Party): Uint8Array {
  const issuer = must(readCertificate(ISSUING))
  const key = rawPublicKey(publicKey)
  return makeCertificate({ kind: 'member', issuer, uid, ...drafted(key), issuerKey: ISSUING_KEY })
}
