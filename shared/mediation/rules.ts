/**
 * The rules of mediation: a case file in, a verdict out (design D12; paper §III.E, §IV.B).
 *
 * Pure and total: the time is the facts', whatever does not hold is a refusal, and the same file
 * gives the same verdict anywhere. What only a payment scheme can read goes through `arbitrate`.
 */
import { equal } from '../bytes.js'
import { RespondCall } from '../cases.js'
import { openString, sha256 } from '../crypto.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Fingerprint, PieceIndex } from '../identifier.js'
import { CALL_BODY_MAX_BYTES, CLAIM_MAX_BYTES, CLOCK_SKEW_MAX_MS } from '../limits.js'
import type { Findings, Scheme } from '../schemes/scheme.js'
import type { Terms } from '../terms.js'
import { openBody } from '../wire/messages.js'
import { decode } from '../wire/record.js'
import { readBundle, type VerifiedBundle } from './bundle.js'
import { paidPieces, readCaseFile, type VerifiedFile } from './case-file.js'
import { judgeDoubleSpent, judgeFalseComplaints } from './proofs.js'
import { type Verdict, verdict } from './verdict.js'

/** What a judge brings along: whose cases these are, and the payment schemes there are. */
export interface Court {
  readonly fingerprint: Fingerprint
  readonly schemes: ReadonlyMap<string, Scheme>
}

/**
 * Judges a case file.
 *
 * Refuses a file that is not whole: as readCaseFile, then as its kind's evidence, and as malformed
 * a kind that is not judged by rule.
 */
export function judge(bytes: Uint8Array, court: Court): Verdict | Refusal {
  const file = readCaseFile(bytes, court.fingerprint)
  if (refused(file)) return file
  switch (file.facts.kind) {
    case 'unpaid':
      return judgeUnpaid(file, court)
    case 'double-spent':
      return judgeDoubleSpent(file, court)
    case 'false-complaint':
      return judgeFalseComplaints(file, (earlier) => judgeAgain(earlier, court))
    case 'marks':
      return verdict(
        'marks',
        'open',
        `${file.facts.marks} of ${file.facts.counterparties} counterparties hold a mark`,
      )
    default:
      return refuse('malformed', 'a case of a kind that is not judged by rule')
  }
}

/** An earlier complaint with what was decided; only complaints are evidence of false complaints. */
function judgeAgain(bytes: Uint8Array, { fingerprint, schemes }: Court) {
  const file = readCaseFile(bytes, fingerprint)
  if (refused(file)) return file
  if (file.facts.kind !== 'unpaid') return refuse('malformed', 'not a complaint')
  const bundle = readBundle(file.evidence, fingerprint)
  if (refused(bundle)) return bundle
  const court = { fingerprint, schemes }
  const decided = judgeUnpaid(file, court)
  if (refused(decided)) return decided
  const shown = readAnswer(file, bundle, court)
  if (refused(shown)) return shown
  return { file, decided, since: Math.min(bundle.request.time, shown.since) }
}

/** Whether marks are beyond the thresholds of a content, so that trade stops. */
export function beyondThreshold(
  { marks, counterparties }: { readonly marks: number; readonly counterparties: number },
  terms: Pick<Terms, 'marks' | 'share'>,
): boolean {
  return marks >= terms.marks && marks * 100 >= terms.share * counterparties
}

/** What the accused has shown of the disputed pieces. */
interface Shown {
  readonly covered: ReadonlySet<PieceIndex>
  /** Those among them that the plaintiff had acknowledged before it complained. */
  readonly refuted: ReadonlySet<PieceIndex>
  /** When the plaintiff signed the first of what refutes it. */
  readonly since: number
  readonly denied: boolean
}

const NOTHING_SHOWN: Shown = {
  ...{ covered: new Set<PieceIndex>(), refuted: new Set<PieceIndex>() },
  ...{ since: Number.POSITIVE_INFINITY, denied: false },
}

