/** Earned tokens as they are read: opened, in payment order. */
import type { Fingerprint, PieceIndex, Rid, Uid } from '../../../shared/identifier.js'
import type { PaidPiece } from '../../../shared/schemes/scheme.js'
import type { Sql } from './database.js'
import type { Sealing } from './sealing.js'

/** The tokens that a buyer paid us under a grant, those beyond a counter. */
export function earnedPieces(
  db: Sql,
  sealing: Sealing,
  provider: Fingerprint,
  rid: Rid,
  buyer: Uid,
  beyond = 0,
): PaidPiece[] {
  const rows = db
    .prepare(
      `SELECT k, piece, token FROM earned
       WHERE fingerprint = ? AND rid = ? AND buyer = ? AND k > ? ORDER BY k`,
    )
    .all(provider, rid, buyer, beyond) as { k: number; piece: PieceIndex; token: Buffer }[]
  return rows.map(({ k, piece, token }) => ({
    piece,
    token: sealing.open(['earned.token', provider, rid, buyer, k, piece], token),
  }))
}
