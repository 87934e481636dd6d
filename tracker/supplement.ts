/**
 * Supplementary grants: pieces of a content that its buyer lost, or had not got when its grant
 * ended (design D8, D9).
 *
 * Whoever bought the content may buy any of its pieces again, claimed for or not: a lost piece was
 * claimed for, a delivered one may not have been yet, and what a seller withholds from its claims
 * must not decide over a buyer. The reward of each goes to escrow whole, so neither a seller nor
 * the provider loses by it. What the tracker knows of spent pieces is used where it protects the
 * buyer: a grant that can still pay for a piece is returned instead of selling the piece twice,
 * unless its buyer says that it is used up, for then a seller was paid that has not claimed.
 */
import { equal } from '../shared/bytes.js'
import { type Refusal, refuse } from '../shared/errors.js'
import type { PieceIndex } from '../shared/identifier.js'
import { emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import type { GrantRow, Rows } from './rows.js'

/** The pieces of a supplementary purchase as a bitmap; refuses as malformed or piece-unknown. */
export function readSupplement(only: readonly PieceIndex[], pieces: number): Uint8Array | Refusal {
  const ascending = only.every((piece, at) => at === 0 || (only[at - 1] as PieceIndex) < piece)
  if (only.length === 0 || !ascending) {
    return refuse('malformed', 'name at least one piece, each once, ascending')
  }
  if ((only.at(-1) as PieceIndex) >= pieces) return refuse('piece-unknown')
  return withPieces(emptyBitmap(pieces), only)
}

/** Whether two grants cover the same: undefined is the whole content. */
export function sameSet(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : equal(one, other)
}

/**
 * The pieces of a whole grant that its buyer bought alone as well and got no money back for, as a
 * bitmap: to have them refunded with their share of the price would turn the reward of a piece
 * into the price of it.
 */
export async function boughtAlone(
  rows: Rows,
  whole: GrantRow,
  pieceCount: number,
): Promise<Uint8Array> {
  let alone = emptyBitmap(pieceCount)
  for (const grant of await rows.grants.supplementsOf(whole)) {
    const payees = await rows.grants.payees(grant.id)
    const refunded = payees.find(({ id }) => id === grant.buyer)?.pieces ?? emptyBitmap(pieceCount)
    const kept = piecesOf(grant.only ?? emptyBitmap(pieceCount))
    alone = withPieces(
      alone,
      kept.filter((piece) => !hasPiece(refunded, piece)),
    )
  }
  return alone
}

/** Whether a grant has a token left for one of these pieces, as far as claims have told. */
export function paysAny({ only, spent }: GrantRow, pieces: Uint8Array): boolean {
  const left = (piece: PieceIndex) => only !== undefined && hasPiece(only, piece)
  return piecesOf(pieces).some((piece) => left(piece) && !hasPiece(spent, piece))
}
