/**
 * Payouts: the money leaves what its member can spend when it is asked for, and waits in an account
 * of its own until the provider has paid it outside, or gives it back. For a member that can make
 * no call any more the desk asks.
 *
 * One commit takes it and one ends it, each under its own key: what is asked or decided twice moves
 * nothing the second time, and no payout is both paid and given back.
 */
import { FUNDING, payout as payoutOf, pending, spendable } from '../shared/account.js'
import { type Amount, formatAmount, ZERO } from '../shared/amount.js'
import { toHex } from '../shared/bytes.js'
import { visible } from '../shared/command.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import { PAYOUTS_SHOWN_MAX_COUNT, PAYOUTS_WAITING_MAX_COUNT } from '../shared/money-limits.js'
import { PayoutAnswer, type PayoutCall, PayoutsAnswer } from '../shared/payouts.js'
import { encode } from '../shared/wire/record.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { PayoutEnd, PayoutRow } from './payout-rows.js'
import type { MemberRow, Rows } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

const ID_BYTES = 16
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

/** Whose money shall leave, and where to; `made` when the desk says so, not the member. */
type Asking = Pick<PayoutRow, 'amount' | 'made'> & {
  readonly member: MemberRow
  /** The same again takes nothing. */
  readonly id: Uint8Array
  readonly to: string
}

type Desk = Pick<CallContext, 'rows' | 'nowMs'> & {
  readonly tracker: Pick<Tracker, 'config' | 'random' | 'vault'>
}

/**
 * Takes what is asked for out of what the member can spend; of an id that was used before it gives
 * the payout of then. Refusals in order: malformed (nothing, or a place that cannot be shown),
 * too-many-open, insufficient-funds.
 */
async function take(desk: Desk, asking: Asking): Promise<PayoutRow | Refusal> {
  const { rows, nowMs } = desk
  const { amount, id, made, member, to } = asking
  if (amount === ZERO) return refuse('malformed', 'a payout of nothing')
  if (to.trim() === '' || visible(to) !== to) {
    return refuse('malformed', 'say where the money shall go, in plain text')
  }
  const key = commitKey('payout', member.uid, toHex(id))
  const earlier = await rows.ledger.findCommit(key)
  if (earlier !== undefined) return rowOf(rows, earlier.id)
  if ((await rows.payouts.waiting(member.id)) >= PAYOUTS_WAITING_MAX_COUNT) {
    return refuse('too-many-open', `${PAYOUTS_WAITING_MAX_COUNT} payouts wait for the provider`)
  }
  const salt = desk.tracker.random(SALT_BYTES)
  const done = await commit(rows, {
    ...{ key, kind: 'payout', at: nowMs },
    transfers: [{ debit: spendable(member.uid), credit: payoutOf(member.uid), amount }],
    alongside: async (commit) => {
      const row = { member: member.id, commit, amount, asked: nowMs, made }
      const destination = desk.tracker.vault.hide(to, placeOf(row), salt)
      await rows.payouts.insert({ ...row, destination })
      return undefined
    },
  })
  if (refused(done)) return done.code === 'insufficient-funds' ? poor(desk, asking) : done
  return rowOf(rows, done.commit)
}

async function rowOf(rows: Rows, commit: number): Promise<PayoutRow> {
  const row = await rows.payouts.byCommit(commit)
  assert(row !== undefined, 'a payout was inserted with its commit')
  return row
}

async function poor(
  { tracker, rows }: Desk,
  { amount, member }: Pick<Asking, 'amount' | 'member'>,
) {
  const { currency } = tracker.config
  const holds = formatAmount(balanceOf(await rows.ledger.account(spendable(member.uid))))
  const detail = `the account holds ${holds} ${currency}, not ${formatAmount(amount)}`
  return refuse('insufficient-funds', `${detail}; what is pending can be paid out later`)
}

/**
 * Takes a payout that a member asks for. Refusals in order: those of `take`, of which malformed
 * comes first; malformed (the id was used for another payout).
 */
export async function payout(
  context: CallContext,
  { amount, id, to }: PayoutCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, member } = context
  const row = await take(context, { amount, id, made: undefined, member, to })
  if (refused(row)) return row
  const entry = entryOf(tracker, row)
  if (refused(entry)) return entry
  if (entry.amount !== amount || entry.to !== to) {
    return refuse('malformed', 'the id of this payout was used for another one')
  }
  return encode(PayoutAnswer, entry)
}

/** A payout in the name of a member; without an amount of all that it could spend. */
export interface Making extends Pick<Asking, 'member' | 'to'> {
  readonly amount: Amount | undefined
  readonly made: NonNullable<PayoutRow['made']>
}

/**
 * Makes a payout for a member whose membership has ended: nobody can spend its money meanwhile, nor
 * ask for it too, with whatever copy of its key. One at a time: typed twice it makes no second.
 *
 * Refusals in order: not-revoked, payout-waits (one made before is not decided), insufficient-funds
 * (there is nothing), those of `take`.
 */
export async function makePayout(
  desk: Desk,
  { amount, made, member, to }: Making,
): Promise<PayoutRow | Refusal> {
  const { rows, tracker } = desk
  const { uid } = member
  if ((await rows.revocations.of(member.id)) === undefined) {
    const who = `the membership of ${visible(member.name)} has not ended`
    const how = `floodgate-tracker revoke ${uid} ends it for good`
    return refuse('not-revoked', `${who}, so it can ask itself; where its key is lost: ${how}`)
  }
  const known = await rows.payouts.ofMember(member.id, PAYOUTS_WAITING_MAX_COUNT)
  const before = known.find((row) => row.state === 'asked' && row.made !== undefined)
  if (before !== undefined) {
    const what = `payout ${before.id} of ${formatAmount(before.amount)}`
    const detail = `${what} for ${visible(member.name)} waits; say that it is paid, or return it`
    return refuse('payout-waits', `${detail}, before another one is made`)
  }
  const holds = balanceOf(await rows.ledger.account(spendable(uid)))
  if (holds === ZERO) {
    const unripe = formatAmount(balanceOf(await rows.ledger.account(pending(uid))))
    const waiting = formatAmount(balanceOf(await rows.ledger.account(payoutOf(uid))))
    const detail = `${unripe} is still pending, ${waiting} waits in payouts that were asked for`
    return refuse('insufficient-funds', `the account has nothing to pay out now: ${detail}`)
  }
  const id = tracker.random(ID_BYTES)
  return take(desk, { amount: amount ?? holds, id, made, member, to })
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
