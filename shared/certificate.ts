/**
 * The provider's X.509 certificates (paper §III.B): who may sign what, and the checks of a chain.
 *
 *   root (self-signed, may stay offline) -+- issuing (CA, pathlen 0) --- member (a leaf per member)
 *                                         +- signing (what the provider itself signs)
 *
 * Each kind has one profile of CA bit, path length and key usage and names itself in the subject,
 * so that no certificate passes for another kind. Revocation is checked elsewhere (design D11).
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import { equal, toHex } from './bytes.js'
import {
  assembleBody,
  assembleCertificate,
  DIGITAL_SIGNATURE,
  type Fields,
  KEY_CERT_SIGN,
  type Kind,
  keyIdOf,
  type Name,
  takeApart,
} from './certificate-der.js'
import { sha256 } from './crypto.js'
import { assert, Refusal, refuse } from './errors.js'
import type { Fingerprint, Uid } from './identifier.js'
import { isSmallOrder, publicKeyFromRaw, rawPublicKey, spkiOf } from './keys.js'
import { CERTIFICATE_SKEW_MS } from './limits.js'
import { formatMoment } from './words.js'

/** What each kind must say of itself, and the kind of certificate that issues it. */
const PROFILES: Record<Kind, { pathLen: number | undefined; keyUsage: number; issuer: Kind }> = {
  root: { pathLen: 1, keyUsage: KEY_CERT_SIGN, issuer: 'root' },
  issuing: { pathLen: 0, keyUsage: KEY_CERT_SIGN, issuer: 'root' },
  signing: { pathLen: undefined, keyUsage: DIGITAL_SIGNATURE, issuer: 'root' },
  member: { pathLen: undefined, keyUsage: DIGITAL_SIGNATURE, issuer: 'issuing' },
}

/**
 * A certificate that was read: its form and profile are right, its signature is not checked yet.
 */
