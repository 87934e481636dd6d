/** Certificates: OpenSSL agrees with them, and every way to be wrong is refused with its code. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type KeyObject, sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { concat, fromHex, toHex } from '../../shared/bytes.js'
import {
  type Certificate,
  type CertificateDraft,
  fingerprintOf,
  makeCertificate,
  readCertificate,
  verifyMember,
  verifySigner,
} from '../../shared/certificate.js'
import {
  assembleBody,
  assembleCertificate,
  DIGITAL_SIGNATURE,
  type Fields,
  KEY_CERT_SIGN,
} from '../../shared/certificate-der.js'
import { sha256 } from '../../shared/crypto.js'
import { must, Refusal } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed, spkiOf } from '../../shared/keys.js'
import { CERTIFICATE_MAX_BYTES, CERTIFICATE_SKEW_MS } from '../../shared/limits.js'

const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 5, 1)
const UID = '00112233445566778899aabbccddeeff' as Uid
const read = (der: Uint8Array): Certificate => must(readCertificate(der))
const codeOf = (value: unknown) => (value instanceof Refusal ? value.code : 'accepted')

interface Identity {
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

function identity(byte: number): Identity {
  const seed = new Uint8Array(32).fill(byte)
  return { publicKey: ed25519PublicKey(seed), key: privateKeyFromSeed(seed) }
}

const dates = { notBeforeMs: NOW_MS - HOUR_MS, notAfterMs: NOW_MS + HOUR_MS }

/** A provider's certificates and one member's, from keys that `first` numbers. */
function provider(first: number, name = 'Example Films') {
  const keys = [0, 1, 2, 3].map((place) => identity(first + place))
  const [root, issuing, signing, member] = keys as [Identity, Identity, Identity, Identity]
  const common = (of: Identity, by: Identity) => ({
    serial: of.publicKey.subarray(0, 16),
    ...dates,
    publicKey: of.publicKey,
    issuerKey: by.key,
  })
  const rootDer = makeCertificate({ kind: 'root', provider: name, ...common(root, root) })
  const issuer = read(rootDer)
  const issuingDer = makeCertificate({ kind: 'issuing', issuer, ...common(issuing, root) })
  const signingDer = makeCertificate({ kind: 'signing', issuer, ...common(signing, root) })
  const leafDraft: CertificateDraft = {
    kind: 'member',
    issuer: read(issuingDer),
    uid: UID,
    ...common(member, issuing),
  }
  return {
    keys: { root, issuing, signing, member },
    root: rootDer,
    issuing: issuingDer,
    signing: signingDer,
    leaf: makeCertificate(leafDraft),
    leafDraft,
  }
}

const ours = provider(1)
const chain = { leaf: ours.leaf, issuing: ours.issuing, root: ours.root, nowMs: NOW_MS }
const signer = { signing: ours.signing, root: ours.root, nowMs: NOW_MS }

/** A certificate with some fields changed, properly signed all the same. */
function forged(der: Uint8Array, change: Partial<Fields>, by: Identity): Uint8Array {
  const fields: Fields = { ...read(der), ...change }
  return assembleCertificate(fields, sign(null, assembleBody(fields), by.key))
}

const folder = mkdtempSync(join(tmpdir(), 'floodgate-certificate-'))
after(() => rmSync(folder, { recursive: true }))

function pem(name: string, der: Uint8Array): string {
  const file = join(folder, `${name}.pem`)
  writeFileSync(file, new X509Certificate(Buffer.from(der)).toString())
  return file
}

function openssl(...parameters: string[]): string {
  return execFileSync('openssl', parameters, { encoding: 'utf8', stdio: 'pipe' })
}

test('openssl verify -x509_strict accepts member and signing certificates, also after 2049', () => {
  const late = { notBeforeMs: Date.UTC(2049, 11, 31), notAfterMs: Date.UTC(2051, 0, 1) }
  const lateRoot = forged(ours.root, late, ours.keys.root)
  for (const [root, at] of [
    [ours.root, NOW_MS],
    [lateRoot, Date.UTC(2050, 5, 1)],
  ] as const) {
    const ca = pem('root', root)
    const change = root === ours.root ? {} : late
    const issuing = pem('issuing', forged(ours.issuing, change, ours.keys.root))
    const leaf = pem('leaf', forged(ours.leaf, change, ours.keys.issuing))
    const signing = pem('signing', forged(ours.signing, change, ours.keys.root))
    const strict = ['verify', '-x509_strict', '-attime', `${at / 1000}`, '-CAfile', ca]
    assert.match(openssl(...strict, '-untrusted', issuing, leaf), /OK/)
    assert.match(openssl(...strict, signing), /OK/)
  }
})

