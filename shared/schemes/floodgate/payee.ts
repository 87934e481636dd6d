/**
 * The seller's side: a till that checks what comes in, and the claim of what it holds.
 *
 * A till is a value: a check gives the next one and leaves this one as good as before. What grows
 * with every piece (PaidLog) is shared between them, so that a token costs two hashes and a small
 * object.
 */
import type { KeyObject } from 'node:crypto'
import { concat, equal } from '../../bytes.js'
import { equalSecret } from '../../crypto.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { Fingerprint, PieceIndex, Uid } from '../../identifier.js'
import { PAGE_HASHES_COUNT } from '../../limits.js'
import { encode } from '../../wire/record.js'
import type { CheckStep, Earned, Payee, Progress, StartContext, Till } from '../scheme.js'
import { readOpening } from './opening.js'
import { emptyLog, type PaidLog } from './paid-log.js'
import { Claim, readPayment } from './records.js'
import {
  acknowledgement,
  advance,
  claimDigest,
  inGrant,
  noProgress,
  nth,
  pageDigest,
  pageOf,
  TOKEN_BYTES,
  type TokenHasher,
  tokenHasher,
} from './tokens.js'

/** What one opening fixes for all tills that follow from it. */
interface Desk {
  readonly seller: Uid
  readonly buyerKey: KeyObject
  readonly fingerprint: Fingerprint
  readonly digests: Uint8Array
  readonly hashOf: TokenHasher
}

/** A till with the pages that came so far, and the pieces that are paid. */
interface TokenTill extends Till {
  readonly desk: Desk
  readonly pages: ReadonlyMap<number, Uint8Array>
  readonly log: PaidLog
}

/**
 * Verifies an opening and replays what was paid before.
 *
 * Refusals: those of readOpening; for a saved payment those of readPayment, wrong-seller and
 * bad-payment, which say that the saved state is not of this grant.
 */
function start(opening: Uint8Array, context: StartContext): TokenTill | Refusal {
  const opened = readOpening(opening, context)
  if (refused(opened)) return opened
  const { facts, digests } = opened
  const { seller, buyerKey, keyring } = context
  const desk = {
    seller,
    buyerKey,
    fingerprint: keyring.fingerprint,
    digests,
    hashOf: tokenHasher(facts.rid),
  }
  const pages = new Map<number, Uint8Array>()
  let till: TokenTill = {
    facts,
    desk,
    pages,
    payment: undefined,
    progress: noProgress(desk.fingerprint, facts.rid, seller),
    log: emptyLog(),
    covers: coveredBy(pages),
    paidFor: () => false,
  }
  const saved = context.payment && checkSigned(till, context.payment)
  if (refused(saved)) return saved
  for (const { piece, token } of context.paid) {
    till = credit(till, piece, desk.hashOf(piece, token))
    if (saved && agrees(saved, till.progress)) till = { ...till, payment: saved }
  }
  if (saved && till.payment === undefined) {
    return refuse('bad-payment', 'the saved payment does not fit the saved tokens')
  }
  return till
}

function coveredBy(pages: ReadonlyMap<number, Uint8Array>): (piece: PieceIndex) => boolean {
  return (piece) => pages.has(pageOf(piece))
}

function credit(till: TokenTill, piece: PieceIndex, tokenHash: Uint8Array): TokenTill {
  const log = till.log.append(till.progress.k, piece)
  const progress = advance(till.progress, piece, tokenHash)
  return { ...till, log, progress, paidFor: (other) => log.has(progress.k, other) }
}

interface SignedProgress extends Progress {
  readonly bytes: Uint8Array
}

/** The payment that names us, whatever it covers; refuses as readPayment or wrong-seller. */
function checkSigned(till: TokenTill, bytes: Uint8Array): SignedProgress | Refusal {
  const { rid } = till.facts
  const { buyerKey, fingerprint, seller } = till.desk
  const payment = readPayment(bytes, { rid, buyerKey, fingerprint })
  if (refused(payment)) return payment
  if (payment.seller !== seller) return refuse('wrong-seller')
  return { k: payment.k, chain: payment.chain, bytes }
}

function agrees(payment: Progress, progress: Progress): boolean {
  return payment.k === progress.k && equal(payment.chain, progress.chain)
}

function check(till: TokenTill, step: CheckStep, bytes: Uint8Array): TokenTill | Refusal {
  switch (step.step) {
    case 'page':
      return checkPage(till, step.page, bytes)
    case 'token':
      return checkToken(till, step.piece, bytes)
    case 'payment': {
      const payment = checkSigned(till, bytes)
      if (refused(payment)) return payment
      return agrees(payment, till.progress) ? { ...till, payment } : refuse('bad-payment')
    }
  }
}

/** Refuses as page-invalid; a page is checked against its own digest alone. */
function checkPage(till: TokenTill, page: number, bytes: Uint8Array): TokenTill | Refusal {
  const { digests } = till.desk
  const known = Number.isInteger(page) && page >= 0 && page * TOKEN_BYTES < digests.length
  if (!known || !equal(pageDigest(bytes), nth(digests, page))) return refuse('page-invalid')
  const pages = new Map(till.pages).set(page, bytes)
  return { ...till, pages, covers: coveredBy(pages) }
}

/** Refuses as piece-unknown, piece-open (paid before), page-missing or bad-token. */
function checkToken(till: TokenTill, piece: PieceIndex, token: Uint8Array): TokenTill | Refusal {
  if (!inGrant(till.facts, piece)) return refuse('piece-unknown')
  if (till.paidFor(piece)) return refuse('piece-open', 'the piece is paid already')
  const page = till.pages.get(pageOf(piece))
  if (page === undefined) return refuse('page-missing')
  if (token.length !== TOKEN_BYTES) return refuse('bad-token')
  const hash = till.desk.hashOf(piece, token)
  if (!equalSecret(hash, nth(page, piece % PAGE_HASHES_COUNT))) return refuse('bad-token')
  return credit(till, piece, hash)
}

function claim(earned: Earned): Uint8Array | undefined {
  const { rid, seller, after, payment, shown = false } = earned
  if (payment.k <= after) return undefined
  const paid = earned.paidBeyond(after).slice(0, payment.k - after)
  return encode(Claim, {
    rid,
    seller,
    after,
    pieces: paid.map(({ piece }) => piece),
    payment: payment.bytes,
    digest: claimDigest(seller, rid, paid),
    ...(shown && { tokens: concat(...paid.map(({ token }) => token)) }),
  })
}

/** The payee of the scheme `floodgate`. */
export const payee: Payee<TokenTill> = { start, check, claim, acknowledgement }
