/**
 * Calls for pages of a hash list: by the seller that a signed request names, and by others.
 */
import { toHex } from '../../shared/bytes.js'
import type { Code } from '../../shared/errors.js'
import { requestBytes } from './trade.js'
import { flip } from './vector.js'
import { alice, bob, buyer, type Member, NOW, named, p, RID } from './world.js'

/** A call by a member, and how its fields depart from an honest one. */
interface Bent {
  readonly by: Member
  readonly fields?: object
}

const REQUEST = requestBytes(1, [256, 3])
/** The honest call: both pieces of a request, which stand on two pages. */
export const PAGES_BODY = { rid: RID, request: REQUEST, pieces: [256, 3].map(p) }

/** A request that departs from an honest one, in a call for what it names. */
const asked = (change: object) => ({ request: requestBytes(1, [256, 3], NOW, change) })
const other = toHex(named('another', 16))

/** Calls that are answered. */
export const PAGES_HONEST: readonly (readonly [string, Bent])[] = [
  ['pages', { by: alice }],
  ['pages of one piece', { by: alice, fields: { pieces: [p(3)] } }],
  ['pages of nothing', { by: alice, fields: { pieces: [] } }],
]

/** Calls that are turned down. */
export const PAGES_REFUSED: readonly (readonly [string, Code, Bent])[] = [
  ['pages of an unknown grant', 'unknown-grant', { by: alice, fields: { rid: other } }],
  ['pages by the buyer itself', 'wrong-seller', { by: buyer }],
  ['pages by a seller that the request does not name', 'wrong-seller', { by: bob }],
  [
    'pages for a request that the buyer did not sign',
    'bad-signature',
    { by: alice, fields: { request: flip(REQUEST, -70) } },
  ],
  [
    'pages for a request of another grant',
    'wrong-grant',
    { by: alice, fields: asked({ rid: other }) },
  ],
  [
    'pages for a request of another content',
    'wrong-grant',
    { by: alice, fields: asked({ cid: toHex(named('x', 20)) }) },
  ],
  [
    'pages for a request of another buyer',
    'wrong-buyer',
    { by: alice, fields: asked({ buyer: bob.uid }) },
  ],
  [
    'pages of a piece that was not asked for',
    'not-requested',
    { by: alice, fields: { pieces: [p(3), p(4)] } },
  ],
]
