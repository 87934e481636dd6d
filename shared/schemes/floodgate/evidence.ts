/**
 * What a buyer's signatures prove to anyone who has the grant's opening and the pages (D12).
 *
 * No seed and no token: the chain of a payment is over the hash list, which the provider signed. So
 * a verdict can be replayed by whoever holds the provider's root.
 */
import { equal } from '../../bytes.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { PieceIndex, Uid } from '../../identifier.js'
import { PAGE_HASHES_COUNT } from '../../limits.js'
import type { Evidence, Findings, Progress } from '../scheme.js'
import { follow, openClaim } from './judging.js'
import { readOpening } from './opening.js'
import { noProgress, nth, pageDigest, pageOf, TOKEN_BYTES } from './tokens.js'

/** The payments of one seller as far as its claims were followed. */
interface Trail {
  /** Where payments stood behind each claim; the first is before any payment. */
  readonly marks: readonly Progress[]
  readonly pieces: readonly PieceIndex[]
  readonly payment: Uint8Array
}

type Pages = Evidence['pages']

/** The hash of a piece's token by the pages; refuses as page-invalid one that the list lacks. */
function hashesOf(
  pages: Pages,
  digests: Uint8Array,
): ((piece: PieceIndex) => Uint8Array | undefined) | Refusal {
  for (const { page, body } of pages) {
    const known = page * TOKEN_BYTES < digests.length
    if (!known || !equal(pageDigest(body), nth(digests, page))) return refuse('page-invalid')
  }
  const bodies = new Map(pages.map(({ page, body }) => [page, body]))
  return (piece) => {
    const body = bodies.get(pageOf(piece))
    return body && nth(body, piece % PAGE_HASHES_COUNT)
  }
}

/** Pieces that more than one seller was paid for, ascending. */
function twice(trails: ReadonlyMap<Uid, Trail>): PieceIndex[] {
  const seen = new Set<PieceIndex>()
  const found = new Set<PieceIndex>()
  for (const { pieces } of trails.values()) {
    for (const piece of pieces) (seen.has(piece) ? found : seen).add(piece)
  }
  return [...found].sort((a, b) => a - b)
}

/**
 * Verifies the opening and follows each seller's claims from the first payment on.
 *
 * Refusals: those of readOpening, page-invalid, then for each claim those of openClaim and follow;
 * claim-gap for one that goes on where no claim before it ended.
 */
export function arbitrate(evidence: Evidence): Findings | Refusal {
  const { buyerKey, claims, keyring, opening, pages } = evidence
  const opened = readOpening(opening, evidence)
  if (refused(opened)) return opened
  const { digests, facts } = opened
  const hashOf = hashesOf(pages, digests)
  if (refused(hashOf)) return hashOf
  const { fingerprint } = keyring
  const trails = new Map<Uid, Trail>()
  for (const { seller, claim: bytes } of claims) {
    const read = openClaim(bytes, seller, { facts, buyerKey, fingerprint })
    if (refused(read)) return read
    const before = trails.get(seller)
    const marks = before?.marks ?? [noProgress(fingerprint, facts.rid, seller)]
    const { after, payment, pieces } = read.claim
    const from = marks.find(({ k }) => k === after)
    const end = follow(read, from, facts, hashOf)
    if (refused(end)) return end
    const earlier = before?.pieces ?? []
    // A claim from the first payment on repeats what shorter ones said.
    const longest = end.k > earlier.length
    trails.set(seller, {
      marks: [...marks, end],
      pieces: longest ? [...earlier.slice(0, after), ...pieces] : earlier,
      payment: longest ? payment : (before?.payment ?? payment),
    })
  }
  const paid = [...trails].map(([seller, trail]) => {
    return { seller, pieces: trail.pieces, payment: trail.payment }
  })
  return { facts, paid, doubleSpent: twice(trails) }
}
