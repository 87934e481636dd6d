/**
 * What a verdict pays, out of the grant that the case is about and nothing else (D9, D12).
 *
 * A piece that nobody was paid for has its reward waiting in escrow. One that another seller was
 * paid for is paid out of what is held of the price, and if that is not enough, out of what no
 * seller has claimed when the grant closes.
 */
import { escrow, held, spendable } from '../shared/account.js'
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { assert, refused } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import type { Verdict } from '../shared/mediation/verdict.js'
import { hasPiece } from './bitmap.js'
import type { Deps } from './case-files.js'
import type { CaseRow } from './case-rows.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { GrantRow, Rows } from './rows.js'

/** What a verdict comes to with what its grant holds. */
interface Award {
  readonly pieces: readonly PieceIndex[]
  readonly fromEscrow: Amount
  readonly fromHeld: Amount
  readonly short: Amount
}

const smaller = (a: bigint, b: bigint): Amount => amount(a < b ? a : b)

async function awardOf(
  { terms: shelf }: Deps,
  rows: Rows,
  grant: GrantRow,
  verdict: Verdict,
): Promise<Award> {
  const { reward } = await shelf.read(rows, grant.terms)
  const pieces = verdict.escrow.filter((piece) => !hasPiece(grant.spent, piece))
  const owed = reward * BigInt(verdict.beyond.length)
  const fromHeld = smaller(owed, balanceOf(await rows.ledger.account(held(grant.rid))))
  const fromEscrow = amount(reward * BigInt(pieces.length))
  return { pieces, fromEscrow, fromHeld, short: amount(owed - fromHeld) }
}

/** What would be paid now. */
export async function awardedNow(
  deps: Deps,
  rows: Rows,
  grant: GrantRow,
  verdict: Verdict,
): Promise<Amount> {
  const { fromEscrow, fromHeld } = await awardOf(deps, rows, grant, verdict)
  return amount(fromEscrow + fromHeld)
}

/** Pays a verdict in one commit with the state that it brings the case to. */
export async function payAward(
  deps: Deps,
  rows: Rows,
  row: CaseRow,
  verdict: Verdict,
  nowMs: number,
): Promise<void> {
  const grant = await rows.grants.byId(row.grant)
  const plaintiff = await rows.members.byId(row.plaintiff)
  assert(grant !== undefined && plaintiff !== undefined, 'a case has a grant and a plaintiff')
  const { fromEscrow, fromHeld, pieces, short } = await awardOf(deps, rows, grant, verdict)
  const { pieces: pieceCount } = await deps.terms.read(rows, grant.terms)
  const credit = spendable(plaintiff.uid)
  const from = await rows.grants.settled(grant.id, plaintiff.id)
  const done = await commit(rows, {
    ...{ key: commitKey('award', String(row.id)), kind: 'award', at: nowMs },
    transfers: [
      { debit: escrow(grant.rid), credit, amount: fromEscrow },
      { debit: held(grant.rid), credit, amount: fromHeld },
    ],
    spends: [{ grant, pieceCount, seller: plaintiff.id, pieces, from, to: undefined }],
    alongside: async (commit) => {
      await rows.cases.carriedOut(row.id, { commit, fromEscrow, fromHeld, short })
      const { reason } = verdict
      await rows.cases.advance(row.id, { at: nowMs, who: 'tracker', what: 'paid', reason })
      return undefined
    },
  })
  assert(!refused(done), 'a grant that a case waits for holds its escrow')
}

/** Before a grant closes: what verdicts are short of, out of the escrow that nobody claimed. */
export async function payRest(rows: Rows, grant: GrantRow, nowMs: number): Promise<void> {
  for (const { id, plaintiff, short } of await rows.cases.ofGrant(grant.id)) {
    const left = balanceOf(await rows.ledger.account(escrow(grant.rid)))
    const paid = smaller(short, left)
    if (paid === ZERO) continue
    const member = await rows.members.byId(plaintiff)
    assert(member !== undefined, 'a case has a plaintiff')
    const done = await commit(rows, {
      ...{ key: commitKey('rest', String(id)), kind: 'award', at: nowMs },
      transfers: [{ debit: escrow(grant.rid), credit: spendable(member.uid), amount: paid }],
    })
    assert(!refused(done), 'what is left in escrow can be paid')
    await rows.cases.closed(id, paid, amount(short - paid))
  }
}
