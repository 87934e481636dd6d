/**
 * Who is served in a free torrent, where reciprocity is the only pay (BEP 3). Pure.
 *
 * With fewer interested peers than slots, everyone is. Else those that give (or, for a seed, take)
 * most keep their slots, and one slot goes to somebody at random, so that newcomers get a start.
 */

/** A peer as the choker sees it. */
export interface Candidate {
  readonly interested: boolean
  /** Bytes per second that count in its favour. */
  readonly rate: number
}

/** The peers to be served until the next round. */
export function chooseUnchoked<T extends Candidate>(
  peers: readonly T[],
  slots: number,
  random: () => number,
): Set<T> {
  const interested = peers.filter((peer) => peer.interested)
  if (interested.length <= slots) return new Set(interested)
  const ranked = [...interested].sort((a, b) => b.rate - a.rate)
  const chosen = ranked.slice(0, slots - 1)
  const rest = ranked.slice(slots - 1)
  const lucky = rest[Math.floor(random() * rest.length)]
  return new Set(lucky === undefined ? chosen : [...chosen, lucky])
}
