/**
 * Each refusal in plain words: what happened, and what a person can do about it; pure.
 *
 * One table for verbs, screens and the local API. Whatever mends itself says so; nothing is left to
 * do then but to wait, and the row names for what.
 */
import { type Code, isCode, type Refusal, textOf } from '../../shared/errors.js'
import type { Problem } from '../local/transfer-rows.js'

/** One code in plain words. */
export interface Advice {
  /** What happened: a sentence without its full stop. */
  readonly what: string
  /** What to do; undefined when there is nothing. */
  readonly todo: string | undefined
  /** Whether what stopped goes on by itself once the cause is gone. */
  readonly mends: boolean
}

/** A row: what to do, and what happened where the table of errors does not say it plainly. */
type Row = readonly [todo: string | undefined, what?: string]

/** Its connection was cut off; whoever else has the pieces is asked. */
const CUT_OFF = 'nothing: it is cut off, and others are asked'
const LATER = 'nothing: it is tried again by itself'
const UPDATE = 'update floodgate; if that does not help, tell the provider this message'
const REPORT = 'please report this message; no money moved'

/** What stopped, and goes on by itself when its cause is gone. */
const MENDS = {
  unreachable: [
    'nothing: it is asked again, and what is bought goes on meanwhile. If it lasts, look ' +
      'at your network, or ask the provider whether its tracker is down',
    'the tracker does not answer',
  ],
  'disk-full': ['free some space on that disk; it goes on by itself', 'a disk is full'],
  'rate-limited': ['nothing: it slows down and goes on', 'the tracker asks for patience'],
  'certificate-expired': [
    'nothing while the tracker answers: it is renewed by itself; if not, check the clock',
    'our certificate has run out',
  ],
  'certificate-early': [
    'set the clock of this machine (timedatectl set-ntp true); it goes on by itself',
    'by the clock of this machine our certificate is not valid yet',
  ],
  'clock-wrong': [
    'set the clock of this machine (timedatectl set-ntp true); the tracker tells it so long',
    'the clock of this machine is wrong',
  ],
  'stale-time': [
    'nothing: the time is asked for again; if it stays, set the clock (timedatectl set-ntp true)',
    "our time is more than 5 minutes off the tracker's",
  ],
  'revocations-stale': [
    'nothing: members we know are traded with, strangers as soon as the tracker answers',
    'the tracker was away for a day, so strangers cannot be checked',
  ],
  'list-stale': ['nothing: a new list is fetched from the tracker', 'our list of sellers is old'],
  'swarm-full': [
    'try again later: a place is free when a buyer is complete. No money moved',
    'this content takes no more buyers now',
  ],
  'seller-silent': ['nothing: the piece is asked of another seller', 'a seller sent nothing'],
  'idle-timeout': [LATER, 'a peer said nothing for too long'],
  'data-lost': ['nothing: what is missing is fetched again; see whether the disk is sound'],
} as const satisfies Partial<Record<Code, Row>>

