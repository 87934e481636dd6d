/**
 * Recomputes the ledger from its postings, and judges every stored claim again (`ledger verify`).
 *
 * What it checks: every account's totals are those of its postings; the sum is zero; no account but
 * `funding` is below zero; per grant the escrow holds the reward of every piece that is not spent,
 * the spent bits are the pieces of its claims, each piece in one claim alone; pending is what has
 * not matured; each claim, judged again by its scheme on the state it met, pays what it was paid;
 * each refund that was paid took its pieces, their rewards and no more than their share of what was
 * held; every posting is of something that happened (verify-postings.ts); what waits to be paid out
 * is what was asked for, by the desk for revoked members alone; and held earnings stand as their
 * trails say (verify-flows.ts).
 */
import { escrow, FUNDING, held, payout, pending } from '../shared/account.js'
import { equal } from '../shared/bytes.js'
import { assert, refused } from '../shared/errors.js'
import type { PieceIndex, Uid } from '../shared/identifier.js'
import type { Progress } from '../shared/schemes/scheme.js'
import type { VerifiedTerms } from '../shared/terms.js'
import { countPieces, emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import { coveredBy, priceOf } from './catalog.js'
import type { ClaimRow } from './claim-rows.js'
import { redeemContext } from './claims.js'
import { balanceOf } from './ledger.js'
import { destinationOf } from './payouts.js'
import type { AccountRow, GrantRow, Rows } from './rows.js'
import type { Tracker } from './tracker.js'
import { type CasesOfGrant, verifyCases } from './verify-cases.js'
import { flowProblems } from './verify-flows.js'
import { PostingCheck } from './verify-postings.js'

const NOTHING = new Uint8Array(0)
const EVERY = Number.MAX_SAFE_INTEGER

/** Everything that is wrong, in words, and how much was looked at. */
export interface Verification {
  readonly problems: readonly string[]
  readonly counted: { readonly accounts: number; readonly grants: number; readonly claims: number }
}

type Deps = Pick<Tracker, 'store' | 'terms' | 'schemes' | 'vault' | 'keys' | 'authority'>

/** One pass over the database and what it has found so far. */
interface Pass {
  readonly tracker: Deps
  readonly rows: Rows
  readonly accounts: ReadonlyMap<string, AccountRow>
  readonly problems: string[]
  readonly postings: PostingCheck
  /** What is pending per member, by its claims. */
  readonly pending: Map<Uid, bigint>
  claims: number
}

/** Verifies the whole ledger on one consistent state of the database. */
export async function verifyLedger(tracker: Deps): Promise<Verification> {
  return tracker.store.read(async (rows) => {
    const accounts = await rows.ledger.accounts()
    const problems: string[] = []
    const pass: Pass = {
      tracker,
      rows,
      accounts: new Map(accounts.map((row) => [row.name as string, row])),
      problems,
      postings: new PostingCheck(rows, problems),
      pending: new Map(),
      claims: 0,
    }
    await verifyTotals(pass)
    const grants = await rows.grants.all()
    for (const grant of grants) await verifyGrant(pass, grant)
    await verifyBorder(pass)
    await pass.postings.rest()
    await verifyPending(pass)
    problems.push(...(await flowProblems(rows)))
    const counted = { accounts: accounts.length, grants: grants.length, claims: pass.claims }
    return { problems: pass.problems, counted }
  })
}

/** Vouchers that were redeemed, payouts, and what waits to be paid out. */
async function verifyBorder(pass: Pass): Promise<void> {
  const { rows, accounts, postings, problems, tracker } = pass
  for (const voucher of await rows.vouchers.redeemed()) await postings.voucher(voucher)
  const waiting = new Map<Uid, bigint>()
  for (const row of await rows.payouts.all(true, EVERY)) {
    const to = destinationOf(tracker, row)
    if (refused(to)) problems.push(to.message)
    const ended = await rows.revocations.of(row.member)
    if (row.made !== undefined && ended === undefined) {
      problems.push(`payout ${row.id}: the desk made it for a member that is not revoked`)
    }
    const { uid, amount } = await postings.payout(row)
    waiting.set(uid, (waiting.get(uid) ?? 0n) + amount)
  }
  for (const { uid } of await rows.members.all()) {
    const [holds, expected] = [balanceOf(accounts.get(payout(uid))), waiting.get(uid) ?? 0n]
    if (holds === expected) continue
    problems.push(`member ${uid}: payout holds ${holds}, what waits to be paid is ${expected}`)
  }
}

async function verifyTotals({ rows, accounts, problems }: Pass): Promise<void> {
  const posted = new Map((await rows.ledger.totals()).map((row) => [row.account, row]))
  let sum = 0n
  for (const row of accounts.values()) {
    const { debits = 0n, credits = 0n } = posted.get(row.id) ?? {}
    if (row.debits !== debits || row.credits !== credits) {
      problems.push(`${row.name}: holds ${balanceOf(row)}, its postings give ${credits - debits}`)
    }
    const balance = balanceOf(row)
    if (balance < 0n && row.name !== FUNDING) problems.push(`${row.name}: below zero, ${balance}`)
    sum += balance
  }
  if (sum !== 0n) problems.push(`the sum of all balances is ${sum}, not 0`)
}

async function verifyGrant(pass: Pass, grant: GrantRow): Promise<void> {
  const { problems, accounts, rows, tracker } = pass
  const terms = await tracker.terms.read(rows, grant.terms)
  const spent = grant.spent.length === 0 ? emptyBitmap(terms.pieces) : grant.spent
  const covered = coveredBy(grant, terms)
  const unspent = BigInt(covered - countPieces(spent)) * terms.reward
  const expected = grant.closed ? 0n : unspent
  const waiting = balanceOf(accounts.get(escrow(grant.rid)))
  if (waiting !== expected) {
    problems.push(`grant ${grant.rid}: escrow holds ${waiting}, unspent pieces need ${expected}`)
  }
  const rest = priceOf(grant, terms) - terms.reward * BigInt(covered)
  const cases = await verifyCases(tracker, rows, { grant, terms, rest, problems })
  const holding = balanceOf(accounts.get(held(grant.rid)))
  const due = grant.heldDue === undefined ? 0n : rest - cases.fromHeld
  if (holding !== due) problems.push(`grant ${grant.rid}: held is ${holding}, not ${due}`)
  const claims = await rows.claims.ofGrant(grant.id)
  await pass.postings.grant({ grant, terms, claims, cases: await rows.cases.ofGrant(grant.id) })
  const paid = await verifyClaims(pass, grant, terms, claims, cases)
  if (!equal(paid, spent)) {
    problems.push(`grant ${grant.rid}: its spent pieces are not those of its claims and cases`)
  }
}

/**
 * Judges the claims of a grant in the order in which they were paid; gives the union of their
 * pieces with those that cases gave to somebody.
 */
async function verifyClaims(
  pass: Pass,
  grant: GrantRow,
  terms: VerifiedTerms,
  claims: readonly ClaimRow[],
  { given }: CasesOfGrant,
): Promise<Uint8Array> {
  const owners = new Map<PieceIndex, Uid>()
  const marks = new Map<number, Progress>()
  const paid = new Map<number, Uint8Array>()
  const none = emptyBitmap(terms.pieces)
  let union = none
  for (const [id, { uid, pieces }] of given) {
    for (const piece of pieces) owners.set(piece, uid)
    if (id !== grant.buyer) paid.set(id, withPieces(none, pieces))
    union = withPieces(union, pieces)
  }
  for (const claim of claims) {
    pass.claims++
    const member = await pass.rows.members.byId(claim.seller)
    assert(member !== undefined, 'a claim was paid to a member')
    const { uid } = member
    const where = `grant ${grant.rid}: claim ${claim.id} of ${uid}`
    const pieces = piecesOf(claim.pieces)
    if (pieces.some((piece) => hasPiece(union, piece))) {
      pass.problems.push(`${where}: was paid for a piece that was paid before`)
    }
    if (claim.amount !== BigInt(pieces.length) * terms.reward) {
      pass.problems.push(`${where}: ${claim.amount} for ${pieces.length} pieces`)
    }
    const mark = await rejudge(pass, {
      grant,
      terms,
      claim,
      uid,
      owners,
      before: marks.get(claim.seller),
    })
    if (typeof mark === 'string') pass.problems.push(`${where}: ${mark}`)
    else if (mark !== undefined) marks.set(claim.seller, mark)
    for (const piece of pieces) owners.set(piece, uid)
    union = withPieces(union, pieces)
    paid.set(claim.seller, withPieces(paid.get(claim.seller) ?? none, pieces))
    if (!claim.matured && !claim.withheld)
      pass.pending.set(uid, (pass.pending.get(uid) ?? 0n) + claim.amount)
  }
  const settled = await pass.rows.grants.allSettled(grant.id)
  for (const seller of new Set([...marks.keys(), ...settled.keys()])) {
    const [stored, said] = [settled.get(seller), marks.get(seller)]
    if (stored?.k === said?.k && equal(stored?.chain ?? NOTHING, said?.chain ?? NOTHING)) continue
    pass.problems.push(
      `grant ${grant.rid}: settled up to ${stored?.k ?? 0}, claims say ${said?.k ?? 0}, or differ`,
    )
  }
  for (const { id, pieces, uid } of await pass.rows.grants.payees(grant.id)) {
    if (id !== grant.buyer && !equal(pieces, paid.get(id) ?? none)) {
      pass.problems.push(`grant ${grant.rid}: the pieces of ${uid} are not those of its claims`)
    }
  }
  return union
}

/** A stored claim and the state that it met. */
interface Rejudging {
  readonly grant: GrantRow
  readonly terms: VerifiedTerms
  readonly claim: ClaimRow
  readonly uid: Uid
  readonly owners: ReadonlyMap<PieceIndex, Uid>
  readonly before: Progress | undefined
}

/** Where the claim leaves the payments, or in words what is wrong with it. */
async function rejudge(
  { tracker, rows }: Pass,
  { grant, terms, claim, uid, owners, before }: Rejudging,
): Promise<Progress | undefined | string> {
  const scheme = tracker.schemes.get(terms.scheme)
  if (scheme === undefined) return `scheme ${terms.scheme} is not in the table`
  const context = await redeemContext(tracker, rows, { grant, terms, claimant: uid })
  if (refused(context)) return context.message
  const spentTo = (piece: PieceIndex): Uid | undefined => owners.get(piece)
  const redeemed = scheme.broker.redeem(claim.claim, { ...context, settled: before, spentTo })
  if (refused(redeemed)) return `the stored claim is refused: ${redeemed.message}`
  const { spends, settled } = redeemed.settlement
  const paid = withPieces(emptyBitmap(terms.pieces), spends)
  return equal(paid, claim.pieces) ? settled : 'the stored claim is not of the pieces it was paid'
}

async function verifyPending({ rows, accounts, problems, pending: owed }: Pass): Promise<void> {
  for (const { uid } of await rows.members.all()) {
    const expected = owed.get(uid) ?? 0n
    const balance = balanceOf(accounts.get(pending(uid)))
    if (balance !== expected) {
      problems.push(`member ${uid}: pending is ${balance}, unmatured claims are ${expected}`)
    }
  }
}
