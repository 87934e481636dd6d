/**
 * The one DER form of our X.509 v3 certificates (RFC 5280, RFC 8410), both ways.
 *
 * node-forge's asn1 assembles and takes apart; its own certificate functions know RSA only (design
 * D1). Reading is strict by construction: the fields that were found are assembled again, and a
 * certificate that is not byte for byte the same is refused. So nothing can hide in a place that
 * nobody reads, and there is one encoding of each certificate.
 */
import asn1, { type Asn1 } from 'node-forge/lib/asn1.js'
import { equal, fromHex, fromText, toHex } from './bytes.js'
import { sha256 } from './crypto.js'
import { assert, type Refusal, refuse } from './errors.js'
import type { Uid } from './identifier.js'
import { KEY_BYTES, spkiOf } from './keys.js'
import { CERTIFICATE_MAX_BYTES, MEMBER_NAME_MAX_BYTES } from './limits.js'

/** What a certificate is for. */
export type Kind = 'root' | 'issuing' | 'signing' | 'member'

/** A distinguished name: O = the provider's name, OU = "Floodgate " and the kind, CN = the uid. */
export interface Name {
  /** 1 to MEMBER_NAME_MAX_BYTES bytes of UTF-8. */
  readonly provider: string
  readonly kind: Kind
  /** In the name of a member, and only there. */
  readonly uid?: Uid
}

/** Bits of the key usage (RFC 5280 §4.2.1.3) as they stand in the first byte of the bit string. */
export const DIGITAL_SIGNATURE = 0x80
export const KEY_CERT_SIGN = 0x04

/** What one certificate differs in from another. */
export interface Fields {
  /** 32 hex digits, the first two 40 to 7f: 16 bytes of DER, positive and without padding. */
  readonly serial: string
  readonly issuer: Name
  readonly subject: Name
  /** Whole seconds, from 1970 to the end of 9999. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** CA certificates that may follow below this one, 0 to 127; undefined: this is not a CA. */
  readonly pathLen: number | undefined
  /** A sum of the bits above. */
  readonly keyUsage: number
  /** Key identifier of the issuer's key, 20 bytes. */
  readonly authorityKeyId: Uint8Array
}

/** A certificate taken apart: its fields, the bytes that are signed, and their signature. */
export interface Parts {
  readonly fields: Fields
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class
const { SEQUENCE, SET, OID, INTEGER, BITSTRING, OCTETSTRING, BOOLEAN, UTF8 } = asn1.Type
const { UTCTIME, GENERALIZEDTIME } = asn1.Type
const KEY_ID_BYTES = 20
const SIGNATURE_BYTES = 64
const SERIAL = /^[4-7][0-9a-f]{31}$/
const UID = /^[0-9a-f]{32}$/
/** RFC 5280 §4.1.2.5: from 2050 on dates are GeneralizedTime. */
const YEAR_2050_MS = Date.UTC(2050)
const YEAR_10000_MS = Date.UTC(10000)

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const octetsOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const toDer = (node: Asn1): string => asn1.toDer(node).getBytes()
const parse = (der: string): Asn1 =>
  asn1.fromDer(der, { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: 16 })
const leaf = (type: number, bytes: string): Asn1 => asn1.create(UNIVERSAL, type, false, bytes)
const branch = (type: number, ...items: Asn1[]): Asn1 => asn1.create(UNIVERSAL, type, true, items)
const oid = (dotted: string): Asn1 => leaf(OID, asn1.oidToDer(dotted).getBytes())

/** Key identifier: the first 160 bits of SHA-256 of the key (RFC 7093 §2, method 1). */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).subarray(0, KEY_ID_BYTES)
}

/** TBSCertificate DER: what the issuer signs. */
export function assembleBody(fields: Fields): Uint8Array {
  assert(inRange(fields), 'fields of a certificate')
  return octetsOf(toDer(body(fields)))
}

/** The whole certificate in DER. */
export function assembleCertificate(fields: Fields, signature: Uint8Array): Uint8Array {
  assert(inRange(fields), 'fields of a certificate')
  const signed = leaf(BITSTRING, `\0${latin1(signature)}`)
  return octetsOf(toDer(branch(SEQUENCE, body(fields), ed25519(), signed)))
}

function ed25519(): Asn1 {
  return branch(SEQUENCE, oid('1.3.101.112'))
}

function body(fields: Fields): Asn1 {
  const version3 = asn1.create(CONTEXT_SPECIFIC, 0, true, [leaf(INTEGER, '\x02')])
  return branch(
    SEQUENCE,
    version3,
    leaf(INTEGER, latin1(fromHex(fields.serial) as Uint8Array)),
    ed25519(),
    name(fields.issuer),
    branch(SEQUENCE, time(fields.notBeforeMs), time(fields.notAfterMs)),
    name(fields.subject),
    parse(latin1(spkiOf(fields.publicKey))),
    asn1.create(CONTEXT_SPECIFIC, 3, true, [extensions(fields)]),
  )
}

/**
 * basicConstraints and keyUsage (critical), subject and authority key identifier, in this order.
 */