/** Money, and what a person decides. */
const MONEY = {
  'insufficient-funds': [
    'pay in with the provider (floodgate redeem CODE), or wait for pending earnings',
    'the account does not hold enough',
  ],
  'over-cap': [
    'raise cap-download or cap-day (floodgate config), or buy it when the day is over',
    'it would pass a cap that you set',
  ],
  'not-confirmed': ['say yes to buy it, or leave it', 'nothing was bought: nobody said yes'],
  'terms-changed': [
    'look at the new price and terms, and decide again; no money moved',
    'price or terms have changed since you saw them',
  ],
  'bought-before': ['fetch it: floodgate get CID; missing pieces are sold singly'],
  'not-bought': ['buy the content first: floodgate get CID'],
  stranded: [
    'wait for their sellers, or buy these pieces again (b in the shop, floodgate get CID); or ask' +
      ' for the money back: floodgate refund CID',
  ],
  'refund-pending': ['wait for the desk, or look at floodgate cases'],
  'not-refundable': ['nothing: every piece is here or paid'],
  'grant-closed': [
    'what is missing is sold singly: floodgate get CID asks first',
    'the time to fetch this purchase is over',
  ],
  'trading-stopped': [
    'look at floodgate cases: the desk of the provider decides',
    'the desk has stopped your trade in this content',
  ],
  'not-owed': ['nothing: all of it is paid'],
  'not-covered': ['answer with what your wallet shows: floodgate cases show NUMBER'],
  'unknown-case': ['floodgate cases lists yours'],
  'case-decided': ['nothing: it is over; floodgate cases show NUMBER says how'],
  'wrong-grant': [UPDATE, 'the tracker granted something else than was bought'],
  'already-paid': ['nothing: each piece is paid once, to whoever was first'],
  'claim-gap': [LATER, 'a claim did not go on where the last one ended'],
  'claim-mismatch': [LATER, 'the tracker found tokens of a claim wrong and names them'],
  'claim-payee': [UPDATE],
  'unknown-grant': ['ask the provider: its books do not know this purchase'],
} as const satisfies Partial<Record<Code, Row>>

/** Home, keys, settings, machine. */
const LOCAL = {
  usage: ['see floodgate help VERB'],
  'home-in-use': [
    'use that program, or stop it (floodgate daemon --stop); here it goes on as soon as it ends',
    'another floodgate works in this home',
  ],
  'no-daemon': ['floodgate daemon --background starts one', 'no floodgate works in this home'],
  'foreign-request': ['ask from a program of the same user, without a browser between'],
  'passphrase-needed': [
    'type it when asked, or give --passphrase-file FILE',
    'the wallet is locked: its key is sealed under your passphrase',
  ],
  'passphrase-wrong': [
    'type it again (look at Caps Lock and the keyboard); without it nobody can open this wallet',
    'that is not the passphrase of this wallet, or its file was altered; nothing was changed',
  ],
  'home-missing': ['floodgate register --tracker URL --name NAME makes one'],
  'home-exists': ['choose another folder with --home'],
  'home-moved': ['go on where it was imported, or floodgate key reopen if it never was'],
  'home-copied': [
    'go on with the newer copy alone: two would pay twice. If it is lost, ask the provider to ' +
      'end this membership and to pay out its account; then register anew with another --home',
    'another copy of this wallet was used since',
  ],
  'open-to-others': ['chmod 700 the folder and chmod 600 its files, then try again'],
  'no-provider': ['floodgate register --tracker URL --name NAME'],
  'already-registered': ['nothing: you are a member already'],
  'pin-mismatch': [
    'do not go on: ask the provider by another way for its certificate, and give it with --ca',
    'this is not the provider that you registered with, or it has a new root',
  ],
  'insecure-transport': ['use the https address of the tracker'],
  'invitation-needed': ['ask the provider for a code and give it with --invitation CODE'],
  'voucher-invalid': ['look at its letters again; if they are right, ask whom you have it from'],
  'statement-wrong': ['keep what it shows, and ask the provider; no money moved'],
  'unknown-payout': ['floodgate-tracker payouts list --all shows every one'],
  'payout-decided': ['nothing: a payout is paid or given back once'],
  'payout-waits': ['floodgate-tracker payouts paid, or return, decides it; then make the next'],
  'not-revoked': ['floodgate-tracker revoke UID ends a membership, for good'],
  'invitation-invalid': ['ask the provider for another code'],
  'port-in-use': ['choose another port (--port N), or stop what listens there'],
  'not-writable': ['choose another folder, or make it writable (chmod u+w)'],
  'not-readable': ['look at the file that is named, and give a good one'],
  interrupted: ['the same command goes on where it stopped; nothing is paid twice'],
  'torrent-invalid': ['fetch the torrent again from the provider'],
  'unknown-cid': [
    'floodgate search lists what there is',
    'no provider of yours sells this content',
  ],
  'unknown-member': ['look at the uid: 32 hex digits'],
  'unknown-scheme': [UPDATE, 'it is sold by a payment scheme that this program does not know'],
  'terms-missing': ['fetch the torrent again from the provider, and do not trust its source'],
  'terms-invalid': ['fetch the torrent again from the provider, and do not trust its source'],
  'content-sold': ['buy it: floodgate get CID'],
  'not-found': [UPDATE],
  internal: [REPORT, 'an error inside the program or the tracker'],
  'ledger-wrong': ['tell the provider: its books do not add up'],
  'by-hand': ['floodgate blacklist lift UID ends it', 'you put it here'],
} as const satisfies Partial<Record<Code, Row>>

