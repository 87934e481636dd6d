/** Messages between members, for any content: they come back as they were, or not at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, toHex } from '../../shared/bytes.js'
import { must, Refusal, refused } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import type { Cid, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { openChannel, type Transcript } from '../../shared/wire/channel.js'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  openBody,
  type PeerLabel,
  type SignedBody,
  signBody,
} from '../../shared/wire/messages.js'
import { party } from '../contract/provider.js'

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength })
const hex = <T extends string>(count: number) => bytes(count).map((raw) => toHex(raw) as T)
const rid = hex<Rid>(16)
const uid = hex<Uid>(16)
const count = (min = 0) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER })
const piece = fc.nat(65_535) as unknown as fc.Arbitrary<PieceIndex>
const pieces = (maxLength: number) => fc.array(piece, { maxLength })
const code = fc.constantFrom('unpaid', 'bad-token', 'goodbye', 'never heard of')
const name = <N extends Message['name']>(value: N) => fc.constant(value)
const signed = bytes(0, 300)

const message = fc.oneof(
  fc.record({
    ...{ name: name('open'), rid, scheme: fc.constantFrom('floodgate', 'iou'), k: count() },
    ...{ counter: count(), peers: signed, signers: fc.array(signed, { maxLength: 4 }) },
    opening: signed,
  }),
  fc.record({
    ...{ name: name('state'), rid, k: count(), counter: count(), signed: count() },
    ...{ window: fc.nat(64), open: fc.array(count(1), { maxLength: 2 }), owed: pieces(128) },
    pages: bytes(0, 256),
    payments: fc.array(fc.record({ piece, token: bytes(0, 64) }), { maxLength: 64 }),
  }),
  fc.record({ name: name('page'), rid, page: count(), body: signed }),
  ...(['request', 'statement', 'receipt', 'withdrawal', 'release', 'refusal'] as const).map(
    (each) => fc.record({ name: name(each), rid, signed }),
  ),
  fc.record({ name: name('token'), rid, k: count(1), piece, token: bytes(0, 512) }),
  fc.record({ name: name('payment'), rid, k: count(1), body: signed }),
  fc.record({ name: name('resend'), rid, piece }),
  fc.record({ name: name('retry'), rid, k: count(), code }),
  fc.record({ name: name('closing'), code, rid }),
  fc.record({ name: name('closing'), code }),
) as fc.Arbitrary<Message>

/** Fields in one order, bytes as hex, so that two messages can be compared. */
const plain = (value: object) => {
  const shown = (_: string, each: unknown) => (each instanceof Uint8Array ? toHex(each) : each)
  return JSON.parse(JSON.stringify(value, shown))
}

test('a message comes back as it was', () => {
  const property = fc.property(message, (sent) => {
    assert.deepEqual(plain(must(decodeMessage(encodeMessage(sent)))), plain(sent))
  })
  fc.assert(property, { numRuns: 500 })
})

test('a message that was cut short or went on is none', () => {
  const property = fc.property(message, fc.nat(), bytes(1, 5), (sent, at, more) => {
    const encoded = encodeMessage(sent)
    assert.ok(refused(decodeMessage(encoded.subarray(0, at % encoded.length))))
    assert.ok(refused(decodeMessage(concat(encoded, more))))
  })
  fc.assert(property, { numRuns: 300 })
})

test('whatever comes is malformed or too large, or a message with one encoding', () => {
  const bent = fc
    .tuple(message, fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([sent, at, mask]) => {
      const encoded = encodeMessage(sent)
      return encoded.map((byte, place) => (place === at % encoded.length ? byte ^ mask : byte))
    })
  const property = fc.property(fc.oneof(bytes(0, 200), bent), (heard) => {
    const read = decodeMessage(heard)
    if (read instanceof Refusal) assert.match(read.code, /^(malformed|too-large)$/)
    else assert.deepEqual(plain(must(decodeMessage(encodeMessage(read)))), plain(read))
  })
  fc.assert(property, { numRuns: 1000 })
})

