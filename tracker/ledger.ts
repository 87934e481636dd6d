/**
 * The ledger: double entry, and the one function that moves money (design D13, D9, D15).
 *
 * Every posting names the account it leaves and the account it reaches, so the sum is zero by
 * construction; a commit is applied whole or not at all, and its key makes a repeat give the first
 * answer. Nothing outside this file writes postings, balances, spent bits or settled marks.
 */
import { type Account, FUNDING, type Transfer } from '../shared/account.js'
import { AMOUNT_MAX, type Amount, amount, ZERO } from '../shared/amount.js'
import { equal, fromText } from '../shared/bytes.js'
import { sha256 } from '../shared/crypto.js'
import { assert, type Refusal, refuse } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import type { Progress } from '../shared/schemes/scheme.js'
import { emptyBitmap, hasPiece, withPieces } from './bitmap.js'
import type { AccountRow, GrantRow, Rows } from './rows.js'

/** The kinds of accounts there are; a new kind is a decision (D15). */
const ACCOUNTS = [
  /^funding$/,
  /^provider:revenue$/,
  /^member:[0-9a-f]{32}:(spendable|pending|payout)$/,
  /^grant:[0-9a-f]{32}:(escrow|held)$/,
  /^carrier:[0-9a-f]{40}$/,
]
const isAccount = (name: string): boolean => ACCOUNTS.some((kind) => kind.test(name))

/** What a claim or a refund does to its grant beside the money. */
export interface Spend {
  readonly grant: GrantRow
  /** Number of pieces of the content. */
  readonly pieceCount: number
  /** Member row of the seller; of the buyer, when the pieces are refunded. */
  readonly seller: number
  /** Pieces that are spent now, once and for all. */
  readonly pieces: readonly PieceIndex[]
  /** Compare-and-set of the seller's settled mark. */
  readonly from: Progress | undefined
  readonly to: Progress | undefined
}

/** What a commit is of (docs/PROTOCOL.md 13.2). */
export type Kind =
  | 'topup'
  | 'voucher'
  | 'payout'
  | 'paid'
  | 'returned'
  | 'purchase'
  | 'claim'
  | 'refund'
  | 'award'
  | 'mature'
  | 'withhold'
  | 'release'
  | 'close'

/** One commit: transfers, spends, and the rows that stand or fall with them. */
export interface CommitRequest {
  /** 16 bytes; see commitKey. */
  readonly key: Uint8Array
  /** What it is, for people who read the database. */
  readonly kind: Kind
  readonly at: number
  readonly transfers: readonly Transfer[]
  readonly spends?: readonly Spend[]
  /** Writes the rows that belong to the commit; may give an answer to keep for repeats. */
  readonly alongside?: (commit: number) => Promise<Uint8Array | undefined>
}

/** A commit that stands; `first` tells whether it was made now or found by its key. */
export interface Committed {
  readonly commit: number
  readonly at: number
  readonly first: boolean
  readonly answer: Uint8Array | undefined
}

/** The 16-byte key of a commit, from what makes it unique: its kind and names. */
export function commitKey(...names: readonly string[]): Uint8Array {
  return sha256(fromText(names.join(' '))).subarray(0, 16)
}

/** What an account holds; credits minus debits. */
export function balanceOf(row: AccountRow | undefined): Amount {
  return row === undefined ? ZERO : amount(row.credits - row.debits)
}

/**
 * Applies a commit within the caller's transaction, all of it or nothing.
 *
 * Refusals in order of precedence: grant-closed, already-paid (a piece that is spent), claim-gap
 * (the settled mark moved), insufficient-funds, too-large.
 */
