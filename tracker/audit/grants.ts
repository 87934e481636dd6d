/**
 * What was paid out under each grant, proved from the claims that stand in the database: each by a
 * payment that its buyer signed to that payee, and, when the key of the vault is at hand, by tokens
 * that hash into the grant's list. What complaints were awarded is in their verdicts.
 */
import { dictionary } from './bencoded.js'
import type { Books } from './books.js'
import { type Award, type Claim, type Grant, GrantAudit, piecesOf, REFUNDED } from './grant.js'
import { said, Tokens } from './tokens.js'

type Expect = (holds: boolean, problem: string) => void

/** Pieces and money by seller's uid, as claims say. */
export type Earned = Map<string, { pieces: bigint; amount: bigint }>

/** A database and what it is judged with. */
export interface Audited {
  readonly database: Books
  readonly balances: ReadonlyMap<string, bigint>
  readonly expect: Expect
  /** What went out of each grant's escrow to members at once, by rid. */
  readonly returned: ReadonlyMap<string, bigint>
  /** Opens the seeds of the grants; absent: tokens are not looked at. */
  readonly vaultKey?: Uint8Array | undefined
}

/** What went out of each grant's escrow to somebody's spendable account: refunds and awards. */
function returnedOf(database: Books): Map<string, bigint> {
  const rows = database.prepare(
    `SELECT d.name AS account, SUM(t.amount) AS amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
     WHERE d.name LIKE 'grant:%:escrow' AND c.name LIKE 'member:%:spendable' GROUP BY d.name`,
  )
  const found = rows.all() as { account: string; amount: bigint }[]
  return new Map(found.map(({ account, amount }) => [account.split(':')[1] as string, amount]))
}

/** The tokens of a grant, where the key of the vault is at hand and opens its seed. */
function tokensOf(
  { rid, seed }: Grant,
  pieces: number,
  { expect, vaultKey }: Audited,
): Tokens | undefined {
  if (vaultKey === undefined) return undefined
  try {
    return new Tokens(rid, seed, pieces, vaultKey)
  } catch {
    expect(false, `grant ${rid}: its seed does not open with the key of the vault`)
    return undefined
  }
}

const GRANTS = `SELECT g.id, g.rid, g.closed, g.spent, g.only, g.seed, t.signed, m.key AS buyerKey
  FROM grants g JOIN terms t ON t.id = g.terms JOIN members m ON m.id = g.buyer`
const CLAIMS = `SELECT c.id, c.commit_id AS commitId, m.uid, c.amount, c.pieces, c.claim
  FROM claims c JOIN members m ON m.id = c.seller WHERE c.grant_id = ? ORDER BY c.id`
const AWARDS = `SELECT c.settled AS commitId, m.uid, c.verdict, c.from_escrow AS fromEscrow,
    c.from_rest AS fromRest
  FROM cases c JOIN members m ON m.id = c.plaintiff
  WHERE c.grant_id = ? AND c.verdict IS NOT NULL AND c.settled IS NOT NULL ORDER BY c.settled`
const SETTLED = `SELECT m.uid, s.k, s.chain FROM settled s JOIN members m ON m.id = s.seller
  WHERE s.grant_id = ?`
const PAYEES = `SELECT m.uid, p.pieces, m.id = g.buyer AS refund FROM payees p
  JOIN members m ON m.id = p.member JOIN grants g ON g.id = p.grant_id WHERE g.id = ?`

/** What a grant's rows say besides the grant itself. */
interface Paid {
  readonly claims: readonly Claim[]
  readonly awards: readonly Award[]
  readonly settled: readonly { uid: string; k: bigint; chain: Buffer }[]
  readonly payees: readonly { uid: string; pieces: Buffer; refund: bigint }[]
}

/** Plays all that was paid under a grant in the order of its commits. */
function replay(
  grant: Grant,
  { awards, claims, payees, settled }: Paid,
  audited: Audited,
  earned: Earned,
): void {
  const { balances, expect: expects } = audited
  const { closed, only, rid, signed } = grant
  const expect: Expect = (holds, problem) => expects(holds, `grant ${rid}: ${problem}`)
  const terms = dictionary(said(signed).payload)
  const reward = BigInt(String(terms.get('reward')))
  const all = Number(terms.get('pieces'))
  const covered = BigInt(only === null ? all : piecesOf(only).length)
  const tokens = claims.length === 0 ? undefined : tokensOf(grant, all, audited)
  const one = new GrantAudit(grant, tokens, expects)
  const given = payees
    .filter(({ refund }) => refund === 1n)
    .flatMap(({ pieces }) => piecesOf(pieces))
  for (const piece of given) one.owners.set(piece, REFUNDED)
  const waiting = [...awards]
  const award = (before: bigint | undefined): void => {
    while (waiting[0] !== undefined && (before === undefined || waiting[0].commitId < before)) {
      const next = waiting.shift() as Award
      const worth = one.award(next) * reward
      expect(next.fromEscrow === worth, `${next.uid} was awarded ${next.fromEscrow}, not ${worth}`)
    }
  }
  for (const row of claims) {
    award(row.commitId)
    const fresh = one.claim(row)
    const { amount, uid } = row
    expect(amount === fresh * reward, `${uid} got ${amount} for ${fresh} pieces`)
    const total = earned.get(uid) ?? { pieces: 0n, amount: 0n }
    earned.set(uid, { pieces: total.pieces + fresh, amount: total.amount + fresh * reward })
  }
  award(undefined)
  const rest = awards.reduce((sum, { fromEscrow, fromRest }) => sum + fromEscrow + fromRest, 0n)
  const returned = BigInt(given.length) * reward + rest
  const went = audited.returned.get(rid) ?? 0n
  expect(went === returned, `${went} went out of escrow to members, not ${returned}`)
  one.settle(
    settled,
    payees.filter(({ refund }) => refund !== 1n),
  )
  const escrow = balances.get(`grant:${rid}:escrow`) ?? 0n
  const due = closed === 1n ? 0n : (covered - BigInt(one.owners.size)) * reward
  expect(escrow === due, `escrow ${escrow}, unclaimed pieces are worth ${due}`)
}

/** Checks each grant; adds what each seller should have earned, and says what was checked. */
export function checkGrants(given: Omit<Audited, 'returned'>): {
  earned: Earned
  checked: string[]
} {
  const { database, vaultKey } = given
  const audited = { ...given, returned: returnedOf(database) }
  const earned: Earned = new Map()
  const claimsOf = database.prepare(CLAIMS)
  const awardsOf = database.prepare(AWARDS)
  const settledOf = database.prepare(SETTLED)
  const payeesOf = database.prepare(PAYEES)
  let [grants, claims] = [0, 0]
  for (const grant of database.prepare(GRANTS).all() as Grant[]) {
    const { id } = grant
    const paid = {
      claims: claimsOf.all(id) as Paid['claims'],
      awards: awardsOf.all(id) as Paid['awards'],
      settled: settledOf.all(id) as Paid['settled'],
      payees: payeesOf.all(id) as Paid['payees'],
    }
    replay(grant, paid, audited, earned)
    grants++
    claims += paid.claims.length
  }
  const backed =
    vaultKey === undefined
      ? 'by a payment that its buyer signed to that payee'
      : 'by tokens of its grant and a payment that its buyer signed to that payee'
  return {
    earned,
    checked: [
      `${grants} grants hold what their unclaimed pieces are worth`,
      `${claims} claims were paid, each ${backed}, and no piece twice`,
    ],
  }
}
