/** `topup`: credits a member's account with money that came in from outside. */
import { FUNDING, spendable } from '../../shared/account.js'
import { formatAmount, parseSum } from '../../shared/amount.js'
import { toHex } from '../../shared/bytes.js'
import { fail, stringOption, type Verb, visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { SOURCE_MAX_BYTES } from '../../shared/tracker-limits.js'
import { paymentSource } from '../flows.js'
import { balanceOf, commit, commitKey } from '../ledger.js'
import { shortText } from '../settings.js'
import { findMember, type VerbContext, withTracker } from './context.js'

export const topup: Verb<VerbContext> = {
  name: 'topup',
  summary: "credit a member's account",
  usage: 'UID-or-NAME AMOUNT [--id TEXT] [--source TEXT]',
  whence: 'floodgate-tracker accounts --all lists members',
  options: {
    id: { type: 'string', value: 'TEXT', help: 'the same id again credits nothing' },
    source: { type: 'string', value: 'TEXT', help: 'whose money it is: a card, a bank account' },
  },
  examples: [
    'carol 10',
    '0123456789abcdef0123456789abcdef 2.50 --id invoice-17',
    'carol 10 --source DE02120300000000202051',
  ],
  run: async (input, context) => {
    const [who, text] = input.positionals as [string, string]
    const amount = must(parseSum(text))
    const given = stringOption(input.values, 'source')
    const source =
      given === undefined ? undefined : must(shortText('source', given, SOURCE_MAX_BYTES))
    const done = await withTracker(input, context, ({ store, vault }) =>
      store.write(async (rows) => {
        const { uid, name, id: member } = await findMember(rows, who)
        const id = stringOption(input.values, 'id') ?? toHex(context.random(16))
        const transfers = [{ debit: FUNDING, credit: spendable(uid), amount }]
        const key = commitKey('topup', uid, id)
        const ended = (await rows.revocations.of(member)) !== undefined
        if (ended && (await rows.ledger.findCommit(key)) === undefined) {
          const why = `the membership of ${visible(name)} (${uid}) has ended, nobody could spend it`
          fail('certificate-revoked', `${why}; top up another one`)
        }
        const at = context.now()
        const made = must(await commit(rows, { key, kind: 'topup', at, transfers }))
        const { first } = made
        const [before] = first ? [] : await rows.ledger.postings(made.commit)
        if (before !== undefined && before.amount !== amount) {
          const past = `${formatAmount(before.amount)} were credited under this --id before`
          fail('usage', `${name}: ${past}; nothing is credited now: choose another --id`)
        }
        if (source !== undefined) await rows.sources.add(paymentSource(vault, source), member)
        const balance = balanceOf(await rows.ledger.account(spendable(uid)))
        return { uid, name, amount, first, balance }
      }),
    )
    // Not before it is on the disk.
    const credited = done.first ? `credited ${formatAmount(amount)}` : 'credited before'
    input.report.line(`${done.name}: ${credited}, now ${formatAmount(done.balance)}`)
    return done
  },
}
