/**
 * In which order sellers come to be named: who has carried before first, with places kept for new
 * ones; pure.
 *
 * What a seller has claimed for is all that the tracker knows of its work, and the one thing that a
 * fake cannot have for nothing: somebody paid the content's price for it. So most places go to
 * sellers by lot, each with a chance in proportion to what it earned: splitting one's earnings over
 * many accounts gains nothing, and the best do not carry everything. Every fourth place is for the
 * others, or nobody could begin. Of these each site has one before any has two, since accounts cost
 * less than addresses.
 */
import { PLACES_PER_NEWCOMER } from '../shared/tracker-limits.js'
import { siteOf } from './network.js'
import type { Presence } from './swarm.js'

const LOT_BYTES = 4
const LOTS = 2 ** 32

/**
 * The candidates in the order in which they take the places of a grant's lists, of which `taken`
 * are gone already; `random` gives so many random bytes.
 */
export function inOrder(
  candidates: readonly Presence[],
  taken: number,
  random: (bytes: number) => Uint8Array,
): readonly Presence[] {
  const lots = Buffer.from(random(LOT_BYTES * candidates.length))
  let drawn = 0
  const draw = (): number => (lots.readUInt32BE(LOT_BYTES * drawn++) + 0.5) / LOTS
  const known = candidates.filter(hasCarried)
  const newcomers = candidates.filter((each) => !hasCarried(each))
  return merged(byEarnings(known, draw), bySite(newcomers, draw), taken)
}

/** Whether somebody claimed before, and has anything of this content to give. */
function hasCarried({ earned, left, size }: Presence): boolean {
  return earned > 0n && left < size
}

/** Most of the content first; among equals a race that each wins in proportion to its earnings. */
function byEarnings(known: readonly Presence[], draw: () => number): Presence[] {
  const entries = known.map((presence) => {
    return { presence, lot: -Math.log(draw()) / Number(presence.earned) }
  })
  entries.sort((a, b) => a.presence.left - b.presence.left || a.lot - b.lot)
  return entries.map(({ presence }) => presence)
}

/** One of each site, then the second ones, and so on; most of the content first. */
function bySite(newcomers: readonly Presence[], draw: () => number): Presence[] {
  const entries = newcomers.map((presence) => ({ presence, lot: draw(), round: 0 }))
  entries.sort((a, b) => a.presence.left - b.presence.left || a.lot - b.lot)
  const seen = new Map<string, number>()
  for (const entry of entries) {
    const site = siteOf(entry.presence.host)
    entry.round = seen.get(site) ?? 0
    seen.set(site, entry.round + 1)
  }
  // Stable: within a round the order stays.
  entries.sort((a, b) => a.round - b.round)
  return entries.map(({ presence }) => presence)
}

/** Every PLACES_PER_NEWCOMER-th place is a newcomer's; who is left takes what the others leave. */
function merged(
  known: readonly Presence[],
  newcomers: readonly Presence[],
  taken: number,
): readonly Presence[] {
  const order: Presence[] = []
  let [first, second] = [0, 0]
  for (let place = taken + 1; order.length < known.length + newcomers.length; place++) {
    const forNewcomer = place % PLACES_PER_NEWCOMER === 0 || first === known.length
    const next = forNewcomer && second < newcomers.length ? newcomers[second++] : known[first++]
    if (next !== undefined) order.push(next)
  }
  return order
}
