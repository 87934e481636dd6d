/**
 * What the tracker knew when a case was opened; kept with it, since swarms are forgotten.
 */

import { CASES_MAX_COUNT } from '../shared/case-limits.js'
import type { Uid } from '../shared/identifier.js'
import { amountField, hexId, int, list, record, type TypeOf } from '../shared/wire/record.js'

/** The record, as cases keep it. */
export const CaseFacts = record({
  /** Milliseconds of the tracker's clock. */
  time: int(),
  /** How long this tracker had been listening: after a restart it knows nobody yet. */
  heard: int(),
  /** Who had announced the content within ANNOUNCE_EXPIRY_MS, the buyer not counted. */
  sellers: list(
    record({ uid: hexId<Uid>(16), /** Bytes. */ left: int(), house: int(0, 1) }),
    CASES_MAX_COUNT,
  ),
  /** Pieces that sellers had been paid for. */
  spent: int(),
  /** What the grant held. */
  escrow: amountField,
  held: amountField,
})
export type CaseFacts = TypeOf<typeof CaseFacts>
