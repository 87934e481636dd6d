/** How a content of a household begins to work. */
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import { liveGrants } from '../trade/purchase.js'
import type { Trade } from '../trade/trade.js'
import type { Held } from './held.js'
import type { Household } from './household.js'

/**
 * Takes a content up at the station, with what it was bought with. `ended` says whether somebody
 * ended it since: then it refuses as interrupted, before any file is looked at. Refuses as the
 * station does.
 */
export async function beginWork(
  { certifying, customer, station }: Household,
  held: Held,
  ended: () => boolean,
  bought?: readonly BoughtRow[],
): Promise<Trade | Refusal> {
  const { chosen, content, cut, folder, origin, sequential } = held
  if (content.paid) {
    await certifying.with(content.provider)
    if (ended()) return refuse('interrupted', 'it was paused or removed meanwhile')
  }
  const trade = await station.add({
    ...{ content, folder, chosen, sequential, cut, background: origin === 'earn' },
    grants: bought ?? (content.paid ? liveGrants(customer, content) : []),
  })
  return refused(trade) ? trade : ((await wishAgain(held, { chosen, sequential }, trade)) ?? trade)
}

/** While its files were checked a person may have wished for other ones, or another order. */
async function wishAgain(
  held: Held,
  before: Pick<Held, 'chosen' | 'sequential'>,
  trade: Trade,
): Promise<Refusal | undefined> {
  if (held.sequential !== before.sequential) trade.work.inOrder(held.sequential)
  return held.chosen === before.chosen ? undefined : trade.work.choose(held.chosen)
}

/** A trade that is at work by now, with what was bought meanwhile. */
export function withGrants(trade: Trade | Refusal, grants: readonly BoughtRow[]): Trade | Refusal {
  if (!refused(trade)) for (const grant of grants) trade.addGrant(grant)
  return trade
}
