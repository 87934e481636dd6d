/**
 * Every limit in one place, with its unit in the name and the reason beside it; those of a swarm at
 * work, of cases and of the tracker's doors are next door (swarm-limits.ts, case-limits.ts,
 * tracker-limits.ts).
 *
 * Sizes are checked before anything is buffered. What a content sets for itself (n, b, windows) is
 * in its signed terms; the bounds here say what terms may say.
 */

import { DAY_MS, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from './units.js'

// --- torrents (BEP 3); the first four are what libtorrent allows ---
export const METAINFO_MAX_BYTES = 10 * MIB
export const BENCODE_MAX_DEPTH = 100
/** Values, keys and ends in one input: decoded, each costs far more memory than its 2 bytes. */
export const BENCODE_MAX_VALUES_COUNT = 2_000_000
export const PIECES_MAX_COUNT = 2_097_152
/** More files than this take minutes to create and fill a directory cache for nothing. */
export const FILES_MAX_COUNT = 100_000
/** Folders too: each is made before the first of its files. */
export const FOLDERS_MAX_COUNT = 100_000
/** 16 KiB is the block; 64 MiB is the largest piece that is hashed without a visible stall. */
export const PIECE_MIN_BYTES = 16 * KIB
export const PIECE_MAX_BYTES = 64 * MIB
/** Free torrents of others have smaller pieces; below a KiB hashing costs more than the bytes. */
export const FREE_PIECE_MIN_BYTES = KIB
/** Paid content: 256 pages of 256 token hashes, so the page digests fit one 8 KiB message. */
export const PAID_PIECES_MAX_COUNT = 65_536
/** A path element that every common file system can hold. */
export const NAME_MAX_BYTES = 255
/** Half of Linux's PATH_MAX; the other half is for the chosen folder. */
export const PATH_MAX_BYTES = 2048
/** Tracker addresses read from one torrent. */
export const ANNOUNCE_URLS_MAX_COUNT = 64

// --- peer wire (BEP 3, 6, 10) ---
/** The block every client asks for. */
export const BLOCK_BYTES = 16 * KIB
/** The largest block served; 128 KiB is what libtorrent and transmission answer at most. */
export const BLOCK_MAX_BYTES = 128 * KIB
/**
 * A frame: the bitfield of 2,097,152 pieces is 256 KiB, a block 128 KiB; libtorrent stops at 2 MiB.
 */
export const FRAME_MAX_BYTES = 512 * KIB
/** An extension payload: the largest `open` (200 sellers, 256 page digests, 1,024 pieces) has some
 * 40 KiB. */
export const EXTENSION_MAX_BYTES = 64 * KIB
/**
 * Blocks that nobody asked for, beyond as many bytes as were: what was cancelled or given up may
 * still come, 128 requests of the largest blocks at a time.
 */
export const UNASKED_MAX_BYTES = 16 * MIB
/** Requests a peer may queue with us; libtorrent's own bound. */
export const PEER_REQUESTS_MAX_COUNT = 2_000
/** Requests we keep in flight to one peer: 128 x 16 KiB is 2 MiB, 160 Mbit/s at 100 ms. */
export const PIPELINE_REQUESTS_COUNT = 128
/** All connections of one content, those that others opened included. */
export const CONNECTIONS_MAX_COUNT = 80
/** Those among them that one address opened: some share one, but none has them all. */
export const ADDRESS_CONNECTIONS_MAX_COUNT = 32
/**
 * Connections that others opened to the process, for all its contents: with those it opened, and
 * its files, they stay below the 1,024 descriptors that a process usually has.
 */
export const INCOMING_MAX_COUNT = 512
export const HANDSHAKE_TIMEOUT_MS = 15 * SECOND_MS
export const CONNECT_TIMEOUT_MS = 10 * SECOND_MS
/** BEP 3 peers send a keep-alive every two minutes. */
export const IDLE_TIMEOUT_MS = 3 * MINUTE_MS
export const KEEP_ALIVE_MS = MINUTE_MS
/** A connection that is being closed may still flush its last messages this long. */
export const CLOSE_TIMEOUT_MS = 2 * SECOND_MS
/** Block data that may wait in one socket; what follows it is not read from the disk yet. */
export const OUTPUT_BLOCKS_MAX_BYTES = 256 * KIB
/** Output of any kind after which a peer that does not read is not read either. */
export const OUTPUT_MAX_BYTES = 2 * MIB
/** Verified pieces on their way to the disk, beyond which no more are asked for. */
export const WRITES_MAX_BYTES = 64 * MIB
/** Heartbeat of a torrent: timeouts, the gate's clock, interest. */
export const TICK_MS = 250
/** First wait before an address is dialled again, doubled up to the second. */
export const REDIAL_MIN_MS = SECOND_MS / 2
export const REDIAL_MAX_MS = 30 * SECOND_MS
/** Failures in a row after which an address is forgotten. */
export const REDIALS_MAX_COUNT = 16
/** A connection that lasted this long was no failure. */
export const SETTLED_MS = 10 * SECOND_MS
/** Addresses remembered for one content. */
export const ADDRESSES_MAX_COUNT = 2_000
/** Connections we open ourselves: a neighbour set of about 40 (paper §II). */
export const DIALLED_MAX_COUNT = 40
/** Incoming connections of the process whose handshake is not in yet. */
export const GREETING_MAX_COUNT = 128

// --- announces of free torrents ---
/** An answer of a plain tracker: 200 peers are 1.2 KB compact and 20 KB as a list. */
export const ANNOUNCE_BODY_MAX_BYTES = MIB
/** Redirects that an announce follows: to https, to a new address, and one to spare. */
export const REDIRECTS_MAX_COUNT = 3
/** Characters of a tracker's reason that are passed on. */
export const REASON_MAX_CHARACTERS = 200
/** Bounds on the interval that a plain tracker asks for. */
export const ANNOUNCE_FREE_MIN_MS = 10 * SECOND_MS
export const ANNOUNCE_FREE_MAX_MS = HOUR_MS

// --- paid exchange (design D5, D6, D7) ---
/** n: pieces delivered and unpaid that terms may allow. */
export const WINDOW_MAX_PIECES = 64
/** b: pieces one run may cover; 8 signatures' worth is where the cost has all but vanished (D6). */
export const RUN_MAX_PIECES = 64
/**
 * Open requests of one buyer with one seller: the next is accepted while the last is being paid.
 */
export const OPEN_REQUESTS_MAX_COUNT = 2
/** Counters of requests that a seller may state: far below where numbers stop being exact. */
export const COUNTER_MAX = 2 ** 48
/**
 * Tries for a piece that failed its hash, a payment that did not check, and a piece after a crash.
 */
export const TRIES_MAX_COUNT = 3
/** Pieces that failed their hash before a buyer leaves a seller (D7). */
export const JUNK_PIECES_MAX_COUNT = 2
/** A piece unpaid this long after its last block left is overdue: until it is paid its buyer gets
 * no other, and then half its window. Before, it may be on its way, over a slow line (D5). */
export const PAYMENT_DUE_MS = 60 * SECOND_MS
/** Pieces that all members who have signed no payment yet may have of one seller together: it loses
 * no more to them, however many they are (D5). Honest newcomers pay for theirs within seconds. */
export const STRANGERS_MAX_PIECES = 64
/** An unpaid piece counts for this long, among all strangers' and under its buyer's other grants:
 * the longest that a case may take. A lost connection would else shut a buyer out for good. */
export const UNPAID_COUNTED_MS = 30 * DAY_MS
/** One that was withdrawn counts for a day: lost connections would else fill all places in time. */
export const STRANGER_WITHDRAWN_MS = DAY_MS
/** Tokens are signed for at the latest after this long (D6). */
export const RUN_CLOSE_MS = 2 * SECOND_MS
/** After a refusal a buyer leaves the seller alone for this long, then asks again. */
export const REFUSAL_PAUSE_MS = 5 * SECOND_MS
/** A download that is complete waits this long for a seller that misses its last payments. */
export const SETTLE_MS = 5 * SECOND_MS
/** Who is not traded with any more is still paid, and may still pay, this long. */
export const WIND_UP_MS = 5 * SECOND_MS
/** A gate that closes waits this long for the last receipts and releases. */
export const GATE_CLOSE_MS = 2 * SECOND_MS
/** A buyer withdraws a request after this long without a block (D7). */
export const REQUEST_TIMEOUT_MS = 30 * SECOND_MS
/** A signed peer list older than this names nobody (D5). */
export const PEER_LIST_MAX_AGE_MS = 24 * HOUR_MS
/** Sellers one signed peer list names; twice a neighbour set. */
export const PEER_LIST_MAX_COUNT = 200
/** Token hashes in one page of the hash list: 8 KiB, half a block. */
export const PAGE_HASHES_COUNT = 256
/** Pages of a content, so that one bit for each says in 32 bytes which a seller does not need. */
export const PAGES_MAX_COUNT = PAID_PIECES_MAX_COUNT / PAGE_HASHES_COUNT
/** Pages that a seller keeps, the oldest go first: 32 MiB, 256 GiB of content in 256 KiB pieces. */
export const PAGES_KEPT_MAX_COUNT = 4096
/** Pages that the tracker has not given by then come from the buyer, who waits for an answer. */
export const PAGES_TIMEOUT_MS = 5 * SECOND_MS
/** For this long pages come from the buyers after the tracker gave none. */
export const PAGES_PAUSE_MS = 30 * SECOND_MS
/** One page, whatever the scheme: as much as a message between peers may carry of it. */
export const PAGE_MAX_BYTES = 32 * KIB
/** A signed request that a seller shows to the tracker: some 450 bytes with 64 pieces. */
export const REQUEST_MAX_BYTES = KIB
/** Pieces of the grants whose tokens the tracker keeps derived: 64 bytes each, 16 MiB. */
export const PURSES_MAX_PIECES = 4 * PAID_PIECES_MAX_COUNT
/** Pieces a supplementary grant names (D8): 4 KiB of indexes in a message. */
export const SUPPLEMENT_PIECES_MAX_COUNT = 1024
/** Supplementary grants that cover the largest content. */
export const SUPPLEMENTS_MAX_COUNT = PAID_PIECES_MAX_COUNT / SUPPLEMENT_PIECES_MAX_COUNT
/** Grants that one connection may introduce: a content's own and its supplementary ones (D8). */
export const OPEN_GRANTS_MAX_COUNT = 1 + SUPPLEMENTS_MAX_COUNT
/** Payments that one `state` message recounts; a buyer that lags further opens again. */
export const STATE_PAYMENTS_MAX_COUNT = 64
/** Every peer message of the extension, signed string or sealed body. */
export const MESSAGE_MAX_BYTES = EXTENSION_MAX_BYTES
/** Messages behind an opening that waits for the disk; an orderly buyer sends none. */
export const HELD_MESSAGES_MAX_COUNT = 16
/** Handshake nonces remembered per process, enough for days of connections. */
export const NONCES_MAX_COUNT = 65_536

// --- tracker (design D9, D11, D17) ---
/** A claim of 65,536 pieces is 256 KiB of indexes; with tokens (the fallback) 2 MiB more. */
export const API_BODY_MAX_BYTES = 4 * MIB
export const API_ANSWER_MAX_BYTES = 16 * MIB
export const API_TIMEOUT_MS = 30 * SECOND_MS
/** Requests further than this from the tracker's time are refused (issue text, D17). */
export const CLOCK_SKEW_MAX_MS = 5 * MINUTE_MS
/**
 * A tracker whose clock is further than this ahead of its newest entry, or of its last tick, stops
 * until a person has looked: what falls due by time moves money, and is not taken back (D9).
 */
export const CLOCK_AHEAD_MAX_MS = 30 * DAY_MS
/** Ours take up to 560 bytes, with the longest names; a handshake carries two. */
export const CERTIFICATE_MAX_BYTES = 1024
export const CERTIFICATE_LIFE_MS = 7 * DAY_MS
/** Renewed when less than this is left. */
export const CERTIFICATE_RENEW_MS = 3 * DAY_MS
/** Slack for a leaf whose owner's clock differs a little from ours. */
export const CERTIFICATE_SKEW_MS = 5 * MINUTE_MS
/** Serials on one list of revoked certificates: some 1 MB, and more cheats than a provider has. */
export const REVOCATIONS_MAX_COUNT = 50_000
export const REVOCATIONS_MAX_BYTES = REVOCATIONS_MAX_COUNT * 19 + KIB
/** With an older list a peer takes no strangers; as long a connection may outlive its certificate,
 * and a serial stays on the list behind its own (D11). */
export const REVOCATIONS_MAX_AGE_MS = 24 * HOUR_MS
/** A list that did not change is fetched anew after this long. */
export const REVOCATIONS_REFRESH_MS = HOUR_MS
/** A start waits this long for the list; who has none goes on with members it knows. */
export const REVOCATIONS_TIMEOUT_MS = 5 * SECOND_MS
/** A process that trades asks for the tracker's time and certificates this often: clocks drift. */
export const MEET_INTERVAL_MS = HOUR_MS
/** The tracker signs a list that did not change again after this long. */
export const REVOCATIONS_RESIGN_MS = MINUTE_MS
export const COMPLAINT_WINDOW_MS = 72 * HOUR_MS
/** The accused of a case answers within this, from when it fetched the notice (D12): a weekend. */
export const ANSWER_WINDOW_MS = 72 * HOUR_MS
/** Shorter, and a client that asks every few minutes has no time; a provider may try it all out. */
export const ANSWER_WINDOW_MIN_MS = SECOND_MS
/** Longer, and a seller's loss is made good when nobody remembers it. */
export const ANSWER_WINDOW_MAX_MS = 30 * DAY_MS
/** Marks beyond which the desk is called, and the percentage of counterparties that gave one:
 * both must be passed (D12, §IV.B). */
export const MARKS_COUNT = 5
export const MARKS_SHARE_PERCENT = 20
/** Marks that terms may tolerate: one from each of as many counterparties. */
export const MARKS_MAX_COUNT = 1000
export const SPEND_WINDOW_MS = 365 * DAY_MS
export const CLAIM_WINDOW_MS = 400 * DAY_MS
/** Settings and keys of a home are a few KiB; something else lies there otherwise. */
export const HOME_FILE_MAX_BYTES = MIB
/** The code of an invitation: nobody guesses 128 bits, and a person can still read them out. */
export const INVITATION_BYTES = 16
/** An invitation that says nothing else: a month to follow it up. */
export const INVITATION_LIFE_MS = 30 * DAY_MS
/** Display names: long enough for a person, short enough for a table. */
export const MEMBER_NAME_MAX_BYTES = 64
/** Why a person put somebody on the blacklist: a sentence. */
export const BLACKLIST_REASON_MAX_BYTES = 256
/** First entry for a breach that a faulty program may commit: long enough for someone to look. */
export const BLACKLIST_LAPSE_MS = 10 * MINUTE_MS
/** First entry for a false signature, page, token or statement. */
export const BLACKLIST_CHEAT_MS = 6 * HOUR_MS
/** The longest entry that a program makes by itself; for ever is a person's decision. */
export const BLACKLIST_ENTRY_MAX_MS = 30 * DAY_MS
/** Entries whose time is over that are remembered, the oldest go first. */
export const BLACKLIST_KEPT_MAX_COUNT = 10_000
export const CLAIM_GRANTS_MAX_COUNT = 64
/** One grant's claim: an index and, in the fallback, a token for each of 65,536 pieces. */
export const CLAIM_MAX_BYTES = PAID_PIECES_MAX_COUNT * 36 + 4 * KIB
/** Competing claims that an answer shows: two signed payments for one piece are proof (D12). */
export const CLAIM_OTHERS_MAX_COUNT = 2
/** Bytes of such claims in one answer, beside 7.2 MB of hashes in the 8 MiB that it may have. */
export const CLAIM_OTHERS_MAX_BYTES = MIB
/** A seller claims after this many unclaimed pieces, or after the interval, or on exit. */
export const CLAIM_BATCH_PIECES = 64
export const CLAIM_INTERVAL_MS = 60 * SECOND_MS
/** First wait after a call that did not reach the tracker, doubled up to the second. */
export const RETRY_MIN_MS = 2 * SECOND_MS
export const RETRY_MAX_MS = MINUTE_MS
/** What is left to say to the tracker at the end of a run may take this long. */
export const FAREWELL_TIMEOUT_MS = 5 * SECOND_MS
/** Announces out of turn, when lists change, come no closer than this. */
export const ANNOUNCE_AGAIN_MS = SECOND_MS
/** Announce interval of a settled swarm, and while it is young and lists change by the second. */
export const ANNOUNCE_INTERVAL_MS = 5 * MINUTE_MS
export const ANNOUNCE_YOUNG_INTERVAL_MS = 2 * SECOND_MS
/** At most, for who downloads: its counters then tell of any backup older than this (D13). */
export const ANNOUNCE_SPENDING_INTERVAL_MS = MINUTE_MS
/** A seller that has been silent this long is no longer named. */
export const ANNOUNCE_EXPIRY_MS = 15 * MINUTE_MS
/** Grants under which a seller tells that it was asked, in one announce; the rest with the next. */
export const ASKED_MAX_COUNT = 64
/** The bound on sellers named over a grant's life never falls below this (D5). */
export const NAMED_SELLERS_MIN_COUNT = 4
/** A swarm of fewer members is young: every newcomer matters to everyone in it. */
export const SWARM_YOUNG_COUNT = 8
/** A swarm that gained or lost a member this recently still changes. */
export const SWARM_SETTLING_MS = 30 * SECOND_MS
/** Contents that one signed catalogue lists. */
export const CATALOGUE_MAX_COUNT = 1000
export const CATALOGUE_QUERY_MAX_BYTES = 256
/** Pieces of one claim call: with a hash for each the answer stays below 8 MiB. */
export const CLAIMED_PIECES_MAX_COUNT = 200_000
/** Any other call than a claim: the longest names 1,024 pieces in 4 KiB. */
export const CALL_BODY_MAX_BYTES = 64 * KIB

// --- secrets of one person (design D11) ---
/** scrypt at log2 N 17, r 8, p 1 (what OWASP advises): 128 MiB and some 0.4 s for each guess. */
export const SCRYPT_LOG2_N = 17
export const SCRYPT_R = 8
export const SCRYPT_P = 1
/** What a file may ask of its reader: twice the memory of ours, four times the passes. */
export const SCRYPT_MAX_BYTES = 256 * MIB
export const SCRYPT_P_MAX = 4
/** Fewer characters fall to guessing, however slow each guess is (NIST SP 800-63B §5.1.1). */
export const PASSPHRASE_MIN_CHARACTERS = 8
export const PASSPHRASE_MAX_BYTES = 1024
/** A home on its way to another machine: some 100 bytes for each piece that was ever traded. */
export const EXPORT_MAX_BYTES = 1024 * MIB
