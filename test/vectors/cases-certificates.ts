/**
 * Certificates and everything the provider signs for anyone: lists, catalogue, time, terms.
 */
import { sign } from 'node:crypto'
import { Catalogue, Time, TimeAnswer } from '../../shared/api.js'
import { equal } from '../../shared/bytes.js'
import { assembleBody, assembleCertificate, takeApart } from '../../shared/certificate-der.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { privateKeyFromSeed } from '../../shared/keys.js'
import { encode } from '../../shared/wire/record.js'
import { type Case, caseMaker, flip } from './vector.js'
import {
  alice,
  buyer,
  CID,
  certify,
  DAY,
  FINGERPRINT,
  FOREIGN,
  ISSUED,
  NOW,
  named,
  PIECES,
  PRICE,
  PROVIDER,
  peers,
  REWARD,
} from './world.js'

const { root, issuing, signing, seeds } = PROVIDER
const MINUTE = 60_000

/** The certificate with other fields, signed anew by the seed: form right, profile perhaps not. */
function refield(
  der: Uint8Array,
  change: Partial<ReturnType<typeof fieldsOf>>,
  seed: Uint8Array,
): Uint8Array {
  const fields = { ...fieldsOf(der), ...change }
  return assembleCertificate(fields, sign(null, assembleBody(fields), privateKeyFromSeed(seed)))
}
const fieldsOf = (der: Uint8Array) => must(takeApart(der)).fields

function memberCases(): Case[] {
  const member = caseMaker('member', '3.5')
  const chain = { leaf: buyer.leaf, issuing, root, now: NOW }
  const leaf = (change: Parameters<typeof refield>[1], seed = seeds.issuing) =>
    refield(buyer.leaf, change, seed)
  const bad = (name: string, refuse: Case['refuse'], change: Partial<typeof chain>) =>
    member(name, { ...chain, ...change }, refuse)
  const late = certify(buyer.uid, buyer.publicKey, PROVIDER, { notAfterMs: Date.UTC(2051, 0) })
  const small = leaf({ publicKey: new Uint8Array(32) })
  const theirs = certify(buyer.uid, buyer.publicKey, FOREIGN)
  const [first, last] = [NOW - DAY, NOW + DAY]
  return [
    member('a member', chain),
    member('dates beyond 2050', { ...chain, leaf: late }),
    member('within the slack before', { ...chain, now: first - 5 * MINUTE }),
    member('within the slack after', { ...chain, now: last + 5 * MINUTE }),
    bad('early', 'certificate-early', { now: first - 5 * MINUTE - 1 }),
    bad('expired', 'certificate-expired', { now: last + 5 * MINUTE + 1 }),
    bad('a leaf of another provider', 'certificate-invalid', { leaf: theirs }),
    bad('a whole chain of another provider', 'certificate-invalid', {
      ...{ leaf: theirs, issuing: FOREIGN.issuing },
    }),
    bad('an altered signature', 'certificate-invalid', { leaf: flip(buyer.leaf, -1) }),
    bad('signed by the root directly', 'certificate-invalid', { leaf: leaf({}, seeds.root) }),
    bad('a leaf with keyCertSign', 'certificate-invalid', { leaf: leaf({ keyUsage: 0x04 }) }),
    bad('a leaf with both usages', 'certificate-invalid', { leaf: leaf({ keyUsage: 0x84 }) }),
    bad('a leaf that is a CA', 'certificate-invalid', { leaf: leaf({ pathLen: 0 }) }),
    bad('a key of small order', 'certificate-invalid', { leaf: small }),
    bad('a signing certificate as leaf', 'certificate-invalid', { leaf: signing }),
    bad('leaf and issuing exchanged', 'certificate-invalid', {
      leaf: issuing,
      issuing: buyer.leaf,
    }),
    bad('another authority key', 'certificate-invalid', {
      leaf: leaf({ authorityKeyId: named('another key', 20) }),
    }),
    bad('a byte after the end', 'malformed', { leaf: Uint8Array.of(...buyer.leaf, 0) }),
    bad('cut short', 'malformed', { leaf: buyer.leaf.subarray(0, -1) }),
    bad('an RSA-style BIT STRING of 8 unused bits', 'malformed', { leaf: unusedBits() }),
    bad('too large', 'too-large', { leaf: new Uint8Array(1025) }),
    bad('expired and forged: forged first', 'certificate-invalid', {
      ...{ leaf: flip(buyer.leaf, -1), now: last + DAY },
    }),
  ]
}

/** A leaf whose key bit string claims an unused bit. */
function unusedBits(): Uint8Array {
  const copy = Uint8Array.from(buyer.leaf)
  const at = copy.findIndex((_, i) => equal(copy.subarray(i, i + 32), buyer.publicKey))
  copy[at - 1] = 1
  return copy
}