export interface Certificate extends Fields {
  readonly kind: Kind
  /** The provider's name. */
  readonly provider: string
  /** Of a member, and only there. */
  readonly uid?: Uid
  readonly ca: boolean
  /** Key identifier of its own key, 20 bytes. */
  readonly subjectKeyId: Uint8Array
  readonly der: Uint8Array
  /** TBSCertificate: the bytes that the issuer signed. */
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** A member's certificate. */
export interface MemberCertificate extends Certificate {
  readonly kind: 'member'
  readonly uid: Uid
}

/** A certificate under which the provider signs. */
export interface SigningCertificate extends Certificate {
  readonly kind: 'signing'
}

interface Draft {
  /** 16 random bytes; two bits are overwritten, so read the serial from the certificate. */
  readonly serial: Uint8Array
  /** Milliseconds, rounded down to seconds. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** The certified Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** The issuer's Ed25519 private key; of a root its own. */
  readonly issuerKey: KeyObject
}

/** What a new certificate is to say. */
export type CertificateDraft = Draft &
  (
    | { readonly kind: 'root'; readonly provider: string }
    | { readonly kind: 'issuing' | 'signing'; readonly issuer: Certificate }
    | { readonly kind: 'member'; readonly issuer: Certificate; readonly uid: Uid }
  )

/** Makes and signs a certificate (DER); throws when issuer, key or dates do not fit: a bug. */
export function makeCertificate(draft: CertificateDraft): Uint8Array {
  const { kind, publicKey, issuerKey } = draft
  const issuer = kind === 'root' ? undefined : draft.issuer
  const signer = issuer?.publicKey ?? publicKey
  assert((issuer?.kind ?? 'root') === PROFILES[kind].issuer, `${kind} issued by ${issuer?.kind}`)
  assert(equal(rawPublicKey(issuerKey), signer), `the key that signs the ${kind} certificate`)
  assert(draft.notBeforeMs < draft.notAfterMs, 'dates of a certificate')
  const subject: Name = {
    provider: kind === 'root' ? draft.provider : draft.issuer.provider,
    kind,
    ...(kind === 'member' ? { uid: draft.uid } : {}),
  }
  const fields: Fields = {
    serial: serialOf(draft.serial),
    issuer: issuer?.subject ?? subject,
    subject,
    notBeforeMs: wholeSeconds(draft.notBeforeMs),
    notAfterMs: wholeSeconds(draft.notAfterMs),
    publicKey,
    pathLen: PROFILES[kind].pathLen,
    keyUsage: PROFILES[kind].keyUsage,
    authorityKeyId: keyIdOf(signer),
  }
  return assembleCertificate(fields, sign(null, assembleBody(fields), issuerKey))
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000

function serialOf(random: Uint8Array): string {
  const serial = Uint8Array.from(random)
  serial[0] = ((random[0] as number) & 0x3f) | 0x40
  return toHex(serial)
}

/** Reads a certificate and checks form and profile, not signature and dates. Refusals: too-large,
 * malformed, and certificate-invalid for CA bit, path length, key usage or a key of small order. */
export function readCertificate(der: Uint8Array): Certificate | Refusal {
  const parts = takeApart(der)
  if (parts instanceof Refusal) return parts
  const { fields } = parts
  const { kind, provider, uid } = fields.subject
  if (!Object.hasOwn(PROFILES, kind)) return invalid('a certificate of an unknown kind')
  const profile = PROFILES[kind]
  if (fields.pathLen !== profile.pathLen) {
    return invalid(`the CA bit or path length is not that of a ${kind} certificate`)
  }
  if (fields.keyUsage !== profile.keyUsage) {
    return invalid(`the key usage is not that of a ${kind} certificate`)
  }
  if (isSmallOrder(fields.publicKey)) return invalid('the certified key is of small order')
  return {
    ...fields,
    kind,
    provider,
    ...(uid === undefined ? {} : { uid }),
    ca: fields.pathLen !== undefined,
    subjectKeyId: keyIdOf(fields.publicKey),
    der,
    body: parts.body,
    signature: parts.signature,
  }
}

const invalid = (detail: string): Refusal => refuse('certificate-invalid', detail)

/** The provider's fingerprint: SHA-256 of the root's SubjectPublicKeyInfo DER (design D15). Refuses
 * a certificate that is not a root signed by itself. */
export function fingerprintOf(rootDer: Uint8Array): Fingerprint | Refusal {
  const root = readAs('root', rootDer)
  if (root instanceof Refusal) return root
  return checkIssued(root, root) ?? (toHex(sha256(spkiOf(root.publicKey))) as Fingerprint)
}

/** A member's chain in DER, and the provider's time in milliseconds; the root is the pinned one. */
export interface MemberChain {
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
  readonly root: Uint8Array
  readonly nowMs: number
}

/** Verifies a member's certificate up to the pinned root. Refusals: as readCertificate, then
 * certificate-invalid (kind, names, keys, signatures), then certificate-early and -expired, with
 * CERTIFICATE_SKEW_MS of slack. */
export function verifyMember(chain: MemberChain): MemberCertificate | Refusal {
  const checked = checkChain(
    [
      ['root', chain.root],
      ['issuing', chain.issuing],
      ['member', chain.leaf],
    ],
    chain.nowMs,
  )
  return checked instanceof Refusal ? checked : (checked as MemberCertificate)
}

/** A signing certificate under the pinned root. */
export interface SignerChain {
  readonly signing: Uint8Array
  readonly root: Uint8Array
  readonly nowMs: number
}

/** Verifies a signing certificate of the provider; refusals as verifyMember. */
export function verifySigner(chain: SignerChain): SigningCertificate | Refusal {
  const checked = checkChain(
    [
      ['root', chain.root],
      ['signing', chain.signing],
    ],
    chain.nowMs,
  )
  return checked instanceof Refusal ? checked : (checked as SigningCertificate)
}

/** Checks certificates from the root down and gives the last one. Dates come after all signatures:
 * a forged certificate is never merely expired. */
function checkChain(
  chain: readonly (readonly [Kind, Uint8Array])[],
  nowMs: number,
): Certificate | Refusal {
  const certificates: Certificate[] = []
  for (const [kind, der] of chain) {
    const certificate = readAs(kind, der)
    if (certificate instanceof Refusal) return certificate
    const problem = checkIssued(certificate, certificates.at(-1) ?? certificate)
    if (problem !== undefined) return problem
    certificates.push(certificate)
  }
  for (const certificate of certificates) {
    const problem = checkDates(certificate, nowMs)
    if (problem !== undefined) return problem
  }
  return certificates.at(-1) as Certificate
}

function readAs(kind: Kind, der: Uint8Array): Certificate | Refusal {
  const certificate = readCertificate(der)
  if (certificate instanceof Refusal || certificate.kind === kind) return certificate
  return invalid(`a ${certificate.kind} certificate in the place of a ${kind} certificate`)
}

function checkIssued(certificate: Certificate, issuer: Certificate): Refusal | undefined {
  const { kind, body, signature } = certificate
  const named = certificate.issuer
  const sameName = named.provider === issuer.provider && named.kind === issuer.kind
  if (!sameName || !equal(certificate.authorityKeyId, issuer.subjectKeyId)) {
    return invalid(`the ${kind} certificate was not issued by this provider's ${issuer.kind} key`)
  }
  if (!verify(null, body, publicKeyFromRaw(issuer.publicKey), signature)) {
    return invalid(`the signature of the ${kind} certificate does not verify`)
  }
  return undefined
}

function checkDates(certificate: Certificate, nowMs: number): Refusal | undefined {
  const { kind, notBeforeMs, notAfterMs } = certificate
  if (nowMs < notBeforeMs - CERTIFICATE_SKEW_MS) {
    const from = formatMoment(notBeforeMs)
    return refuse('certificate-early', `the ${kind} certificate is valid from ${from} on`)
  }
  if (nowMs > notAfterMs + CERTIFICATE_SKEW_MS) {
    const until = formatMoment(notAfterMs)
    return refuse('certificate-expired', `the ${kind} certificate was valid until ${until}`)
  }
  return undefined
}
