/** The history of an account, as its provider's statement tells it; pure. */
import { payout, pending, spendable } from '../../shared/account.js'
import type { Cid, Uid } from '../../shared/identifier.js'
import type { PostingLine } from '../../shared/statement.js'
import type { HistoryRow } from '../local/rows.js'

/** What kinds of commits are called; what only moves within the account is left out. */
const CALLED: Readonly<Record<string, HistoryRow['what'] | undefined>> = {
  topup: 'credit',
  voucher: 'credit',
  payout: 'payout',
  returned: 'returned',
  purchase: 'bought',
  claim: 'claimed',
  withhold: 'withheld',
  refund: 'refund',
  award: 'award',
}

/** What a history is made with. */
export interface HistoryContext {
  readonly uid: Uid
  /** Milliseconds of the tracker's time, and what is added to give ours. */
  readonly now: number
  readonly offset: number
  readonly nameOf: (cid: Cid) => string | undefined
}

/** Whether two postings are of one event of one content: price and rewards of a purchase. */
function together(one: PostingLine | undefined, other: PostingLine): boolean {
  return one?.number === other.number && one.rid === other.rid
}

/** The newest events of an account, the newest first, at most so many. */
export function historyOf(
  lines: readonly PostingLine[],
  most: number,
  context: HistoryContext,
): HistoryRow[] {
  const { uid } = context
  const own = new Set<string>([spendable(uid), pending(uid)])
  const gain = ({ amount, from, to }: PostingLine): bigint =>
    (own.has(to) ? amount : 0n) - (own.has(from) ? amount : 0n)
  const rows: HistoryRow[] = []
  for (let at = lines.length - 1; at >= 0 && rows.length < most; at--) {
    const line = lines[at] as PostingLine
    if (CALLED[line.kind] === undefined) continue
    let amount = gain(line)
    while (together(lines[at - 1], line)) amount += gain(lines[--at] as PostingLine)
    rows.push(rowOf(line, amount, context))
  }
  return rows
}

function rowOf(
  { at, cid, due, kind, other, pieces, to }: PostingLine,
  amount: bigint,
  { nameOf, now, offset, uid }: HistoryContext,
): HistoryRow {
  const called = CALLED[kind] ?? 'credit'
  const name = cid === undefined ? undefined : nameOf(cid)
  const unripe = due !== undefined && due > now && to !== payout(uid)
  return {
    at: Math.max(0, at - offset),
    what: called === 'bought' && pieces !== undefined ? 'pieces' : called,
    ...(cid !== undefined && { cid }),
    ...(name !== undefined && name !== '' && { name }),
    ...(other !== undefined && { uid: other }),
    amount,
    ...(pieces !== undefined && { pieces }),
    ...(unripe && { spendable: due - offset }),
  }
}
