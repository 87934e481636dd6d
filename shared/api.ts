/**
 * The signed API between a member and the tracker, `/fg/v1` (paper §III.B, C, F; design D17).
 *
 * A call is one POST whose body is `uid (16) | signed string`, or for registration
 * `public key (32) | signed string`; a claim's whole body is sealed to the provider (HPKE). The
 * payload of every call begins with the same head: counter, nonce, time and a fresh X25519 key for
 * the answer.
 * The answer is a signed string that repeats call and nonce, refusals included; to a sealed call
 * it is sealed to the reply key.
 */
import { concat, fromText } from './bytes.js'
import type { Label } from './crypto.js'
import { type Refusal, refuse } from './errors.js'
import type { Cid, Rid, Uid } from './identifier.js'
import { idBytes } from './identifier.js'
import {
  ASKED_MAX_COUNT,
  INVITATION_BYTES,
  MEMBER_NAME_MAX_BYTES,
  PAGE_MAX_BYTES,
  PEER_LIST_MAX_COUNT,
  REQUEST_MAX_BYTES,
  REVOCATIONS_MAX_COUNT,
  RUN_MAX_PIECES,
  SUPPLEMENT_PIECES_MAX_COUNT,
  SUPPLEMENTS_MAX_COUNT,
  WINDOW_MAX_PIECES,
} from './limits.js'

