/** `claim`: turns what was earned into money now (paper §III.F). */
import { formatAmount } from '../../shared/amount.js'
import type { Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { asCustomer, type Context, certified, chooseProvider, TRACKER_OPTION } from '../customer.js'
import { Claimer } from '../pay/claiming.js'
import { tellClaims } from './trading.js'

export const claim: Verb<Context> = {
  name: 'claim',
  summary: 'claim what was earned and not claimed yet',
  usage: '[--tracker URL]',
  options: TRACKER_OPTION,
  positionals: { min: 0, max: 0 },
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      const { random, schemes, wallet } = customer
      const provider = must(chooseProvider(customer, input.values))
      await certified(customer, provider)
      const claimer = new Claimer({ provider, wallet, schemes, random })
      const { credited, grants, problem } = await claimer.claim()
      tellClaims(input.report, { credited, grants, problem: undefined })
      if (problem !== undefined) must(problem)
      const pieces = grants.reduce((sum, grant) => sum + grant.pieces, 0)
      if (grants.length === 0) input.report.line('nothing to claim')
      else input.report.line(`${pieces} pieces credited with ${formatAmount(credited)}`)
      return { credited, pieces, grants: grants.length }
    }),
}
