/** `accounts`: every account's balance, and their sum, which is zero. */
import { formatAmount } from '../../shared/amount.js'
import type { Verb } from '../../shared/command.js'
import { balanceOf } from '../ledger.js'
import { type VerbContext, withTracker } from './context.js'

export const accounts: Verb<VerbContext> = {
  name: 'accounts',
  summary: 'balances of all accounts, and their sum',
  usage: '[--all]',
  options: { all: { type: 'boolean', help: 'empty accounts too' } },
  positionals: { min: 0, max: 0 },
  examples: ['', '--all --json'],
  run: async (input, context) =>
    withTracker(input, context, async ({ store }) => {
      const { rows, names } = await store.read(async (rows) => ({
        rows: await rows.ledger.accounts(),
        names: new Map((await rows.members.all()).map(({ uid, name }) => [uid as string, name])),
      }))
      const balances: Record<string, bigint> = {}
      let sum = 0n
      for (const row of rows) {
        const balance = balanceOf(row)
        sum += balance
        if (balance === 0n && input.values.all !== true) continue
        balances[row.name] = balance
        const member = names.get(row.name.split(':')[1] ?? '')
        const owner = member === undefined ? '' : `  ${member}`
        input.report.line(`${formatAmount(balance).padStart(16)}  ${row.name}${owner}`)
      }
      input.report.line(`${formatAmount(sum).padStart(16)}  sum`)
      return { sum, balances }
    }),
}
