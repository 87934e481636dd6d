/**
 * Two members meet: certificates checked, keys derived, and each proves that the handshakes are its
 * own.
 *
 * Nothing is asked or served before both hellos verify (design §3.2).
 */
import type { KeyObject } from 'node:crypto'
import { toHex } from '../../shared/bytes.js'
import { type MemberCertificate, verifyMember } from '../../shared/certificate.js'
import type { Signer } from '../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import type { Cid, Uid } from '../../shared/identifier.js'
import { publicKeyFromRaw } from '../../shared/keys.js'
import { NONCES_MAX_COUNT } from '../../shared/limits.js'
import {
  type Channel,
  checkHello,
  makeHello,
  openChannel,
  readEntry,
  type Transcript,
} from '../../shared/wire/channel.js'
import type { HandshakeEntry } from '../../shared/wire/messages.js'

/** Who we are towards other members. */
export interface Identity {
  readonly uid: Uid
  /** Member and issuing certificate (DER). */
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
  readonly signer: Signer
}

/** What a handshake needs besides the connection. */
export interface HandshakeSettings {
  readonly identity: Identity
  readonly cid: Cid
  readonly root: Uint8Array
  readonly random: (bytes: number) => Uint8Array
  readonly trackerNow: () => number
  readonly nonces: Nonces
  /** Refuses members that are certified and yet not to be met. */
  readonly admit: (member: MemberCertificate) => Refusal | undefined
}

/** Nonces seen by this process; the oldest are forgotten first. */
export class Nonces {
  readonly #seen = new Set<string>()

  /** Whether the nonce is new; it is remembered. */
  take(nonce: Uint8Array): boolean {
    const hex = toHex(nonce)
    if (this.#seen.has(hex)) return false
    this.#seen.add(hex)
    if (this.#seen.size > NONCES_MAX_COUNT) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    return true
  }
}

/** A member whose hello verified. */
export interface Met {
  readonly uid: Uid
  readonly key: KeyObject
  readonly certificate: MemberCertificate
  /** The certificates (DER) as they were shown: the member's, and the one that it is under. */
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
}

/** One connection's handshake, step by step. */
export class PayHandshake {
  readonly entry: HandshakeEntry
  readonly #settings: HandshakeSettings
  readonly #privateKey: Uint8Array
  readonly #initiator: boolean
  #transcript: Transcript | undefined
  #member: MemberCertificate | undefined
  #entry: HandshakeEntry | undefined

  constructor(settings: HandshakeSettings, initiator: boolean) {
    this.#settings = settings
    this.#initiator = initiator
    this.#privateKey = settings.random(32)
    const { leaf, issuing } = settings.identity
    const nonce = settings.random(32)
    settings.nonces.take(nonce)
    this.entry = { v: [1], leaf, issuing, nonce, key: x25519PublicKey(this.#privateKey) }
  }

  /**
   * Both raw handshakes are here: checks the peer's certificate and that it is not revoked; gives
   * the channel and our hello.
   */
  begin(transcript: Transcript): { channel: Channel; hello: Uint8Array } | Refusal {
    const { identity, cid, root, trackerNow, nonces, admit } = this.#settings
    const remote = this.#initiator ? transcript.acceptor : transcript.initiator
    const entry = readEntry(remote.extended)
    if (refused(entry)) return entry
    const chain = { leaf: entry.leaf, issuing: entry.issuing, root, nowMs: trackerNow() }
    const member = verifyMember(chain)
    if (refused(member)) return member
    if (member.uid === identity.uid) return refuse('own-uid')
    const unwanted = admit(member)
    if (unwanted !== undefined) return unwanted
    if (!nonces.take(entry.nonce)) return refuse('nonce-repeated')
    const channel = openChannel(transcript, this.#initiator, this.#privateKey, entry.key)
    if (refused(channel)) return channel
    this.#transcript = transcript
    this.#member = member
    this.#entry = entry
    return { channel, hello: makeHello(transcript, cid, this.#initiator, identity.signer) }
  }

  /** The peer's first message; gives who it is. */
  finish(payload: Uint8Array): Met | Refusal {
    const { identity, cid } = this.#settings
    const [certificate, entry, transcript] = [this.#member, this.#entry, this.#transcript]
    if (certificate === undefined || entry === undefined || transcript === undefined) {
      return refuse('hello-expected')
    }
    const key = certificate.publicKey
    const { fingerprint } = identity.signer
    const expected = { cid, weInitiated: this.#initiator, fingerprint, key }
    const refusal = checkHello(payload, transcript, expected)
    if (refusal !== undefined) return refusal
    const { leaf, issuing } = entry
    return { uid: certificate.uid, key: publicKeyFromRaw(key), certificate, leaf, issuing }
  }
}
