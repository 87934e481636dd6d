/**
 * Paying a seller that is not there: the payments that it lacks as one letter, left with the
 * tracker, and taken up from there as if they had come over a connection (D12).
 *
 * A letter is worth nothing to anyone else, and reading one twice is harmless, as every payment is
 * (§III.E). Neither side's machine runs: whoever uses these functions has no connection with the
 * other side, and its books are up to date.
 */
import type { KeyObject } from 'node:crypto'
import type { Signer } from '../crypto.js'
import { type Refusal, refuse, refused } from '../errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../identifier.js'
import type { Keyring } from '../keyring.js'
import { STATE_PAYMENTS_MAX_COUNT } from '../limits.js'
import type { PaidPiece, Payee, Payer, Progress, Purse } from '../schemes/scheme.js'
import type { BuyerHistory } from './buyer-state.js'
import { type Debtor, trustAfter } from './debtor.js'
import type { Save } from './exchange.js'
import type { Page } from './pages.js'
import type { SellerHistory } from './seller-state.js'

/** Payments k + 1, k + 2 and so on of a grant, and the signature that covers the last of them. */
export interface PaymentLetter {
  readonly rid: Rid
  readonly k: number
  readonly payments: readonly PaidPiece[]
  readonly payment: Uint8Array
}

/** What a buyer pays with, and what it knows of the pieces. */
export interface LetterWriter {
  readonly payer: Payer
  readonly purse: Purse
  readonly seller: Uid
  readonly signer: Signer
  /** Whether the piece is on our disk, verified, paid to nobody, and not another one's delivery. */
  readonly unpaid: (piece: PieceIndex) => boolean
}

/** A letter, and what must be durable before it leaves. */
export interface Written {
  readonly letter: PaymentLetter
  readonly saves: readonly Save[]
}

/**
 * Writes what a seller lacks that has the first `known` payments: those made since, and one for
 * each piece that it delivered and that a crash left unpaid, STATE_PAYMENTS_MAX_COUNT at most.
 * Undefined when it lacks nothing.
 * Refuses as the payer does when the books are not of this grant.
 */
export function writeLetter(
  history: BuyerHistory,
  known: number,
  writer: LetterWriter,
): Written | Refusal | undefined {
  const { payer, purse, seller, signer } = writer
  const pay = (at: Progress | undefined, piece: PieceIndex) =>
    payer.pay(purse, seller, at, { step: 'token', piece }, signer)
  const pieces = [...history.paid, ...owedOf(history, writer)]
  const told = pieces.slice(0, known + STATE_PAYMENTS_MAX_COUNT)
  const payments: PaidPiece[] = []
  const saves: Save[] = []
  let at: Progress | undefined
  for (const [place, piece] of told.entries()) {
    const paid = pay(at, piece)
    if (refused(paid)) return paid
    at = paid.progress
    if (place >= known) payments.push({ piece, token: paid.bytes })
    if (place >= history.paid.length) saves.push({ kind: 'paid', k: at.k, piece })
  }
  if (payments.length === 0) return undefined
  const payment = payer.pay(purse, seller, at, { step: 'payment' }, signer)
  if (refused(payment)) return payment
  const done = new Set(told)
  for (const { counter, pieces } of history.runs) {
    if (pieces.every((piece) => done.has(piece))) saves.push({ kind: 'ended', counter })
  }
  const { rid } = purse.facts
  return { letter: { rid, k: known, payments, payment: payment.bytes }, saves }
}

/** Pieces of our requests that are on our disk and paid to nobody: delivered before a crash. */
function owedOf({ runs, withdrawn }: BuyerHistory, { unpaid }: LetterWriter): PieceIndex[] {
  const asked = [...runs, ...withdrawn].flatMap(({ pieces }) => pieces)
  return [...new Set(asked)].filter(unpaid)
}

/** What a seller knows of a grant, and of the one who wrote. */
export interface LetterReader {
  readonly payee: Payee
  readonly keyring: Keyring
  readonly seller: Uid
  readonly buyer: Uid
  readonly buyerKey: KeyObject
  readonly cid: Cid
  /** The scheme's opening of the grant, as the buyer showed it. */
  readonly opening: Uint8Array
  readonly history: Pick<SellerHistory, 'paid' | 'payment' | 'runs'>
  /** Where the buyer stands: what is paid late narrows its window, by letter too (D5). */
  readonly debtor: Pick<Debtor, 'trust' | 'late'>
  /** Pages of the hash list; each is checked again. */
  readonly pages: readonly Page[]
}

/** What a letter brought. */
export interface Credited {
  /** In order, all of one commit. */
  readonly saves: readonly Save[]
  readonly pieces: readonly PieceIndex[]
}

/**
 * Checks a letter against the books and says what to save: tokens, then the signature, then the
 * requests that are paid in full by it. What is known already is skipped.
 *
 * Refusals: those of the payee's `start` and `check`, page-missing among them; state-mismatch when
 * the letter begins beyond our books.
 */
export function creditLetter(letter: PaymentLetter, reader: LetterReader): Credited | Refusal {
  const { buyer, buyerKey, cid, history, keyring, opening, payee, seller } = reader
  const { paid, payment } = history
  const begun = payee.start(opening, { keyring, cid, seller, buyer, buyerKey, paid, payment })
  if (refused(begun)) return begun
  if (begun.facts.rid !== letter.rid) return refuse('wrong-grant')
  if (letter.k > begun.progress.k) return refuse('state-mismatch')
  let till = begun
  for (const { page, body } of reader.pages) {
    const paged = payee.check(till, { step: 'page', page }, body)
    if (!refused(paged)) till = paged
  }
  const saves: Save[] = []
  const pieces: PieceIndex[] = []
  let { trust } = reader.debtor
  for (const { piece, token } of letter.payments.slice(begun.progress.k - letter.k)) {
    const credited = payee.check(till, { step: 'token', piece }, token)
    if (refused(credited)) return credited
    till = credited
    trust = trustAfter(trust, till.facts.n, reader.debtor.late.has(piece))
    saves.push({ kind: 'earned', k: till.progress.k, piece, token, trust })
    pieces.push(piece)
  }
  const { k } = till.progress
  if (letter.k + letter.payments.length < k || till.payment?.k === k) return { saves, pieces }
  const signed = payee.check(till, { step: 'payment' }, letter.payment)
  if (refused(signed)) return signed
  saves.push({ kind: 'signed', k, payment: letter.payment })
  const done = new Set([...paid.map(({ piece }) => piece), ...pieces])
  for (const { counter, pieces: open } of history.runs) {
    if (open.every((piece) => done.has(piece))) saves.push({ kind: 'closed', counter })
  }
  return { saves, pieces }
}
