/** Limits of the local API and of a home at work, each with its unit in the name and its reason. */
import { KIB, MIB, MINUTE_MS, SECOND_MS } from './units.js'

/** What every system takes as the name of a socket: 104 bytes with the end, on Linux 108. */
export const LOCAL_PATH_MAX_BYTES = 103
/** A request: 10,000 content ids, or 100,000 files with their priorities. */
export const LOCAL_BODY_MAX_BYTES = 8 * MIB
/** An answer: 100,000 transfers of some 700 bytes. */
export const LOCAL_ANSWER_MAX_BYTES = 128 * MIB
/** One line of a stream: the longest is the history's, or an event with a long list. */
export const LOCAL_LINE_MAX_BYTES = 16 * MIB
/** Output of a stream that its reader leaves unread before it is cut off; it may ask anew. */
export const LOCAL_UNREAD_MAX_BYTES = 32 * MIB
/** Shortest and longest pause of `updates`: an eye follows 10 pictures a second. */
export const UPDATES_MIN_MS = 100
export const UPDATES_MAX_MS = MINUTE_MS
/** A row of a content with which nothing happens is made again after this long. */
export const QUIET_MS = SECOND_MS
/** Lines of the log that are kept: a day of a busy home. */
export const LOG_MAX_COUNT = 2000
/** One line of it. */
export const LOG_TEXT_MAX_CHARACTERS = 4 * KIB
/** The file that a daemon in the background writes to; as much that is older is kept beside it. */
export const DAEMON_LOG_MAX_BYTES = 4 * MIB
/** A verb waits so long for another one that holds the home without serving it. */
export const HOME_WAIT_MS = 5 * SECOND_MS
/** How often it looks. */
export const HOME_LOOK_MS = SECOND_MS / 20
/** Contents that are opened and checked at once when a home is taken up. */
export const TAKING_MAX_COUNT = 4
/** What kept a content from work is looked at again after this long, doubled up to the second. */
export const TAKE_AGAIN_MIN_MS = 2 * SECOND_MS
export const TAKE_AGAIN_MAX_MS = 5 * MINUTE_MS
/** How often it is looked whether something is due. */
export const TAKE_LOOK_MS = SECOND_MS
/** Pause between two looks at the sums of the wallet, which take longer the more was traded. */
export const BOOKS_MIN_MS = 2 * SECOND_MS
/** How often the trackers are asked what accounts hold. */
export const ACCOUNTS_MS = 30 * SECOND_MS
/** Samples of the rates that are kept: a quarter of an hour, as fine as an eye follows. */
export const RATES_EVERY_MS = 2 * SECOND_MS
export const RATES_COUNT = 450
/** How often earnings are noted for the charts; a crash loses at most that much of them. */
export const EARNINGS_NOTED_MS = MINUTE_MS
/** Hours of earnings that are kept for the charts: a quarter of a year. */
export const EARNINGS_HOURS_COUNT = 24 * 92
/** A disk with less than this is said to be nearly full, before anything stops. */
export const DISK_LOW_BYTES = 64 * MIB
/** What stopped on a full disk goes on with this much room, and with that for two pieces. */
export const DISK_ROOM_MIN_BYTES = 4 * MIB
