/**
 * The statement of a member's accounts: every posting, by pages (PROTOCOL 13.12); and the check
 * that what a provider shows adds up.
 *
 * Its label is `postings`: what a seller says of the pieces that it serves is a `statement`
 * already.
 */
import { payout, pending, spendable } from './account.js'
import { head } from './api.js'
import { type Refusal, refuse } from './errors.js'
import type { Cid, Rid, Uid } from './identifier.js'
import { POSTINGS_MAX_COUNT } from './money-limits.js'
import {
  amountField,
  hexId,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from './wire/record.js'

/** Asks for the postings of the commits above `after`; 0 begins. */
export const PostingsCall = record({ ...head, after: int() })
export type PostingsCall = TypeOf<typeof PostingsCall>

/** One posting that left or reached an account of the member. */
export const PostingLine = record({
  /** Of its commit: rises from line to line, or stays where one commit has several. */
  number: int(1),
  at: int(),
  /** What the commit is of (13.2). */
  kind: text(16),
  /** Names of accounts (13.1). */
  from: text(64),
  to: text(64),
  amount: amountField,
  /** The grant that it is about, and its content. */
  rid: optional(hexId<Rid>(16)),
  cid: optional(hexId<Cid>(20)),
  /** The member on the other side: the buyer of a grant that the caller did not buy. */
  other: optional(hexId<Uid>(16)),
  /** Pieces that a claim was paid for, or that were bought alone. */
  pieces: optional(int()),
  /** When a claim becomes spendable. */
  due: optional(int()),
})
export type PostingLine = TypeOf<typeof PostingLine>

export const PostingsAnswer = record({
  uid: hexId<Uid>(16),
  lines: list(PostingLine, POSTINGS_MAX_COUNT),
  /** Whether there are commits above the last line's. */
  more: int(0, 1),
  /** What the accounts hold after all there are. */
  spendable: amountField,
  pending: amountField,
  payout: amountField,
})
export type PostingsAnswer = TypeOf<typeof PostingsAnswer>

/** What the three accounts of a member hold, in millionths. */
export interface Holdings {
  readonly spendable: bigint
  readonly pending: bigint
  readonly payout: bigint
}

const wrong = (detail: string): Refusal => refuse('statement-wrong', detail)

/**
 * Adds up all postings of a member from the first on. Refuses as statement-wrong: numbers that do
 * not rise, a posting that touches none of its accounts, an account that falls below zero.
 */
export function addUp(uid: Uid, lines: readonly PostingLine[]): Holdings | Refusal {
  const names = { spendable: spendable(uid), pending: pending(uid), payout: payout(uid) } as const
  const held = new Map<string, bigint>(Object.values(names).map((name) => [name, 0n]))
  let before = 0
  for (const { amount, from, number, to } of lines) {
    if (number < before) return wrong(`posting ${number} comes after ${before}`)
    before = number
    const [source, target] = [held.get(from), held.get(to)]
    if (source === undefined && target === undefined) {
      return wrong(`posting ${number} is of nobody's accounts here: ${from} to ${to}`)
    }
    if (source !== undefined) {
      if (source < amount) return wrong(`after posting ${number} ${from} is below zero`)
      held.set(from, source - amount)
    }
    if (target !== undefined) held.set(to, (held.get(to) ?? 0n) + amount)
  }
  const holds = (name: string): bigint => held.get(name) ?? 0n
  return {
    spendable: holds(names.spendable),
    pending: holds(names.pending),
    payout: holds(names.payout),
  }
}

/** Whether two say the same of the three accounts. */
export function sameHoldings(one: Holdings, other: Holdings): boolean {
  return (
    one.spendable === other.spendable &&
    one.pending === other.pending &&
    one.payout === other.payout
  )
}