/** Refuses as readBundle, malformed when facts and bundle differ, then as the answer. */
function judgeUnpaid(file: VerifiedFile, court: Court): Verdict | Refusal {
  const { facts } = file
  const bundle = readBundle(file.evidence, court.fingerprint)
  if (refused(bundle)) return bundle
  const { complaint } = bundle
  const same =
    complaint.plaintiff === facts.plaintiff &&
    complaint.accused === facts.accused &&
    complaint.rid === facts.rid &&
    complaint.cid === facts.cid
  if (!same) return refuse('malformed', 'the facts are of another complaint')
  const found = findings(file, bundle, [], court)
  if (refused(found)) return found
  const { only, pieces: count } = found.facts
  const covers = (piece: PieceIndex): boolean => piece < count && only?.includes(piece) !== false
  if (!complaint.pieces.every(covers)) return refuse('piece-unknown')
  const { own } = paidPieces(facts)
  const disputed = complaint.pieces.filter((piece) => !own.has(piece))
  if (disputed.length === 0) {
    return verdict('moot', 'settled', 'the plaintiff has been paid for every piece')
  }
  const shown = readAnswer(file, bundle, court)
  if (refused(shown)) return shown
  const open = disputed.filter((piece) => !shown.covered.has(piece))
  if (open.length === 0) return answered(disputed, shown)
  if (shown.denied) {
    const marks = { markPlaintiff: 1, markAccused: 1 } as const
    return verdict('denial', 'denied', 'the accused denies it: no money moves', marks)
  }
  if (file.answer !== undefined) return refuse('not-covered')
  return unanswered(file, found, open)
}

function answered(disputed: readonly PieceIndex[], { refuted }: Shown): Verdict {
  return disputed.every((piece) => refuted.has(piece))
    ? verdict('receipt', 'settled', 'the plaintiff had signed before that nothing is owed')
    : verdict('payment', 'settled', 'the accused showed that every piece is paid')
}

/** What time decides: silence after a notice that was fetched, or absence up to claim-until. */
function unanswered(
  { facts }: VerifiedFile,
  { facts: grant }: Findings,
  open: readonly PieceIndex[],
): Verdict {
  const { others } = paidPieces(facts)
  const escrow = open.filter((piece) => !others.has(piece))
  if (facts.fetched === undefined) {
    if (facts.time <= grant.claimUntil) return verdict('waiting', 'open', 'nobody was told yet')
    const reason = 'the accused never came: what the grant still holds for the pieces is paid'
    return verdict('unheard', 'paid', reason, { escrow })
  }
  if (facts.time <= facts.deadline) return verdict('waiting', 'open', 'the accused may answer')
  // A seller's exposure to one grant is n + b - 1 pieces (D5): what else was lost is not shown.
  const room = Math.max(0, grant.n + grant.b - 1 - facts.beyond.length)
  const paidToOthers = open.filter((piece) => others.has(piece))
  const beyond = facts.vouched === 1 ? paidToOthers.slice(0, room) : []
  const reason = 'the accused let its time pass: the grant pays the pieces'
  return verdict('silent', 'paid', reason, { escrow, beyond, markAccused: 1 })
}

