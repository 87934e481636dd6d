/**
 * Cases judged again (`ledger verify`): every verdict follows from its stored file, and moved just
 * the money that it says.
 */
import { equal } from '../shared/bytes.js'
import { assert, refused } from '../shared/errors.js'
import type { PieceIndex, Uid } from '../shared/identifier.js'
import { judge } from '../shared/mediation/rules.js'
import { Verdict } from '../shared/mediation/verdict.js'
import type { VerifiedTerms } from '../shared/terms.js'
import { encode } from '../shared/wire/record.js'
import { countPieces, emptyBitmap, hasPiece, piecesOf } from './bitmap.js'
import { courtOf, type Deps, readVerdict } from './case-files.js'
import type { CaseRow } from './case-rows.js'
import type { GrantRow, Rows } from './rows.js'
import { boughtAlone } from './supplement.js'

/** What cases took of a grant. */
export interface CasesOfGrant {
  /** By member row: who was given which pieces, a refunded buyer or a plaintiff. */
  readonly given: ReadonlyMap<number, { readonly uid: Uid; readonly pieces: PieceIndex[] }>
  readonly fromHeld: bigint
}

/** A grant, and where problems go. */
interface Looked {
  readonly grant: GrantRow
  readonly terms: VerifiedTerms
  /** What was held of its price at first. */
  readonly rest: bigint
  readonly problems: string[]
}

/** Verifies the cases of one grant. */
export async function verifyCases(deps: Deps, rows: Rows, looked: Looked): Promise<CasesOfGrant> {
  const { grant, problems, terms } = looked
  const cases = await rows.cases.ofGrant(grant.id)
  await verifyRefunds(rows, looked, cases)
  const given = new Map<number, { uid: Uid; pieces: PieceIndex[] }>()
  const give = async (id: number, pieces: readonly PieceIndex[]): Promise<void> => {
    if (pieces.length === 0) return
    const member = await rows.members.byId(id)
    assert(member !== undefined, `member ${id} is missing`)
    given.set(id, { uid: member.uid, pieces: [...(given.get(id)?.pieces ?? []), ...pieces] })
  }
  const payees = await rows.grants.payees(grant.id)
  await give(grant.buyer, piecesOf(payees.find(({ id }) => id === grant.buyer)?.pieces ?? NONE))
  for (const row of cases) {
    if (row.kind === 'refund') continue
    const problem = verifyVerdict(deps, terms, row, (await rows.cases.papers(row.id)).file)
    if (problem !== undefined) problems.push(`grant ${grant.rid}: case ${row.id} ${problem}`)
    if (row.settled === undefined || row.verdict === undefined) continue
    await give(row.plaintiff, readVerdict(row.verdict).escrow)
  }
  return { given, fromHeld: cases.reduce((sum, { fromHeld }) => sum + fromHeld, 0n) }
}

const NONE = new Uint8Array(0)

/** What is wrong with a case that rules decide, in words. */
function verifyVerdict(
  deps: Deps,
  { reward }: VerifiedTerms,
  row: CaseRow,
  file: Uint8Array | undefined,
): string | undefined {
  const { verdict: stored } = row
  if (file === undefined || stored === undefined) {
    const undecided = row.state === 'open' || row.state === 'rejected'
    return undecided && row.settled === undefined ? undefined : `is ${row.state} without a verdict`
  }
  const again = judge(file, courtOf(deps))
  if (refused(again)) return `has a file that is refused: ${again.message}`
  if (!equal(encode(Verdict, again), stored)) return 'has another verdict than its file gives'
  const marked = Number(row.markPlaintiff) === again.markPlaintiff
  const blamed = Number(row.markAccused) === again.markAccused
  if (!marked || !blamed || row.outcome !== again.outcome) return 'tells its verdict wrongly'
  const carried = again.state === 'paid' || (again.state === 'upheld' && row.state === 'paid')
  if (carried !== (row.settled !== undefined)) return `is ${row.state}, its commit says otherwise`
  if (!carried) return undefined
  const { fromEscrow, fromHeld, fromRest, short } = row
  const escrow = reward * BigInt(again.escrow.length)
  const beyond = reward * BigInt(again.beyond.length)
  const right = fromEscrow === escrow && fromHeld + fromRest + short === beyond
  return right ? undefined : 'paid another sum than its verdict says'
}

/** Refunds took their pieces, the rewards of those, and their share of what was held at most. */
async function verifyRefunds(
  rows: Rows,
  { grant, problems, rest, terms: { pieces: count, reward } }: Looked,
  cases: readonly CaseRow[],
): Promise<void> {
  const payees = await rows.grants.payees(grant.id)
  const pieces = payees.find(({ id }) => id === grant.buyer)?.pieces ?? emptyBitmap(count)
  const refunded = BigInt(countPieces(pieces))
  const alone = await boughtAlone(rows, grant, count)
  const sharing = BigInt(piecesOf(pieces).filter((piece) => !hasPiece(alone, piece)).length)
  let [fromEscrow, fromHeld] = [0n, 0n]
  for (const row of cases) {
    if (row.kind !== 'refund') continue
    fromEscrow += row.fromEscrow
    fromHeld += row.fromHeld
    if ((row.state === 'paid') !== (row.settled !== undefined)) {
      const where = `grant ${grant.rid}: case ${row.id}`
      problems.push(`${where} is ${row.state}, and its commit says otherwise`)
    }
  }
  if (fromEscrow !== refunded * reward) {
    problems.push(`grant ${grant.rid}: ${fromEscrow} refunded for ${refunded} pieces`)
  }
  if (fromHeld > (rest * sharing) / BigInt(count)) {
    problems.push(`grant ${grant.rid}: ${fromHeld} refunded of what was held`)
  }
}
