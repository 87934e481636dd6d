/**
 * The case file: all that a verdict is made from, as one string of bytes (design D12).
 *
 * What members signed stands beside what the tracker knows and signs, the facts; the time at which
 * the case is judged is one of them. So whoever holds the provider's root can judge again.
 */
import { equal } from '../bytes.js'
import {
  CASE_FILE_MAX_BYTES,
  CASE_PAYEES_MAX_COUNT,
  FALSE_COMPLAINTS_COUNT,
} from '../case-limits.js'
import { type Signer, sha256, signString } from '../crypto.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../identifier.js'
import { type Keyring, openProviderString } from '../keyring.js'
import {
  CALL_BODY_MAX_BYTES,
  CLAIM_MAX_BYTES,
  PAGE_MAX_BYTES,
  PAGES_MAX_COUNT,
  PAID_PIECES_MAX_COUNT,
} from '../limits.js'
import {
  blob,
  bytes,
  decode,
  encode,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from '../wire/record.js'
import { ringOf } from './bundle.js'

/** Payload of the signed string `case`: what the tracker knows. Times in milliseconds. */
export const CaseFacts = record({
  number: int(1),
  /** `unpaid`, `double-spent`, `false-complaint` or `marks`. */
  kind: text(16),
  plaintiff: hexId<Uid>(16),
  accused: hexId<Uid>(16),
  rid: hexId<Rid>(16),
  cid: hexId<Cid>(20),
  signer: bytes(32),
  opened: int(),
  /** When the case is judged by these facts. */
  time: int(),
  /** SHA-256 of the evidence and of the answer in this file. */
  evidence: bytes(32),
  answer: optional(bytes(32)),
  /** When the accused fetched the notice, and until when it could answer. */
  fetched: optional(int()),
  deadline: int(),
  /** To whom which pieces of the grant are paid, as far as they matter here. */
  paid: list(
    record({ member: hexId<Uid>(16), pieces: indexes(PAID_PIECES_MAX_COUNT) }),
    CASE_PAYEES_MAX_COUNT,
  ),
  /** Whether a list of the grant named the plaintiff and it took part in another purchase, or it is
   * the house. */
  vouched: int(0, 1),
  /** Pieces that the plaintiff was granted before, beyond what their escrow held. */
  beyond: indexes(PAID_PIECES_MAX_COUNT),
  /** When the plaintiff of the earlier cases in evidence was told of each; 0 is never. */
  told: list(int(), FALSE_COMPLAINTS_COUNT),
  /** Counterparties that hold a mark against the accused, among all of them (D12). */
  marks: int(),
  counterparties: int(),
})
export type CaseFacts = TypeOf<typeof CaseFacts>

/** The file. */
export const CaseFile = record({
  root: blob(4096),
  /** Signing certificates behind whatever the provider signed. */
  signing: list(blob(4096), 4),
  /** A bundle, or what its kind has instead (mediation/proofs.ts). */
  evidence: blob(CASE_FILE_MAX_BYTES),
  /** The accused's signed call `respond`. */
  answer: optional(blob(CLAIM_MAX_BYTES + CALL_BODY_MAX_BYTES)),
  /** Pages of the grant's hash list that the proofs are read by; the provider's list signs them. */
  pages: list(record({ page: int(), body: blob(PAGE_MAX_BYTES) }), PAGES_MAX_COUNT),
  /** The signed string `case`. */
  facts: blob(CASE_FILE_MAX_BYTES),
})
export type CaseFile = TypeOf<typeof CaseFile>

/** A file whose facts were verified, and that holds what they are about. */
export interface VerifiedFile extends Omit<CaseFile, 'facts' | 'signing'> {
  readonly keyring: Keyring
  readonly facts: CaseFacts
}

/**
 * The pieces that are paid to the plaintiff, those that it was granted beyond their escrow too, and
 * those that are paid to anybody else.
 */
export function paidPieces({ beyond, paid, plaintiff }: CaseFacts): {
  readonly own: ReadonlySet<PieceIndex>
  readonly others: ReadonlySet<PieceIndex>
} {
  const [own, others] = [new Set(beyond), new Set<PieceIndex>()]
  for (const { member, pieces } of paid) {
    for (const piece of pieces) (member === plaintiff ? own : others).add(piece)
  }
  return { own, others }
}

/** What goes into a file beside the facts that the provider signs. */
export type CaseParts = Omit<CaseFile, 'facts'>

/** Makes a file; the caller states everything but the digests. */
export function makeCaseFile(
  parts: CaseParts,
  facts: Omit<CaseFacts, 'evidence' | 'answer'>,
  signer: Signer,
): Uint8Array {
  const { answer, evidence } = parts
  const digests = { evidence: sha256(evidence), ...(answer && { answer: sha256(answer) }) }
  const signed = signString('case', encode(CaseFacts, { ...facts, ...digests }), signer)
  return encode(CaseFile, { ...parts, facts: signed })
}

/**
 * Reads a case file.
 *
 * Refusals in order: too-large, malformed, wrong-provider, those of certificates, those of the
 * facts' signature, malformed (the facts are about something else than the file holds).
 */
export function readCaseFile(bytes: Uint8Array, fingerprint: Fingerprint): VerifiedFile | Refusal {
  const file = decode(CaseFile, bytes, CASE_FILE_MAX_BYTES)
  if (refused(file)) return file
  const keyring = ringOf(fingerprint, file.root, file.signing)
  if (refused(keyring)) return keyring
  const payload = openProviderString('case', file.facts, keyring, CASE_FILE_MAX_BYTES)
  if (refused(payload)) return payload
  const facts = decode(CaseFacts, payload, CASE_FILE_MAX_BYTES)
  if (refused(facts)) return facts
  const { answer, evidence } = file
  const sameAnswer =
    facts.answer === undefined || answer === undefined
      ? facts.answer === answer
      : equal(facts.answer, sha256(answer))
  if (!equal(facts.evidence, sha256(evidence)) || !sameAnswer) {
    return refuse('malformed', 'the facts are of another file')
  }
  const { pages, root } = file
  return { root, keyring, evidence, pages, facts, ...(answer && { answer }) }
}
