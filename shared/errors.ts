/**
 * Every refusal and every closing of a connection, in one table that says who is at fault.
 *
 * A refusal is a value (`T | Refusal`); a breach of protocol closes the connection with a code; a
 * bug is an assertion. `fault` is seen by whoever issues the code: `theirs` is the other side,
 * `ours` is this side, `nobody` is the state of the world (an empty purse, a lost connection, a
 * clock). Nothing but `theirs` may ever count against a peer.
 */

/** Who is at fault, seen from the side that issues the code. */
export type Fault = 'theirs' | 'ours' | 'nobody'

const TABLE = {
  // bytes and signatures
  malformed: ['theirs', 'the bytes do not have the form that the specification gives'],
  'too-large': ['theirs', 'longer than its limit'],
  'unsupported-version': ['theirs', 'a protocol version that this side does not speak'],
  'bad-label': ['theirs', 'a signed string of another kind was put in this place'],
  'wrong-provider': ['theirs', 'signed for another provider'],
  'bad-signature': ['theirs', 'the signature does not verify'],
  'seal-broken': ['theirs', 'the sealed message does not open: altered, replayed or out of order'],
  // certificates
  'certificate-invalid': ['theirs', 'the certificate does not chain to the pinned provider'],
  'certificate-expired': ['nobody', 'the certificate has expired; it renews by itself when online'],
  'certificate-early': ['nobody', 'the certificate is not valid yet; check the clock'],
  'revocations-stale': ['nobody', 'the list of revoked certificates is too old to meet strangers'],
  'revocations-old': ['nobody', 'an older list of revoked certificates than the one known'],
  'certificate-revoked': ['theirs', 'the provider has revoked this certificate'],
  // calls to the tracker
  'unknown-cid': ['theirs', 'no such content in the catalogue'],
  'unknown-grant': ['theirs', 'no such grant'],
  'unknown-member': ['theirs', 'no member has this uid'],
  'insufficient-funds': ['nobody', 'not enough spendable money'],
  'invitation-needed': ['nobody', 'this provider registers by invitation; ask it for a code'],
  'invitation-invalid': ['theirs', 'the invitation is unknown, used up or has ended'],
  'voucher-invalid': ['theirs', 'the voucher is unknown, void or over, or was redeemed already'],
  'statement-wrong': ['theirs', "the provider's statement of our account does not add up"],
  'unknown-payout': ['theirs', 'no payout has this number'],
  'payout-decided': ['nobody', 'the payout is decided already'],
  'not-revoked': ['nobody', 'the membership has not ended'],
  'payout-waits': ['nobody', 'a payout that the desk made for this member waits'],
  'stale-counter': ['theirs', 'the request counter is not above the last one: a replay'],
  'call-repeated': ['nobody', 'the last call came twice; it was answered when it came first'],
  'stale-time': ['nobody', "the request is more than 5 minutes off the tracker's time"],
  'terms-changed': ['nobody', 'the terms of this content have changed; fetch the torrent again'],
  'terms-missing': ['theirs', 'a paid content without its signed terms'],
  'terms-invalid': ['theirs', 'the signed terms do not fit this torrent'],
  'bad-answer': ['theirs', "the answer does not fit the call's nonce"],
  'swarm-full': ['nobody', 'the swarm has no place for another buyer'],
  'bought-before': ['nobody', 'the content was bought before; what is missing is bought by pieces'],
  'not-bought': ['nobody', 'pieces alone are sold only to who bought their content'],
  'unknown-scheme': ['theirs', 'a payment scheme that this side does not run'],
  'claim-gap': ['theirs', 'the claim does not continue at the last settled payment'],
  'claim-mismatch': ['theirs', 'the claim digest does not fit the tokens'],
  'claim-payee': ['theirs', 'the payment names another payee'],
  'already-paid': ['theirs', 'a token of this claim was already paid to another seller'],
  'grant-closed': ['nobody', 'the grant is closed'],
  'content-sold': ['theirs', 'this content is sold; it cannot be listed as a free torrent'],
  'refund-pending': ['nobody', 'a refund of this content is with the desk; floodgate cases'],
  'not-refundable': ['nobody', 'no piece of this grant is left to refund'],
  'not-owed': ['nobody', 'every piece of this complaint is paid'],
  'not-covered': ['theirs', 'what was shown does not cover every piece in dispute'],
  'trading-stopped': ['nobody', 'trading of this content waits for the desk; floodgate cases'],
  'not-found': ['theirs', 'no such address on this tracker'],
  'rate-limited': ['theirs', 'too many requests; try again later'],
  internal: ['ours', 'internal error; nothing was changed'],
  // connection between two peers
  'own-uid': ['theirs', 'the peer presents our own uid'],
  'nonce-repeated': ['theirs', 'the handshake nonce was seen before'],
  'second-handshake': ['theirs', 'a second extension handshake'],
  'hello-expected': ['theirs', 'the first message must prove the handshake'],
  'hello-mismatch': ['theirs', 'the hello signs other handshakes, another role or another content'],
  'no-fast': ['theirs', 'a paid trade needs the fast extension (BEP 6)'],
  'weak-key': ['theirs', 'the ephemeral key is all zero or of small order'],
  'out-of-state': ['theirs', 'a message that is not allowed in this state'],
  replaced: ['nobody', 'a newer connection of the same member takes over'],
  'too-many-connections': ['nobody', 'this side has no room for another connection'],
  'own-connection': ['nobody', 'a connection of this program to itself'],
  goodbye: ['nobody', 'the peer stops'],
  blacklisted: ['nobody', 'this side does not trade with that member'],
  'idle-timeout': ['nobody', 'nothing was heard for too long'],
  // a seller refuses a buyer
  'not-selling': ['nobody', 'this peer does not sell this content'],
  'list-missing': ['theirs', 'no signed peer list came with the grant'],
  'not-named': ['nobody', 'the signed peer list does not name this seller'],
  'list-stale': ['nobody', 'the signed peer list is older than 24 hours'],
  'wrong-buyer': ['theirs', 'the grant belongs to another buyer'],
  'wrong-seller': ['theirs', 'the message names another seller'],
  'wrong-grant': ['theirs', 'the message names another grant'],
  unpaid: ['theirs', 'pieces delivered earlier are not paid yet'],
  'too-many-open': ['theirs', 'too many open requests'],
  'counter-replayed': ['theirs', 'the request counter is not above the last one'],
  'run-too-long': ['theirs', 'the request names more pieces than a run holds'],
  'piece-unknown': ['theirs', 'a piece index that the content does not have'],
  'piece-not-held': ['nobody', 'this seller does not have the piece yet'],
  'piece-open': ['theirs', 'the piece is already part of an open request or paid'],
  'not-requested': ['theirs', 'a piece that no open request names'],
  'window-full': ['nobody', 'the window of unpaid pieces is full'],
  'resends-exhausted': ['theirs', 'the piece was sent again as often as allowed'],
  'page-missing': ['theirs', 'no hash-list page covers the piece'],
  'page-invalid': ['theirs', 'the hash-list page does not fit the signed digest'],
  'bad-token': ['theirs', 'the token does not hash to its place in the signed list'],
  'bad-payment': ['theirs', 'the payment does not continue the chain of tokens'],
  'payments-exhausted': ['theirs', 'the payment failed as often as allowed'],
  // a buyer judges a seller
  'statement-mismatch': ['theirs', 'the statement does not repeat the request and its hashes'],
  'statement-missing': ['theirs', 'a block came before its statement'],
  'receipt-mismatch': ['theirs', 'the receipt does not fit what was paid'],
  'state-mismatch': ['theirs', "the seller's account of our payments does not check out"],
  'piece-junk': ['theirs', 'two pieces failed their hash'],
  stranded: ['nobody', 'nobody who was paid for the missing pieces offers them now'],
  'seller-silent': ['nobody', 'no block came in time'],
  // local, at the command line
  usage: ['theirs', 'wrong usage'],
  'torrent-invalid': ['theirs', 'not a valid torrent'],
  'by-hand': ['theirs', 'put on the blacklist by hand'],
  'no-provider': ['nobody', 'not registered with a provider yet'],
  'already-registered': ['nobody', 'already registered'],
  'pin-mismatch': ['theirs', "the provider's root is not the pinned one"],
  'insecure-transport': ['theirs', 'plain http is allowed to this machine only'],
  unreachable: ['nobody', 'the tracker cannot be reached'],
  'port-in-use': ['nobody', 'the port is in use'],
  'not-writable': ['nobody', 'the folder cannot be written'],
  'not-readable': ['nobody', 'the file cannot be read'],
  'data-lost': ['nobody', 'bytes of the content that were on the disk are gone'],
  'home-in-use': ['nobody', 'another process uses this home'],
  'no-daemon': ['nobody', 'no floodgate is at work in this home; floodgate daemon starts one'],
  'foreign-request': ['theirs', 'a request that no program of this user made'],
  'home-missing': ['nobody', 'no such home; run init first'],
  'home-exists': ['nobody', 'this home is initialised already'],
  'home-moved': ['nobody', 'this home was exported to another machine'],
  'home-copied': ['nobody', 'a copy of this home was used since; go on with that one alone'],
  'open-to-others': ['nobody', 'other users of this machine can read or change it'],
  'passphrase-needed': ['nobody', 'the key of this home is sealed under a passphrase'],
  'passphrase-wrong': [
    'nobody',
    'the passphrase is wrong or the file altered; nothing was changed',
  ],
  'disk-full': ['nobody', 'the disk is full'],
  'not-confirmed': ['nobody', 'not confirmed'],
  'over-cap': ['nobody', 'it costs more than a cap of this home allows'],
  'unknown-case': ['theirs', 'no case has this number'],
  'case-decided': ['nobody', 'the case is decided already'],
  interrupted: ['nobody', 'stopped before the end; the same command goes on where it stopped'],
  'clock-wrong': ['nobody', 'the clock of this machine cannot be right'],
  'ledger-wrong': ['ours', 'the ledger does not add up'],
} as const satisfies Record<string, readonly [Fault, string]>

