/**
 * Whether every posting is of something that happened: a top-up, or what a voucher, a payout, a
 * grant, a claim or a case says (docs/PROTOCOL.md 13.2).
 *
 * Balances that add up prove little alone: money that somebody moved between two accounts, totals
 * and all, adds up as well.
 */
import {
  type Account,
  carrier,
  escrow,
  FUNDING,
  held,
  payout,
  pending,
  REVENUE,
  spendable,
} from '../shared/account.js'
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { assert } from '../shared/errors.js'
import type { Uid } from '../shared/identifier.js'
import type { VerifiedTerms } from '../shared/terms.js'
import type { CaseRow } from './case-rows.js'
import { coveredBy, priceOf } from './catalog.js'
import type { ClaimRow } from './claim-rows.js'
import { type CommitRequest, commitKey } from './ledger.js'
import type { PayoutRow } from './payout-rows.js'
import type { GrantRow, Rows } from './rows.js'
import type { VoucherRow } from './voucher-rows.js'

/** A commit by its row, or by its key. */
type Commit = number | Uint8Array

/** What waits to be paid out to a member. */
export interface Waiting {
  readonly uid: Uid
  readonly amount: Amount
}

/** A grant with all that happened to it. */
export interface GrantStory {
  readonly grant: GrantRow
  readonly terms: VerifiedTerms
  readonly claims: readonly ClaimRow[]
  readonly cases: readonly CaseRow[]
}

/** Looks for the postings of one grant after the other, and in the end for any that are left. */
export class PostingCheck {
  readonly #rows: Rows
  readonly #problems: string[]
  #found = 0

  constructor(rows: Rows, problems: string[]) {
    this.#rows = rows
    this.#problems = problems
  }

  async grant(story: GrantStory): Promise<void> {
    const { grant, terms, claims, cases } = story
    await this.#purchase(story)
    for (const claim of claims) await this.#claim(story, claim)
    for (const row of cases) await this.#case(story, row)
    const rewards = amount(terms.reward * BigInt(coveredBy(grant, terms)))
    const claimed = claims.reduce((sum, claim) => sum + claim.amount, 0n)
    const refunded = cases.reduce((sum, each) => sum + each.fromEscrow + each.fromRest, 0n)
    const kept = cases.reduce(
      (sum, { fromHeld }) => sum - fromHeld,
      priceOf(grant, terms) - rewards,
    )
    const { rid, cid } = grant
    if (grant.heldDue === undefined) {
      const commit = commitKey('release', rid)
      await this.#expect(`grant ${grant.rid}`, 'release', commit, [held(rid), REVENUE, kept])
    }
    if (grant.closed) {
      const commit = commitKey('close', rid)
      const left = rewards - claimed - refunded
      await this.#expect(`grant ${grant.rid}`, 'close', commit, [escrow(rid), carrier(cid), left])
    }
  }

  async voucher({ id, member, commit, amount }: VoucherRow): Promise<void> {
    if (member === undefined || commit === undefined) return
    const posting = [FUNDING, spendable(await this.#uid(member)), amount] as const
    await this.#expect(`voucher ${id}`, 'voucher', commit, posting)
  }

  /** Gives what of it waits in the member's account. */
  async payout({ id, member, commit, amount, settled, state }: PayoutRow): Promise<Waiting> {
    const uid = await this.#uid(member)
    const [own, waiting] = [spendable(uid), payout(uid)]
    await this.#expect(`payout ${id}`, 'payout', commit, [own, waiting, amount])
    if (state === 'asked') return { uid, amount }
    const to = state === 'paid' ? FUNDING : own
    await this.#expect(`payout ${id}`, state, settled ?? 0, [waiting, to, amount])
    return { uid, amount: ZERO }
  }

  /** After all of these: what none of them asked for must be top-ups. */
  async rest(): Promise<void> {
    const { all, topups } = await this.#rows.ledger.countPostings()
    const left = all - topups - this.#found
    if (left !== 0) this.#problems.push(`${left} postings are of nothing that happened`)
  }

  async #purchase({ grant, terms }: GrantStory): Promise<void> {
    const { rid, bought, issued } = grant
    const from = spendable(await this.#uid(grant.buyer))
    const rewards = amount(terms.reward * BigInt(coveredBy(grant, terms)))
    const rest = priceOf(grant, terms) - rewards
    const at = await this.#expect(`grant ${grant.rid}`, 'purchase', bought, [
      from,
      escrow(rid),
      rewards,
    ])
    await this.#expect(`grant ${grant.rid}`, 'purchase', bought, [from, held(rid), rest])
    this.#dated(grant, at ?? issued, issued)
    this.#dated(grant, issued + terms.spend, grant.spendUntil)
    this.#dated(grant, issued + terms.claim, grant.claimUntil)
    this.#dated(grant, issued + terms.complaint, grant.heldDue)
  }