/** What another member, or whoever answered in its place, did; the words follow its name. */
const OTHERS = {
  malformed: [CUT_OFF, 'it sent bytes that no program of this kind writes'],
  'too-large': [CUT_OFF, 'it sent more than fits into one message'],
  'unsupported-version': ['update floodgate', 'it speaks another version of the protocol'],
  'bad-label': [CUT_OFF, 'it put a signature in a place that it was not made for'],
  'wrong-provider': [CUT_OFF, 'it showed what another provider has signed'],
  'bad-signature': [CUT_OFF, 'it showed a signature that is false'],
  'seal-broken': [CUT_OFF, 'a sealed message was altered, repeated or out of order'],
  'certificate-invalid': [CUT_OFF, 'it showed a certificate that the provider never gave'],
  'revocations-old': [LATER, 'an older list of revoked members came than the one that is here'],
  'certificate-revoked': [
    'if it is yours, the provider can pay out what its account holds; else nothing: it is cut off',
    'the provider has revoked this membership',
  ],
  'stale-counter': [LATER, 'the tracker has seen this call before'],
  'call-repeated': [LATER, 'the network delivered a call twice'],
  'bad-answer': [LATER, 'an answer came that the tracker did not sign for this call'],
  'own-uid': [CUT_OFF, 'it claimed to be us'],
  'nonce-repeated': [CUT_OFF, 'it played an old greeting again'],
  'second-handshake': [CUT_OFF, 'it greeted twice'],
  'hello-expected': [CUT_OFF, 'it spoke before it proved who it is'],
  'hello-mismatch': [CUT_OFF, 'its proof was made for another connection or content'],
  'no-fast': [CUT_OFF, 'its program cannot refuse a request in words (BEP 6)'],
  'weak-key': [CUT_OFF, 'it offered a key that keeps nothing secret'],
  'out-of-state': [CUT_OFF, 'it said something that has no place at that point of a trade'],
  replaced: [LATER, 'a newer connection of the same member takes over'],
  'too-many-connections': [LATER, 'there is no room for another connection'],
  'own-connection': [LATER, 'this program had dialled itself'],
  goodbye: [LATER, 'it has stopped'],
  blacklisted: [
    'floodgate blacklist explain UID says why',
    'one of the two does not trade with it',
  ],
  'not-selling': [LATER, 'it does not sell this content'],
  'list-missing': [LATER, 'no signed list of sellers came with the grant'],
  'not-named': [LATER, 'the tracker has not named this seller for the grant'],
  'wrong-buyer': [CUT_OFF, 'it used a grant that belongs to somebody else'],
  'wrong-seller': [CUT_OFF, 'it sent us a payment that was made out to another seller'],
  unpaid: [
    'nothing: it is served again when it has paid',
    'it owes for pieces that it got earlier',
  ],
  'too-many-open': [CUT_OFF, 'it asked for more at once than the terms allow'],
  'counter-replayed': [CUT_OFF, 'it sent an old request again'],
  'run-too-long': [CUT_OFF, 'it asked for more pieces at once than the terms allow'],
  'piece-unknown': [CUT_OFF, 'it asked for a piece that the content does not have'],
  'piece-not-held': [LATER, 'this seller does not have the piece yet'],
  'piece-open': [LATER, 'the piece is asked for or paid already'],
  'not-requested': [CUT_OFF, 'it named a piece that nobody asked for'],
  'window-full': [
    'nothing: it goes on with the next payment',
    'as many pieces are unpaid as may be',
  ],
  'resends-exhausted': [CUT_OFF, 'it wanted a paid piece again more often than is free'],
  'page-missing': [LATER, 'a page of the hash list has not come'],
  'page-invalid': [CUT_OFF, 'it sent a page of hashes that is not the one that was signed'],
  'bad-token': [CUT_OFF, 'it paid with a token that is worth nothing'],
  'bad-payment': [CUT_OFF, 'its payment does not go on where the last one ended'],
  'payments-exhausted': [CUT_OFF, 'it failed to pay as often as is allowed'],
  'statement-mismatch': [CUT_OFF, 'it promised other pieces than were asked for'],
  'statement-missing': [CUT_OFF, 'it sent data before it signed for it'],
  'receipt-mismatch': [CUT_OFF, 'its receipt does not say what it was paid'],
  'state-mismatch': [
    'nothing: it is cut off. If this home came from a backup, that may be the reason',
    'its account of our payments is not ours',
  ],
  'piece-junk': [
    'nothing: it is left alone for ten minutes',
    'two pieces from it were spoilt, by it or on their way',
  ],
} as const satisfies Partial<Record<Code, Row>>

