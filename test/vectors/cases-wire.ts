/**
 * Two members meet, and talk under the keys of their connection.
 */
import { concat, fromText, toHex } from '../../shared/bytes.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import { type Encodable, encodeValue } from '../../shared/wire/bencode.js'
import {
  makeHello,
  openChannel,
  type Transcript,
  transcriptDigest,
} from '../../shared/wire/channel.js'
import { encodeMessage, Hello, type Message } from '../../shared/wire/messages.js'
import { encode } from '../../shared/wire/record.js'
import { bend, REQUEST } from './cases-bytes.js'
import { pageFor, tokenOf } from './claim-parts.js'
import { type Case, caseMaker, flip } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  certify,
  DAY,
  FINGERPRINT,
  FOREIGN,
  ISSUED,
  type Member,
  NOW,
  named,
  PROVIDER,
  p,
  peers,
  RID,
} from './world.js'

const RESERVED = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x04)
const keyOf = (side: string) => named(`${side} ephemeral`)

/** The 68 bytes of BEP 3. */
const handshakeOf = (side: string): Uint8Array =>
  concat(
    fromText('\x13BitTorrent protocol'),
    RESERVED,
    new Uint8Array(Buffer.from(CID, 'hex')),
    named(`${side} peer id`, 20),
  )

const entryOf = (side: string, { leaf }: Member, change: object = {}) => ({
  ...{ v: [1], leaf, issuing: PROVIDER.issuing, nonce: named(`${side} nonce`) },
  key: x25519PublicKey(keyOf(side)),
  ...change,
})

/** The payload of a BEP 10 handshake. */
const extendedOf = (side: string, member: Member, change: object = {}): Uint8Array =>
  encodeValue({ m: { floodgate: 1 }, floodgate: entryOf(side, member, change) } as Encodable)

function transcriptOf(initiator: object = {}, acceptor: object = {}): Transcript {
  return {
    initiator: {
      handshake: handshakeOf('initiator'),
      extended: extendedOf('initiator', buyer, initiator),
    },
    acceptor: {
      handshake: handshakeOf('acceptor'),
      extended: extendedOf('acceptor', alice, acceptor),
    },
  }
}

/** What one side of a connection knows when the other's first message has come. */
function inputOf(side: 'initiator' | 'acceptor', transcript: Transcript, first: Uint8Array) {
  const us = side === 'initiator' ? buyer : alice
  return {
    ...{ side, self: us.uid, seed: us.seed, leaf: us.leaf, fingerprint: FINGERPRINT },
    ...{ root: PROVIDER.root, privateKey: keyOf(side), nonce: named(`${side} nonce`) },
    ...{ seen: [], now: NOW, cid: CID, ...transcript, first },
  }
}

function handshakeCases(): Case[] {
  const make = caseMaker('handshake', '7.4')
  const plain = transcriptOf()
  const hers = makeHello(plain, CID, false, alice.signer)
  const his = makeHello(plain, CID, true, buyer.signer)
  const bad = (name: string, refuse: Case['refuse'], change: object) =>
    make(name, { ...inputOf('initiator', plain, hers), ...change }, refuse)
  /** The acceptor's entry is another one, and everything else fits it. */
  const entry = (name: string, refuse: Case['refuse'], change: object) => {
    const transcript = transcriptOf({}, change)
    const first = makeHello(transcript, CID, false, alice.signer)
    return make(name, inputOf('initiator', transcript, first), refuse)
  }
  const expired = certify(alice.uid, alice.publicKey, PROVIDER, { notAfterMs: NOW - DAY / 2 })
  const usage = flip(alice.leaf, -1)
  const own = certify(buyer.uid, alice.publicKey)
  return [
    make('the initiator meets the acceptor', inputOf('initiator', plain, hers)),
    make('the acceptor meets the initiator', inputOf('acceptor', plain, his)),
    entry('several versions', undefined, { v: [3, 2, 1] }),
    entry('no common version', 'unsupported-version', { v: [2] }),
    entry('no nonce', 'malformed', { nonce: new Uint8Array(0) }),
    entry('a foreign certificate', 'certificate-invalid', {
      leaf: certify(alice.uid, alice.publicKey, FOREIGN),
    }),
    entry('a forged certificate', 'certificate-invalid', { leaf: usage }),
    entry('an expired certificate', 'certificate-expired', { leaf: expired }),
    entry('our own uid', 'own-uid', { leaf: own }),
    entry('our own nonce', 'nonce-repeated', { nonce: named('initiator nonce') }),
    entry('an ephemeral key of zeros', 'weak-key', { key: new Uint8Array(32) }),
    bad('a nonce seen before', 'nonce-repeated', { seen: [named('acceptor nonce')] }),
    bad('no entry', 'malformed', {
      acceptor: { ...plain.acceptor, extended: encodeValue({ m: { floodgate: 1 } }) },
    }),
    bad('an entry that is not bencode', 'malformed', {
      acceptor: { ...plain.acceptor, extended: fromText('l-3:') },
    }),
    bad('a sealed message first', 'hello-expected', {
      first: Uint8Array.of(1, ...new Uint8Array(40)),
    }),
    bad('nothing in the first message', 'hello-expected', { first: new Uint8Array(0) }),
    ...helloCases(plain, bad),
  ]
}

