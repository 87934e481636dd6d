/**
 * Closed swarms: only so many members trade a content that a buyer which never pays cannot have it
 * from all of them together, p > n (s + d_p) (paper §V, design D5).
 *
 * s + d_p are the house and the buyers that are live for the content, each once and only with a
 * proved address, and the buyers that will be: a purchase takes a place at once, so that nobody is
 * turned away who has paid. Whoever has bought nothing is neither counted nor named: it could close
 * the content to buyers at no cost. A buyer keeps its place for as long as a list that it was given
 * is good, since it may meet sellers on it without a word to the tracker, and gives it back when it
 * leaves with all it bought.
 */
import { type Refusal, refuse } from '../shared/errors.js'
import { PEER_LIST_MAX_AGE_MS } from '../shared/limits.js'
import { placesIn, type Terms } from '../shared/terms.js'
import { counted } from '../shared/words.js'
import type { ContentRow, Rows } from './rows.js'
import type { Presence } from './swarm.js'
import type { CallContext } from './tracker.js'

/** Those among live members that a closed content's lists may name. */
export async function insiders(
  rows: Rows,
  content: number,
  live: readonly Presence[],
): Promise<Presence[]> {
  const inside: Presence[] = []
  for (const each of live) {
    if (each.house || (await rows.grants.latest(each.id, content))) inside.push(each)
  }
  return inside
}

/** Member rows that have a place in a content's swarm. */
async function seated(
  { tracker, rows, nowMs }: CallContext,
  { cid, id }: ContentRow,
): Promise<ReadonlySet<number>> {
  const buyers = await rows.grants.listedTo(id, nowMs - PEER_LIST_MAX_AGE_MS, nowMs)
  const live = await insiders(rows, id, tracker.swarm.live(cid, nowMs))
  return new Set([...live.map((each) => each.id), ...buyers])
}

/** Refuses the purchase of a content whose swarm is closed and full, as swarm-full. */
export async function admit(
  context: CallContext,
  content: ContentRow,
  terms: Terms,
): Promise<Refusal | undefined> {
  if (terms.mode !== 'closed') return undefined
  const others = new Set(await seated(context, content))
  others.delete(context.member.id)
  const places = placesIn(terms)
  if (others.size < places) return undefined
  const taken = `the swarm of this content is closed: all ${counted(places, 'place')} are taken`
  return refuse('swarm-full', `${taken}; nothing was charged, try again later`)
}
