/** `accounts`: every account's balance, and their sum, which is zero. */
import { pending, spendable } from '../../shared/account.js'
import { formatAmount } from '../../shared/amount.js'
import { type Verb, visible } from '../../shared/command.js'
import type { Cid } from '../../shared/identifier.js'
import { balanceOf } from '../ledger.js'
import type { AccountRow, Rows } from '../rows.js'
import { type VerbContext, withTracker } from './context.js'

/** Held earnings that are looked at; a desk with more has them listed by `held`. */
const HELD_MAX_COUNT = 10_000

/** Names of members by uid, and of the contents whose carrier funds there are by cid. */
async function ownersOf(
  rows: Rows,
  accounts: readonly AccountRow[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (const { name, uid } of await rows.members.all()) names.set(uid, name)
  for (const { name } of accounts) {
    const [kind, cid] = name.split(':')
    const content = kind === 'carrier' ? await rows.catalog.byCid(cid as Cid) : undefined
    if (content !== undefined) names.set(content.cid, content.name)
  }
  return names
}

/** What is held back for the desk, by the account that it is in. */
async function heldOf(rows: Rows): Promise<ReadonlyMap<string, bigint>> {
  const sums = new Map<string, bigint>()
  for (const { id, payee } of await rows.flows.all(false, HELD_MAX_COUNT)) {
    const member = await rows.members.byId(payee)
    if (member === undefined) continue
    const account = pending(member.uid)
    const claims = await rows.flows.claimsOf(id)
    const sum = claims.reduce((total, { amount }) => total + amount, 0n)
    sums.set(account, (sums.get(account) ?? 0n) + sum)
  }
  return sums
}

export const accounts: Verb<VerbContext> = {
  name: 'accounts',
  summary: 'balances of all accounts, and their sum',
  usage: '[--all]',
  options: { all: { type: 'boolean', help: 'empty accounts too' } },
  examples: ['', '--all --json'],
  run: async (input, context) =>
    withTracker(input, context, async ({ store }) => {
      const { members, rows, names, waiting } = await store.read(async (rows) => {
        const accounts = await rows.ledger.accounts()
        const names = await ownersOf(rows, accounts)
        const members = (await rows.members.all()).map(({ name, uid }) => [uid, name] as const)
        return { members, rows: accounts, names, waiting: await heldOf(rows) }
      })
      const balances: Record<string, bigint> = {}
      let sum = 0n
      for (const row of rows) {
        const balance = balanceOf(row)
        sum += balance
        if (balance === 0n && input.values.all !== true) continue
        balances[row.name] = balance
        const name = names.get(row.name.split(':')[1] ?? '')
        const owner = name === undefined ? '' : `  ${visible(name)}`
        const held = waiting.get(row.name)
        const note = held === undefined ? '' : `  (${formatAmount(held)} waits: held list)`
        input.report.line(`${formatAmount(balance).padStart(16)}  ${row.name}${owner}${note}`)
      }
      // Members whom no money has reached yet have no account, but a uid that topup can be told.
      for (const [uid, name] of input.values.all === true ? members : []) {
        const account = spendable(uid)
        if (balances[account] !== undefined) continue
        balances[account] = 0n
        input.report.line(`${formatAmount(0n).padStart(16)}  ${account}  ${visible(name)}`)
      }
      input.report.line(`${formatAmount(sum).padStart(16)}  sum`)
      return { sum, balances, held: Object.fromEntries(waiting) }
    }),
}
