/**
 * What a refund comes to, and its payment at the deadline (design D9).
 */
import { escrow, held, spendable, type Transfer } from '../shared/account.js'
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { assert, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { hasPiece, piecesOf } from './bitmap.js'
import type { CaseRow } from './case-rows.js'
import { coveredBy } from './catalog.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { GrantRow, Rows } from './rows.js'
import { boughtAlone } from './supplement.js'
import type { Tracker } from './tracker.js'

type Deps = Pick<Tracker, 'terms'>

const NOTHING = new Uint8Array(0)

/** What becomes of a refund that the desk has decided: a granted one is paid when it is due. */
export async function decideRefund(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  nowMs: number,
): Promise<void> {
  if (row.state === 'rejected') await rows.grants.setEnded(row.grant, undefined)
  else if (row.deadline <= nowMs) await payRefund(deps, rows, row, nowMs)
}

/** What a refund paid, or would pay now. */
export async function refundAmount(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  grant: GrantRow,
): Promise<Amount> {
  const { fromEscrow, fromHeld } = await amountOf(deps, rows, row, grant)
  return amount(fromEscrow + fromHeld)
}

interface RefundAmount {
  readonly pieces: readonly PieceIndex[]
  readonly fromEscrow: Amount
  readonly fromHeld: Amount
}

/**
 * What a refund moves: the reward of each named piece that is unspent, and that piece's share of
 * the held money, rounded down, unless that has become revenue or the buyer bought the piece alone
 * as well. Never more than the grant holds.
 */
async function amountOf(
  { terms: shelf }: Deps,
  rows: Rows,
  row: CaseRow,
  grant: GrantRow,
): Promise<RefundAmount> {
  const { fromEscrow, fromHeld } = row
  if (row.settled !== undefined) return { pieces: [], fromEscrow, fromHeld }
  if (row.state === 'rejected') return { pieces: [], fromEscrow: ZERO, fromHeld: ZERO }
  const terms = await shelf.read(rows, grant.terms)
  const pieces = piecesOf(row.pieces).filter((piece) => !hasPiece(grant.spent, piece))
  const waiting = balanceOf(await rows.ledger.account(held(grant.rid)))
  const alone = waiting > ZERO ? await boughtAlone(rows, grant, terms.pieces) : NOTHING
  const sharing = BigInt(pieces.filter((piece) => !hasPiece(alone, piece)).length)
  return {
    pieces,
    fromEscrow: amount(terms.reward * BigInt(pieces.length)),
    fromHeld: amount((waiting * sharing) / BigInt(coveredBy(grant, terms))),
  }
}

/** Pays a granted refund, in one commit with the end of what it takes from the grant. */
export async function payRefund(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  nowMs: number,
): Promise<void> {
  const grant = await rows.grants.byId(row.grant)
  const buyer = await rows.members.byId(row.plaintiff)
  assert(grant !== undefined && buyer !== undefined, 'a case has a grant and a member')
  const { pieces, fromEscrow, fromHeld } = await amountOf(deps, rows, row, grant)
  const terms = await deps.terms.read(rows, grant.terms)
  const credit = spendable(buyer.uid)
  const transfers: readonly Transfer[] = [
    { debit: escrow(grant.rid), credit, amount: fromEscrow },
    { debit: held(grant.rid), credit, amount: fromHeld },
  ]
  // The pieces are spent to the buyer: whoever claims one later is told so, and shown its refund.
  const spend = { grant, pieceCount: terms.pieces, seller: buyer.id, pieces }
  const done = await commit(rows, {
    ...{ key: commitKey('refund', String(row.id)), kind: 'refund', at: nowMs, transfers },
    spends: [{ ...spend, from: undefined, to: undefined }],
    alongside: async (commit) => {
      await rows.cases.carriedOut(row.id, { commit, fromEscrow, fromHeld, short: ZERO })
      const reason = `${pieces.length} of ${piecesOf(row.pieces).length} pieces were unclaimed`
      await rows.cases.advance(row.id, { at: nowMs, who: 'tracker', what: 'paid', reason })
      return undefined
    },
  })
  assert(!refused(done), 'a grant holds what its unspent pieces are worth')
}
