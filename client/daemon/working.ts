/** Everything that a home holds at work, with its chores: what the daemon and the screens do. */
import { resolve } from 'node:path'
import { stringOption, type Values } from '../../shared/command.js'
import type { Customer } from '../customer.js'
import { beginChores } from './chores.js'
import type { Household } from './household.js'
import { beginMending } from './mending.js'
import { takeAll } from './taking.js'

/** What was at work when it ended. */
export interface Worked {
  readonly contents: number
  /** Bytes that went out in this run. */
  readonly uploaded: number
}

/**
 * Works until `ended` has resolved, then ends all in good order; `--out` of the values is where
 * contents are fetched that are bought and have no folder yet.
 */
export async function workAll(
  household: Household,
  { folder, stop }: Customer,
  values: Values,
  ended: () => Promise<unknown>,
): Promise<Worked> {
  const out = stringOption(values, 'out')
  const leaving = new AbortController()
  const place = out === undefined ? undefined : resolve(folder, out)
  const taking = takeAll(household, place, AbortSignal.any([stop, leaving.signal]))
  const endMending = beginMending(household, place)
  const endChores = beginChores(household)
  try {
    await ended()
  } finally {
    leaving.abort()
    const chores = Promise.all([endChores(), endMending()])
    // What is still being checked stops that, so that whoever waits for it goes on.
    const stopping = household.stop()
    await chores
    await taking
    // What is paid and claimed at the end is told as well.
    await stopping
  }
  const contents = household.transfers().length
  const { trades } = household.station
  const uploaded = trades.reduce((sum, trade) => sum + trade.snapshot().uploadedBytes, 0)
  return { contents, uploaded }
}