/** Hellos that verify and say something else than what this side sees. */
function helloCases(
  plain: Transcript,
  bad: (name: string, refuse: Case['refuse'], change: object) => Case,
): Case[] {
  const [initiator, acceptor] = [named('initiator peer id', 20), named('acceptor peer id', 20)]
  const right = { role: 'acceptor', cid: CID, initiator, acceptor }
  const hello = (change: object, signer = alice.signer, label: 'hello' | 'request' = 'hello') => {
    const body = { ...right, transcript: transcriptDigest(plain), ...change }
    return {
      first: concat(Uint8Array.of(0), signString(label, encode(Hello, body as never), signer)),
    }
  }
  const other = transcriptDigest(transcriptOf({ nonce: named('another nonce') }))
  const theirs = { ...alice.signer, fingerprint: FOREIGN.signer.fingerprint }
  return [
    bad('a hello of another transcript', 'hello-mismatch', hello({ transcript: other })),
    bad('a hello in our role', 'hello-mismatch', hello({ role: 'initiator' })),
    bad('a hello for another content', 'hello-mismatch', hello({ cid: toHex(named('x', 20)) })),
    bad('a hello with another peer id', 'hello-mismatch', hello({ initiator: named('x', 20) })),
    bad('a hello signed by another member', 'bad-signature', hello({}, bob.signer)),
    bad('a hello under another label', 'bad-label', hello({}, alice.signer, 'request')),
    bad('a hello for another provider', 'wrong-provider', hello({}, theirs)),
    bad('our own hello, reflected', 'bad-signature', {
      first: makeHello(plain, CID, true, buyer.signer),
    }),
  ]
}

function channelCases(): Case[] {
  const make = caseMaker('channel', '7.7')
  const transcript = transcriptOf()
  const keys = { privateKey: keyOf('initiator'), peerKey: x25519PublicKey(keyOf('acceptor')) }
  const ours = { side: 'initiator', ...keys, ...transcript }
  const theirs = () =>
    must(openChannel(transcript, false, keyOf('acceptor'), x25519PublicKey(keyOf('initiator'))))
  const peer = theirs()
  const [first, second, third] = ['first', 'second', 'third'].map((t) => peer.seal(fromText(t)))
  const bad = (name: string, refuse: Case['refuse'], ...open: unknown[]) =>
    make(name, { ...ours, steps: open.map((bytes) => ({ open: bytes })) }, refuse)
  const mine = must(openChannel(transcript, true, keyOf('initiator'), keys.peerKey))
  const many = Array.from({ length: 300 }, (_, i) => ({ seal: Uint8Array.of(i & 0xff) }))
  return [
    make('both directions', {
      ...ours,
      steps: [
        { seal: fromText('to') },
        { open: first },
        { seal: fromText('fro') },
        { open: second },
      ],
    }),
    make('numbers beyond one byte', { ...ours, steps: many.slice(0, 258) }),
    bad('a message twice', 'seal-broken', first, first),
    bad('a message left out', 'seal-broken', second),
    bad('messages in another order', 'seal-broken', first, third),
    bad('an altered message', 'seal-broken', flip(first as Uint8Array, 3)),
    bad('an altered kind', 'out-of-state', flip(first as Uint8Array, 0)),
    bad('our own message, reflected', 'seal-broken', mine.seal(fromText('to'))),
    bad('a message of another connection', 'seal-broken', otherConnection()),
    bad('a second hello', 'out-of-state', makeHello(transcript, CID, false, alice.signer)),
    bad('shorter than its tag', 'seal-broken', Uint8Array.of(1, 2, 3)),
    make('an all-zero key', { ...ours, peerKey: new Uint8Array(32), steps: [] }, 'weak-key'),
  ]
}

