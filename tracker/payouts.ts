/**
 * Payouts: the money leaves what its member can spend when it is asked for, and waits in an account
 * of its own until the provider has paid it outside, or gives it back.
 *
 * One commit takes it and one ends it, each under its own key: what is asked or decided twice moves
 * nothing the second time, and no payout is both paid and given back.
 */
import { FUNDING, payout as payoutOf, spendable } from '../shared/account.js'
import { formatAmount, ZERO } from '../shared/amount.js'
import { toHex } from '../shared/bytes.js'
import { visible } from '../shared/command.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import { PAYOUTS_SHOWN_MAX_COUNT, PAYOUTS_WAITING_MAX_COUNT } from '../shared/money-limits.js'
import { PayoutAnswer, type PayoutCall, PayoutsAnswer } from '../shared/payouts.js'
import { encode } from '../shared/wire/record.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { PayoutEnd, PayoutRow } from './payout-rows.js'
import type { Rows } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

const SALT_BYTES = 16

/** What a destination belongs to: moved to another payout it cannot be shown. */
function placeOf({ amount, commit, member }: Pick<PayoutRow, 'amount' | 'commit' | 'member'>) {
  return `payout ${member} ${commit} ${amount}`
}

/** Where a payout shall go. Fails when the row was changed, or the vault has another key. */
export function destinationOf({ vault }: Pick<Tracker, 'vault'>, row: PayoutRow): string | Refusal {
  const shown = vault.show(row.destination, placeOf(row))
  if (!refused(shown)) return shown
  const why = 'was changed in the database, or hidden under another key'
  return refuse('internal', `where payout ${row.id} shall go ${why}`)
}

function entryOf(tracker: Tracker, row: PayoutRow): PayoutAnswer | Refusal {
  const to = destinationOf(tracker, row)
  if (refused(to)) return to
  const { id: number, state, amount, asked, decided, note } = row
  const end = decided === undefined ? {} : { decided, ...(note !== undefined && { note }) }
  return { number, state, amount, to, asked, ...end }
}

/**
 * Takes a payout that a member asks for.
 *
 * Refusals in order: malformed (nothing, or a place that cannot be shown), malformed (the id was
 * used for another payout), too-many-open, insufficient-funds.
 */
export async function payout(
  context: CallContext,
  call: PayoutCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, nowMs } = context
  const { amount, id, to } = call
  if (amount === ZERO) return refuse('malformed', 'a payout of nothing')
  if (to.trim() === '' || visible(to) !== to) {
    return refuse('malformed', 'say where the money shall go, in plain text')
  }
  const key = commitKey('payout', member.uid, toHex(id))
  const earlier = await rows.ledger.findCommit(key)
  if (earlier !== undefined) return again(context, call, earlier.id)
  if ((await rows.payouts.waiting(member.id)) >= PAYOUTS_WAITING_MAX_COUNT) {
    return refuse('too-many-open', `${PAYOUTS_WAITING_MAX_COUNT} payouts wait for the provider`)
  }
  const salt = tracker.random(SALT_BYTES)
  const done = await commit(rows, {
    ...{ key, kind: 'payout', at: nowMs },
    transfers: [{ debit: spendable(member.uid), credit: payoutOf(member.uid), amount }],
    alongside: async (commit) => {
      const row = { member: member.id, commit, amount, asked: nowMs }
      const destination = tracker.vault.hide(to, placeOf(row), salt)
      await rows.payouts.insert({ ...row, destination })
      return undefined
    },
  })
  if (refused(done)) return done.code === 'insufficient-funds' ? poor(context, call) : done
  return again(context, call, done.commit)
}

/** The payout of a commit, as its member asked for it. */
async function again(
  { tracker, rows }: CallContext,
  { amount, to }: PayoutCall,
  commit: number,
): Promise<Uint8Array | Refusal> {
  const row = await rows.payouts.byCommit(commit)
  assert(row !== undefined, 'a payout was inserted with its commit')
  const entry = entryOf(tracker, row)
  if (refused(entry)) return entry
  if (entry.amount !== amount || entry.to !== to) {
    return refuse('malformed', 'the id of this payout was used for another one')
  }
  return encode(PayoutAnswer, entry)
}

async function poor({ tracker, rows, member }: CallContext, { amount }: PayoutCall) {
  const { currency } = tracker.config
  const holds = formatAmount(balanceOf(await rows.ledger.account(spendable(member.uid))))
  const detail = `the account holds ${holds} ${currency}, not ${formatAmount(amount)}`
  return refuse('insufficient-funds', `${detail}; what is pending can be paid out later`)
}

/** The caller's own payouts. */
export async function payouts({
  tracker,
  rows,
  member,
}: CallContext): Promise<Uint8Array | Refusal> {
  const entries: PayoutAnswer[] = []
  for (const row of await rows.payouts.ofMember(member.id, PAYOUTS_SHOWN_MAX_COUNT)) {
    const entry = entryOf(tracker, row)
    if (refused(entry)) return entry
    entries.push(entry)
  }
  return encode(PayoutsAnswer, { payouts: entries })
}

/** What the provider did with a payout. */
export type PayoutDecision = Pick<PayoutEnd, 'state' | 'who' | 'note'>

/**
 * Ends a payout: `paid` once the money has left for the member outside of these books, `returned`
 * when it will not. Deciding the same again changes nothing; otherwise it refuses as
 * payout-decided.
 */
export async function decidePayout(
  rows: Rows,
  row: PayoutRow,
  { state, who, note }: PayoutDecision,
  nowMs: number,
): Promise<{ readonly first: boolean } | Refusal> {
  if (row.state === state) return { first: false }
  if (row.state !== 'asked') {
    return refuse('payout-decided', `payout ${row.id} is ${row.state} already`)
  }
  const member = await rows.members.byId(row.member)
  assert(member !== undefined, 'a payout was asked for by a member')
  const debit = payoutOf(member.uid)
  const credit = state === 'paid' ? FUNDING : spendable(member.uid)
  const done = await commit(rows, {
    ...{ key: commitKey('payout-end', String(row.id)), kind: state, at: nowMs },
    transfers: [{ debit, credit, amount: row.amount }],
    alongside: async (settled) => {
      await rows.payouts.decide(row.id, { state, decided: nowMs, who, note, settled })
      return undefined
    },
  })
  assert(!refused(done), 'what was asked for waits in its account')
  return { first: done.first }
}