const [BUYER, SELLER] = [party('buyer'), party('seller')]
const verifier = { fingerprint: BUYER.signer.fingerprint, publicKey: BUYER.publicKey }
const time = count()
const sides = { rid, buyer: uid, seller: uid }
const run = { counter: count(1), pieces: pieces(64), time }
const bodies: { readonly [L in PeerLabel]: fc.Arbitrary<SignedBody<L>> } = {
  hello: fc.record({
    ...{ role: fc.constantFrom('initiator', 'acceptor'), cid: hex<Cid>(20) },
    ...{ initiator: bytes(20), acceptor: bytes(20), transcript: bytes(32) },
  }),
  request: fc.record({ ...sides, cid: hex<Cid>(20), ...run }),
  statement: fc.record({ ...sides, request: bytes(32), hashes: bytes(0, 1280) }),
  receipt: fc.record({ ...sides, k: count(1), payment: bytes(32), window: fc.nat(64), time }),
  withdrawal: fc.record({ ...sides, ...run }),
  release: fc.record({ ...sides, ...run }),
  refusal: fc.record({ ...sides, counter: count(), code, time }),
}

for (const label of Object.keys(bodies) as PeerLabel[]) {
  test(`a signed ${label} opens under its label and key alone, every bit of it`, () => {
    const body = bodies[label] as fc.Arbitrary<SignedBody<typeof label>>
    const property = fc.property(body, fc.nat(), fc.nat(7), (said, at, bit) => {
      const string = signBody(label, said, BUYER.signer)
      assert.deepEqual(plain(must(openBody(label, string, verifier))), plain(said))
      const place = at % string.length
      const bent = string.map((byte, each) => (each === place ? byte ^ (1 << bit) : byte))
      assert.ok(refused(openBody(label, bent, verifier)))
      const foreign = openBody(label, signBody(label, said, SELLER.signer), verifier)
      assert.equal(foreign instanceof Refusal && foreign.code, 'bad-signature')
      const other = label === 'request' ? 'withdrawal' : 'request'
      const mistaken = openBody(other, string, verifier)
      assert.equal(mistaken instanceof Refusal && mistaken.code, 'bad-label')
    })
    fc.assert(property, { numRuns: 40 })
  })
}

const [OURS, THEIRS] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const raw = { handshake: new Uint8Array(68), extended: new Uint8Array(9) }
const transcript: Transcript = { initiator: raw, acceptor: { ...raw, extended: OURS } }
const channel = (weInitiated: boolean) => {
  const [own, other] = weInitiated ? [OURS, THEIRS] : [THEIRS, OURS]
  return must(openChannel(transcript, weInitiated, own, x25519PublicKey(other)))
}

/** What can become of a message on its way. */
type Fate = 'arrives' | 'dropped' | 'twice' | 'changed' | 'turned back'

test('a channel opens a message in its turn alone, as it was sealed', () => {
  const fates = fc.constantFrom<Fate>('arrives', 'dropped', 'twice', 'changed', 'turned back')
  const step = fc.record({ fate: fates, text: bytes(0, 40), at: fc.nat() })
  const property = fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
    const [buyer, seller] = [channel(true), channel(false)]
    let heard = 0
    for (const [number, { at, fate, text }] of steps.entries()) {
      const sealed = buyer.seal(text)
      // The first byte is the kind, by which another code is given.
      const place = 1 + (at % (sealed.length - 1))
      const bent = sealed.map((byte, each) => (each === place ? byte ^ 1 : byte))
      const coming = { arrives: [sealed], dropped: [], twice: [sealed, sealed] }
      const rest = { changed: [bent], 'turned back': [seller.seal(text)] }
      const arriving: readonly Uint8Array[] = { ...coming, ...rest }[fate]
      for (const payload of arriving) {
        const opened = seller.open(payload)
        const itself = fate === 'arrives' || fate === 'twice'
        // The seller counts what it tries to open, the buyer what it seals.
        if (itself && heard === number) assert.deepEqual(must(opened), text)
        else assert.equal(opened instanceof Refusal && opened.code, 'seal-broken')
        heard++
      }
    }
  })
  fc.assert(property, { numRuns: 300 })
})
