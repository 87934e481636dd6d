/**
 * Bencode, records, signed strings: what every message is made of.
 */

import { concat, fromText } from '../../shared/bytes.js'
import type { Label } from '../../shared/crypto.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { privateKeyFromSeed } from '../../shared/keys.js'
import { decodeValue, type Encodable, encodeValue } from '../../shared/wire/bencode.js'
import { encode } from '../../shared/wire/record.js'
import { RECORDS, recordOf } from './labels.js'
import { type Case, caseMaker, flip } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  FINGERPRINT,
  FOREIGN,
  NOW,
  named,
  PRICE,
  p,
  REWARD,
  RID,
} from './world.js'

const bencode = caseMaker('bencode', '1.2')
const GOOD = ['i0e', 'i-1e', 'i9007199254740991e', '0:', 'le', 'de', 'd1:ai1e2:aai2e1:b2:xye']
const BAD: readonly (readonly [string, string])[] = [
  ['a negative string length', 'l-3:e'],
  ['a negative length and nothing else', 'l-3:'],
  ['trailing junk', 'i1ei2e'],
  ['keys out of order', 'd1:bi1e1:ai2ee'],
  ['a key twice', 'd1:ai1e1:ai2ee'],
  ['a longer key before its beginning', 'd2:aai1e1:ai2ee'],
  ['a leading zero', 'i03e'],
  ['minus zero', 'i-0e'],
  ['no digits', 'ie'],
  ['a length with a leading zero', '03:abc'],
  ['a string past the end', '5:abc'],
  ['a length beyond all', '99999999999:'],
  ['an integer of 2^53', 'i9007199254740992e'],
  ['an integer as key', 'di1ei2ee'],
  ['a key without value', 'd1:ae'],
  ['a dictionary without end', 'd1:ai1e'],
  ['nothing', ''],
  ['the key __proto__', 'd9:__proto__i1ee'],
  ['an end alone', 'e'],
]

function bencodeCases(): Case[] {
  const deep = (depth: number) => fromText('l'.repeat(depth) + 'e'.repeat(depth))
  const good = GOOD.map((text) => bencode(text, { bytes: fromText(text), maxBytes: 1000 }))
  const bad = BAD.map(([name, text]) =>
    bencode(name, { bytes: fromText(text), maxBytes: 1000 }, 'malformed'),
  )
  return [
    ...good,
    ...bad,
    bencode('100 lists inside each other', { bytes: deep(100), maxBytes: 1000 }),
    bencode('101 lists inside each other', { bytes: deep(101), maxBytes: 1000 }, 'malformed'),
    bencode('longer than its limit', { bytes: fromText('5:abcde'), maxBytes: 6 }, 'too-large'),
    bencode(
      'long and broken: length first',
      { bytes: fromText('l-3:e'), maxBytes: 4 },
      'too-large',
    ),
  ]
}

/** Changes keys of an encoded record; undefined removes one. */
export function bend(
  bytes: Uint8Array,
  change: Readonly<Record<string, Encodable | undefined>>,
): Uint8Array {
  const value = must(decodeValue(bytes, { maxBytes: bytes.length }))
  const entries = Object.entries({ ...(value as object), ...change })
  return encodeValue(
    Object.fromEntries(entries.filter(([, item]) => item !== undefined)) as Encodable,
  )
}

const record = caseMaker('record', '1.3')
const recorded = (
  name: string,
  of: string,
  bytes: Uint8Array,
  refuse?: 'malformed' | 'too-large',
  maxBytes = 32_768,
) => record(name, { record: of, bytes, maxBytes }, refuse)

const parties = { rid: RID, buyer: buyer.uid, seller: alice.uid }
export const REQUEST = encode(
  RECORDS.Request as never,
  {
    ...{ ...parties, cid: CID, counter: 1, pieces: [p(256), p(257)], time: NOW },
  } as never,
)
const ACCOUNT = encode(
  RECORDS.AccountAnswer as never,
  {
    ...{ name: 'Äpfel & Öl', spendable: PRICE, pending: 0n, spent: REWARD, earned: 1n << 62n },
  } as never,
)

