/**
 * The keys of one connection, and the proof that the handshakes belong to certified members.
 *
 * Both sides derive two keys, one per direction, from an ephemeral X25519 exchange bound to both
 * raw handshakes; every message after the hello is AES-256-GCM under its direction's key with the
 * message's sequence number, so an altered, replayed, dropped or reordered message does not open
 * (design §3.2).
 */
import { concat, equal, fromText, u32 } from '../bytes.js'
import { aeadOpen, aeadSeal, digest, type Signer } from '../crypto.js'
import { assert, type Refusal, refuse, refused } from '../errors.js'
import { hkdf, x25519 } from '../hpke.js'
import type { Cid, Fingerprint } from '../identifier.js'
import { publicKeyFromRaw } from '../keys.js'
import { EXTENSION_MAX_BYTES } from '../limits.js'
import { ExtendedHandshake, type HandshakeEntry, openBody, signBody } from './messages.js'
import { decode } from './record.js'

/** One side's handshakes as they crossed the wire: 68 bytes of BEP 3, the BEP 10 payload. */
export interface RawHandshakes {
  readonly handshake: Uint8Array
  readonly extended: Uint8Array
}

/** Both sides' handshakes. */
export interface Transcript {
  readonly initiator: RawHandshakes
  readonly acceptor: RawHandshakes
}

/** The one kind in the clear, and the sealed kind. */
const KIND = { hello: 0, sealed: 1 } as const

/**
 * Digest of both raw handshakes, the initiator's first (D15).
 *
 * Layout under the context `transcript`: handshake (68) | length of extended (u32) | extended,
 * twice.
 */
export function transcriptDigest(transcript: Transcript): Uint8Array {
  const { initiator, acceptor } = transcript
  return digest(
    'transcript',
    initiator.handshake,
    u32(initiator.extended.length),
    initiator.extended,
    acceptor.handshake,
    u32(acceptor.extended.length),
    acceptor.extended,
  )
}

/** Peer id in a 68-byte handshake (BEP 3). */
const peerId = (handshake: Uint8Array): Uint8Array => handshake.subarray(48, 68)

/** Our entry of a raw BEP 10 handshake; malformed when it is missing or wrong. */
export function readEntry(extended: Uint8Array): HandshakeEntry | Refusal {
  const read = decode(ExtendedHandshake, extended, EXTENSION_MAX_BYTES)
  if (refused(read)) return read
  if (!read.floodgate.v.includes(1)) return refuse('unsupported-version')
  return read.floodgate
}

function helloBody(transcript: Transcript, cid: Cid, initiator: boolean) {
  return {
    role: initiator ? 'initiator' : 'acceptor',
    cid,
    initiator: peerId(transcript.initiator.handshake),
    acceptor: peerId(transcript.acceptor.handshake),
    transcript: transcriptDigest(transcript),
  }
}

/** The first message: kind 0 | signed string `hello` of our role. */
export function makeHello(
  transcript: Transcript,
  cid: Cid,
  weInitiated: boolean,
  signer: Signer,
): Uint8Array {
  const signed = signBody('hello', helloBody(transcript, cid, weInitiated), signer)
  return concat(new Uint8Array([KIND.hello]), signed)
}

/** Verifies the peer's first message: hello-expected, the signature's codes, hello-mismatch. */
export function checkHello(
  payload: Uint8Array,
  transcript: Transcript,
  expected: { cid: Cid; weInitiated: boolean; fingerprint: Fingerprint; key: Uint8Array },
): undefined | Refusal {
  if (payload[0] !== KIND.hello) return refuse('hello-expected')
  const verifier = { fingerprint: expected.fingerprint, publicKey: publicKeyFromRaw(expected.key) }
  const hello = openBody('hello', payload.subarray(1), verifier)
  if (refused(hello)) return hello
  const want = helloBody(transcript, expected.cid, !expected.weInitiated)
  const same =
    hello.role === want.role &&
    hello.cid === want.cid &&
    equal(hello.initiator, want.initiator) &&
    equal(hello.acceptor, want.acceptor) &&
    equal(hello.transcript, want.transcript)
  return same ? undefined : refuse('hello-mismatch')
}

interface Direction {
  readonly key: Uint8Array
  readonly iv: Uint8Array
  /** Number of the next message; both sides count alike. */
  sequence: number
}

/** Seals what we send and opens what we receive; each call uses the next sequence number. */
export interface Channel {
  /** Kind 1 | ciphertext | tag. */
  seal(plaintext: Uint8Array): Uint8Array
  /** seal-broken when the bytes are not the peer's next message; out-of-state for another kind. */
  open(payload: Uint8Array): Uint8Array | Refusal
}

/** Nonce of a message: the direction's IV with the sequence number XORed into its last 6 bytes. */
function nonceOf(direction: Direction): Uint8Array {
  assert(direction.sequence < 2 ** 48, 'channel sequence exhausted')
  const nonce = new Uint8Array(direction.iv)
  let rest = direction.sequence
  for (let i = 11; i >= 6 && rest > 0; i--) {
    nonce[i] = (nonce[i] as number) ^ (rest % 256)
    rest = Math.floor(rest / 256)
  }
  direction.sequence += 1
  return nonce
}

/**
 * Derives a connection's keys.
 *
 * HKDF-SHA256 with the transcript digest as salt, the X25519 secret as input and info `floodgate/1
 * channel`, 88 bytes: key initiator to acceptor (32), key back (32), IV (12), IV back (12). Refuses
 * a peer key of small order as weak-key.
 */
export function openChannel(
  transcript: Transcript,
  weInitiated: boolean,
  ourPrivateKey: Uint8Array,
  theirPublicKey: Uint8Array,
): Channel | Refusal {
  const secret = x25519(ourPrivateKey, theirPublicKey)
  if (refused(secret)) return secret
  const keys = hkdf(transcriptDigest(transcript), secret, fromText('floodgate/1 channel'), 88)
  const there: Direction = { key: keys.slice(0, 32), iv: keys.slice(64, 76), sequence: 0 }
  const back: Direction = { key: keys.slice(32, 64), iv: keys.slice(76, 88), sequence: 0 }
  const [sending, receiving] = weInitiated ? [there, back] : [back, there]
  const kind = new Uint8Array([KIND.sealed])
  return {
    seal: (plaintext) => concat(kind, aeadSeal(sending.key, nonceOf(sending), kind, plaintext)),
    open: (payload) => {
      if (payload[0] !== KIND.sealed) return refuse('out-of-state', 'a second hello')
      return aeadOpen(receiving.key, nonceOf(receiving), kind, payload.subarray(1))
    },
  }
}
