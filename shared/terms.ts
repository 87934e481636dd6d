/**
 * The terms on which a content is sold: the signed `floodgate` dictionary of its torrent (D10).
 *
 * `info` says by `private` and `source` that a content is paid, so its cid says so too; what it
 * costs and who sells it stands here, signed by the provider's signing certificate, which travels
 * with it.
 */
import { amount } from './amount.js'
import { equal } from './bytes.js'
import { type Signer, sha256, signString } from './crypto.js'
import { type Refusal, refuse, refused } from './errors.js'
import type { Cid, Fingerprint } from './identifier.js'
import { type Keyring, openProviderString } from './keyring.js'
import {
  ANSWER_WINDOW_MAX_MS,
  ANSWER_WINDOW_MIN_MS,
  MARKS_MAX_COUNT,
  PAID_PIECES_MAX_COUNT,
  RUN_MAX_PIECES,
  WINDOW_MAX_PIECES,
} from './limits.js'
import type { Metainfo } from './metainfo.js'
import {
  amountField,
  bytes,
  decode,
  encode,
  hexId,
  int,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/**
 * How many may trade a content at a time: as many as like, or only so many that a buyer which never
 * pays cannot have the content from all of them together, p > n (s + d_p) (paper §V, D5).
 */
export const MODES = ['open', 'closed'] as const
export type Mode = (typeof MODES)[number]

/** Whether a text names a mode. */
export function isMode(text: string): text is Mode {
  return (MODES as readonly string[]).includes(text)
}

/**
 * Members that can trade a closed content at a time, sellers and buyers: the largest m with
 * pieces > n m; 0 when there is none.
 */
export function placesIn({ n, pieces }: Pick<Terms, 'n' | 'pieces'>): number {
  return Math.floor((pieces - 1) / n)
}

/**
 * Payload of the signed string `terms`. Times and windows in milliseconds, amounts in millionths.
 */
export const Terms = record({
  cid: hexId<Cid>(20),
  tracker: text(2048),
  price: amountField,
  reward: amountField,
  scheme: text(32),
  n: int(1, WINDOW_MAX_PIECES),
  b: int(1, RUN_MAX_PIECES),
  pieces: int(1, PAID_PIECES_MAX_COUNT),
  /** One of MODES; others are refused by `readTerms`. */
  mode: text(16),
  complaint: int(),
  /** How long the accused of a case may answer, from when it fetched the notice (D12). */
  answer: int(ANSWER_WINDOW_MIN_MS, ANSWER_WINDOW_MAX_MS),
  /** Marks, and the share of a member's counterparties in percent, beyond which its trade stops. */
  marks: int(1, MARKS_MAX_COUNT),
  share: int(1, 100),
  spend: int(),
  claim: int(),
  issued: int(),
  signer: bytes(32),
})
export type Terms = TypeOf<typeof Terms>

/** Terms that were verified: what they say, and the digest by which a purchase names them. */
export interface VerifiedTerms extends Terms {
  /** SHA-256 of the signed string. */
  readonly digest: Uint8Array
}

const SOURCE_PREFIX = 'floodgate:'
const TERMS_MAX_BYTES = 8192

/** The `source` mark that makes a cid say that it is paid: `floodgate:` and 64 hex digits. */
export function sourceMark(fingerprint: Fingerprint): string {
  return `${SOURCE_PREFIX}${fingerprint}`
}

/** Whether an info dictionary says that the content is paid, whoever the provider is. */
export function isPaid(metainfo: Metainfo): boolean {
  return metainfo.source?.startsWith(SOURCE_PREFIX) === true
}

/** Signs terms as the provider; the caller has set `signer` to its certificate's digest. */
export function signTerms(terms: Terms, signer: Signer): Uint8Array {
  return signString('terms', encode(Terms, terms), signer)
}

/**
 * Verifies a paid torrent's terms against the pinned provider.
 *
 * Refusals: wrong-provider (foreign mark), terms-missing (stripped), any of the signature's, or
 * terms-invalid when they do not fit the torrent or each other. Source: design D10.
 */
export function readTerms(metainfo: Metainfo, keyring: Keyring): VerifiedTerms | Refusal {
  if (metainfo.source !== sourceMark(keyring.fingerprint)) {
    return refuse('wrong-provider', 'the torrent belongs to another provider than the pinned one')
  }
  if (metainfo.floodgate === undefined) return refuse('terms-missing')
  const { terms: signed, signer } = metainfo.floodgate
  const known = keyring.add(signer)
  if (refused(known)) return known
  const payload = openProviderString('terms', signed, keyring, TERMS_MAX_BYTES)
  if (refused(payload)) return payload
  const terms = decode(Terms, payload, TERMS_MAX_BYTES)
  if (refused(terms)) return terms
  if (!metainfo.private || terms.cid !== metainfo.cid || terms.pieces !== metainfo.pieceCount) {
    return refuse('terms-invalid')
  }
  if (!isMode(terms.mode)) return refuse('terms-invalid', 'a mode that this program does not know')
  const rewards = amount(terms.reward * BigInt(terms.pieces))
  if (rewards > terms.price) return refuse('terms-invalid', 'the rewards exceed the price')
  return { ...terms, digest: sha256(signed) }
}

/** Whether two terms are the same signed string. */
export function sameTerms(a: VerifiedTerms, digestOfOther: Uint8Array): boolean {
  return equal(a.digest, digestOfOther)
}