function recordCases(): Case[] {
  const request = (name: string, change: Parameters<typeof bend>[1]) =>
    recorded(name, 'Request', bend(REQUEST, change), 'malformed')
  const account = (name: string, change: Parameters<typeof bend>[1]) =>
    recorded(name, 'AccountAnswer', bend(ACCOUNT, change), 'malformed')
  const later = { record: 'Request', bytes: bend(REQUEST, { later: 'unknown' }), maxBytes: 32_768 }
  return [
    recorded('a request', 'Request', REQUEST),
    recorded('amounts and text', 'AccountAnswer', ACCOUNT),
    record('an unknown key is ignored', { ...later, unknown: true }),
    request('a key is missing', { counter: undefined }),
    request('an integer below its range', { counter: 0 }),
    request('a string for an integer', { counter: '1' }),
    request('an integer for a string', { rid: 1 }),
    request('an identifier too short', { buyer: new Uint8Array(15) }),
    request('an identifier too long', { cid: new Uint8Array(21) }),
    request('indexes that are not four bytes each', { pieces: new Uint8Array(7) }),
    request('more indexes than a run may have', { pieces: new Uint8Array(4 * 65) }),
    recorded('a list for a dictionary', 'Request', fromText('le'), 'malformed'),
    recorded('longer than its limit', 'Request', REQUEST, 'too-large', REQUEST.length - 1),
    account('an amount with a leading zero', { pending: '00' }),
    account('a negative amount', { pending: '-1' }),
    account('an amount above 2^62', { pending: '4611686018427387905' }),
    account('an amount of 20 digits', { pending: '10000000000000000000' }),
    account('an empty amount', { pending: '' }),
    account('text that is not UTF-8', { name: Uint8Array.of(0xc3, 0x28) }),
    account('a text too long', { name: 'x'.repeat(65) }),
  ]
}

const signed = caseMaker('signed', '2.2')
const ours = { fingerprint: FINGERPRINT, publicKey: buyer.publicKey }

/** A signed string of every label between peers, and all that may be wrong with one. */
function signedCases(): Case[] {
  const sign = (label: Label, payload: Uint8Array, seed = buyer.seed, under = FINGERPRINT) =>
    signString(label, payload, { fingerprint: under, privateKey: privateKeyFromSeed(seed) })
  const body = (label: Label, value: object) => encode(recordOf(label), value)
  const digest = named('a digest')
  const values: Partial<Record<Label, object>> = {
    hello: {
      ...{ role: 'initiator', cid: CID, transcript: digest },
      ...{ initiator: named('initiator', 20), acceptor: named('acceptor', 20) },
    },
    request: { ...parties, cid: CID, counter: 1, pieces: [p(256), p(257)], time: NOW },
    statement: { ...parties, request: digest, hashes: named('hashes', 20) },
    payment: { rid: RID, seller: alice.uid, k: 3, chain: digest },
    receipt: { ...parties, k: 3, payment: digest, window: 2, time: NOW },
    withdrawal: { ...parties, counter: 2, pieces: [p(257)], time: NOW },
    release: { ...parties, counter: 2, pieces: [p(257)], time: NOW },
    refusal: { ...parties, counter: 2, code: 'window-full', time: NOW },
  }
  const labels = Object.keys(values) as Label[]
  const good = labels.map((label) => {
    const bytes = sign(label, body(label, values[label] as object))
    return signed(label, { label, bytes, ...ours, seed: buyer.seed })
  })
  const label = 'request'
  const bytes = sign(label, REQUEST)
  const lead = 'floodgate/1 request\n'.length
  const bad = (name: string, refuse: Case['refuse'], given: Uint8Array, as: object = {}) =>
    signed(name, { label, bytes: given, ...ours, ...as }, refuse)
  const foreign = sign(label, REQUEST, buyer.seed, FOREIGN.signer.fingerprint)
  const version2 = concat(fromText('floodgate/2'), bytes.subarray(11))
  return [
    ...good,
    bad('a payload that was altered', 'bad-signature', flip(bytes, lead + 32 + 40)),
    bad('a signature that was altered', 'bad-signature', flip(bytes, -1)),
    bad('another signer', 'bad-signature', sign(label, REQUEST, bob.seed)),
    bad('another label, signed', 'bad-label', sign('release', REQUEST)),
    bad('a longer label that begins alike', 'bad-label', sign('requests' as Label, REQUEST)),
    bad('another provider, signed', 'wrong-provider', foreign),
    bad('another version', 'unsupported-version', version2),
    bad('too short', 'malformed', bytes.subarray(0, lead + 32 + 63)),
    bad('a payload of another form, signed', 'malformed', sign(label, bend(REQUEST, { rid: 1 }))),
    bad('an empty payload, signed', 'malformed', sign(label, new Uint8Array(0))),
    bad('longer than its limit', 'too-large', sign(label, new Uint8Array(65_536))),
    signed(
      'a payment longer than its limit',
      { label: 'payment', bytes: sign('payment', new Uint8Array(450)), ...ours },
      'too-large',
    ),
  ]
}

export const bytesCases = (): Record<string, Case[]> => ({
  bencode: bencodeCases(),
  records: recordCases(),
  signed: signedCases(),
})