test('openssl and node read what was written', () => {
  const shown = openssl('x509', '-in', pem('leaf', ours.leaf), '-noout', '-text')
  assert.match(shown, /O ?= ?Example Films, OU ?= ?Floodgate member, CN ?= ?00112233445566778899aa/)
  assert.match(shown, /Basic Constraints: critical\s+CA:FALSE/)
  assert.match(shown, /Key Usage: critical\s+Digital Signature\n/)
  const ca = openssl('x509', '-in', pem('issuing', ours.issuing), '-noout', '-text')
  assert.match(ca, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  assert.match(ca, /Key Usage: critical\s+Certificate Sign\n/)
  const leaf = new X509Certificate(Buffer.from(ours.leaf))
  const member = must(verifyMember(chain))
  assert.equal(leaf.serialNumber.toLowerCase(), member.serial)
  assert.equal(Date.parse(leaf.validFrom), member.notBeforeMs)
  assert.equal(Date.parse(leaf.validTo), member.notAfterMs)
  assert.ok(leaf.checkIssued(new X509Certificate(Buffer.from(ours.issuing))))
})

test('a good chain gives the member, a good signing certificate the signer', () => {
  const member = must(verifyMember(chain))
  assert.equal(member.uid, UID)
  assert.deepEqual(member.publicKey, ours.keys.member.publicKey)
  assert.equal(member.ca, false)
  assert.equal(must(verifySigner(signer)).kind, 'signing')
  const expected = toHex(sha256(spkiOf(ours.keys.root.publicKey)))
  assert.equal(fingerprintOf(ours.root), expected)
  assert.equal(codeOf(fingerprintOf(ours.issuing)), 'certificate-invalid')
})

test('dates are judged with slack, for every certificate of the chain', () => {
  const at = (nowMs: number) => codeOf(verifyMember({ ...chain, nowMs }))
  assert.equal(at(dates.notBeforeMs - CERTIFICATE_SKEW_MS), 'accepted')
  assert.equal(at(dates.notBeforeMs - CERTIFICATE_SKEW_MS - 1), 'certificate-early')
  assert.equal(at(dates.notAfterMs + CERTIFICATE_SKEW_MS), 'accepted')
  assert.equal(at(dates.notAfterMs + CERTIFICATE_SKEW_MS + 1), 'certificate-expired')
  const past = { notBeforeMs: NOW_MS - 9 * HOUR_MS, notAfterMs: NOW_MS - 8 * HOUR_MS }
  const issuing = forged(ours.issuing, past, ours.keys.root)
  assert.equal(codeOf(verifyMember({ ...chain, issuing })), 'certificate-expired')
  const root = forged(ours.root, past, ours.keys.root)
  assert.equal(codeOf(verifyMember({ ...chain, root })), 'certificate-expired')
  const signing = forged(ours.signing, past, ours.keys.root)
  assert.equal(codeOf(verifySigner({ ...signer, signing })), 'certificate-expired')
})

test('a chain that does not hold is certificate-invalid', () => {
  const { keys } = ours
  const foreign = provider(50)
  const stranger = identity(99)
  const asCa = { pathLen: 0, keyUsage: KEY_CERT_SIGN }
  const issuingName = read(ours.issuing).subject
  for (const [what, wrong] of [
    ['a foreign root of the same name', { root: foreign.root }],
    ['a foreign issuing certificate', { issuing: foreign.issuing }],
    ['a whole foreign chain', { leaf: foreign.leaf, issuing: foreign.issuing }],
    ['a foreign leaf', { leaf: foreign.leaf }],
    ['the name of another provider', { root: provider(1, 'Other').root }],
    ['a leaf signed by a stranger', { leaf: forged(ours.leaf, {}, stranger) }],
    [
      'an issuing certificate signed by a stranger',
      { issuing: forged(ours.issuing, {}, stranger) },
    ],
    ['a root that did not sign itself', { root: forged(ours.root, {}, stranger) }],
    ['a leaf as issuing certificate', { issuing: ours.leaf }],
    ['a signing certificate as issuing certificate', { issuing: ours.signing }],
    ['an issuing certificate as leaf', { leaf: ours.issuing }],
    ['a signing certificate as leaf', { leaf: ours.signing }],
    ['the root as issuing certificate', { issuing: ours.root }],
    ['a leaf under the root itself', { leaf: forged(ours.leaf, {}, keys.root) }],
    ['a CA bit in a leaf', { leaf: forged(ours.leaf, { pathLen: 0 }, keys.issuing) }],
    ['a leaf that is a CA altogether', { leaf: forged(ours.leaf, asCa, keys.issuing) }],
    ['no CA bit', { issuing: forged(ours.issuing, { pathLen: undefined }, keys.root) }],
    ['a longer path', { issuing: forged(ours.issuing, { pathLen: 1 }, keys.root) }],
    [
      'a key usage that may not sign certificates',
      { issuing: forged(ours.issuing, { keyUsage: DIGITAL_SIGNATURE }, keys.root) },
    ],
    [
      'a key usage that signs everything',
      { leaf: forged(ours.leaf, { keyUsage: DIGITAL_SIGNATURE + KEY_CERT_SIGN }, keys.issuing) },
    ],
    [
      'a leaf that was issued by a leaf',
      {
        issuing: ours.leaf,
        leaf: forged(
          ours.leaf,
          { issuer: read(ours.leaf).subject, authorityKeyId: read(ours.leaf).subjectKeyId },
          keys.member,
        ),
      },
    ],
    [
      'a member key under the issuing name',
      { leaf: forged(ours.leaf, { issuer: issuingName }, keys.member) },
    ],
    ['a key of small order', { leaf: forged(ours.leaf, { publicKey: smallOrder }, keys.issuing) }],
  ] as const) {
    assert.equal(codeOf(verifyMember({ ...chain, ...wrong })), 'certificate-invalid', what)
  }
  for (const signing of [ours.leaf, ours.issuing, ours.root, foreign.signing]) {
    assert.equal(codeOf(verifySigner({ ...signer, signing })), 'certificate-invalid')
  }
})

const smallOrder = fromHex(`01${'00'.repeat(31)}`) as Uint8Array

test('every altered byte is refused, every cut, and anything appended', () => {
  for (let at = 0; at < ours.leaf.length; at++) {
    for (const bit of [1, 0x20, 0x80]) {
      const leaf = Uint8Array.from(ours.leaf)
      leaf[at] = (leaf[at] as number) ^ bit
      const code = codeOf(verifyMember({ ...chain, leaf }))
      assert.match(code, /^(malformed|certificate-invalid)$/, `byte ${at}`)
    }
    assert.equal(codeOf(readCertificate(ours.leaf.subarray(0, at))), 'malformed')
  }
  assert.equal(codeOf(readCertificate(concat(ours.leaf, Uint8Array.of(0)))), 'malformed')
  assert.equal(codeOf(readCertificate(new Uint8Array(CERTIFICATE_MAX_BYTES))), 'malformed')
  assert.equal(codeOf(readCertificate(new Uint8Array(CERTIFICATE_MAX_BYTES + 1))), 'too-large')
})

test('another encoding of the same certificate is malformed', () => {
  const der = toHex(ours.leaf)
  assert.match(der, /^3082/)
  const longer = fromHex(der.replace(/^3082/, '308300')) as Uint8Array
  assert.equal(codeOf(readCertificate(longer)), 'malformed')
  const indefinite = fromHex(`3080${der.slice(8)}0000`) as Uint8Array
  assert.equal(codeOf(readCertificate(indefinite)), 'malformed')
  const printable = der.replaceAll('060355040a0c', '060355040a13')
  assert.equal(codeOf(readCertificate(fromHex(printable) as Uint8Array)), 'malformed')
})

test('mutated and random bytes never throw', () => {
  const edits = fc.array(fc.tuple(fc.nat(ours.leaf.length - 1), fc.nat(255)), { maxLength: 5 })
  fc.assert(
    fc.property(
      edits,
      fc.nat(ours.leaf.length),
      fc.uint8Array({ maxLength: 9 }),
      (all, at, put) => {
        const changed = Uint8Array.from(ours.leaf)
        for (const [place, byte] of all) changed[place] = byte
        const spliced = concat(changed.subarray(0, at), put, changed.subarray(at))
        const result = readCertificate(spliced)
        if (!(result instanceof Refusal)) assert.deepEqual(result.der, spliced)
      },
    ),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      assert.ok(readCertificate(noise) instanceof Refusal)
    }),
  )
})

test('the longest names fit, and a certificate reads back as it was drafted', () => {
  const long = provider(20, 'ö'.repeat(32))
  assert.ok(long.leaf.length <= 560, `${long.leaf.length} bytes`)
  const leaf = read(long.leaf)
  assert.equal(leaf.provider, 'ö'.repeat(32))
  assert.match(leaf.serial, /^[4-7][0-9a-f]{31}$/)
  assert.equal(leaf.serial.slice(2), toHex(long.keys.member.publicKey.subarray(1, 16)))
  const der = makeCertificate({ ...long.leafDraft, notAfterMs: NOW_MS + 1999 })
  assert.equal(read(der).notAfterMs, NOW_MS + 1000)
})

test('a draft that cannot hold is a bug', () => {
  const { leafDraft, keys } = ours
  const wrong: Partial<CertificateDraft>[] = [
    { issuer: read(ours.root) },
    { issuerKey: keys.root.key },
    { notAfterMs: leafDraft.notBeforeMs },
    { uid: 'someone' as Uid },
    { publicKey: new Uint8Array(31) },
  ]
  for (const change of wrong) {
    assert.throws(() => makeCertificate({ ...leafDraft, ...change } as CertificateDraft), /bug: /)
  }
})
