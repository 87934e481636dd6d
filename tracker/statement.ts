/**
 * Statements: every posting of a member's accounts with what it was of, by pages (paper §III.F asks
 * for an answer that a seller can check its earnings by).
 */
import { type Account, payout, pending, spendable } from '../shared/account.js'
import type { Rid } from '../shared/identifier.js'
import { POSTINGS_PAGE_COUNT } from '../shared/money-limits.js'
import { type PostingLine, PostingsAnswer, type PostingsCall } from '../shared/statement.js'
import { POSTINGS_UNIT_LINES } from '../shared/tracker-limits.js'
import { encode } from '../shared/wire/record.js'
import { countPieces } from './bitmap.js'
import { balanceOf } from './ledger.js'
import type { GrantRow, PostingRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'

const RID = /^grant:([0-9a-f]{32}):/

/** A page of the caller's statement; it changes nothing. */
export async function postings(context: CallContext, { after }: PostingsCall): Promise<Uint8Array> {
  const { tracker, rows, member } = context
  const { uid } = member
  const own: readonly Account[] = [spendable(uid), pending(uid), payout(uid)]
  const lines: PostingLine[] = []
  let more = false
  for (const number of await nextCommits(rows, own, after)) {
    more = lines.length >= POSTINGS_PAGE_COUNT
    if (more) break
    for (const posting of await rows.ledger.postings(number)) {
      if (!own.includes(posting.debit) && !own.includes(posting.credit)) continue
      lines.push(await lineOf(context, number, posting))
    }
  }
  tracker.doors.charge(context, lines.length / POSTINGS_UNIT_LINES)
  const [free, unripe, leaving] = await Promise.all(own.map((name) => rows.ledger.account(name)))
  return encode(PostingsAnswer, {
    ...{ uid, lines, more: more ? 1 : 0 },
    spendable: balanceOf(free),
    pending: balanceOf(unripe),
    payout: balanceOf(leaving),
  })
}

/** The lowest commits above a number that touched any of some accounts: more than fill a page. */
async function nextCommits(
  rows: Rows,
  own: readonly Account[],
  after: number,
): Promise<readonly number[]> {
  const found = new Set<number>()
  for (const name of own) {
    const some = await rows.statements.commitsOf(name, after, POSTINGS_PAGE_COUNT + 1)
    for (const number of some) found.add(number)
  }
  return [...found].sort((a, b) => a - b).slice(0, POSTINGS_PAGE_COUNT + 1)
}

/** What of a posting its accounts do not say. */
type Rest = Pick<PostingLine, 'rid' | 'cid' | 'other' | 'pieces' | 'due'>

async function lineOf(
  context: CallContext,
  number: number,
  { amount, at, credit, debit, kind }: PostingRow,
): Promise<PostingLine> {
  const named = RID.exec(debit) ?? RID.exec(credit)
  const rid = named?.[1] as Rid | undefined
  const rest = rid === undefined ? await ended(context, number) : await of(context, rid, number)
  return { number, at, kind, from: debit, to: credit, amount, ...rest }
}

/** A posting between own accounts or to a carrier fund: of the claim that it ended, if any. */
async function ended(context: CallContext, commit: number): Promise<Rest> {
  const { rows } = context
  const claim = await rows.statements.endedIn(commit)
  const grant = claim && (await rows.grants.byId(claim.grant))
  if (claim === undefined || grant === undefined) return {}
  return { ...(await about(context, grant)), pieces: countPieces(claim.pieces) }
}

/** A posting of a grant. */
async function of(context: CallContext, rid: Rid, commit: number): Promise<Rest> {
  const { rows, member } = context
  const grant = await rows.grants.byRid(rid)
  if (grant === undefined) return { rid }
  const claims = await rows.statements.paidIn(commit)
  const claim = claims.find((each) => each.grant === grant.id && each.seller === member.id)
  const known = await about(context, grant)
  if (claim !== undefined) {
    return { ...known, pieces: countPieces(claim.pieces), due: claim.due }
  }
  const alone = grant.bought === commit ? grant.only : undefined
  return alone === undefined ? known : { ...known, pieces: countPieces(alone) }
}

async function about({ rows, member }: CallContext, grant: GrantRow): Promise<Rest> {
  const { buyer, cid, rid } = grant
  const other = buyer === member.id ? undefined : await rows.members.byId(buyer)
  return { rid, cid, ...(other !== undefined && { other: other.uid }) }
}
