/**
 * Signed, numbered peer lists, and the bound on the sellers that one grant may ever see (design
 * D5).
 *
 * The loss of a content is bounded per grant: whoever buys once cannot take unpaid pieces from more
 * sellers than the tracker ever names to that grant. So the named set is kept in the database, and
 * it grows as pieces are claimed. A seller in it stays in it, unless it was never asked under the
 * grant, by its own word, and cannot be any more: every list that names it is too old to be served
 * on. The supplementary grants of a buyer
 * for one content share theirs: they cost rewards alone, which an accomplice claims back, so each
 * would show it sellers that its purchase may not see.
 */
import { PeerList } from '../shared/api.js'
import { signString } from '../shared/crypto.js'
import type { Uid } from '../shared/identifier.js'
import {
  ANNOUNCE_EXPIRY_MS,
  CLOCK_SKEW_MAX_MS,
  NAMED_SELLERS_MIN_COUNT,
  PEER_LIST_MAX_AGE_MS,
  PEER_LIST_MAX_COUNT,
} from '../shared/limits.js'
import { placesIn, type Terms } from '../shared/terms.js'
import { NAMED_REFRESH_MS } from '../shared/tracker-limits.js'
import { encode } from '../shared/wire/record.js'
import { countPieces } from './bitmap.js'
import { coveredBy } from './catalog.js'
import { insiders } from './closed.js'
import type { NamedRow } from './list-rows.js'
import { inOrder } from './ranking.js'
import type { GrantRow, Rows } from './rows.js'
import type { Presence } from './swarm.js'
import type { Tracker } from './tracker.js'

/**
 * Distinct sellers, the house not counted, that a grant's lists may name by now (D5); `pieces` are
 * those that the grant pays for.
 */
export function namedBound(
  terms: Pick<Terms, 'pieces' | 'n' | 'b'>,
  claimedPieces: number,
): number {
  const perSeller = 4 * (terms.n + terms.b - 1)
  return Math.max(NAMED_SELLERS_MIN_COUNT, Math.floor((terms.pieces + claimedPieces) / perSeller))
}

/**
 * Sellers to name now: the house, then those that were named before, then as many others as there
 * are places for, in the order of ranking.ts. The list is cut at its end.
 */
export function chooseSellers(
  live: readonly Presence[],
  named: ReadonlySet<number>,
  bound: number,
  random: (bytes: number) => Uint8Array,
): readonly Presence[] {
  const house = live.filter((each) => each.house)
  const old = live.filter(({ id, house }) => !house && named.has(id))
  const others = live.filter(({ id, house }) => !house && !named.has(id))
  const room = Math.max(0, bound - named.size)
  const fresh = room === 0 ? [] : inOrder(others, named.size, random).slice(0, room)
  return [...house, ...old, ...fresh].slice(0, PEER_LIST_MAX_COUNT)
}

/**
 * A seller that told of no request, and that no list names which a seller would still take; one
 * that was asked on the last of them has had time to tell, though an announce or two were lost.
 */
function isReplaceable({ asked, listed }: NamedRow, nowMs: number): boolean {
  const served = PEER_LIST_MAX_AGE_MS + CLOCK_SKEW_MAX_MS + NAMED_REFRESH_MS
  return !asked && nowMs - listed > served + ANNOUNCE_EXPIRY_MS
}

/** Sellers of a list whose row has to be written: new ones, and those whose date is not recent. */
function unlisted(
  sellers: readonly Presence[],
  known: readonly NamedRow[],
  nowMs: number,
): number[] {
  const listed = new Map(known.map((each) => [each.seller, each.listed]))
  return sellers
    .filter(({ house, id }) => !house && nowMs - (listed.get(id) ?? 0) > NAMED_REFRESH_MS)
    .map(({ id }) => id)
}

/** Makes the next peer list of a grant and remembers whom it names. */
export async function nextPeerList(
  tracker: Tracker,
  rows: Rows,
  grant: GrantRow,
  terms: Terms,
  buyer: Uid,
): Promise<Uint8Array> {
  const nowMs = tracker.now()
  const { signer } = tracker.authority
  // Whoever was revoked since leaves the swarms now.
  await tracker.revocations.number(rows)
  const all = tracker.swarm.live(grant.cid, nowMs).filter(({ id }) => id !== grant.buyer)
  const live = terms.mode === 'closed' ? await insiders(rows, grant.content, all) : all
  const known = await rows.grants.named(grant)
  const held = known.filter(({ replaced }) => !replaced)
  const gone = held.filter((each) => isReplaceable(each, nowMs)).map(({ seller }) => seller)
  await rows.grants.replaceNamed(grant, gone)
  const named = new Set(held.map(({ seller }) => seller).filter((id) => !gone.includes(id)))
  const { n, b } = terms
  const covered = { n, b, pieces: coveredBy(grant, terms) }
  const house = live.filter((each) => each.house).length
  const most = terms.mode === 'closed' ? placesIn(terms) - house : Number.POSITIVE_INFINITY
  const bound = Math.min(namedBound(covered, countPieces(grant.spent)), most)
  const sellers = chooseSellers(live, named, bound, tracker.random)
  const number = grant.list + 1
  await rows.grants.setNamed(grant.id, unlisted(sellers, known, nowMs), nowMs)
  await rows.grants.setList(grant.id, number, nowMs)
  const list = encode(PeerList, {
    rid: grant.rid,
    cid: grant.cid,
    buyer,
    number,
    time: nowMs,
    signer: signer.certificate,
    sellers: sellers.map(({ uid, host, port }) => ({ uid, host, port })),
  })
  return signString('peers', list, signer)
}
