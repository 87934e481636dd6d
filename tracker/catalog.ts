/**
 * The catalogue: what is for sale, on which terms, and the grants' view of those terms.
 *
 * A row of terms never changes, so it is decoded once and kept; a grant stays on the row it was
 * bought on whatever becomes of the content.
 */
import { type Amount, amount } from '../shared/amount.js'
import { Catalogue } from '../shared/api.js'
import { sha256, signString, unverifiedPayload } from '../shared/crypto.js'
import { assert, refused } from '../shared/errors.js'
import type { Fingerprint, Uid } from '../shared/identifier.js'
import { CATALOGUE_MAX_COUNT } from '../shared/limits.js'
import type { GrantFacts } from '../shared/schemes/scheme.js'
import { Terms, type VerifiedTerms } from '../shared/terms.js'
import { decode, encode } from '../shared/wire/record.js'
import { countPieces, piecesOf } from './bitmap.js'
import type { GrantRow, Rows } from './rows.js'
import type { Tracker } from './tracker.js'

const TERMS_MAX_BYTES = 8192
const SHELF_MAX_COUNT = 10_000

/** Decoded terms by their row. */
export interface TermsShelf {
  read(rows: Rows, id: number): Promise<VerifiedTerms>
}

/** Makes an empty shelf; `fingerprint` is the provider's own, which signed what is stored. */
export function createTermsShelf(fingerprint: Fingerprint): TermsShelf {
  const known = new Map<number, VerifiedTerms>()
  return {
    read: async (rows, id) => {
      const kept = known.get(id)
      if (kept !== undefined) return kept
      const signed = await rows.catalog.terms(id)
      assert(signed !== undefined, `terms ${id} are missing`)
      const payload = unverifiedPayload('terms', signed, fingerprint, TERMS_MAX_BYTES)
      assert(!refused(payload), 'stored terms are a signed string')
      const terms = decode(Terms, payload, TERMS_MAX_BYTES)
      assert(!refused(terms), 'stored terms decode')
      if (known.size >= SHELF_MAX_COUNT) known.clear()
      const read = { ...terms, digest: sha256(signed) }
      known.set(id, read)
      return read
    },
  }
}

/** What a scheme knows of a grant: the row's dates on the terms it was bought on. */
export function factsOf(
  grant: Pick<GrantRow, 'rid' | 'cid' | 'issued' | 'spendUntil' | 'claimUntil' | 'only'>,
  terms: Terms,
  buyer: Uid,
): GrantFacts {
  const { rid, cid, issued, spendUntil, claimUntil } = grant
  const { pieces, reward, n, b } = terms
  const only = grant.only === undefined ? {} : { only: piecesOf(grant.only) }
  return { rid, cid, buyer, pieces, reward, n, b, issued, spendUntil, claimUntil, ...only }
}

/** Number of pieces that a grant pays for. */
export function coveredBy({ only }: Pick<GrantRow, 'only'>, { pieces }: Terms): number {
  return only === undefined ? pieces : countPieces(only)
}

/** What a grant cost: the content's price, or the reward of each piece of a supplementary one. */
export function priceOf(grant: Pick<GrantRow, 'only'>, terms: Terms): Amount {
  if (grant.only === undefined) return terms.price
  return amount(terms.reward * BigInt(coveredBy(grant, terms)))
}

/** The signed string `catalogue`: contents whose name contains the query, newest first. */
export async function listCatalogue(tracker: Tracker, query: string): Promise<Uint8Array> {
  const { authority, demand, store, swarm, terms } = tracker
  const nowMs = tracker.now()
  const contents = await store.read(async (rows) => {
    const found = await rows.catalog.search(query, CATALOGUE_MAX_COUNT)
    const listed = []
    const asked = await demand.read(rows, nowMs)
    for (const { id, cid, name, size, files, terms: row } of found) {
      const { b, mode, n, pieces, price, reward } = await terms.read(rows, row)
      const live = swarm.live(cid, nowMs)
      const sellers = live.length
      const downloaders = live.filter(({ left }) => left > 0).length
      const { day, expected, week } = asked(id)
      const content = { cid, name, size, pieces, files, price, reward, n, b, mode }
      const demanded = { sellers, downloaders, day, week, ...(expected && { expected }) }
      listed.push({ ...content, ...demanded })
    }
    return listed
  })
  const signer = authority.signer.certificate
  const payload = encode(Catalogue, { time: nowMs, signer, query, contents })
  return signString('catalogue', payload, authority.signer)
}
