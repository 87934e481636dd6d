/** The limits of a swarm at work, each with its unit in the name and the reason beside it. */
import { KIB, MINUTE_MS, SECOND_MS } from './units.js'

// --- shared by all contents of a process ---
/** Open files; with the connections they stay below the 1,024 descriptors of many systems. */
export const OPEN_FILES_MAX_COUNT = 256
/** Connections of all contents; one content alone has 80. */
export const CONNECTIONS_PROCESS_MAX_COUNT = 500
/** Pieces being put together in memory: 40 peers with pieces of 12 MiB. */
export const TIED_MAX_BYTES = 512 * KIB * KIB

// --- hashing ---
/** Threads that hash pieces: each does some 1.5 GB/s, more than disks and networks bring. */
export const HASH_THREADS_MAX_COUNT = 4
/**
 * Pieces up to this are hashed where they are: handing one to a thread and back busies the event
 * loop for 0.026 ms, and 32 KiB are hashed in that time (256 KiB in 0.2 ms, 16 MiB in 11 ms).
 */
export const HASH_IN_PLACE_MAX_BYTES = 32 * KIB

// --- sequential downloads, and readers ---
/** Look-ahead: ten seconds of a film at 12 Mbit/s; what lies beyond is fetched rarest first. */
export const LOOK_AHEAD_BYTES = 16 * KIB * KIB
/** With large pieces at least so many, or a fast peer would idle. */
export const LOOK_AHEAD_MIN_PIECES = 8
/** Read at a time for somebody who reads a file while it comes in. */
export const READ_CHUNK_MAX_BYTES = 256 * KIB
/** A free piece that somebody has waited for so long is asked of several peers. */
export const READER_PATIENCE_MS = SECOND_MS

// --- players ---
/** Of the address of a file that is played: nobody guesses it. */
export const PLAY_TOKEN_BYTES = 16
/** Connections of players to one file: one that seeks opens several before it closes the old. */
export const PLAYERS_MAX_COUNT = 32

// --- downloads under a limit ---
/** While requests wait this long for their turn no peer is given another piece: those that have one
 * still send a block well within the request timeout. */
export const INTAKE_WAIT_MS = 5 * SECOND_MS

// --- what peers say of themselves ---
/** Of the name of a peer's program: what a column shows, and a little more. */
export const CLIENT_NAME_MAX_CHARACTERS = 64

// --- uploads ---
/** Runs of blocks that are read from the disk at a time: beyond this they only queue there, in an
 * order that nobody chose. */
export const UPLOAD_TURNS_MAX_COUNT = 8

// --- free torrents: ordinary BitTorrent ---
/**
 * Interested peers that are unchoked at a time, the optimistic one included: libtorrent's default.
 * Fewer leave a fast line idle, more share it out until nobody reciprocates.
 */
export const UNCHOKED_MAX_COUNT = 8
/** Chokes change this often, so that connections do not flutter (BEP 3). */
export const RECHOKE_MS = 10 * SECOND_MS
/** Rounds that what a peer gave or took is counted over: 20 seconds (BEP 3). */
export const RATE_ROUNDS_COUNT = 2
/** The optimistic unchoke moves on this often: time for a whole piece (paper §II). */
export const OPTIMISTIC_MS = 30 * SECOND_MS
/** A peer that left requests unanswered this long has snubbed us (the rule of BEP 3's author). */
export const SNUBBED_MS = MINUTE_MS
/** A peer that sends no block this long loses its pieces to others. */
export const STALL_MS = 15 * SECOND_MS
/** A peer that rejected or stalled is left alone this long. */
export const REJECTED_PAUSE_MS = 5 * SECOND_MS