export async function commit(rows: Rows, request: CommitRequest): Promise<Committed | Refusal> {
  assert(request.key.length === 16, 'a commit key has 16 bytes')
  const known = await rows.ledger.findCommit(request.key)
  if (known !== undefined) {
    return { commit: known.id, at: known.at, first: false, answer: known.answer }
  }
  const spends = request.spends ?? []
  for (const spend of spends) {
    const problem = await refuseSpend(rows, spend)
    if (problem !== undefined) return problem
  }
  const transfers = request.transfers.filter((transfer) => transfer.amount !== ZERO)
  const problem = await refuseTransfers(rows, transfers)
  if (problem !== undefined) return problem
  // After this point the commit must succeed.
  const id = await rows.ledger.insertCommit(request.key, request.kind, request.at)
  await post(rows, id, transfers)
  for (const { grant, pieceCount, seller, pieces, to } of spends) {
    if (pieces.length > 0) await spend(rows, grant, pieceCount, seller, pieces)
    if (to !== undefined) await rows.grants.setSettled(grant.id, seller, to)
  }
  const answer = await request.alongside?.(id)
  if (answer !== undefined) await rows.ledger.keepAnswer(id, answer)
  return { commit: id, at: request.at, first: true, answer }
}

/** Marks pieces as spent, and to whom. */
async function spend(
  rows: Rows,
  grant: GrantRow,
  pieceCount: number,
  payee: number,
  pieces: readonly PieceIndex[],
): Promise<void> {
  const spent = grant.spent.length === 0 ? emptyBitmap(pieceCount) : grant.spent
  await rows.grants.setSpent(grant.id, withPieces(spent, pieces))
  const own = (await rows.grants.payees(grant.id)).find(({ id }) => id === payee)?.pieces
  await rows.grants.setPaid(grant.id, payee, withPieces(own ?? emptyBitmap(pieceCount), pieces))
}

async function refuseSpend(rows: Rows, spend: Spend): Promise<Refusal | undefined> {
  const { grant, pieceCount, pieces, seller, from } = spend
  if (grant.closed) return refuse('grant-closed')
  for (const piece of pieces) {
    assert(piece >= 0 && piece < pieceCount, `piece ${piece} of ${pieceCount}`)
    if (hasPiece(grant.spent, piece)) return refuse('already-paid')
  }
  assert(new Set(pieces).size === pieces.length, 'a settlement spends a piece once')
  const settled = await rows.grants.settled(grant.id, seller)
  const same =
    settled === undefined || from === undefined
      ? settled === from
      : settled.k === from.k && equal(settled.chain, from.chain)
  return same ? undefined : refuse('claim-gap')
}

/**
 * Walks the transfers in order on copies of the balances; no account but `funding` goes below 0.
 */
async function refuseTransfers(
  rows: Rows,
  transfers: readonly Transfer[],
): Promise<Refusal | undefined> {
  const balances = new Map<Account, bigint>()
  const balance = async (account: Account): Promise<bigint> =>
    balances.get(account) ?? balanceOf(await rows.ledger.account(account))
  for (const { debit, credit, amount } of transfers) {
    assert(amount > 0n && debit !== credit, 'a transfer moves money between two accounts')
    assert(isAccount(debit) && isAccount(credit), `no such account: ${debit}, ${credit}`)
    const left = (await balance(debit)) - amount
    if (left < 0n && debit !== FUNDING) {
      return refuse('insufficient-funds', `${debit} holds ${left + amount}, not ${amount}`)
    }
    balances.set(debit, left)
    balances.set(credit, (await balance(credit)) + amount)
  }
  const tooLarge = [...balances.values()].some((each) => each > AMOUNT_MAX || -each > AMOUNT_MAX)
  return tooLarge
    ? refuse('too-large', 'a balance would exceed what the ledger can count')
    : undefined
}

async function post(rows: Rows, commit: number, transfers: readonly Transfer[]): Promise<void> {
  const posted = []
  for (const { debit, credit, amount } of transfers) {
    const from = await rows.ledger.openAccount(debit)
    const to = await rows.ledger.openAccount(credit)
    await rows.ledger.addTotals(from, amount, ZERO)
    await rows.ledger.addTotals(to, ZERO, amount)
    posted.push({ debit: from, credit: to, amount })
  }
  await rows.ledger.insertTransfers(commit, posted)
}