/** A code of the table. */
export type Code = keyof typeof TABLE

/** Every code, in the table's order. */
export const CODES = Object.keys(TABLE) as readonly Code[]

/** Who is at fault when this code is issued. */
export function faultOf(code: Code): Fault {
  return TABLE[code][0]
}

/** One sentence for a person. */
export function textOf(code: Code): string {
  return TABLE[code][1]
}

/** Whether a string that came from outside is a code of the table. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(TABLE, text)
}

/** A refusal as a value: its code and what is particular to this case, for a person. */
export class Refusal {
  readonly code: Code
  readonly detail: string
  constructor(code: Code, detail: string) {
    this.code = code
    this.detail = detail
  }
  /** The sentence that a person reads. */
  get message(): string {
    return this.detail === '' ? textOf(this.code) : this.detail
  }
}

/** Makes a refusal; without a detail the table's own sentence serves. */
export function refuse(code: Code, detail = ''): Refusal {
  return new Refusal(code, detail)
}

/** Whether a value is a refusal. */
export function refused<T>(value: T | Refusal): value is Refusal {
  return value instanceof Refusal
}

/** A refusal on its way up to the one place that reports it (the end of a verb). */
export class Failure extends Error {
  readonly code: Code
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'Failure'
    this.code = refusal.code
  }
}

/**
 * The value itself, or its refusal thrown as a Failure: for verbs, where a refusal ends the run.
 */
export function must<T>(value: T | Refusal): T {
  if (value instanceof Refusal) throw new Failure(value)
  return value
}

/** Throws when the program itself is wrong; never used on what came from outside. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`bug: ${what}`)
}