/** The same members and keys, another nonce. */
function otherConnection(): Uint8Array {
  const transcript = transcriptOf({ nonce: named('another nonce') })
  const key = x25519PublicKey(keyOf('initiator'))
  return must(openChannel(transcript, false, keyOf('acceptor'), key)).seal(fromText('first'))
}

function messageCases(): Case[] {
  const make = caseMaker('message', '8.1')
  const signed = signString('request', REQUEST, buyer.signer)
  const books = { k: 1, counter: 2, signed: 1, window: 2, open: [2], owed: [p(257)] }
  const messages: Message[] = [
    {
      ...{ name: 'open', rid: RID, scheme: 'floodgate', k: 0, counter: 0, opening: ISSUED.open },
      ...{ peers: peers(), signers: [PROVIDER.signing] },
    },
    {
      ...{ name: 'state', rid: RID, ...books, pages: new Uint8Array(0) },
      payments: [{ piece: p(256), token: tokenOf(256) }],
    },
    { name: 'page', rid: RID, page: 1, body: pageFor(299) },
    { name: 'request', rid: RID, signed },
    { name: 'statement', rid: RID, signed },
    { name: 'token', rid: RID, k: 1, piece: p(256), token: tokenOf(256) },
    { name: 'payment', rid: RID, k: 1, body: signed },
    { name: 'receipt', rid: RID, signed },
    { name: 'resend', rid: RID, piece: p(256) },
    { name: 'withdrawal', rid: RID, signed },
    { name: 'release', rid: RID, signed },
    { name: 'refusal', rid: RID, signed },
    { name: 'retry', rid: RID, k: 3, code: 'bad-token' },
    { name: 'closing', code: 'goodbye' },
    { name: 'closing', code: 'bad-signature', rid: RID },
    { name: 'ping', number: 1 },
    { name: 'pong', number: 1 },
  ]
  const good = messages.map((message, i) =>
    make(`message ${message.name}${i === 14 ? ' about a grant' : ''}`, {
      bytes: encodeMessage(message),
    }),
  )
  const token = encodeMessage(messages[5] as Message)
  const bent = (change: Parameters<typeof bend>[1]) =>
    concat(token.subarray(0, 1), bend(token.subarray(1), change))
  const bad = (name: string, bytes: Uint8Array, refuse: Case['refuse'] = 'malformed') =>
    make(name, { bytes }, refuse)
  return [
    ...good,
    bad('an unknown type', Uint8Array.of(17, 0x64, 0x65)),
    bad('type 0', Uint8Array.of(0, 0x64, 0x65)),
    bad('nothing', new Uint8Array(0)),
    bad('a type alone', Uint8Array.of(6)),
    bad('l-3: as record', concat(Uint8Array.of(6), fromText('l-3:'))),
    bad('trailing junk', concat(token, fromText('e'))),
    bad('the record of another type', concat(Uint8Array.of(9), fromText('de'))),
    bad('a token without its piece', bent({ piece: undefined })),
    bad('payment number 0', bent({ k: 0 })),
    bad('a piece beyond any paid content', bent({ piece: 65_536 })),
    bad('a token too long', bent({ token: new Uint8Array(513) })),
    bad('ping number 0', concat(Uint8Array.of(15), fromText('d6:numberi0ee'))),
    bad('a record beyond its limit', concat(Uint8Array.of(3), new Uint8Array(65_537)), 'too-large'),
  ]
}

export const wireCases = (): Record<string, Case[]> => ({
  handshakes: handshakeCases(),
  channels: channelCases(),
  messages: messageCases(),
})