function extensions(fields: Fields): Asn1 {
  const { pathLen, keyUsage } = fields
  const yes = leaf(BOOLEAN, '\xff')
  const constraints =
    pathLen === undefined ? [] : [yes, leaf(INTEGER, String.fromCharCode(pathLen))]
  const unused = String.fromCharCode(31 - Math.clz32(keyUsage & -keyUsage))
  const usage = leaf(BITSTRING, unused + String.fromCharCode(keyUsage))
  const subjectKey = leaf(OCTETSTRING, latin1(keyIdOf(fields.publicKey)))
  const authorityKey = asn1.create(CONTEXT_SPECIFIC, 0, false, latin1(fields.authorityKeyId))
  const wrap = (value: Asn1): Asn1 => leaf(OCTETSTRING, toDer(value))
  return branch(
    SEQUENCE,
    branch(SEQUENCE, oid('2.5.29.19'), yes, wrap(branch(SEQUENCE, ...constraints))),
    branch(SEQUENCE, oid('2.5.29.15'), yes, wrap(usage)),
    branch(SEQUENCE, oid('2.5.29.14'), wrap(subjectKey)),
    branch(SEQUENCE, oid('2.5.29.35'), wrap(branch(SEQUENCE, authorityKey))),
  )
}

function name({ provider, kind, uid }: Name): Asn1 {
  const attribute = (type: string, text: string): Asn1 =>
    branch(SET, branch(SEQUENCE, oid(type), leaf(UTF8, latin1(fromText(text)))))
  const unit = `Floodgate ${kind}`
  const names = [attribute('2.5.4.10', provider), attribute('2.5.4.11', unit)]
  return branch(SEQUENCE, ...names, ...(uid === undefined ? [] : [attribute('2.5.4.3', uid)]))
}

function time(ms: number): Asn1 {
  const date = new Date(ms)
  return ms < YEAR_2050_MS
    ? leaf(UTCTIME, asn1.dateToUtcTime(date))
    : leaf(GENERALIZEDTIME, asn1.dateToGeneralizedTime(date))
}

/** Whether the fields are such as an assembled certificate can carry. */
function inRange(fields: Fields): boolean {
  const { serial, notBeforeMs, notAfterMs, publicKey, pathLen, keyUsage, authorityKeyId } = fields
  return (
    SERIAL.test(serial) &&
    isName(fields.issuer) &&
    isName(fields.subject) &&
    [notBeforeMs, notAfterMs].every((ms) => ms % 1000 === 0 && ms >= 0 && ms < YEAR_10000_MS) &&
    publicKey.length === KEY_BYTES &&
    (pathLen === undefined || (pathLen >= 0 && pathLen < 128)) &&
    keyUsage > 0 &&
    keyUsage < 256 &&
    authorityKeyId.length === KEY_ID_BYTES
  )
}

function isName({ provider, kind, uid }: Name): boolean {
  const { length } = fromText(provider)
  const fits = length > 0 && length <= MEMBER_NAME_MAX_BYTES
  return fits && (kind === 'member') === (uid !== undefined) && (uid === undefined || UID.test(uid))
}

/** Takes a certificate apart; refuses as too-large or malformed what assembling does not give. */
export function takeApart(der: Uint8Array): Parts | Refusal {
  if (der.length > CERTIFICATE_MAX_BYTES) {
    return refuse('too-large', `certificate of ${der.length} bytes`)
  }
  const found = find(der)
  if (found === undefined || !inRange(found.fields) || found.signature.length !== SIGNATURE_BYTES) {
    return refuse('malformed', 'not a certificate of this protocol')
  }
  if (!equal(assembleCertificate(found.fields, found.signature), der)) {
    return refuse('malformed', 'a certificate in another form than the one of this protocol')
  }
  return { ...found, body: assembleBody(found.fields) }
}

/** The fields at their places. What is absent or of another type reads as empty: whether all was
 * as it must be is for the comparison to say. */
function find(der: Uint8Array): Omit<Parts, 'body'> | undefined {
  try {
    const tree = parse(latin1(der))
    const keyUsage = octets(tree, 0, 7, 0, 1, 2)
    const constraints = parse(latin1(octets(tree, 0, 7, 0, 0, 2)))
    return {
      fields: {
        serial: toHex(octets(tree, 0, 1)),
        issuer: findName(tree, 3),
        subject: findName(tree, 5),
        notBeforeMs: findTime(tree, 0),
        notAfterMs: findTime(tree, 1),
        publicKey: octets(tree, 0, 6, 1).subarray(1),
        pathLen: octets(constraints, 1)[0],
        keyUsage: keyUsage[3] ?? 0,
        authorityKeyId: octets(tree, 0, 7, 0, 3, 1).subarray(4),
      },
      signature: octets(tree, 2).subarray(1),
    }
  } catch {
    return undefined // the one way that forge says "not DER"
  }
}

function findName(tree: Asn1, place: number): Name {
  const text = (index: number): string =>
    Buffer.from(octets(tree, 0, place, index, 0, 1)).toString('utf8')
  const kind = text(1).slice('Floodgate '.length) as Kind
  const uid = text(2) as Uid
  return { provider: text(0), kind, ...(uid.length > 0 ? { uid } : {}) }
}

function findTime(tree: Asn1, index: number): number {
  const written = latin1(octets(tree, 0, 4, index))
  const utc = written.length === 'YYMMDDhhmmssZ'.length
  return (utc ? asn1.utcTimeToDate(written) : asn1.generalizedTimeToDate(written)).getTime()
}

function octets(tree: Asn1, ...path: readonly number[]): Uint8Array {
  let node: Asn1 | undefined = tree
  for (const place of path) {
    node = typeof node?.value === 'object' ? node.value[place] : undefined
  }
  return octetsOf(typeof node?.value === 'string' ? node.value : '')
}
