/**
 * Calls to the provider's desk.
 */
import type { Call } from '../../shared/api.js'
import type { Code } from '../../shared/errors.js'
import { Letter } from '../../shared/mail.js'
import { encode } from '../../shared/wire/record.js'
import { withPieces } from '../../tracker/bitmap.js'
import { claimOf, paidTo } from './claim-parts.js'
import { alice, bob, type Member, PIECES, p, RID } from './world.js'

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

const PAYMENTS = [{ piece: p(3), token: new Uint8Array(32) }]

/** A call that leaves one letter for alice. */
const letterWith = (fields: Partial<Letter>) => {
  const whole = { rid: RID, k: 0, payments: PAYMENTS, payment: new Uint8Array(0), ...fields }
  return { fields: { letters: [{ seller: alice.uid, letter: encode(Letter, whole) }], taken: [] } }
}

/** Letters that nobody keeps, under a standing grant that named no seller yet. */
export const LETTERS_REFUSED: readonly (readonly [string, Code, Bent])[] = [
  ['a letter that pays nothing', 'malformed', letterWith({ payments: [] })],
  ["a letter under another's grant", 'unknown-grant', { by: bob, ...letterWith({}) }],
  ['a letter to a seller that was never named', 'unknown-member', letterWith({})],
]

/** What an accused member says, beyond the head of its call. */
export const RESPOND_BODY = {
  number: 7,
  kind: 'payment',
  reason: '',
  proof: claimOf(paidTo(alice, [256, 3])),
}

/** Calls about cases that are turned down, under a standing grant. */
export const CASES_REFUSED: readonly (readonly [string, Call, Code, Bent])[] = [
  ['a complaint without a bundle', 'complain', 'malformed', {}],
  ['an answer to no case', 'respond', 'unknown-case', {}],
  ["the file of another's case", 'cases', 'unknown-case', { fields: { file: 7 } }],
]
