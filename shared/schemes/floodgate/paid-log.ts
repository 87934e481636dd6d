/**
 * The pieces of one till in payment order, shared by all the tills that follow from one another.
 *
 * A till with counter k sees the first k entries. The log only grows at its end, so older tills
 * stay true; one that goes on from the middle (two futures of one till) gets a log of its own.
 */
import type { PieceIndex } from '../../identifier.js'

/** Append-only; the caller says how many entries are its own. */
export interface PaidLog {
  /** Whether the piece is among the first k. */
  has(k: number, piece: PieceIndex): boolean
  /** A log whose first k entries are these and whose next is `piece`; this one stays true. */
  append(k: number, piece: PieceIndex): PaidLog
}

/** A log without entries. */
export function emptyLog(): PaidLog {
  return logOf([])
}

function logOf(entries: PieceIndex[]): PaidLog {
  const placeOf = new Map(entries.map((piece, place) => [piece, place]))
  const log: PaidLog = {
    has: (k, piece) => {
      const place = placeOf.get(piece)
      return place !== undefined && place < k
    },
    append: (k, piece) => {
      if (k < entries.length) return logOf(entries.slice(0, k)).append(k, piece)
      placeOf.set(piece, entries.push(piece) - 1)
      return log
    },
  }
  return log
}
