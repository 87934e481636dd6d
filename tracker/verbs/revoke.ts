/** `revoke`: ends a membership; its certificates go on the list that every peer checks (D11). */
import { pending, spendable } from '../../shared/account.js'
import { formatAmount, ZERO } from '../../shared/amount.js'
import { fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { assert } from '../../shared/errors.js'
import { formatMoment } from '../../shared/words.js'
import { balanceOf } from '../ledger.js'
import { revokeMember } from '../revocations.js'
import type { RevocationRow, Rows } from '../rows.js'
import { findMember, type VerbContext, withTracker } from './context.js'

/** A revoked member, with what its account still holds. */
async function described(rows: Rows, { at, member, number, reason }: RevocationRow) {
  const found = await rows.members.byId(member)
  assert(found !== undefined, 'a revoked member is a member')
  const { name, uid } = found
  const free = balanceOf(await rows.ledger.account(spendable(uid)))
  const unripe = balanceOf(await rows.ledger.account(pending(uid)))
  return { uid, name, number, at, reason, spendable: free, pending: unripe }
}

type Described = Awaited<ReturnType<typeof described>>

/** A revoked member in words, and how its owner can have what is left in the account. */
function wordsOf({ at, name, pending, reason, spendable, uid }: Described): string {
  const because = reason === '' ? '' : `, ${visible(reason)}`
  const since = `${visible(name)} (${uid}) is revoked since ${formatMoment(at)}${because}`
  if (spendable === ZERO && pending === ZERO) return since
  const sums = `${formatAmount(spendable)} can be paid out, ${formatAmount(pending)} is pending`
  return `${since}\n  ${sums}: floodgate-tracker payouts make ${uid} all`
}

async function list(input: Input, context: VerbContext) {
  const { report, values } = input
  if (values.reason !== undefined) fail('usage', 'say whose: revoke UID-or-NAME --reason TEXT')
  return withTracker(input, context, async ({ store }) => {
    const found = await store.read(async (rows) => {
      const all = await rows.revocations.all()
      return Promise.all(all.map((row) => described(rows, row)))
    })
    for (const each of found) report.event({ event: 'revoked', ...each }, wordsOf(each))
    if (found.length === 0) report.line('nobody is revoked: revoke UID-or-NAME')
    return { members: found.length }
  })
}

export const revoke: Verb<VerbContext> = {
  name: 'revoke',
  summary: 'end a membership, its money stays where it is; alone, who is revoked',
  usage: '[UID-or-NAME] [--reason TEXT]',
  whence: 'floodgate-tracker accounts --all lists members',
  options: { reason: { type: 'string', value: 'TEXT', help: 'for your own books' } },
  examples: ['', "carol --reason 'key was stolen'"],
  run: async (input, context) => {
    const [who] = input.positionals
    if (who === undefined) return list(input, context)
    const done = await withTracker(input, context, ({ store }) =>
      store.write(async (rows) => {
        const member = await findMember(rows, who)
        const given = stringOption(input.values, 'reason') ?? ''
        return described(rows, await revokeMember(rows, member, given, context.now()))
      }),
    )
    // Not before it is on the disk.
    input.report.line(wordsOf(done))
    return done
  },
}
