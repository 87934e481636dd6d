/**
 * Asking for money back: which pieces of a grant are missing and unpaid, and what the desk says.
 *
 * The refund is in the wallet before its call leaves, and from then on the grant is not spent: a
 * crash in between is mended by asking again, which gives the same case.
 */
import type { CaseEntry } from '../../shared/cases.js'
import { visible } from '../../shared/command.js'
import { type Code, Failure, must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { GrantFacts } from '../../shared/schemes/scheme.js'
import type { Customer } from '../customer.js'
import { Bitfield } from '../engine/bitfield.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { RefundRow } from '../pay/wallet/refunds.js'
import type { PaidContent } from './content.js'
import { factsOf } from './purchase.js'
import { piecesOnDisk } from './resting.js'

/** Answers that say that nothing will come of it; the grant is free again. */
const HOPELESS: ReadonlySet<Code> = new Set([
  'unknown-grant',
  'grant-closed',
  'malformed',
  'piece-unknown',
  'not-refundable',
])

/** A grant and what is to be asked, or was asked before. */
export interface RefundPlan {
  readonly row: RefundRow
  /** Pieces that it names. */
  readonly count: number
  /** Whether it was asked for before, so that nothing is given up now. */
  readonly asked: boolean
}

/** What asking is for. */
export interface RefundWish {
  readonly reason: string
  /** Ask anew where the desk has rejected. */
  readonly again: boolean
}

/**
 * What to ask for each grant of a content; throws a Failure when there is nothing to ask for.
 *
 * A piece is named when it is not whole on the disk and was not paid to anyone under the grant.
 */
export async function planRefunds(
  customer: Customer,
  content: PaidContent,
  { again, reason }: RefundWish,
): Promise<RefundPlan[]> {
  const { metainfo, provider } = content
  const { fingerprint } = provider.row
  const { grants, refunds } = customer.wallet
  const plans: RefundPlan[] = []
  let have: Bitfield | undefined
  for (const grant of grants.of(fingerprint, metainfo.cid)) {
    const before = refunds.get(fingerprint, grant.rid)
    if (before !== undefined && !(again && before.state === 'rejected')) {
      const { count } = new Bitfield(metainfo.pieceCount, before.pieces)
      plans.push({ row: before, count, asked: true })
      continue
    }
    const facts = factsOf(grant, content)
    if (refused(facts) || provider.trackerNow() > facts.claimUntil) continue
    have ??= must(await piecesOnDisk(customer, metainfo))
    const missing = missingOf(customer, grant, facts, have)
    if (missing.count === 0) continue
    const asking = { reason, again: before === undefined ? 0 : 1, state: 'asked' } as const
    const row = { fingerprint, rid: grant.rid, pieces: missing.bytes, ...asking }
    const plan = { row, count: missing.count, asked: false }
    // Pieces bought alone go first: with their reward back the whole grant's come with their share.
    if (facts.only === undefined) plans.push(plan)
    else plans.unshift(plan)
  }
  if (plans.length > 0) return plans
  if (grants.of(fingerprint, metainfo.cid).length === 0) {
    const name = visible(metainfo.name)
    throw new Failure(refuse('not-refundable', `${name} was never bought by this home`))
  }
  throw new Failure(refuse('not-refundable', 'every piece that was bought is here, or is paid'))
}

function missingOf(
  { wallet }: Customer,
  { fingerprint, rid }: BoughtRow,
  facts: GrantFacts,
  have: Bitfield,
): Bitfield {
  const paid = new Set(
    wallet
      .history(fingerprint)
      .paidPieces(rid)
      .map(({ piece }) => piece),
  )
  const missing = new Bitfield(have.size)
  const covered = facts.only ?? Array.from({ length: have.size }, (_, piece) => piece as PieceIndex)
  for (const piece of covered) if (!have.has(piece) && !paid.has(piece)) missing.add(piece)
  return missing
}

/** Asks the desk, or asks again how the case stands; refuses as the tracker does. */
export async function askRefund(
  { wallet }: Customer,
  { provider }: PaidContent,
  { asked, row }: RefundPlan,
): Promise<CaseEntry | Refusal> {
  const { again, fingerprint, pieces, reason, rid } = row
  if (!asked) wallet.refunds.put(row)
  // Only what was never answered may ask anew: a look at a rejected case opens no other one.
  const anew = row.state === 'asked' ? again : 0
  const answer = await provider.call('refund', { rid, pieces, reason, again: anew })
  if (!refused(answer)) {
    wallet.refunds.setState(fingerprint, rid, answer.body.state)
    return answer.body
  }
  if (row.state === 'asked' && HOPELESS.has(answer.code)) wallet.refunds.lift(fingerprint, rid)
  return answer
}
