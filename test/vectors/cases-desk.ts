/**
 * Calls to the provider's desk.
 */
import type { Code } from '../../shared/errors.js'
import { withPieces } from '../../tracker/bitmap.js'
import { bob, type Member, PIECES, p, RID } from './world.js'

/** A call by a member, and how its fields depart from an honest one. */
interface Bent {
  readonly by?: Member
  readonly fields?: object
}

/** Bitmap of some of the pieces. */
const someOf = (...pieces: readonly number[]) =>
  withPieces(new Uint8Array(Math.ceil(PIECES / 8)), pieces.map(p))

/** An honest call for a refund, beyond its head. */
export const REFUND_BODY = {
  rid: RID,
  pieces: someOf(3, 256),
  reason: 'nobody has them',
  again: 0,
}

/** Calls that are turned down, under a standing grant. */
export const REFUNDS_REFUSED: readonly (readonly [string, Code, Bent])[] = [
  ['a refund of nothing', 'malformed', { fields: { pieces: someOf() } }],
  ['a refund by a bitmap too short', 'malformed', { fields: { pieces: someOf(30).subarray(1) } }],
  ['a refund of a piece beyond', 'piece-unknown', { fields: { pieces: someOf(PIECES) } }],
  ["a refund of another's grant", 'unknown-grant', { by: bob }],
]
