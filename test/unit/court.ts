/**
 * Cases for tests of mediation: a grant of the scheme `floodgate`, a seller that complains of its
 * buyer, and the tracker's facts, each of which a test may bend.
 */
import { RespondCall } from '../../shared/cases.js'
import { sha256, signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { type Bundle, type Complaint, makeBundle } from '../../shared/mediation/bundle.js'
import { type CaseFacts, type CaseParts, makeCaseFile } from '../../shared/mediation/case-file.js'
import type { Court } from '../../shared/mediation/rules.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { signTerms, type Terms } from '../../shared/terms.js'
import { type Request, signBody } from '../../shared/wire/messages.js'
import { encode } from '../../shared/wire/record.js'
import { alice, bob, bought, buyer, p, paidTo } from '../contract/grant.js'
import {
  FINGERPRINT,
  ISSUING,
  leafOf,
  NOW_MS,
  type Party,
  PROVIDER,
  ROOT,
  SIGNING,
} from '../contract/provider.js'

/** The court that everyone sits in. */
export const COURT: Court = {
  fingerprint: FINGERPRINT,
  schemes: new Map([['floodgate', floodgate]]),
}
/** Complaints are about these pieces of a grant of 300, unless a test says otherwise. */
export const DISPUTED = [5, 260].map(p)
/** When the case was opened, fetched, and has to be answered. */
export const OPENED_MS = NOW_MS + 10_000_000
const ANSWER_MS = 3_600_000
export const DEADLINE_MS = OPENED_MS + 1000 + ANSWER_MS

const grant = bought()
const { rid, cid } = grant.facts

export const TERMS: Terms = {
  ...{ cid, tracker: 'http://127.0.0.1:1', price: grant.context.price },
  ...{ reward: grant.facts.reward, scheme: 'floodgate', n: 2, b: 2, pieces: 300, mode: 'open' },
  ...{ complaint: 60_000, answer: ANSWER_MS, marks: 5, share: 20, spend: 1000, claim: 2000 },
  ...{ issued: NOW_MS, signer: PROVIDER.certificate },
}

/** The buyer's signed request to alice, of which she complains. */
export function requestOf(fields: Partial<Request> = {}, signer: Party = buyer): Uint8Array {
  const parties = { buyer: buyer.uid, seller: alice.uid }
  const said = { rid, cid, ...parties, counter: 7, pieces: DISPUTED, time: OPENED_MS - 100_000 }
  return signBody('request', { ...said, ...fields }, signer.signer)
}

/** Alice's complaint. */
export function complaintOf(fields: Partial<Complaint> = {}): Complaint {
  return {
    ...{ kind: 'unpaid', time: OPENED_MS - 1000, plaintiff: alice.uid, accused: buyer.uid },
    ...{ rid, cid, pieces: DISPUTED, terms: signTerms(TERMS, PROVIDER) },
    ...{ opening: grant.issued.open, request: requestOf() },
    ...fields,
  }
}

/** Alice's bundle. */
export function bundleOf(
  complaint: Complaint = complaintOf(),
  certificates: Partial<Bundle> = {},
  by: Party = alice,
): Uint8Array {
  const leaves = { plaintiff: leafOf(alice), accused: leafOf(buyer) }
  const chain = { root: ROOT, signing: [SIGNING], issuing: [ISSUING], ...leaves }
  return makeBundle(complaint, { ...chain, ...certificates }, by.signer)
}

/** What the tracker states of the case; judged before the deadline unless a test says otherwise. */
export function factsOf(fields: Partial<CaseFacts> = {}): Omit<CaseFacts, 'evidence' | 'answer'> {
  return {
    ...{ number: 3, kind: 'unpaid', plaintiff: alice.uid, accused: buyer.uid, rid, cid },
    ...{ signer: PROVIDER.certificate, opened: OPENED_MS, time: OPENED_MS + 2000 },
    ...{ fetched: OPENED_MS + 1000, deadline: DEADLINE_MS, paid: [], vouched: 1, beyond: [] },
    ...{ told: [], marks: 0, counterparties: 0 },
    ...fields,
  }
}

/** Both pages of the grant's hash list. */
export const PAGES = [0, 256].map((piece) => {
  const step = { step: 'page', piece: p(piece) } as const
  const made = floodgate.payer.pay(grant.purse, alice.uid, undefined, step, buyer.signer)
  const { bytes: body, page = -1 } = must(made)
  return { page, body }
})

/** A case file beside its facts. */
export const PARTS: CaseParts = {
  ...{ root: ROOT, signing: [SIGNING], evidence: bundleOf(), pages: PAGES },
}

/** A case file. */
export function fileOf(
  facts: Partial<CaseFacts> = {},
  parts: Partial<CaseParts> = {},
  without: 'fetched' | undefined = undefined,
): Uint8Array {
  const stated: Partial<CaseFacts> = factsOf(facts)
  const { [without ?? 'answer']: _, ...rest } = stated
  return makeCaseFile({ ...PARTS, ...parts }, rest as ReturnType<typeof factsOf>, PROVIDER)
}

/** The accused's signed answer. */
export function answerOf(fields: Partial<RespondCall>, by: Party = buyer): Uint8Array {
  const head = { counter: 1, nonce: new Uint8Array(16), time: NOW_MS, reply: new Uint8Array(32) }
  const call = { ...head, number: 3, kind: 'denial', reason: '', ...fields }
  return signString('respond', encode(RespondCall, call), by.signer)
}

/** Pieces paid to a seller, as the claim that proves it, and alice's receipt of the payment. */
export function paid(pieces: readonly number[], seller: Party = alice, timeMs = OPENED_MS - 1e6) {
  const { claim: proof, payment } = paidTo(seller, pieces, grant)
  const digest = sha256(payment.bytes)
  const parties = { rid, buyer: buyer.uid, seller: seller.uid }
  const said = { ...parties, k: payment.k, payment: digest, window: 1, time: timeMs }
  return { proof, receipt: signBody('receipt', said, seller.signer) }
}

/** Alice's release of the request. */
export function releaseOf(timeMs = OPENED_MS - 1e6, counter = 7): Uint8Array {
  const parties = { rid, buyer: buyer.uid, seller: alice.uid }
  return signBody('release', { ...parties, counter, pieces: DISPUTED, time: timeMs }, alice.signer)
}

/** Who was paid for which pieces, as facts state it. */
export const wasPaid = (member: Party, pieces: readonly number[]) => ({
  member: member.uid,
  pieces: pieces as PieceIndex[],
})
export { alice, bob, buyer }
