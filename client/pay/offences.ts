/**
 * Which breaches put a member on the blacklist by themselves, and for how long; pure.
 *
 * A code alone is not enough: a connection can be disturbed by anyone on its way, and books can
 * differ because ours were restored from a backup. So only what a member said on its own sealed
 * channel counts, and of that only what an honest member never says, whatever was lost in between
 * (docs/DESIGN.md, "What puts a member on the blacklist").
 */
import type { Code } from '../../shared/errors.js'
import {
  BLACKLIST_CHEAT_MS,
  BLACKLIST_ENTRY_MAX_MS,
  BLACKLIST_LAPSE_MS,
} from '../../shared/limits.js'

/** In which part of a trade a member broke the rules; `member` is in neither. */
export type Part = 'buyer' | 'seller' | 'member'

/**
 * How bad: a lapse may come from a faulty program, a cheat claims what is not so. Spoilt blocks may
 * be anybody's work: their seller is left alone for a while, and nothing is remembered of it.
 */
export type Offence = 'spoilt' | 'lapse' | 'cheat'

/** What a message is that no honest program writes, in either part. */
const LAPSES: readonly Code[] = [
  'malformed',
  'too-large',
  'bad-label',
  'wrong-provider',
  'out-of-state',
  'too-many-open',
  'wrong-grant',
]

const CHEATS: readonly Code[] = ['bad-signature', 'wrong-buyer', 'wrong-seller']
const CHEATS_OF_BUYERS: readonly Code[] = ['page-invalid', 'payments-exhausted']
const CHEATS_OF_SELLERS: readonly Code[] = ['statement-mismatch', 'receipt-mismatch']

/** What a breach of a member in this part is; undefined when it counts for nothing. */
export function offenceOf(code: Code, part: Part): Offence | undefined {
  // Blocks cross the wire in the clear. One that comes before its statement costs nothing: the
  // statement may have been taken out on its way.
  if (code === 'piece-junk' && part === 'seller') return 'spoilt'
  if (LAPSES.includes(code)) return 'lapse'
  const cheats = { buyer: CHEATS_OF_BUYERS, seller: CHEATS_OF_SELLERS, member: [] }
  return [...CHEATS, ...cheats[part]].includes(code) ? 'cheat' : undefined
}

/**
 * How long an entry holds, in milliseconds: twice as long each time, and once more as long for each
 * piece that the member owes us; at most BLACKLIST_ENTRY_MAX_MS. For spoilt blocks always the same.
 *
 * `times` counts this offence too; `debt` is in pieces.
 */
export function sentenceMs(offence: Offence, times: number, debt: number): number {
  if (offence === 'spoilt') return BLACKLIST_LAPSE_MS
  const base = offence === 'cheat' ? BLACKLIST_CHEAT_MS : BLACKLIST_LAPSE_MS
  return Math.min(base * 2 ** (times - 1) * (1 + debt), BLACKLIST_ENTRY_MAX_MS)
}
