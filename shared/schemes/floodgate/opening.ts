/**
 * The opening: what introduces a grant to a seller, and what the buyer itself checks first.
 *
 * The provider's signature covers the facts and one digest; the digest covers the page digests that
 * come along, so that every single page can be checked when it arrives (D4).
 */
import { equal } from '../../bytes.js'
import { type Refusal, refuse, refused } from '../../errors.js'
import type { Cid, Uid } from '../../identifier.js'
import { type Keyring, openProviderString } from '../../keyring.js'
import { decode } from '../../wire/record.js'
import type { GrantFacts } from '../scheme.js'
import { HashList, LIST_MAX_BYTES, OPENING_MAX_BYTES, Opening } from './records.js'
import { listDigest, pageCount, TOKEN_BYTES } from './tokens.js'

/** A verified opening. */
export interface VerifiedOpening {
  readonly facts: GrantFacts
  /** Page digests in order, 32 bytes each. */
  readonly digests: Uint8Array
}

/** Who is expected to have bought what. */
export interface OpeningContext {
  readonly keyring: Keyring
  readonly buyer: Uid
  readonly cid: Cid
}

/**
 * Verifies an opening.
 *
 * Refusals in order: too-large, malformed, those of the provider's signature, wrong-buyer,
 * wrong-grant (another content), page-invalid (page digests that the list does not sign).
 */
export function readOpening(
  opening: Uint8Array,
  context: OpeningContext,
): VerifiedOpening | Refusal {
  const opened = decode(Opening, opening, OPENING_MAX_BYTES)
  if (refused(opened)) return opened
  const payload = openProviderString('hash-list', opened.list, context.keyring, LIST_MAX_BYTES)
  if (refused(payload)) return payload
  const list = decode(HashList, payload, LIST_MAX_BYTES)
  if (refused(list)) return list
  const { digest, signer: _, ...facts } = list
  if (facts.buyer !== context.buyer) return refuse('wrong-buyer')
  if (facts.cid !== context.cid) return refuse('wrong-grant', 'the grant is of another content')
  const { digests } = opened
  const complete = digests.length === pageCount(facts.pieces) * TOKEN_BYTES
  if (!complete || !equal(listDigest(digests), digest)) return refuse('page-invalid')
  return { facts, digests }
}
