/** Strategies that a replay compares: ours, and those that anybody would think of first. */
import { choose } from '../../client/earn/chooser.js'
import type { Ware } from '../../client/earn/forecast.js'
import type { Cid } from '../../shared/identifier.js'
import type { Strategy, View } from './replay.js'

/** What the chooser of the program does. */
export const chosen: Strategy = (view) =>
  choose({ ...view, without: view.dropped }, view.means).flatMap(({ act, ware }) =>
    act === 'buy' || act === 'hold' ? [ware.cid] : [],
  )

/** Days without income after which the simple strategies, too, make room. */
const PATIENCE_DAYS = 10

/** Keeps what earns, and fills quota and budget with others in the order that is given. */
function filling(view: View, order: readonly Ware[]): Cid[] {
  const idle = new Set(
    view.stakes.flatMap(({ cid, days, earned }) =>
      days >= PATIENCE_DAYS && earned === 0n ? [cid] : [],
    ),
  )
  const held = view.stakes.flatMap(({ cid }) => (idle.has(cid) ? [] : [cid]))
  let { budget, quota } = view.means
  for (const { bytes, cid } of view.wares) if (held.includes(cid)) quota -= bytes
  const bought: Cid[] = []
  for (const { bytes, cid, price } of order) {
    const gone = idle.has(cid) || view.dropped.has(cid)
    if (held.includes(cid) || gone || bytes > quota || price > budget) continue
    bought.push(cid)
    quota -= bytes
    budget -= price
  }
  return [...held, ...bought]
}

/** Whatever comes first. */
export const random: Strategy = (view, dice) => {
  const lots = new Map(view.wares.map((ware) => [ware, dice.next()]))
  const lot = (ware: Ware) => lots.get(ware) as number
  return filling(
    view,
    view.wares.toSorted((a, b) => lot(a) - lot(b)),
  )
}

/** What fewest sell. */
export const rarestFirst: Strategy = (view) =>
  filling(
    view,
    view.wares.toSorted((a, b) => a.sellers - b.sellers),
  )

/** What sold most in the week: no judge of prices, sizes or fashions that are over. */
export const bestSelling: Strategy = (view) =>
  filling(
    view,
    view.wares.toSorted((a, b) => b.week - a.week),
  )
