/** `cases`: how one's own cases stand at the desks of one's providers (design D9, D12). */
import type { Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { asCustomer, type Context, chooseProviders, TRACKER_OPTION } from '../customer.js'
import { tellCase } from './refund.js'

export const cases: Verb<Context> = {
  name: 'cases',
  summary: 'list your own cases at the desks of your providers',
  usage: '[--tracker WHICH]',
  options: TRACKER_OPTION,
  positionals: { min: 0, max: 0 },
  examples: ['', '--tracker https://tracker.example'],
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      let count = 0
      for (const provider of must(chooseProviders(customer, input.values))) {
        const { body } = must(await provider.call('cases', {}))
        // Oldest first: the latest case about a grant says whether it can be spent.
        for (const entry of body.cases.toReversed()) {
          const { fingerprint } = provider.row
          customer.wallet.refunds.setState(fingerprint, entry.rid, entry.state)
          tellCase(input, entry)
        }
        count += body.cases.length
      }
      if (count === 0) input.report.line('no cases')
      return { cases: count }
    }),
}