import {
  amountField,
  blob,
  bytes,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/** Calls by label: path below /fg/v1, and whether body and answer are sealed. */
export const CALLS = {
  register: { path: '/fg/v1/register', sealed: false },
  renew: { path: '/fg/v1/renew', sealed: false },
  purchase: { path: '/fg/v1/purchase', sealed: false },
  announce: { path: '/fg/v1/announce', sealed: false },
  pages: { path: '/fg/v1/pages', sealed: false },
  claim: { path: '/fg/v1/claim', sealed: true },
  account: { path: '/fg/v1/account', sealed: true },
  refund: { path: '/fg/v1/refund', sealed: false },
  cases: { path: '/fg/v1/cases', sealed: false },
  complain: { path: '/fg/v1/complain', sealed: false },
  respond: { path: '/fg/v1/respond', sealed: false },
  mail: { path: '/fg/v1/mail', sealed: true },
  redeem: { path: '/fg/v1/redeem', sealed: true },
  payout: { path: '/fg/v1/payout', sealed: true },
  payouts: { path: '/fg/v1/payouts', sealed: true },
  postings: { path: '/fg/v1/statement', sealed: true },
} as const satisfies Partial<Record<Label, { path: string; sealed: boolean }>>
/** Name of a call. */
export type Call = keyof typeof CALLS

/** What every call begins with. */
export const head = {
  /** Above every earlier call of this uid; 0 for register, which is idempotent by its key. */
  counter: int(),
  nonce: bytes(16),
  /** Milliseconds of the tracker's time as the caller reckons it. */
  time: int(),
  /** X25519 public key that the answer may be sealed to. */
  reply: bytes(32),
}

/** Signed by the new key itself, which proves possession (§III.B). */
export const RegisterCall = record({
  ...head,
  name: text(MEMBER_NAME_MAX_BYTES),
  key: bytes(32),
  /** A code that the provider gave out. */
  invitation: optional(bytes(INVITATION_BYTES)),
})
export type RegisterCall = TypeOf<typeof RegisterCall>

/** Asks for a fresh certificate of the same key and uid. */
export const RenewCall = record({ ...head })

/**
 * Buys a content on the terms whose digest is named, or pieces of one that was bought before (D8);
 * `id` makes asking again free of charge.
 */
export const PurchaseCall = record({
  ...head,
  id: bytes(16),
  cid: hexId<Cid>(20),
  terms: bytes(32),
  /** The scheme's order. */
  order: blob(4096),
  /** Ascending: a supplementary grant for these pieces, at the reward alone. */
  only: optional(indexes(SUPPLEMENT_PIECES_MAX_COUNT)),
  /** Open supplementary grants that pay none of these pieces any more: they are not returned. */
  used: optional(list(hexId<Rid>(16), SUPPLEMENTS_MAX_COUNT)),
})
export type PurchaseCall = TypeOf<typeof PurchaseCall>

/** Says where this member can be reached; with `rid` it asks for that grant's peer list. */
export const AnnounceCall = record({
  ...head,
  cid: hexId<Cid>(20),
  rid: optional(hexId<Rid>(16)),
  port: int(1, 65535),
  /** Bytes left to download; 0 for a seeder. */
  left: int(),
  /** `started`, `completed`, `stopped`, or empty (BEP 3). */
  event: text(16),
  /** Grants under which this seller was asked for pieces, each told once (D5). */
  asked: optional(list(hexId<Rid>(16), ASKED_MAX_COUNT)),
})
export type AnnounceCall = TypeOf<typeof AnnounceCall>

/**
 * Asks for pages of a grant's hash list (§III.E); the buyer's signed request that names the caller
 * as its seller shows that the caller is about to need them.
 */
export const PagesCall = record({
  ...head,
  rid: hexId<Rid>(16),
  /** The signed string `request`. */
  request: blob(REQUEST_MAX_BYTES),
  /** Pieces of that request whose pages the caller lacks. */
  pieces: indexes(RUN_MAX_PIECES),
})
export type PagesCall = TypeOf<typeof PagesCall>

/** Asks for one's own balances. */
export const AccountCall = record({ ...head })

/** Payload of the signed string `answer`. */
export const Answer = record({
  call: text(16),
  nonce: bytes(16),
  time: int(),
  signer: bytes(32),
  /** `ok` or a code of shared/errors.ts. */
  code: text(32),
  detail: optional(text(512)),
  /** The call's own record when the code is `ok`. */
  body: optional(blob(8 * 1024 * 1024)),
})
export type Answer = TypeOf<typeof Answer>

export const RegisterAnswer = record({ uid: hexId<Uid>(16), certificate: blob(4096) })
export const RenewAnswer = record({ certificate: blob(4096) })
export const PurchaseAnswer = record({
  rid: hexId<Rid>(16),
  /** Whether the grant existed already, so that nothing was charged now. */
  again: int(0, 1),
  paid: amountField,
  /** What anyone may see of the grant: the scheme's own bytes (Floodgate: signed hash list). */
  open: blob(64 * 1024),
  /** The scheme's secret, signed and sealed to the reply key (Floodgate: the signed grant). */
  sealed: blob(64 * 1024),
  /** Signed peer list. */
  peers: blob(64 * 1024),
  /** Milliseconds until the next announce. */
  interval: int(),
})
export const AnnounceAnswer = record({
  interval: int(),
  /** Whether the tracker could connect to the announced address; absent while it does not know. */
  reached: optional(int(0, 1)),
  /** Signed peer list of the named grant. */
  peers: optional(blob(64 * 1024)),
  /** Number of the provider's newest list of revoked certificates. */
  revocations: int(),
  /** Cases of the caller's with news, and letters to it. */
  notices: int(),
  letters: int(),
})
export const PagesAnswer = record({
  /** Each page once; none for a scheme that has no pages. */
  pages: list(record({ page: int(), body: blob(PAGE_MAX_BYTES) }), RUN_MAX_PIECES),
})
export const AccountAnswer = record({
  name: text(MEMBER_NAME_MAX_BYTES),
  spendable: amountField,
  pending: amountField,
  /** Sum of what this member ever spent on contents, and earned. */
  spent: amountField,
  earned: amountField,
  /** What of `pending` waits for the provider's desk, and what of `earned` it withheld. */
  held: optional(amountField),
  withheld: optional(amountField),
  /** Rewards of the caller's grants that nobody has claimed. */
  escrow: optional(amountField),
  /** What was asked to be paid out and waits for the provider; and what it ever paid. */
  paying: optional(amountField),
  paidOut: optional(amountField),
})

/** `GET /fg/v1/time?nonce=HEX`: certificates (DER) and the signed string `time`. */
export const TimeAnswer = record({
  root: blob(4096),
  issuing: blob(4096),
  signing: blob(4096),
  time: blob(4096),
})
/** Payload of the signed string `time`. */
export const Time = record({
  nonce: bytes(16),
  time: int(),
  signer: bytes(32),
  /** The provider's X25519 key for sealed calls (D15). */
  seal: bytes(32),
  name: text(MEMBER_NAME_MAX_BYTES),
  /** Name of the currency's main unit. */
  currency: text(16),
})
export type Time = TypeOf<typeof Time>

/** Payload of the signed string `catalogue`, `GET /fg/v1/catalogue?q=TEXT`. */
export const Catalogue = record({
  time: int(),
  signer: bytes(32),
  query: text(256),
  contents: list(
    record({
      cid: hexId<Cid>(20),
      name: text(1024),
      size: int(),
      pieces: int(),
      files: int(),
      price: amountField,
      reward: amountField,
      n: int(1, WINDOW_MAX_PIECES),
      b: int(1, RUN_MAX_PIECES),
      mode: text(16),
      /** Members that can be fetched from now, and those of them that fetch themselves. */
      sellers: int(),
      downloaders: int(),
      /** Purchases in the last 24 hours, and in the last seven days. */
      day: int(),
      week: int(),
      /** Median seconds of the last downloads; absent while the tracker knows of none. */
      expected: optional(int()),
    }),
    1000,
  ),
})
export type Catalogue = TypeOf<typeof Catalogue>

/** Payload of the signed string `peers`: the sellers that a grant may use (§III.C, D5). */
export const PeerList = record({
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  buyer: hexId<Uid>(16),
  /** Rises with every list of this grant. */
  number: int(),
  time: int(),
  signer: bytes(32),
  sellers: list(
    record({ uid: hexId<Uid>(16), host: text(255), port: int(1, 65535) }),
    PEER_LIST_MAX_COUNT,
  ),
})
export type PeerList = TypeOf<typeof PeerList>

/** Payload of the signed string `revocations`, `GET /fg/v1/revocations` (D11). */
export const Revocations = record({
  /** Rises with every member that is revoked. */
  number: int(),
  /** When the list was signed. */
  time: int(),
  signer: bytes(32),
  /** Serials of the revoked members' certificates, until a day after each expired. */
  serials: list(bytes(16), REVOCATIONS_MAX_COUNT),
})
export type Revocations = TypeOf<typeof Revocations>

/** Joins a call's body from the caller's uid (or, to register, its key) and its signed string. */
export function callBody(caller: Uid | Uint8Array, signed: Uint8Array): Uint8Array {
  return concat(typeof caller === 'string' ? idBytes(caller) : caller, signed)
}

/** Splits a call's body; `leadBytes` is 16 for a uid, 32 for a key. Refuses a shorter body. */
export function splitCall(
  body: Uint8Array,
  leadBytes: 16 | 32,
): { lead: Uint8Array; signed: Uint8Array } | Refusal {
  if (body.length <= leadBytes) return refuse('malformed', 'the body of the call is too short')
  return { lead: body.subarray(0, leadBytes), signed: body.subarray(leadBytes) }
}

/** The HPKE `info` of what is sealed for a call: `floodgate/1 CALL` and the direction. */
export function sealInfo(call: Call | 'grant', towards: 'provider' | 'member'): Uint8Array {
  return fromText(`floodgate/1 ${call} to ${towards}`)
}