  async #claim({ grant, terms }: GrantStory, claim: ClaimRow): Promise<void> {
    const { id, commit, seller, amount, due, matured, withheld } = claim
    const uid = await this.#uid(seller)
    const posting = [escrow(grant.rid), pending(uid), amount] as const
    const at = await this.#expect(`grant ${grant.rid}`, 'claim', commit, posting)
    this.#dated(grant, at === undefined ? due : at + terms.complaint, due)
    if (withheld) {
      const fund = [pending(uid), carrier(grant.cid), amount] as const
      await this.#expect(`grant ${grant.rid}`, 'withhold', commitKey('withhold', String(id)), fund)
    }
    if (!matured) return
    const own = [pending(uid), spendable(uid), amount] as const
    await this.#expect(`grant ${grant.rid}`, 'mature', commitKey('mature', String(id)), own)
  }

  async #case({ grant }: GrantStory, row: CaseRow): Promise<void> {
    const last = (await this.#rows.cases.events(row.id)).at(-1)?.what
    if (last !== row.state) {
      this.#problems.push(`case ${row.id} is ${row.state}, its trail ends as ${last}`)
    }
    if (row.settled === undefined) return
    const kind = row.kind === 'refund' ? 'refund' : 'award'
    const to = spendable(await this.#uid(row.plaintiff))
    const { settled, fromEscrow, fromHeld, fromRest } = row
    await this.#expect(`grant ${grant.rid}`, kind, settled, [escrow(grant.rid), to, fromEscrow])
    await this.#expect(`grant ${grant.rid}`, kind, settled, [held(grant.rid), to, fromHeld])
    const rest = commitKey('rest', String(row.id))
    await this.#expect(`grant ${grant.rid}`, 'award', rest, [escrow(grant.rid), to, fromRest])
  }

  /** Finds one posting and gives its date; nothing is posted for an amount of 0. */
  async #expect(
    where: string,
    kind: CommitRequest['kind'],
    commit: Commit,
    [debit, credit, sum]: readonly [Account, Account, bigint],
  ): Promise<number | undefined> {
    if (sum === ZERO) return undefined
    const { ledger } = this.#rows
    const id = typeof commit === 'number' ? commit : (await ledger.findCommit(commit))?.id
    const postings = id === undefined ? [] : await ledger.postings(id)
    const found = postings.find(
      (each) =>
        each.kind === kind &&
        each.debit === debit &&
        each.credit === credit &&
        each.amount === (sum as Amount),
    )
    if (found !== undefined) this.#found++
    else this.#problems.push(`${where}: no ${kind} of ${sum} from ${debit} to ${credit}`)
    return found?.at
  }

  #dated({ rid }: GrantRow, expected: number, found: number | undefined): void {
    if (found === undefined || found === expected) return
    this.#problems.push(`grant ${rid}: a date is ${found}, not ${expected}`)
  }

  async #uid(id: number): Promise<Uid> {
    const member = await this.#rows.members.byId(id)
    assert(member !== undefined, `member ${id} is missing`)
    return member.uid
  }
}
