/** A household that a verb opens, with its socket, and closes behind itself. */

import type { Input } from '../../shared/command.js'
import { visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { optionsIn } from '../../shared/program.js'
import { TRADE_OPTIONS } from '../config.js'
import {
  asCustomer,
  asCustomerAlone,
  type Context,
  type Customer,
  makesHome,
  type WithoutHome,
} from '../customer.js'
import { placeOf } from '../local/place.js'
import { serveLocal } from '../local/server.js'
import { Household } from './household.js'
import { apiOf } from './household-api.js'
import { logEvents } from './log-events.js'

/** Whether a verb has the household for itself, or is a guest in one that goes on after it. */
export type Standing = 'owner' | 'guest'

/** What a verb does in a household; `customer` has the terminal and the Ctrl-C of who asked. */
export type HouseholdJob<T> = (
  household: Household,
  customer: Customer,
  standing: Standing,
) => Promise<T>

/**
 * Runs a job in the household of the arguments: in that of the process which holds the home, or in
 * one that is opened and served while the job lasts.
 */
export function inHousehold<T>(
  input: Input,
  context: Context,
  job: HouseholdJob<T>,
  without?: WithoutHome,
): Promise<T> {
  const work = async (customer: Customer): Promise<T> => {
    const { household } = customer
    if (household === undefined) return serve(customer, input, job)
    tellUnused(input, context)
    return job(household, customer, 'guest')
  }
  return asCustomer(input, context, work, without)
}

/** Says which options of a guest mean the whole household, that was opened with its own. */
function tellUnused({ report }: Input, { words }: Context): void {
  const options = optionsIn(words, Object.keys(TRADE_OPTIONS))
  if (options.length === 0) return
  const why = 'the floodgate that holds this home works with its own'
  report.event({ event: 'unused', options }, `without ${options.join(', ')}: ${why}`)
}

/**
 * The same for a verb that opens the household itself, and a home where there is none; fails as
 * home-in-use when there is a household.
 */
export function inOwnHousehold<T>(
  input: Input,
  context: Context,
  job: HouseholdJob<T>,
): Promise<T> {
  return asCustomerAlone(input, context, (customer) => serve(customer, input, job), makesHome)
}

async function serve<T>(customer: Customer, input: Input, job: HouseholdJob<T>): Promise<T> {
  const household = must(await Household.open(customer, input.values))
  household.listen(logEvents(household.log))
  household.completed.listen(({ content }) =>
    household.log.tell('info', `${visible(content.metainfo.name)} is complete`),
  )
  try {
    const api = apiOf(household)
    const place = placeOf(customer.home, customer.environment)
    const server = must(await serveLocal(place, api))
    try {
      const stop = endOf(household, customer)
      return await job(household, { ...household.customer, stop }, 'owner')
    } finally {
      const stopping = household.stop()
      await api.ended()
      await stopping
      await server.close()
    }
  } finally {
    await household.stop()
  }
}

/** Ctrl-C, or a call that asked this process to end. */
function endOf(household: Household, { stop }: Customer): AbortSignal {
  return AbortSignal.any([stop, household.leaving])
}
