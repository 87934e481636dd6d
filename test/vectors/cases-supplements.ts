/**
 * Purchases of pieces alone, and of a content whose grant has ended (design D8, D9).
 */
import { toHex } from '../../shared/bytes.js'
import type { Code } from '../../shared/errors.js'
import { alice, buyer, CID, type Member, named, p, RID } from './world.js'

/** A call by a member, and how its fields depart from an honest one. */
interface Bent {
  readonly by?: Member
  readonly fields?: object
}

const SUPPLEMENT = toHex(named('supplementary grant', 16))
const whole = { rid: RID, cid: CID, buyer: buyer.uid }
const open = { grants: [whole] }
const ended = { grants: [{ ...whole, ended: true }] }
const sold = { grants: [whole, { ...whole, rid: SUPPLEMENT, only: [3, 256] }] }
const only = (...pieces: number[]) => ({ only: pieces.map(p) })

/** Calls that are answered. */
export const SUPPLEMENTS_HONEST: readonly (readonly [string, Bent, object])[] = [
  ['purchase of pieces', { fields: only(3, 256) }, open],
  ['purchase of pieces after spend-until', { fields: only(0, 1, 299) }, ended],
  ['purchase of pieces again', { fields: only(3, 4) }, sold],
  [
    'purchase of pieces whose grant is used up',
    { fields: { ...only(3), used: [SUPPLEMENT] } },
    sold,
  ],
]

/** Calls that are turned down. */
export const SUPPLEMENTS_REFUSED: readonly (readonly [string, Code, Bent, object])[] = [
  ['pieces of a content that was not bought', 'not-bought', { fields: only(3) }, { grants: [] }],
  ["pieces of another's content", 'not-bought', { by: alice, fields: only(3) }, open],
  ['no pieces', 'malformed', { fields: only() }, open],
  ['pieces not ascending', 'malformed', { fields: only(4, 3) }, open],
  ['a piece twice', 'malformed', { fields: only(3, 3) }, open],
  ['pieces beyond the content', 'piece-unknown', { fields: only(3, 300) }, open],
  ['a whole content after spend-until', 'bought-before', {}, ended],
  [
    'pieces on other terms',
    'terms-changed',
    { fields: { ...only(3), terms: named('other terms') } },
    open,
  ],
]
