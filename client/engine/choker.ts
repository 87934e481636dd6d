/**
 * Who is served in a free torrent, where reciprocity is the only pay (paper §II, BEP 3). Pure.
 *
 * All slots but one go to the preferred peers: those interested ones that gave us most lately, or,
 * once we are complete, took most from us. The last slot goes to one peer whatever its rate: the
 * optimistic unchoke, which rotates, finds better partners, and gives newcomers their first piece.
 */

/** A peer as the choker sees it. */
export interface Candidate<P> {
  readonly peer: P
  readonly interested: boolean
  /** Bytes that count in its favour, over the last rounds. */
  readonly rate: number
  /** It left our requests unanswered for long: served by the optimistic unchoke alone. */
  readonly snubbed: boolean
  /** Connected since the optimistic unchoke last moved on. */
  readonly newcomer: boolean
}

/** How much likelier a newcomer is to be the next optimistic unchoke (paper §II). */
const NEWCOMER_WEIGHT = 3

/** The interested peers that are served for their rate. */
function preferred<P>(candidates: readonly Candidate<P>[], places: number): Candidate<P>[] {
  return candidates
    .filter(({ interested, snubbed }) => interested && !snubbed)
    .sort((a, b) => b.rate - a.rate)
    .slice(0, places)
}

/**
 * Whose turn it is to be unchoked whatever its rate: anyone interested who would not be served
 * otherwise, the present one only when there is nobody else. `random` is uniform in [0, 1).
 */
export function nextOptimistic<P>(
  candidates: readonly Candidate<P>[],
  slots: number,
  current: P | undefined,
  random: () => number,
): P | undefined {
  const served = new Set(preferred(candidates, slots - 1))
  const waiting = candidates.filter((each) => each.interested && !served.has(each))
  const others = waiting.filter(({ peer }) => peer !== current)
  const choice = others.length > 0 ? others : waiting
  const weightOf = ({ newcomer }: Candidate<P>) => (newcomer ? NEWCOMER_WEIGHT : 1)
  let at = random() * choice.reduce((sum, each) => sum + weightOf(each), 0)
  for (const each of choice) {
    at -= weightOf(each)
    if (at < 0) return each.peer
  }
  return choice.at(-1)?.peer
}

/**
 * The peers to be unchoked. The optimistic one takes a slot only when it is interested. Peers that
 * are not interested but better than the worst preferred one are unchoked as well: they take no
 * slot, and their place is ready when they want it (BEP 3).
 */
export function chooseUnchoked<P>(
  candidates: readonly Candidate<P>[],
  slots: number,
  optimistic: P | undefined,
): Set<P> {
  const lucky = candidates.find(({ peer }) => peer === optimistic)
  const rest = candidates.filter((each) => each !== lucky)
  const places = lucky?.interested === true ? slots - 1 : slots
  const best = preferred(rest, places)
  const worst = best.length < places ? 0 : (best.at(-1)?.rate ?? 0)
  const ready = rest.filter((each) => !each.interested && !each.snubbed && each.rate > worst)
  const chosen = [...best, ...ready, ...(lucky === undefined ? [] : [lucky])]
  return new Set(chosen.map(({ peer }) => peer))
}
