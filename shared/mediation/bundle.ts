/**
 * The bundle: a complaint with everything that shows it to be one, in one file (design D12).
 *
 * It verifies under the provider's root alone, so its plaintiff can keep it, file it later, or show
 * it to anybody: certificates of both sides, the terms, the grant's opening, the request that the
 * accused signed, and the complaint around them that the plaintiff signed.
 */
import type { KeyObject } from 'node:crypto'
import { equal } from '../bytes.js'
import { BUNDLE_MAX_BYTES, PROOF_MAX_BYTES } from '../case-limits.js'
import { fingerprintOf, readCertificate, verifyMember } from '../certificate.js'
import { openString, type Signer, sha256, signString } from '../crypto.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Cid, Fingerprint, Rid, Uid } from '../identifier.js'
import { createKeyring, type Keyring, openProviderString } from '../keyring.js'
import { publicKeyFromRaw } from '../keys.js'
import { REQUEST_MAX_BYTES, RUN_MAX_PIECES } from '../limits.js'
import { Terms } from '../terms.js'
import { openBody, type Request } from '../wire/messages.js'
import {
  blob,
  decode,
  encode,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from '../wire/record.js'

const TERMS_MAX_BYTES = 8192
const OPENING_MAX_BYTES = 32 * 1024
const certificate = blob(4096)

/** Payload of the signed string `complaint`, by the plaintiff. */
export const Complaint = record({
  /** `unpaid`: pieces of this request were delivered and never paid. */
  kind: text(16),
  /** When it was signed, milliseconds. */
  time: int(),
  plaintiff: hexId<Uid>(16),
  accused: hexId<Uid>(16),
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  pieces: indexes(RUN_MAX_PIECES),
  /** The signed string `terms`. */
  terms: blob(TERMS_MAX_BYTES),
  /** What introduced the grant: the scheme's own bytes. */
  opening: blob(OPENING_MAX_BYTES),
  /** The accused's signed string `request`. */
  request: blob(REQUEST_MAX_BYTES),
  /** The plaintiff's own signed string `statement`, which answered it. */
  statement: optional(blob(PROOF_MAX_BYTES)),
})
export type Complaint = TypeOf<typeof Complaint>

/** The file: certificates (DER) and the signed complaint. */
export const Bundle = record({
  root: certificate,
  /** Signing certificates behind terms and opening. */
  signing: list(certificate, 4),
  /** Issuing certificates that the two members are under. */
  issuing: list(certificate, 2),
  plaintiff: certificate,
  accused: certificate,
  complaint: blob(BUNDLE_MAX_BYTES),
})
export type Bundle = TypeOf<typeof Bundle>

/** A member as its certificate shows it: the key is this uid's for good. */
export interface Party {
  readonly uid: Uid
  readonly key: KeyObject
}

/** A bundle that was verified; what only the scheme can read is not looked at yet. */
export interface VerifiedBundle {
  readonly keyring: Keyring
  readonly complaint: Complaint
  readonly terms: Terms
  readonly request: Request
  readonly plaintiff: Party
  readonly accused: Party
}

/** Signs a complaint and puts it into a file with the certificates behind it. */
export function makeBundle(
  complaint: Complaint,
  certificates: Omit<Bundle, 'complaint'>,
  signer: Signer,
): Uint8Array {
  const signed = signString('complaint', encode(Complaint, complaint), signer)
  return encode(Bundle, { ...certificates, complaint: signed })
}

/**
 * The ring of the signing certificates in a file. Each is judged at its own beginning: what it
 * signed then does not become untrue when it ends. Refuses as wrong-provider a foreign root.
 */
export function ringOf(
  fingerprint: Fingerprint,
  root: Uint8Array,
  signing: readonly Uint8Array[],
): Keyring | Refusal {
  const own = fingerprintOf(root)
  if (refused(own)) return own
  if (own !== fingerprint) return refuse('wrong-provider')
  let nowMs = 0
  const ring = createKeyring(fingerprint, root, () => nowMs)
  for (const der of signing) {
    const read = readCertificate(der)
    if (refused(read)) return read
    nowMs = read.notBeforeMs
    const added = ring.add(der)
    if (refused(added)) return added
  }
  return ring
}

/**
 * Who a certificate is of. One key has one uid for good, so whose signature it is does not hang on
 * today's date: the chain is judged at the leaf's own beginning.
 */
export function partyOf(
  leaf: Uint8Array,
  issuing: readonly Uint8Array[],
  root: Uint8Array,
): Party | Refusal {
  const read = readCertificate(leaf)
  if (refused(read)) return read
  let problem: Refusal = refuse('certificate-invalid', 'the issuing certificate is missing')
  for (const der of issuing) {
    const chain = { leaf, issuing: der, root, nowMs: read.notBeforeMs }
    const member = verifyMember(chain)
    if (!refused(member)) return { uid: member.uid, key: publicKeyFromRaw(member.publicKey) }
    problem = member
  }
  return problem
}

/**
 * Verifies a bundle under a provider's root.
 *
 * Refusals in order: too-large, malformed, wrong-provider, those of certificates, those of the
 * complaint's signature, malformed (another kind, or oneself accused), wrong-seller and wrong-buyer
 * (the certificates are of others), those of the terms, terms-invalid (another content's), those of
 * the request, wrong-grant, wrong-buyer, wrong-seller, malformed (no piece, or one twice),
 * not-requested, statement-mismatch.
 */
export function readBundle(bytes: Uint8Array, fingerprint: Fingerprint): VerifiedBundle | Refusal {
  const bundle = decode(Bundle, bytes, BUNDLE_MAX_BYTES)
  if (refused(bundle)) return bundle
  const { issuing, root } = bundle
  const keyring = ringOf(fingerprint, root, bundle.signing)
  if (refused(keyring)) return keyring
  const plaintiff = partyOf(bundle.plaintiff, issuing, root)
  if (refused(plaintiff)) return plaintiff
  const accused = partyOf(bundle.accused, issuing, root)
  if (refused(accused)) return accused
  const verifier = { fingerprint, publicKey: plaintiff.key }
  const payload = openString('complaint', bundle.complaint, verifier, BUNDLE_MAX_BYTES)
  if (refused(payload)) return payload
  const complaint = decode(Complaint, payload, BUNDLE_MAX_BYTES)
  if (refused(complaint)) return complaint
  if (complaint.kind !== 'unpaid') return refuse('malformed', 'a complaint of an unknown kind')
  if (complaint.plaintiff !== plaintiff.uid) return refuse('wrong-seller')
  if (complaint.accused !== accused.uid) return refuse('wrong-buyer')
  if (plaintiff.uid === accused.uid) return refuse('malformed', 'nobody complains of itself')
  const terms = readComplaintTerms(complaint, keyring)
  if (refused(terms)) return terms
  const request = readRequest(complaint, fingerprint, accused, plaintiff)
  if (refused(request)) return request
  return { keyring, complaint, terms, request, plaintiff, accused }
}

function readComplaintTerms({ cid, terms: signed }: Complaint, ring: Keyring): Terms | Refusal {
  const payload = openProviderString('terms', signed, ring, TERMS_MAX_BYTES)
  if (refused(payload)) return payload
  const terms = decode(Terms, payload, TERMS_MAX_BYTES)
  if (refused(terms)) return terms
  return terms.cid === cid ? terms : refuse('terms-invalid', 'the terms are of another content')
}

/** The request that the accused signed, with every piece of the complaint in it. */
function readRequest(
  { cid, pieces, request: signed, rid, statement }: Complaint,
  fingerprint: Fingerprint,
  accused: Party,
  plaintiff: Party,
): Request | Refusal {
  const request = openBody('request', signed, { fingerprint, publicKey: accused.key })
  if (refused(request)) return request
  if (request.rid !== rid || request.cid !== cid) return refuse('wrong-grant')
  if (request.buyer !== accused.uid) return refuse('wrong-buyer')
  if (request.seller !== plaintiff.uid) return refuse('wrong-seller')
  if (pieces.length === 0 || new Set(pieces).size < pieces.length) {
    return refuse('malformed', 'a complaint names its pieces, each once')
  }
  const asked = new Set(request.pieces)
  if (!pieces.every((piece) => asked.has(piece))) return refuse('not-requested')
  if (statement === undefined) return request
  const said = openBody('statement', statement, { fingerprint, publicKey: plaintiff.key })
  if (refused(said)) return said
  return equal(said.request, sha256(signed)) ? request : refuse('statement-mismatch')
}
