/**
 * What convicts alone (design D12): one piece signed over to two sellers, and repeated complaints
 * against one's own receipts. Both are shown by signatures of the convicted member itself.
 */

import { CASE_FILE_MAX_BYTES, FALSE_COMPLAINTS_COUNT } from '../case-limits.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Fingerprint, Uid } from '../identifier.js'
import { CLAIM_MAX_BYTES, CLOCK_SKEW_MAX_MS, PAID_PIECES_MAX_COUNT } from '../limits.js'
import type { Scheme } from '../schemes/scheme.js'
import { blob, decode, hexId, list, record, text } from '../wire/record.js'
import { partyOf } from './bundle.js'
import { paidPieces, type VerifiedFile } from './case-file.js'
import { type Verdict, verdict } from './verdict.js'

/** Evidence of double spending: the buyer's certificate and what it signed to its sellers. */
export const DoubleSpending = record({
  scheme: text(32),
  issuing: blob(4096),
  buyer: blob(4096),
  opening: blob(32 * 1024),
  /** Each seller's claims from its first payment on. */
  claims: list(
    record({ seller: hexId<Uid>(16), claim: blob(CLAIM_MAX_BYTES) }),
    PAID_PIECES_MAX_COUNT,
  ),
})

/** Evidence of false complaints: their case files, oldest first. */
export const FalseComplaints = record({
  files: list(blob(CASE_FILE_MAX_BYTES), FALSE_COMPLAINTS_COUNT),
})

/** Judges whether a buyer signed one piece over to two sellers; the plaintiff is one of them. */
export function judgeDoubleSpent(
  { evidence, facts, keyring, pages, root }: VerifiedFile,
  court: { readonly fingerprint: Fingerprint; readonly schemes: ReadonlyMap<string, Scheme> },
): Verdict | Refusal {
  const shown = decode(DoubleSpending, evidence, CASE_FILE_MAX_BYTES)
  if (refused(shown)) return shown
  const buyer = partyOf(shown.buyer, [shown.issuing], root)
  if (refused(buyer)) return buyer
  if (buyer.uid !== facts.accused) return refuse('wrong-buyer')
  const scheme = court.schemes.get(shown.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const found = scheme.broker.arbitrate({
    ...{ keyring, buyer: buyer.uid, buyerKey: buyer.key, cid: facts.cid },
    ...{ opening: shown.opening, pages, claims: shown.claims },
  })
  if (refused(found)) return found
  if (found.facts.rid !== facts.rid) return refuse('wrong-grant')
  const twice = new Set(found.doubleSpent)
  const own = found.paid.find(({ seller }) => seller === facts.plaintiff)?.pieces ?? []
  const lost = own.filter((piece) => twice.has(piece))
  if (lost.length === 0) return refuse('not-covered', 'no piece was signed over twice')
  const { others, own: had } = paidPieces(facts)
  const unpaid = lost.filter((piece) => others.has(piece) && !had.has(piece))
  const beyond = facts.vouched === 1 ? unpaid : []
  const reason = `${lost.length} pieces were signed over to this seller and to another`
  return verdict('double-spent', 'upheld', reason, { beyond, revoked: buyer.uid })
}

/** A complaint that was judged. */
interface Earlier {
  readonly file: VerifiedFile
  readonly decided: Verdict
  /** Since when its plaintiff must have known better, by its own date and by the accused's. */
  readonly since: number
}

/**
 * Judges whether a member goes on complaining against its own receipts.
 *
 * Each complaint was refuted by what its plaintiff had signed, and the request as well as that are
 * dated after the plaintiff was told of the one before. A wallet restored from a backup forgets
 * receipts too, but only of what is older than that; and what a buyer dates ahead convicts nobody.
 */
export function judgeFalseComplaints(
  { evidence, facts }: VerifiedFile,
  judgeAgain: (file: Uint8Array) => Earlier | Refusal,
): Verdict | Refusal {
  const shown = decode(FalseComplaints, evidence, CASE_FILE_MAX_BYTES)
  if (refused(shown)) return shown
  if (shown.files.length < FALSE_COMPLAINTS_COUNT) return refuse('not-covered')
  let toldMs = 0
  for (const [place, bytes] of shown.files.entries()) {
    const earlier = judgeAgain(bytes)
    if (refused(earlier)) return earlier
    const { decided, file, since } = earlier
    const refuted = decided.outcome === 'receipt' && file.facts.plaintiff === facts.accused
    const after = since > toldMs + CLOCK_SKEW_MAX_MS || place === 0
    if (!refuted || !after) return refuse('not-covered', 'not repeated after it was told')
    toldMs = facts.told[place] ?? 0
    if (toldMs === 0 && place + 1 < FALSE_COMPLAINTS_COUNT) return refuse('not-covered')
  }
  const reason = `${FALSE_COMPLAINTS_COUNT} complaints against its own receipts, told each time`
  return verdict('false-complaint', 'proved', reason, { revoked: facts.accused })
}
