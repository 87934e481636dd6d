/**
 * Limits of cases at the provider's desk (design D12); the rest is in shared/limits.ts.
 */
import { RUN_MAX_PIECES } from './limits.js'
import { HOUR_MS, KIB, MIB, MINUTE_MS } from './units.js'

/** Reasons that members and the desk give: a few sentences. */
export const CASE_REASON_MAX_BYTES = 512
/** Cases in one answer; older ones stay with the desk. */
export const CASES_MAX_COUNT = 64

/** A bundle: certificates, terms, an opening of 32 KiB at most, and what two members signed. */
export const BUNDLE_MAX_BYTES = 56 * KIB
/** What one member signed for another: 64 hashes of a statement and some 300 bytes around them. */
export const PROOF_MAX_BYTES = 4 * KIB
/** A case file: two claims of the largest content, and the 2 MiB of pages they are judged by. */
export const CASE_FILE_MAX_BYTES = 7 * MIB
/** Members that pieces of one case were paid to: one run has no more pieces. */
export const CASE_PAYEES_MAX_COUNT = RUN_MAX_PIECES
/** Complaints of one seller about one grant, decided ones included; an honest one has a handful. */
export const COMPLAINTS_MAX_COUNT = 64
/** Complaints against one's own receipts that prove bad faith: a restored backup explains one. */
export const FALSE_COMPLAINTS_COUNT = 3
/** A letter: 64 payments of 512 bytes at most, and the signature over them. */
export const LETTER_MAX_BYTES = 48 * KIB
/** Letters in one call; the next call takes the rest. */
export const LETTERS_MAX_COUNT = 8

// --- the tracker's own ---
/** Who announces and does not fetch a notice for so long gets no peer lists any more. */
export const NOTICE_GRACE_MS = HOUR_MS
/** How often the tracker notes that it is at work. */
export const AWAKE_EVERY_MS = 30_000
/** An absence below this moves no deadline: a restart after an update. */
export const OUTAGE_MIN_MS = MINUTE_MS
/** After an absence at least this long, or as long as that was, is left before a deadline. */
export const OUTAGE_GRACE_MS = HOUR_MS
