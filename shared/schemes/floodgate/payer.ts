/**
 * The buyer's side: a purse of tokens, and every byte that pays with them.
 *
 * The purse is made once from what the tracker issued and never changes; where the payments to one
 * seller stand is the caller's `Progress`, saved before anything is sent.
 */
import { equal } from '../../bytes.js'
import { signString } from '../../crypto.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import { openProviderString } from '../../keyring.js'
import { decode, encode } from '../../wire/record.js'
import type { AcceptContext, Issued, Paid, Payer, Purse } from '../scheme.js'
import { readOpening } from './opening.js'
import { Facts, Grant, LIST_MAX_BYTES, Payment } from './records.js'
import {
  advance,
  deriveTokens,
  hashTokens,
  inGrant,
  noProgress,
  nth,
  pageBytes,
  pageDigests,
  pageOf,
} from './tokens.js'

/** A purse with what is derived from the grant key; both strings hold 32 bytes per piece. */
interface TokenPurse extends Purse {
  readonly open: Uint8Array
  readonly tokens: Uint8Array
  readonly hashes: Uint8Array
}

/**
 * Verifies the grant and its hash list, and that they belong together.
 *
 * Refusals: those of readOpening, those of the grant's own signature, wrong-grant when the two do
 * not state the same facts, page-invalid when the key's tokens do not hash to the signed list.
 */
function accept(issued: Issued, context: AcceptContext): TokenPurse | Refusal {
  const opening = readOpening(issued.open, context)
  if (refused(opening)) return opening
  const payload = openProviderString('grant', issued.secret, context.keyring, LIST_MAX_BYTES)
  if (refused(payload)) return payload
  const grant = decode(Grant, payload, LIST_MAX_BYTES)
  if (refused(grant)) return grant
  const { facts, digests } = opening
  if (!equal(encode(Facts, grant), encode(Facts, facts))) {
    return refuse('wrong-grant', 'the grant and its hash list do not state the same facts')
  }
  const tokens = deriveTokens(grant.key, facts.pieces)
  const hashes = hashTokens(facts.rid, tokens)
  if (!equal(pageDigests(hashes), digests)) return refuse('page-invalid')
  return { facts, open: issued.open, tokens, hashes }
}

const pay: Payer<TokenPurse>['pay'] = (purse, seller, at, step, signer): Paid | Refusal => {
  const { facts } = purse
  const progress = at ?? noProgress(signer.fingerprint, facts.rid, seller)
  if (step.step === 'open') return { bytes: purse.open, progress }
  if (step.step === 'payment') {
    if (progress.k === 0) return refuse('bad-payment', 'nothing is paid yet')
    const payment = encode(Payment, { rid: facts.rid, seller, ...progress })
    return { bytes: signString('payment', payment, signer), progress }
  }
  const { piece } = step
  if (!inGrant(facts, piece)) return refuse('piece-unknown')
  if (step.step === 'page') {
    const page = pageOf(piece)
    return { bytes: pageBytes(purse.hashes, page), page, progress }
  }
  // A copy, so that no one who holds one token holds the buffer of all of them.
  const bytes = nth(purse.tokens, piece).slice()
  return { bytes, progress: advance(progress, piece, nth(purse.hashes, piece)) }
}

/** The payer of the scheme `floodgate`. */
export const payer: Payer<TokenPurse> = { order: () => new Uint8Array(0), accept, pay }
