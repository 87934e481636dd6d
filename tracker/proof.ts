/**
 * The proof of an announced address: the tracker connects there and meets the member as another
 * member would, up to its hello (design §3.2, D15).
 *
 * The hello is signed by the member's own key over both sides' handshakes, and ours has a fresh
 * nonce: whoever answers holds that key now, at that address. It cannot be relayed for another
 * member, since the hello proves its signer alone. Nothing is asked for and our own hello never
 * follows, so to the member this is a stranger that hung up.
 */
import { connect } from 'node:net'
import { concat, fromHex, fromText, readU32, toHex, u32 } from '../shared/bytes.js'
import { refused } from '../shared/errors.js'
import { x25519PublicKey } from '../shared/hpke.js'
import type { Cid, Uid } from '../shared/identifier.js'
import { ed25519PublicKey } from '../shared/keys.js'
import { PROOF_MAX_BYTES, PROOF_TIMEOUT_MS } from '../shared/tracker-limits.js'
import { DAY_MS } from '../shared/units.js'
import { encodeValue } from '../shared/wire/bencode.js'
import { checkHello, type RawHandshakes } from '../shared/wire/channel.js'
import { EXTENDED_ID, Framer, PROTOCOL } from '../shared/wire/frame.js'
import { EXTENSION_NAME } from '../shared/wire/messages.js'
import type { Authority } from './authority.js'
import type { Tracker } from './tracker.js'

/** Where a member says that it can be reached. */
export interface Address {
  /** An IP address. */
  readonly host: string
  readonly port: number
}

/** Who should answer there, and for which content. */
export interface Claimant {
  readonly cid: Cid
  /** Number of pieces of the content. */
  readonly pieces: number
  /** The member's raw Ed25519 public key. */
  readonly key: Uint8Array
}

/** Whether the member answers at the address; false when the signal ends it. Never throws. */
export type Prove = (address: Address, claimant: Claimant, signal: AbortSignal) => Promise<boolean>

/** What a prover is made of. */
export type Prover = (deps: Pick<Tracker, 'authority' | 'now' | 'random'>) => Prove

/** Reserved bits of BEP 3: extensions (BEP 10) and fast (BEP 6), which a paid trade needs. */
const RESERVED = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x04])
const PEER_ID_PREFIX = fromText('-FG0000-')
/** BEP 10 id under which we take the extension's messages; 0 is the handshake. */
const HELLO_ID = 1
const PREFIX_BYTES = 4

/** A prover over TCP. */
export const proveByConnecting: Prover = ({ authority, now, random }) => {
  const introduce = introducer(authority, now, random)
  return (address, claimant, signal) => {
    const ours = introduce(claimant.cid)
    const meeting = new Meeting(ours, claimant, authority)
    return converse(address, greeting(ours), (chunk) => meeting.hear(chunk), signal)
  }
}

/**
 * Our handshakes. The certificate is a member's, or nobody would say hello; its private key is
 * thrown away where it is made, so it can serve nobody for anything else.
 */
function introducer(
  authority: Authority,
  now: () => number,
  random: (bytes: number) => Uint8Array,
): (cid: Cid) => RawHandshakes {
  let leaf = new Uint8Array(0)
  let staleMs = Number.NEGATIVE_INFINITY
  const certificate = (): Uint8Array => {
    if (now() < staleMs) return leaf
    const subject = { uid: toHex(random(16)) as Uid, key: ed25519PublicKey(random(32)) }
    leaf = new Uint8Array(authority.certify(subject, random(16), now()).der)
    staleMs = now() + DAY_MS
    return leaf
  }
  return (cid) => {
    const infoHash = fromHex(cid) ?? new Uint8Array(20)
    const { issuing } = authority
    const keys = { nonce: random(32), key: x25519PublicKey(random(32)) }
    const entry = { v: [1], leaf: certificate(), issuing, ...keys }
    return {
      handshake: concat(PROTOCOL, RESERVED, infoHash, PEER_ID_PREFIX, random(12)),
      extended: encodeValue({ floodgate: entry, m: { [EXTENSION_NAME]: HELLO_ID } }),
    }
  }
}

/** The bytes that open the conversation, and all that we ever say. */
function greeting({ handshake, extended }: RawHandshakes): Uint8Array {
  const message = concat(new Uint8Array([EXTENDED_ID, 0]), extended)
  return concat(handshake, u32(message.length), message)
}

/** What a member says up to its hello. */
class Meeting {
  readonly #ours: RawHandshakes
  readonly #claimant: Claimant
  readonly #authority: Authority
  readonly #framer: Framer
  #bytesLeft = PROOF_MAX_BYTES

  constructor(ours: RawHandshakes, claimant: Claimant, authority: Authority) {
    this.#ours = ours
    this.#claimant = claimant
    this.#authority = authority
    this.#framer = new Framer(claimant.pieces)
  }

  /** Takes what came in: whether it is proved, or undefined while that is open. */
  hear(chunk: Uint8Array): boolean | undefined {
    this.#bytesLeft -= chunk.length
    if (this.#bytesLeft < 0) return false
    const greeted = this.#framer.handshake !== undefined
    const passed = this.#framer.feed(chunk)
    if (refused(passed)) return false
    // The handshake of BEP 3 passes alone; whatever follows has a length in front.
    const messages = greeted ? passed : passed.slice(1)
    const hello = messages.flatMap(split).find(([id, kind]) => id === EXTENDED_ID && kind !== 0)
    return hello && this.#judge(hello.subarray(2))
  }

  #judge(hello: Uint8Array): boolean {
    const { handshake, extended } = this.#framer
    if (handshake === undefined || extended === undefined) return false
    const { cid, key } = this.#claimant
    const { fingerprint } = this.#authority
    const transcript = { initiator: this.#ours, acceptor: { handshake, extended } }
    return !refused(checkHello(hello, transcript, { cid, weInitiated: true, fingerprint, key }))
  }
}

/** Whole messages, without their lengths; keep-alives are empty. */
function split(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + PREFIX_BYTES + readU32(bytes, at)
    messages.push(bytes.subarray(at + PREFIX_BYTES, end))
    at = end
  }
  return messages
}

/** One connection within PROOF_TIMEOUT_MS: says its piece, hears until the answer is known. */
function converse(
  { host, port }: Address,
  words: Uint8Array,
  hear: (chunk: Uint8Array) => boolean | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (proved: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(proved)
    }
    const timer = setTimeout(() => end(false), PROOF_TIMEOUT_MS)
    // Nothing that a tracker which stops has to wait for.
    timer.unref()
    socket.unref()
    signal.addEventListener('abort', () => end(false), { once: true })
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('connect', () => socket.write(words))
    socket.on('data', (chunk) => {
      const answer = hear(chunk)
      if (answer !== undefined) end(answer)
    })
  })
}