function signerCases(): Case[] {
  const signer = caseMaker('signer', '3.5')
  const chain = { signing, root, now: NOW }
  const rootCase = caseMaker('fingerprint', '3.4')
  const forged = refield(root, {}, seeds.signing)
  return [
    signer('a signing certificate', chain),
    signer('of another provider', { ...chain, signing: FOREIGN.signing }, 'certificate-invalid'),
    signer('a member as signer', { ...chain, signing: buyer.leaf }, 'certificate-invalid'),
    signer(
      'an issuing certificate as signer',
      { ...chain, signing: issuing },
      'certificate-invalid',
    ),
    signer('expired', { ...chain, now: NOW + 2 * DAY }, 'certificate-expired'),
    rootCase('a root', { root }),
    rootCase('an issuing certificate as root', { root: issuing }, 'certificate-invalid'),
    rootCase('a root signed by another key', { root: forged }, 'certificate-invalid'),
  ]
}

/** Of a second signing certificate of ours, which nobody has on the ring. */
const OTHER_SEED = named('a second signing key')

function providerStrings(): Case[] {
  const provider = caseMaker('provider-signed', '2.3')
  const ring = { root, signers: [signing], now: NOW }
  const { signer } = PROVIDER
  const list = peers()
  const contents = [
    {
      ...{ cid: CID, name: 'film.mkv', size: 4_910_200, pieces: PIECES, files: 1 },
      ...{ price: PRICE, reward: REWARD, n: 2, b: 4, mode: 'open', sellers: 2 },
      ...{ downloaders: 1, day: 3, week: 17, expected: 240 },
    },
  ]
  const shown = { time: NOW, signer: signer.certificate, query: 'film', contents }
  const catalogue = signString('catalogue', encode(Catalogue, shown), signer)
  const nobody = { ...signer, privateKey: privateKeyFromSeed(alice.seed) }
  const bad = (name: string, refuse: Case['refuse'], bytes: Uint8Array, label = 'peers') =>
    provider(name, { label, bytes, ...ring }, refuse)
  const second = { ...signer, privateKey: privateKeyFromSeed(OTHER_SEED) }
  return [
    provider('a peer list', { label: 'peers', bytes: list, ...ring }),
    provider('a catalogue', { label: 'catalogue', bytes: catalogue, ...ring }),
    provider('a signed grant', { label: 'grant', bytes: ISSUED.secret, ...ring }),
    bad('a catalogue as peer list', 'bad-label', catalogue),
    bad('an altered list', 'bad-signature', flip(list, 100)),
    bad('a list signed by a member', 'bad-signature', peers({}, nobody)),
    bad('a list under a key that it does not name', 'bad-signature', peers({}, second)),
    bad('a signer that is not on the ring', 'certificate-invalid', peers({ signer: named('x') })),
    bad('a list of another provider', 'wrong-provider', peers({}, FOREIGN.signer)),
    bad('no signer', 'malformed', signString('peers', new TextEncoder().encode('de'), signer)),
    provider(
      'an expired signing certificate',
      { label: 'peers', bytes: list, ...ring, now: NOW + 2 * DAY },
      'certificate-expired',
    ),
  ]
}

function greetingCases(): Case[] {
  const greeting = caseMaker('greeting', '4.3')
  const { signer, sealPublic: seal, name } = PROVIDER
  const nonce = named('a nonce', 16)
  const time = { nonce, time: NOW, signer: signer.certificate, seal, name, currency: 'credit' }
  const answer = (bent: object = {}, outer: object = {}, by = signer) => {
    const signed = signString('time', encode(Time, { ...time, ...bent }), by)
    return encode(TimeAnswer, { root, issuing, signing, time: signed, ...outer })
  }
  const ask = { nonce, pinned: FINGERPRINT, now: NOW }
  const bad = (title: string, refuse: Case['refuse'], bytes: Uint8Array) =>
    greeting(title, { ...ask, bytes }, refuse)
  const theirs = { root: FOREIGN.root, issuing: FOREIGN.issuing, signing: FOREIGN.signing }
  const wholly = answer({ signer: FOREIGN.signer.certificate }, theirs, FOREIGN.signer)
  return [
    greeting('the time', { ...ask, bytes: answer() }),
    bad('another root than the pinned one', 'pin-mismatch', wholly),
    bad('an answer to another nonce', 'bad-answer', answer({ nonce: named('other', 16) })),
    bad('an altered time', 'bad-signature', answer({}, { time: flip(timeOf(time), -1) })),
    bad('a time long past', 'certificate-early', answer({ time: NOW - 2 * DAY })),
    bad('a member as signer', 'certificate-invalid', answer({}, { signing: buyer.leaf })),
    bad('no record', 'malformed', new TextEncoder().encode('l-3:')),
  ]
}
const timeOf = (time: object) => signString('time', encode(Time, time as never), PROVIDER.signer)

export const certificateCases = (): Record<string, Case[]> => ({
  certificates: [...memberCases(), ...signerCases()],
  provider: [...providerStrings(), ...greetingCases()],
})