const ROWS: Readonly<Record<Code, Row>> = { ...MENDS, ...MONEY, ...LOCAL, ...OTHERS }

/** What a code means, and what to do about it. */
export function adviceOf(code: Code): Advice {
  const [todo, what] = ROWS[code]
  return { what: what ?? textOf(code), todo, mends: Object.hasOwn(MENDS, code) }
}

/** The same for a code that came from outside, as in a row of the local API. */
export function adviceFor(code: string): Advice | undefined {
  return isCode(code) ? adviceOf(code) : undefined
}

/** A refusal as the local API shows it. */
export function problemOf({ code, message }: Refusal): Problem {
  const { todo } = adviceOf(code)
  return { code, message, ...(todo !== undefined && { advice: todo }) }
}

const AGAIN = 'the same command goes on where it stopped'
const CLOCK = `set the clock of this machine (timedatectl set-ntp true); ${AGAIN}`
/** What a verb that ended on a code adds to its one line, where the message itself says nothing. */
const AT_END: Partial<Readonly<Record<Code, string>>> = {
  unreachable: `is the network up, is the tracker down? Later ${AGAIN}`,
  'disk-full': `free some space; ${AGAIN}`,
  'certificate-early': CLOCK,
  'certificate-expired': CLOCK,
  'clock-wrong': CLOCK,
  'stale-time': CLOCK,
  'insufficient-funds': MONEY['insufficient-funds'][0],
  'terms-changed':
    'floodgate search lists the new price, floodgate get CID buys at it; no money moved',
  'swarm-full': MENDS['swarm-full'][0],
  'passphrase-wrong': LOCAL['passphrase-wrong'][0],
  'home-copied':
    'if a newer copy is lost, ask the provider to end this membership and to pay out its ' +
    'account; then register anew with another --home',
  'certificate-revoked':
    'ask the provider, who can pay out what the account holds; register anew with another --home',
  'rate-limited': `wait a minute; ${AGAIN}`,
  'pin-mismatch': LOCAL['pin-mismatch'][0],
}

/** What to do after a verb ended on this code; undefined where its message says it. */
export function adviceAtEnd(code: Code, verb?: string): string | undefined {
  // Whoever takes money out is not helped by paying more in.
  if (code === 'insufficient-funds' && verb === 'payout') return 'ask for less'
  return AT_END[code]
}