/** What the scheme reads out of the opening and the claims that were shown. */
function findings(
  { pages }: VerifiedFile,
  { accused, complaint, keyring, terms }: VerifiedBundle,
  claims: readonly {
    readonly seller: VerifiedBundle['plaintiff']['uid']
    readonly claim: Uint8Array
  }[],
  { schemes }: Court,
): Findings | Refusal {
  const scheme = schemes.get(terms.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const found = scheme.broker.arbitrate({
    ...{ keyring, buyer: accused.uid, buyerKey: accused.key, cid: complaint.cid },
    ...{ opening: complaint.opening, pages, claims },
  })
  if (refused(found)) return found
  return found.facts.rid === complaint.rid ? found : refuse('wrong-grant')
}

/** Reads the answer; refuses as malformed, wrong-buyer's kin, and as what it brings. */
function readAnswer(file: VerifiedFile, bundle: VerifiedBundle, court: Court): Shown | Refusal {
  if (file.answer === undefined) return NOTHING_SHOWN
  const { accused, keyring } = bundle
  const { fingerprint } = keyring
  const maxBytes = CLAIM_MAX_BYTES + CALL_BODY_MAX_BYTES
  const verifier = { fingerprint, publicKey: accused.key }
  const payload = openString('respond', file.answer, verifier, maxBytes)
  if (refused(payload)) return payload
  const call = decode(RespondCall, payload, maxBytes)
  if (refused(call)) return call
  if (call.number !== file.facts.number) return refuse('malformed', 'an answer to another case')
  if (!['receipt', 'payment', 'denial'].includes(call.kind)) {
    return refuse('malformed', 'an answer is a receipt, a payment or a denial')
  }
  const released = readRelease(call.release, bundle)
  if (refused(released)) return released
  const proved = readProof(call, file, bundle, court)
  if (refused(proved)) return proved
  const both = [released, proved]
  // Well before: what was signed while the complaint was under way refutes nobody.
  const opened = file.facts.opened - CLOCK_SKEW_MAX_MS
  const before = both.filter(({ signed }) => signed < opened)
  return {
    refuted: new Set(before.flatMap(({ pieces }) => pieces)),
    covered: new Set(both.flatMap(({ pieces }) => pieces)),
    since: Math.min(...before.map(({ signed }) => signed)),
    denied: call.kind === 'denial',
  }
}

/** Pieces that something shown covers, and when the plaintiff signed that; infinite when never. */
interface Covered {
  readonly pieces: readonly PieceIndex[]
  readonly signed: number
}

const NEVER = Number.POSITIVE_INFINITY
const NO_PIECES: Covered = { pieces: [], signed: NEVER }

/** The pieces that the plaintiff released, when it signed that of this very request. */
function readRelease(
  release: Uint8Array | undefined,
  { accused, keyring: { fingerprint }, plaintiff, request }: VerifiedBundle,
): Covered | Refusal {
  if (release === undefined) return NO_PIECES
  const said = openBody('release', release, { fingerprint, publicKey: plaintiff.key })
  if (refused(said)) return said
  const { buyer, counter, pieces, rid, seller, time } = said
  const fits =
    rid === request.rid &&
    buyer === accused.uid &&
    seller === plaintiff.uid &&
    counter === request.counter
  if (!fits) return refuse('wrong-grant', 'the release is of another request')
  return { pieces, signed: time }
}

/** The pieces that the shown payment covers; with a receipt only if that is of this payment. */
function readProof(
  { proof, receipt }: RespondCall,
  file: VerifiedFile,
  bundle: VerifiedBundle,
  court: Court,
): Covered | Refusal {
  if (proof === undefined) {
    return receipt === undefined ? NO_PIECES : refuse('not-covered', 'a receipt needs its payment')
  }
  const { accused, keyring, plaintiff, request } = bundle
  const found = findings(file, bundle, [{ seller: plaintiff.uid, claim: proof }], court)
  if (refused(found)) return found
  const [paid] = found.paid
  if (paid === undefined) return NO_PIECES
  const { pieces } = paid
  if (receipt === undefined) return { pieces, signed: NEVER }
  const verifier = { fingerprint: keyring.fingerprint, publicKey: plaintiff.key }
  const said = openBody('receipt', receipt, verifier)
  if (refused(said)) return said
  const { buyer, payment, rid, seller, time } = said
  if (rid !== request.rid) return refuse('wrong-grant')
  const fits = buyer === accused.uid && seller === plaintiff.uid
  if (!fits || !equal(payment, sha256(paid.payment))) return refuse('receipt-mismatch')
  return { pieces, signed: time }
}
