/**
 * The books and first steps that the vectors of the seller's machine share.
 */
import { toHex } from '../../shared/bytes.js'
import type { Rid } from '../../shared/identifier.js'
import { tokenOf } from './claim-parts.js'
import { block, open, page, paymentBytes, request } from './trade.js'
import type { Case } from './vector.js'
import { NOW, named } from './world.js'

export type Step = object
export type Bad = (name: string, refuse: Case['refuse'], ...steps: Step[]) => Case

const NEW = {
  paid: [],
  counter: 0,
  runs: [],
  owed: [],
  forgiven: [],
  resent: [],
  list: 0,
  debtor: { trust: 0, elsewhere: 0, owesElsewhere: false, late: [], strangers: 0 },
}

/** Books of a buyer that is known by other grants; without `strangers` it is no stranger. */
export const debtor = (change: object) => ({
  debtor: { trust: 0, elsewhere: 0, owesElsewhere: false, late: [], ...change },
})
export const OTHER_RID = toHex(named('another grant', 16)) as Rid

export function input(steps: readonly Step[], books: object = {}, more: object = {}) {
  return { self: 'alice', peer: 'buyer', now: NOW, books: { ...NEW, ...books }, steps, ...more }
}

/** Pieces paid before, as a seller's books have them. */
export const paidBooks = (pieces: readonly number[]) => ({
  paid: pieces.map((piece) => ({ piece, token: tokenOf(piece) })),
  payment: paymentBytes(pieces),
  ...debtor({ trust: pieces.length }),
})

export const opened = [open(), page(256)]
export const asked = [...opened, request(1, [256, 257, 258])]
export const served = [...asked, block(256)]
