/**
 * The extension's messages, one typed file (BEP 10 extension `floodgate`).
 *
 * On the wire a message is one byte of kind and a body: kind 0 is the signed hello, the only one in
 * the clear; kind 1 is everything else, sealed under the connection's keys (channel.ts). The sealed
 * plaintext is one byte of type and a bencoded record. Piece data never travels here: it goes as
 * ordinary BEP 3 blocks.
 */
import { concat } from '../bytes.js'
import { type Label, openString, type Signer, signString, type Verifier } from '../crypto.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../identifier.js'
import {
  EXTENSION_MAX_BYTES,
  MESSAGE_MAX_BYTES,
  OPEN_REQUESTS_MAX_COUNT,
  PAID_PIECES_MAX_COUNT,
  RUN_MAX_PIECES,
  STATE_PAYMENTS_MAX_COUNT,
  WINDOW_MAX_PIECES,
} from '../limits.js'
import {
  blob,
  bytes,
  decode,
  encode,
  type Field,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './record.js'

/** Name of the BEP 10 extension. */
export const EXTENSION_NAME = 'floodgate'

/** Our key in the BEP 10 handshake dictionary: `floodgate`. */
export const HandshakeEntry = record({
  /** Protocol versions spoken. */
  v: list(int(1, 255), 8),
  /** Member and issuing certificate, DER. */
  leaf: blob(4096),
  issuing: blob(4096),
  nonce: bytes(32),
  /** Ephemeral X25519 public key. */
  key: bytes(32),
})
export type HandshakeEntry = TypeOf<typeof HandshakeEntry>
/** The part of a BEP 10 handshake that we read. */
export const ExtendedHandshake = record({ floodgate: HandshakeEntry })

/** Payload of the signed string `hello`: the handshakes belong to the certified member (D15). */
export const Hello = record({
  /** `initiator` or `acceptor`. */
  role: text(9),
  cid: hexId<Cid>(20),
  initiator: bytes(20),
  acceptor: bytes(20),
  transcript: bytes(32),
})

/** Payload of the signed string `request`: a run of pieces (§III.D, D6). */
export const Request = record({
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  buyer: hexId<Uid>(16),
  seller: hexId<Uid>(16),
  /** Above every earlier one of this grant and seller; never reused. */
  counter: int(1),
  pieces: indexes(RUN_MAX_PIECES),
  time: int(),
})
export type Request = TypeOf<typeof Request>

/** Payload of the signed string `statement`: the hashes the seller will deliver (§III.D). */
export const Statement = record({
  rid: hexId<Rid>(16),
  buyer: hexId<Uid>(16),
  seller: hexId<Uid>(16),
  /** SHA-256 of the signed request. */
  request: bytes(32),
  /** The metainfo's SHA-1 of each piece of the run, in its order. */
  hashes: blob(RUN_MAX_PIECES * 20),
})

/** Payload of the signed string `receipt`: PaymentOK (§III.E). */
export const Receipt = record({
  rid: hexId<Rid>(16),
  buyer: hexId<Uid>(16),
  seller: hexId<Uid>(16),
  k: int(1),
  /** SHA-256 of the scheme's payment that checked out. */
  payment: bytes(32),
  /** Unpaid pieces the seller allows from now on. */
  window: int(0, WINDOW_MAX_PIECES),
  time: int(),
})

/** Payload of the signed strings `withdrawal` (buyer) and `release` (seller), D7. */
export const Withdrawal = record({
  rid: hexId<Rid>(16),
  buyer: hexId<Uid>(16),
  seller: hexId<Uid>(16),
  counter: int(1),
  pieces: indexes(RUN_MAX_PIECES),
  time: int(),
})

/** Payload of the signed string `refusal`: ends a request (its counter) or the opening (0). */
export const RefusalNote = record({
  rid: hexId<Rid>(16),
  buyer: hexId<Uid>(16),
  seller: hexId<Uid>(16),
  counter: int(),
  code: text(32),
  time: int(),
})

const rid = hexId<Rid>(16)
const pieceIndex = int(0, PAID_PIECES_MAX_COUNT - 1) as Field<
  PieceIndex & number
> as Field<PieceIndex>
const signed = blob(MESSAGE_MAX_BYTES)

/** Records by message name; the order gives the type byte, from 1. */
const BODIES = {
  /** Buyer: introduces a grant, or takes it up again after a reconnect. */
  open: record({
    rid,
    scheme: text(32),
    /** Where the buyer's books stand with this seller. */
    k: int(),
    counter: int(),
    /** Signed peer list that names the seller. */
    peers: signed,
    /** Signing certificates (DER) behind the signed strings. */
    signers: list(blob(4096), 4),
    /** The scheme's opening. */
    opening: blob(MESSAGE_MAX_BYTES),
  }),
  /** Seller: where its own books stand. */
  state: record({
    rid,
    k: int(),
    counter: int(),
    /** Counter that the latest payment signature covers. */
    signed: int(),
    window: int(0, WINDOW_MAX_PIECES),
    /** Counters of requests that are still open. */
    open: list(int(1), OPEN_REQUESTS_MAX_COUNT),
    /** Pieces delivered and not paid, forgiven ones among them: n + b - 1 at most. */
    owed: indexes(WINDOW_MAX_PIECES + RUN_MAX_PIECES),
    /** Bit i of byte j: page 8j+i is held already. */
    pages: blob(256),
    /** Payments beyond the buyer's k, oldest first. */
    payments: list(record({ piece: pieceIndex, token: blob(512) }), STATE_PAYMENTS_MAX_COUNT),
  }),
  /** Buyer: what the seller must hold to check payments (Floodgate: a hash-list page). */
  page: record({ rid, page: int(), body: blob(EXTENSION_MAX_BYTES) }),
  request: record({ rid, signed }),
  statement: record({ rid, signed }),
  /** Buyer: pays one piece, as payment number k to this seller. */
  token: record({ rid, k: int(1), piece: pieceIndex, token: blob(512) }),
  /** Buyer: the signature that names the payee and covers everything up to k. */
  payment: record({ rid, k: int(1), body: blob(4096) }),
  receipt: record({ rid, signed }),
  /** Buyer: the piece failed its hash; send it again within the same debt (§IV.B). */
  resend: record({ rid, piece: pieceIndex }),
  withdrawal: record({ rid, signed }),
  release: record({ rid, signed }),
  refusal: record({ rid, signed }),
  /** Seller: the payment after k did not check out; send what follows k again (§III.E). */
  retry: record({ rid, k: int(), code: text(32) }),
  /** Either: why this side closes the connection. */
  closing: record({ code: text(32), rid: optional(rid) }),
  /** Either: asks how long the way takes; the other answers at once, before anything else. */
  ping: record({ number: int(1) }),
  /** Either: answers the ping of that number. */
  pong: record({ number: int(1) }),
} as const

/** Name of a sealed message. */
export type MessageName = keyof typeof BODIES
const NAMES = Object.keys(BODIES) as MessageName[]

/** A sealed message: its name and its record. */
export type Message = {
  [N in MessageName]: { readonly name: N } & TypeOf<(typeof BODIES)[N]>
}[MessageName]
/** One message by its name. */
export type MessageOf<N extends MessageName> = Extract<Message, { name: N }>

/** Plaintext of a message: type byte (1 for `open`, in the table's order) | bencoded record. */
export function encodeMessage(message: Message): Uint8Array {
  const { name, ...body } = message
  const type = NAMES.indexOf(name) + 1
  return concat(new Uint8Array([type]), encode(BODIES[name] as never, body as never))
}

/** Reads a message's plaintext; malformed when the type is unknown or the record is not right. */
export function decodeMessage(plaintext: Uint8Array): Message | Refusal {
  const name = NAMES[(plaintext[0] ?? 0) - 1]
  if (name === undefined) return refuse('malformed', `message type ${plaintext[0]}`)
  const body = decode(BODIES[name] as never, plaintext.subarray(1), EXTENSION_MAX_BYTES) as
    | object
    | Refusal
  if (refused(body)) return body
  return { name, ...body } as Message
}

/** The signed strings that peers exchange, by label. */
const SIGNED = {
  hello: Hello,
  request: Request,
  statement: Statement,
  receipt: Receipt,
  withdrawal: Withdrawal,
  release: Withdrawal,
  refusal: RefusalNote,
} as const satisfies Partial<Record<Label, unknown>>
/** Label of a signed string between peers. */
export type PeerLabel = keyof typeof SIGNED
/** Payload of a signed string between peers. */
export type SignedBody<L extends PeerLabel> = TypeOf<(typeof SIGNED)[L]>

/** Signs a record under its label. */
export function signBody<L extends PeerLabel>(
  label: L,
  body: SignedBody<L>,
  signer: Signer,
): Uint8Array {
  return signString(label, encode(SIGNED[label] as never, body as never), signer)
}

/** Verifies a signed string and decodes its record; refusals as openString, then malformed. */
export function openBody<L extends PeerLabel>(
  label: L,
  string: Uint8Array,
  verifier: Verifier,
): SignedBody<L> | Refusal {
  const payload = openString(label, string, verifier, MESSAGE_MAX_BYTES)
  if (refused(payload)) return payload
  return decode(SIGNED[label] as never, payload, MESSAGE_MAX_BYTES) as SignedBody<L> | Refusal
}
