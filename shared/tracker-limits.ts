/**
 * Limits of the tracker's own doors, which concern no other program; the rest is in
 * shared/limits.ts.
 */
import { HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from './units.js'

// --- the plain tracker: announces of anybody, for free torrents (BEP 3) ---
/** Free torrents on the list: their hashes take some 20 MB of memory. */
export const FREE_TORRENTS_MAX_COUNT = 100_000
/** How old the tracker's knowledge of its own list may be; another process writes it. */
export const LISTING_REFRESH_MS = SECOND_MS
/** Peers of all torrents together: some 150 bytes each, 75 MB. */
export const PLAIN_PEERS_MAX_COUNT = 500_000
/** Peers of one torrent: a single swarm leaves room for others. */
export const PLAIN_TORRENT_PEERS_MAX_COUNT = 100_000
/** Peers of one torrent at one address: many people behind one router, but no flood from it. */
export const PLAIN_ADDRESS_PEERS_MAX_COUNT = 64
/** Peers that one announce hands out unasked, and at most: a neighbour set has some 40. */
export const PLAIN_WANTED_COUNT = 50
export const PLAIN_WANTED_MAX_COUNT = 200
/** When to announce again, and how soon a client may on its own account. */
export const PLAIN_INTERVAL_MS = 15 * MINUTE_MS
export const PLAIN_INTERVAL_MIN_MS = MINUTE_MS
/** Silent for two intervals and a minute: one lost announce costs nobody its place. */
export const PLAIN_EXPIRY_MS = 31 * MINUTE_MS
/** How often one torrent is swept: a minute is little beside the expiry. */
export const PLAIN_SWEEP_MS = MINUTE_MS
/** Info hashes of one scrape: their escaped bytes fill half of the longest address. */
export const SCRAPE_MAX_COUNT = 64
/** The longest address of a request: 64 escaped info hashes are 4.6 KiB. */
export const TARGET_MAX_BYTES = 8 * KIB

// --- the tracker's HTTP door (design D14, §6) ---
/** Request headers, address included: ours are under 1 KiB, a proxy adds a few. */
export const HTTP_HEADERS_MAX_BYTES = 16 * KIB
export const HTTP_HEADERS_MAX_COUNT = 64
/** Headers that take longer come from somebody who sends them byte by byte (design §6). */
export const HTTP_HEADERS_TIMEOUT_MS = 10 * SECOND_MS
/** A whole request: the longest claim at 1.1 Mbit/s. */
export const HTTP_REQUEST_TIMEOUT_MS = 30 * SECOND_MS
/** A connection on which nothing moves, an answer that is not read included. */
export const HTTP_IDLE_TIMEOUT_MS = 30 * SECOND_MS
export const HTTP_KEEP_ALIVE_MS = 15 * SECOND_MS
/** Node looks for late headers and requests this often; its own 30 s would be too seldom. */
export const HTTP_TIMEOUT_CHECK_MS = 2 * SECOND_MS
/** Some 20 KiB each while they wait: 80 MiB. */
export const HTTP_CONNECTIONS_MAX_COUNT = 4096
/** Of one address: many members behind one router, and far from all places. */
export const HTTP_ADDRESS_CONNECTIONS_MAX_COUNT = 256
/** Connections that the system holds until they are taken: one that finds no place there comes back
 * a second later. */
export const HTTP_BACKLOG_COUNT = 2048
/** Requests that are answered in one round of the event loop: under half a millisecond. */
export const HTTP_TURN_REQUESTS_COUNT = 4
/** Requests that one connection may have waiting; ours wait for each answer. */
export const HTTP_PIPELINED_MAX_COUNT = 16
/** Bodies that are coming in, together: sixteen of the longest claims. */
export const HTTP_BODIES_MAX_BYTES = 64 * MIB
/** Answers that are not read yet, together: 25 of the largest torrents. */
export const HTTP_ANSWERS_MAX_BYTES = 256 * MIB
/** Questions of one address that are answered to anybody, each with a search or a signature: a
 * burst, and then as many a second. */
export const ASKS_BURST_COUNT = 200
export const ASKS_PER_SECOND = 20
/** Announces and scrapes of one address by ordinary clients: many behind one router, each with
 * hundreds of torrents every quarter of an hour. */
export const PLAIN_ASKS_BURST_COUNT = 2000
export const PLAIN_ASKS_PER_SECOND = 50
/** Work by signed calls, in units of about a millisecond. Of one address: some hundred members
 * behind one router that announce every two seconds. */
export const CALLS_BURST_UNITS = 3000
export const CALLS_PER_SECOND_UNITS = 300
/** Of one member, whatever its address: a seller of two hundred contents that few buyers have found
 * yet announces each of them every two seconds. */
export const MEMBER_BURST_UNITS = 2000
export const MEMBER_PER_SECOND_UNITS = 100
/** Bytes of a call's body, or of an answer to anybody, that count as one more. */
export const BODY_UNIT_BYTES = 64 * KIB
/** Tokens that are derived and hashed in one unit: 65,536 take 0.2 s. */
export const DERIVED_UNIT_PIECES = 256
/** Bytes of a claim that are judged in one unit: 256 pieces without their tokens. */
export const CLAIM_UNIT_BYTES = KIB
/** Members present in the swarms of sold contents, each once for each: some 300 bytes, 150 MB. */
export const SWARM_PRESENCES_MAX_COUNT = 500_000
/** How often full swarms are looked through for who is silent: it takes some 50 ms. */
export const SWARM_SWEEP_MS = 10 * SECOND_MS
/** Lines of a statement that count as one unit. */
export const POSTINGS_UNIT_LINES = 16
/** What pieces bought alone count for their buyer, whatever they take: some 2 KB of books for good,
 * and nobody needs them by the dozen. */
export const SUPPLEMENT_UNITS = 50
/** Evidence that a seller's claims of one grant may leave, per piece of it and beyond that: a claim
 * of each piece alone takes some 600 bytes, one of all from the first on 36 a piece. */
export const CLAIM_EVIDENCE_PIECE_BYTES = KIB
export const CLAIM_EVIDENCE_BYTES = 64 * KIB
/** Grants that are kept as they were issued: some 13 KiB each with 65,536 pieces, 13 MB. */
export const ISSUED_MAX_COUNT = 1000
/** New members of all addresses together, without an invitation: a good day's newcomers at once,
 * and then one a second. */
export const REGISTRATIONS_ALL_BURST_COUNT = 1000
export const REGISTRATIONS_ALL_PER_SECOND = 1
/** New members from one address, or one IPv6 network of 48 bits, since each is a row for good: a
 * burst, and then one a minute. */
export const REGISTRATIONS_BURST_COUNT = 30
export const REGISTRATIONS_PER_SECOND = 1 / 60
/** Members that may register with one invitation, and the provider's note to it. */
export const INVITATION_USES_MAX_COUNT = 100_000
export const INVITATION_NOTE_MAX_BYTES = 256
/** Addresses and members whose allowance is remembered: some 15 MB. */
export const ALLOWANCES_MAX_COUNT = 100_000

// --- proofs of announced addresses: the tracker connects there (D15) ---
/** One proof, from the first packet to the hello: a slow line, not a tarpit. */
export const PROOF_TIMEOUT_MS = 5 * SECOND_MS
/** What a member says before its hello: handshakes, a bitfield of 8 KiB, some haves. */
export const PROOF_MAX_BYTES = 128 * KIB
/** How long a proof counts. Within it an address that has come to be somebody else's is found out
 * by who connects there. */
export const PROOF_LIFE_MS = HOUR_MS
/** A proof this old is made anew at the next announce, so that it never runs out under a seller. */
export const PROOF_AGAIN_MS = 30 * MINUTE_MS
/** An announce is answered at the latest this long after its proof began: most are made by then, so
 * the next list of anybody names the member, and who is behind a firewall hardly waits. */
export const PROOF_WAIT_MS = SECOND_MS / 2
/** After a proof that failed the next one waits, twice as long each time. */
export const PROOF_RETRY_MIN_MS = SECOND_MS
export const PROOF_RETRY_MAX_MS = 2 * MINUTE_MS
/** When there is no place for another proof, one that has lasted this long makes room: most need a
 * tenth of it, and whoever accepts connections and says nothing is to lock out nobody. */
export const PROOF_PATIENCE_MS = SECOND_MS
/** Proofs under way, in all and to one address or IPv6 network: 5 s each is the worst. */
export const PROOFS_RUNNING_MAX_COUNT = 256
export const PROOFS_HOST_RUNNING_MAX_COUNT = 4
/** Connections to one address, since who calls from there names the port: a burst, then as many a
 * second. */
export const PROOFS_BURST_COUNT = 64
export const PROOFS_PER_SECOND = 1
/** Connections for one member, at whatever ports: twice what one that listens nowhere has at one
 * port. What its neighbours behind the same router need is not its own. */
export const PROOFS_MEMBER_BURST_COUNT = 16
export const PROOFS_MEMBER_PER_SECOND = 1 / 60
/** Members whose proofs are remembered: some 30 MB. */
export const PROOFS_MAX_COUNT = 100_000

// --- whom peer lists name (D5) ---
/** One place in so many on a grant's lists is for sellers that have not claimed anything yet. */
export const PLACES_PER_NEWCOMER = 4
/** Failed calls of one kind that a member may make before it has to wait: a wallet that is damaged
 * or came back from a backup fails now and then, who guesses does nothing else. */
export const GUESSES_FREE_COUNT = 16
/** The first wait, doubled with each failure up to the second; a token has 256 bits. */
export const GUESS_WAIT_MIN_MS = SECOND_MS
export const GUESS_WAIT_MAX_MS = HOUR_MS
/** One failure is forgotten after each such time without another. */
export const GUESS_FORGET_MS = HOUR_MS

// --- flows of many accounts to one (paper §V) ---
/** Accounts of one payment source that paid one member before that is looked at: more than a family
 * or a small office has. */
export const FLOW_BUYERS_MIN_COUNT = 10
/** And it got at least this much of all that they paid: people of one company have many sellers. */
export const FLOW_PAID_PERCENT = 50
/** Or at least this much of all that it earned came from them: a collector that shares its catch
 * over some accounts has no other customers, a seller has. */
export const FLOW_EARNED_PERCENT = 80
/** The provider's name of a payment source. */
export const SOURCE_MAX_BYTES = 256

// --- demand, as the catalogue tells it ---
/** How old its figures may be: purchases of a week are counted in some 50 ms a million. */
export const DEMAND_REFRESH_MS = 5 * SECOND_MS
/** Downloads of one content whose median is told: enough to be of no single buyer. */
export const DEMAND_DOWNLOADS_COUNT = 16

// --- peer lists (design D5) ---
/** How old the date may be that says when a seller was last named: a row for each seller would else
 * be written with every list. */
export const NAMED_REFRESH_MS = HOUR_MS

// --- codes that a provider gives out ---
/** A code that is worth something lasts at least so long: one that is over at once is a mistake. */
export const CODE_LIFE_MIN_MS = SECOND_MS
