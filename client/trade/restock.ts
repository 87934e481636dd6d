/**
 * What a download still needs when nothing that was bought brings it any more: supplementary
 * grants, bought as soon as nothing else is left to wait for, after the person's consent (D8, D9).
 */
import { setTimeout as wait } from 'node:timers/promises'
import { refusalOf } from '../../shared/command.js'
import type { Refusal } from '../../shared/errors.js'
import { RETRY_MIN_MS } from '../../shared/limits.js'
import type { Customer } from '../customer.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Consent } from './consent.js'
import type { PaidContent } from './content.js'
import { supplement } from './purchase.js'
import type { Trade } from './trade.js'

const LOOK_MS = 500

/** A download to be kept going. */
export interface Restocking {
  readonly customer: Customer
  readonly content: PaidContent
  readonly trade: Trade
  readonly consent: Consent
  /** Told of every grant that was bought. */
  readonly bought: (row: BoughtRow) => void
  /** Told of a full disk for which it waits; undefined: it goes on. Without, it ends there. */
  readonly waits?: ((problem: Refusal | undefined) => void) | undefined
}

/**
 * Watches a trade until `over`; ends before with a refusal when pieces must be bought and are not.
 *
 * It waits until every missing piece is one of these: so a person is asked once, for all of them,
 * and what an open grant still brings is never bought beside it. A tracker that is away is asked
 * again later, and so is a disk that is full, under the wallet then, by who can wait for it.
 */
export async function restock(
  restocking: Restocking,
  over: AbortSignal,
): Promise<Refusal | undefined> {
  const { waits } = restocking
  let full = false
  while (!over.aborted) {
    const problem = await buyStranded(restocking)
    const isFull = problem?.code === 'disk-full' && waits !== undefined
    if (problem !== undefined && !isFull && problem.code !== 'unreachable') return problem
    if (isFull !== full) waits?.(isFull ? problem : undefined)
    full = isFull
    const pauseMs = problem === undefined ? LOOK_MS : RETRY_MIN_MS
    await wait(pauseMs, undefined, { signal: over }).catch(() => undefined)
  }
  return undefined
}

/** Buys what is stranded, if nothing else is missing. */
async function buyStranded(restocking: Restocking): Promise<Refusal | undefined> {
  const { bought, consent, content, customer, trade } = restocking
  const { missing, stranded } = trade.shortage
  if (stranded.length === 0 || stranded.length < missing) return undefined
  try {
    await supplement(customer, content, stranded, consent, (row) => {
      bought(row)
      trade.addGrant(row)
    })
    return undefined
  } catch (error) {
    return refusalOf(error)
  }
}
