/** `ledger verify`: recomputes everything from the postings and the claims. */
import { fail, type Verb } from '../../shared/command.js'
import { verifyLedger } from '../verify.js'
import { type VerbContext, withTracker } from './context.js'

const SHOWN_MAX_COUNT = 20

export const ledger: Verb<VerbContext> = {
  name: 'ledger',
  summary: 'verify: recompute all balances, escrows and claims',
  usage: '[verify]',
  options: {},
  examples: ['verify'],
  run: async (input, context) => {
    const { report } = input
    return withTracker(input, context, async (tracker) => {
      const { problems, counted } = await verifyLedger(tracker)
      for (const problem of problems.slice(0, SHOWN_MAX_COUNT)) {
        report.event({ event: 'problem', problem }, problem)
      }
      if (problems.length > 0) {
        fail(
          'ledger-wrong',
          `the ledger does not add up: ${problems.length} faults, ${problems[0]}`,
        )
      }
      const { accounts, grants, claims } = counted
      report.line(`right: ${accounts} accounts, ${grants} grants, ${claims} claims; sum 0`)
      return { ok: true, sum: '0', ...counted }
    })
  },
}
