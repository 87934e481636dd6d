/**
 * Limits of work in one's own home, which no one else sees; the rest is in shared/limits.ts.
 */
import { DAY_MS, MINUTE_MS, SECOND_MS } from './units.js'

/** A duration that a person types: a hundred years; far beyond lie dates that no calendar has. */
export const DURATION_MAX_MS = 36_525 * DAY_MS

/**
 * The last moment that is shown, in milliseconds since 1970: 9999 ends. A provider may name any up
 * to 2^53, of which the last have no date; columns hold years of four digits.
 */
export const MOMENT_MAX_MS = 253_402_300_799_999

/** Arguments of one command line: more than a folder of torrents holds. */
export const ARGUMENTS_MAX_COUNT = 10_000

/** Contents or members that a shell offers at one tab: more than fit a screen, fewer than hurt. */
export const COMPLETION_MAX_COUNT = 200

/**
 * Pages of the wallet that one connection keeps in memory: what trade touches is far less, and
 * the 16 MB that better-sqlite3 is built with fill up with pages that nobody reads again.
 */
export const WALLET_CACHE_MAX_KIB = 2048

/** What a full disk did not take of the blacklist is tried again after this long. */
export const BLACKLIST_AGAIN_MS = 2 * SECOND_MS
/** Members that are remembered until then, each with a message as evidence. */
export const BLACKLIST_WAITING_MAX_COUNT = 64

/** Commands of --on-done that run at once; the others wait their turn. */
export const HOOKS_MAX_COUNT = 4
/** What of a command's output is kept to tell of it. */
export const HOOK_WORDS_MAX_CHARACTERS = 1000
/** A command that was asked to end has this long. */
export const HOOK_GRACE_MS = 5 * SECOND_MS

/** Pause between two looks at a watched folder; a file has to lie still for one of them. */
export const WATCH_EVERY_MS = 2 * SECOND_MS
/** What could not be taken up is tried again after this long: money or the tracker may be back. */
export const WATCH_AGAIN_MS = MINUTE_MS
/** Torrents of a watched folder that are looked at; more wait for these. */
export const WATCH_MAX_COUNT = 1000
