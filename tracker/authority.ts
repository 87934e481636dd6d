/**
 * The provider's own certificate authority (paper §III.B; design D3).
 *
 * The root signs one issuing certificate, which certifies members, and one signing certificate,
 * under which everything else is signed. `serve` needs the root's certificate, not its key.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Certificate,
  fingerprintOf,
  makeCertificate,
  readCertificate,
  verifySigner,
} from '../shared/certificate.js'
import { sha256 } from '../shared/crypto.js'
import { must, type Refusal, refuse, refused } from '../shared/errors.js'
import { x25519PublicKey } from '../shared/hpke.js'
import type { Fingerprint, Uid } from '../shared/identifier.js'
import { createKeyring, type Keyring } from '../shared/keyring.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../shared/keys.js'
import { CERTIFICATE_LIFE_MS } from '../shared/limits.js'
import type { ProviderSigner } from '../shared/schemes/scheme.js'
import { type Home, readKeys, writeKey } from './config.js'

const YEAR_MS = 365 * 24 * 3600 * 1000
const ROOT_LIFE_MS = 10 * YEAR_MS
const ISSUER_LIFE_MS = 2 * YEAR_MS

/** A member's new certificate. */
export interface IssuedCertificate {
  readonly der: Uint8Array
  /** Hex digits. */
  readonly serial: string
  readonly until: number
}

/** Keys and certificates that a running tracker uses. */
export interface Authority {
  readonly fingerprint: Fingerprint
  readonly root: Uint8Array
  readonly issuing: Uint8Array
  readonly signing: Uint8Array
  readonly signer: ProviderSigner
  readonly keyring: Keyring
  /** X25519 pair of sealed calls (D15). */
  readonly sealPrivate: Uint8Array
  readonly sealPublic: Uint8Array
  /** Certifies a member's key for CERTIFICATE_LIFE_MS; `serial` is 16 random bytes. */
  certify(member: Subject, serial: Uint8Array, nowMs: number): IssuedCertificate
}

/** Whom a certificate is for. */
export interface Subject {
  readonly uid: Uid
  readonly key: Uint8Array
}

const KEY_NAMES = ['root', 'issuing', 'signing', 'hpke'] as const
const CERTIFICATE_NAMES = ['root', 'issuing', 'signing'] as const
const keyPath = (home: Home, name: string): string => join(home.keys, `${name}.key`)
const certificatePath = (home: Home, name: string): string => join(home.keys, `${name}.pem`)

/** Makes all keys and certificates of a new provider and writes them; gives the fingerprint. */
export function createAuthority(
  home: Home,
  provider: string,
  nowMs: number,
  random: (bytes: number) => Uint8Array,
): Fingerprint {
  const keys = KEY_NAMES.map(() => random(32))
  const [rootSeed, issuingSeed, signingSeed] = keys as [Uint8Array, Uint8Array, Uint8Array]
  const issuerKey = privateKeyFromSeed(rootSeed)
  const draft = (seed: Uint8Array, lifeMs: number) => ({
    serial: random(16),
    notBeforeMs: nowMs,
    notAfterMs: nowMs + lifeMs,
    publicKey: ed25519PublicKey(seed),
    issuerKey,
  })
  const root = makeCertificate({ ...draft(rootSeed, ROOT_LIFE_MS), kind: 'root', provider })
  const issuer = must(readCertificate(root))
  const below = (kind: 'issuing' | 'signing', seed: Uint8Array): Uint8Array =>
    makeCertificate({ ...draft(seed, ISSUER_LIFE_MS), kind, issuer })
  const certificates = [root, below('issuing', issuingSeed), below('signing', signingSeed)]
  for (const [place, name] of KEY_NAMES.entries()) {
    writeKey(keyPath(home, name), keys[place] as Uint8Array)
  }
  for (const [place, name] of CERTIFICATE_NAMES.entries()) {
    writeFileSync(certificatePath(home, name), toPem(certificates[place] as Uint8Array))
  }
  return must(fingerprintOf(root))
}

/**
 * Reads what serving needs; refuses as not-readable or certificate-* what does not fit together.
 */
export function openAuthority(home: Home, now: () => number): Authority | Refusal {
  const certificates: Uint8Array[] = []
  for (const name of CERTIFICATE_NAMES) {
    const der = fromPem(readFileSync(certificatePath(home, name), 'utf8'))
    if (der === undefined) return refuse('not-readable', `${name}.pem is not a certificate`)
    certificates.push(der)
  }
  const [root, issuing, signing] = certificates as [Uint8Array, Uint8Array, Uint8Array]
  const keys = readKeys(['issuing', 'signing', 'hpke'].map((name) => keyPath(home, name)))
  if (refused(keys)) return keys
  const [issuingSeed, signingSeed, sealPrivate] = keys as [Uint8Array, Uint8Array, Uint8Array]
  const fingerprint = fingerprintOf(root)
  if (refused(fingerprint)) return fingerprint
  const issuer = readCertificate(issuing)
  if (refused(issuer)) return issuer
  const own = verifySigner({ signing, root, nowMs: now() })
  if (refused(own)) return refuse(own.code, `${own.message}; is the clock of this machine right?`)
  const keyring = createKeyring(fingerprint, root, now)
  const added = keyring.add(signing)
  if (refused(added)) return added
  return {
    fingerprint,
    root,
    issuing,
    signing,
    signer: {
      fingerprint,
      privateKey: privateKeyFromSeed(signingSeed),
      certificate: sha256(signing),
    },
    keyring,
    sealPrivate,
    sealPublic: x25519PublicKey(sealPrivate),
    certify: certifier(issuer, issuingSeed),
  }
}

function certifier(issuer: Certificate, issuingSeed: Uint8Array): Authority['certify'] {
  const issuerKey = privateKeyFromSeed(issuingSeed)
  return ({ uid, key }, serial, nowMs) => {
    const until = nowMs + CERTIFICATE_LIFE_MS
    const der = makeCertificate({
      kind: 'member',
      issuer,
      uid,
      serial,
      notBeforeMs: nowMs,
      notAfterMs: until,
      publicKey: key,
      issuerKey,
    })
    return { der, serial: must(readCertificate(der)).serial, until }
  }
}

/** PEM of a certificate (RFC 7468). */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** DER of the one certificate in a PEM text; undefined when there is none. */
export function fromPem(text: string): Uint8Array | undefined {
  const match = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text)
  return match === null ? undefined : new Uint8Array(Buffer.from(match[1] as string, 'base64'))
}
