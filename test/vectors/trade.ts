/**
 * The words of a trade: what buyer and seller say to each other in the vectors of their machines.
 */
import { concat, u32 } from '../../shared/bytes.js'
import { type Signer, sha256 } from '../../shared/crypto.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceHash } from '../../shared/metainfo.js'
import type { Progress } from '../../shared/schemes/scheme.js'
import {
  encodeMessage,
  type Message,
  type MessageOf,
  type PeerLabel,
  type SignedBody,
  signBody,
} from '../../shared/wire/messages.js'
import { pageFor, step, tokenOf } from './claim-parts.js'
import {
  alice,
  buyer,
  CID,
  ISSUED,
  METAINFO,
  NOW,
  PIECE_BYTES,
  PROVIDER,
  p,
  peers,
  RID,
} from './world.js'

/** A step's time: so many seconds after the beginning. */
export const at = (seconds: number): number => NOW + 1000 * seconds
const parties = { rid: RID, buyer: buyer.uid, seller: alice.uid }

/** A message as it comes in at a time. */
export function comes(message: Message, now = NOW) {
  return { on: message.name, message: encodeMessage(message), now }
}

/** A signed message with a body that departs from an honest one where it says so. */
function signed<L extends Exclude<PeerLabel, 'hello'>>(
  name: L,
  body: SignedBody<L>,
  signer: Signer,
  label: PeerLabel = name,
) {
  const string = signBody(label, body as never, signer)
  return comes({ name, rid: RID, signed: string } as Message)
}

export function open(change: Partial<MessageOf<'open'>> = {}, now = NOW) {
  const books = { k: 0, counter: 0, signers: [PROVIDER.signing], opening: ISSUED.open }
  const message = { name: 'open', rid: RID, scheme: 'floodgate', peers: peers(), ...books } as const
  return comes({ ...message, ...change }, now)
}

export const page = (piece: number, body = pageFor(piece)) =>
  comes({ name: 'page', rid: RID, page: Math.floor(piece / 256), body })

/** A signed request, as the buyer's machine signs it too. */
export function requestBytes(counter: number, pieces: readonly number[], time = NOW, change = {}) {
  const body = { ...parties, cid: CID, counter, pieces: pieces.map(p), time, ...change }
  return signBody('request', body, buyer.signer)
}

export const request = (
  counter: number,
  pieces: readonly number[],
  change: object = {},
  signer = buyer.signer,
  label: PeerLabel = 'request',
) => {
  const body = { ...parties, cid: CID, counter, pieces: pieces.map(p), time: NOW, ...change }
  return signed('request', body, signer, label)
}

export const block = (piece: number, offset = 0, length = PIECE_BYTES) => ({
  ...{ on: 'block', piece, offset, length, now: NOW },
})

export const token = (k: number, piece: number, bytes = tokenOf(piece)) =>
  comes({ name: 'token', rid: RID, k, piece: p(piece), token: bytes })

/** Where payments to a seller stand after these pieces. */
export function progressOf(pieces: readonly number[], seller = alice): Progress {
  let progress: Progress | undefined
  for (const piece of pieces) {
    progress = step(seller.uid, progress, { step: 'token', piece: p(piece) }).progress
  }
  return progress as Progress
}

/** The signed payment for these pieces. */
export const paymentBytes = (pieces: readonly number[], seller = alice): Uint8Array =>
  step(seller.uid, progressOf(pieces, seller), { step: 'payment' }).bytes

export const payment = (k: number, body: Uint8Array) =>
  comes({ name: 'payment', rid: RID, k, body })

export const resend = (piece: number) => comes({ name: 'resend', rid: RID, piece: p(piece) })

/** A signed withdrawal, as the buyer's machine signs it too. */
export const withdrawalBytes = (counter: number, pieces: readonly number[], time = NOW) =>
  signBody('withdrawal', { ...parties, counter, pieces: pieces.map(p), time }, buyer.signer)

export const withdrawal = (
  counter: number,
  pieces: readonly number[],
  change: object = {},
  signer = buyer.signer,
) => {
  const body = { ...parties, counter, pieces: pieces.map(p), time: NOW, ...change }
  return signed('withdrawal', body, signer)
}

// What the seller says.

export function state(change: Partial<MessageOf<'state'>> = {}, now = NOW) {
  const books = { k: 0, counter: 0, signed: 0, window: 1, open: [], owed: [] as PieceIndex[] }
  const rest = { pages: new Uint8Array(0), payments: [] }
  return comes({ name: 'state', rid: RID, ...books, ...rest, ...change }, now)
}

export function statement(
  requested: Uint8Array,
  pieces: readonly number[],
  change: object = {},
  signer = alice.signer,
) {
  const hashes = concat(...pieces.map((piece) => pieceHash(METAINFO, p(piece))))
  const body = { ...parties, request: sha256(requested), hashes, ...change }
  return signed('statement', body, signer)
}

export function receipt(
  k: number,
  paid: Uint8Array,
  change: object = {},
  signer = alice.signer,
  label: PeerLabel = 'receipt',
) {
  const body = { ...parties, k, payment: sha256(paid), window: 2, time: NOW, ...change }
  return signed('receipt', body, signer, label)
}

export const release = (
  counter: number,
  pieces: readonly number[],
  change: object = {},
  signer = alice.signer,
) => signed('release', { ...parties, counter, pieces: pieces.map(p), time: NOW, ...change }, signer)

export const refusal = (
  counter: number,
  code: string,
  change: object = {},
  signer = alice.signer,
) => signed('refusal', { ...parties, counter, code, time: NOW, ...change }, signer)

export const retry = (k: number, code = 'bad-token') => comes({ name: 'retry', rid: RID, k, code })

/** Another chain: four bytes that no grant has. */
export const noChain = sha256(u32(0))
