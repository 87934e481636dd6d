/**
 * The bytes of the scheme `iou`: the provider's credit note, the buyer's cumulative IOU, the claim.
 *
 * Another shape than Floodgate's on purpose: nothing is secret, there is no token to reveal and no
 * list to fetch; what pays for a piece is a signature over all pieces so far.
 */
import type { KeyObject } from 'node:crypto'
import { u32 } from '../../../shared/bytes.js'
import { digest, openString } from '../../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import {
  type Cid,
  type Fingerprint,
  idBytes,
  type PieceIndex,
  type Rid,
  type Uid,
} from '../../../shared/identifier.js'
import { type Keyring, openProviderString } from '../../../shared/keyring.js'
import { PAID_PIECES_MAX_COUNT } from '../../../shared/limits.js'
import type { GrantFacts, Progress } from '../../../shared/schemes/scheme.js'
import {
  amountField,
  blob,
  bytes,
  decode,
  hexId,
  indexes,
  int,
  record,
  type TypeOf,
} from '../../../shared/wire/record.js'

const NOTE_MAX_BYTES = 1024
const IOU_MAX_BYTES = 512
/** Four bytes a piece, and the IOU. */
export const CLAIM_MAX_BYTES = 4 * PAID_PIECES_MAX_COUNT + 1024

/** Payload of the signed string `grant`: the credit that the provider vouches for. */
export const Note = record({
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  buyer: hexId<Uid>(16),
  pieces: int(1, PAID_PIECES_MAX_COUNT),
  reward: amountField,
  n: int(1),
  b: int(1),
  issued: int(),
  spendUntil: int(),
  claimUntil: int(),
  signer: bytes(32),
})

/** Payload of the signed string `payment`: "I owe this seller k pieces, these". */
export const Iou = record({
  rid: hexId<Rid>(16),
  seller: hexId<Uid>(16),
  k: int(1),
  /** Digest of the pieces in payment order. */
  pieces: bytes(32),
})
export type Iou = TypeOf<typeof Iou>

/** The last IOU with the pieces it covers, from the first. */
export const Claim = record({
  rid: hexId<Rid>(16),
  seller: hexId<Uid>(16),
  pieces: indexes(PAID_PIECES_MAX_COUNT),
  iou: blob(IOU_MAX_BYTES),
})

/** Verifies a credit note: of this buyer, for this content. */
export function readNote(
  signed: Uint8Array,
  context: { readonly keyring: Keyring; readonly buyer: Uid; readonly cid: Cid },
): GrantFacts | Refusal {
  const payload = openProviderString('grant', signed, context.keyring, NOTE_MAX_BYTES)
  if (refused(payload)) return payload
  const note = decode(Note, payload, NOTE_MAX_BYTES)
  if (refused(note)) return note
  const { signer: _, ...facts } = note
  if (facts.buyer !== context.buyer) return refuse('wrong-buyer')
  return facts.cid === context.cid ? facts : refuse('wrong-grant')
}

/** Verifies an IOU of the grant's buyer. */
export function readIou(
  signed: Uint8Array,
  { rid, publicKey, fingerprint }: { rid: Rid; publicKey: KeyObject; fingerprint: Fingerprint },
): Iou | Refusal {
  const payload = openString('payment', signed, { publicKey, fingerprint }, IOU_MAX_BYTES)
  if (refused(payload)) return payload
  const iou = decode(Iou, payload, IOU_MAX_BYTES)
  if (refused(iou)) return iou
  return iou.rid === rid ? iou : refuse('wrong-grant')
}

/** Before the first piece. */
export function noPieces(rid: Rid, seller: Uid): Progress {
  return { k: 0, chain: digest('iou', idBytes(rid), idBytes(seller)) }
}

/** After one more piece. */
export function oneMore(at: Progress, piece: PieceIndex): Progress {
  return { k: at.k + 1, chain: digest('iou', at.chain, u32(piece)) }
}
