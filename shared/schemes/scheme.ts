/**
 * The contract of a payment scheme: ten pure functions in three roles (design §3).
 *
 * Nothing outside shared/schemes/ knows which scheme runs: the exchange moves opaque bytes that the
 * payer makes and the payee checks, the tracker executes the settlement that the broker returns.
 * Laws, checked for every scheme by test/contract: a payment is worth nothing to anyone but its
 * payee; a claim twice pays once; overlapping claims pay the union; no sequence of messages pays
 * more than was issued; a crash between any two effects loses at most the unsaved message; evidence
 * proves what the buyer signed, to anyone, and nothing else.
 */
import type { KeyObject } from 'node:crypto'
import type { Transfer } from '../account.js'
import type { Amount } from '../amount.js'
import type { Signer } from '../crypto.js'
import type { Refusal } from '../errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../identifier.js'
import type { Keyring } from '../keyring.js'

/** What both sides of a trade know of a grant, signed by the provider. */
export interface GrantFacts {
  readonly rid: Rid
  readonly cid: Cid
  readonly buyer: Uid
  /** Number of pieces of the content. */
  readonly pieces: number
  /** What the seller of one piece earns. */
  readonly reward: Amount
  /** Pieces delivered and not yet paid that a seller allows at most. */
  readonly n: number
  /** Pieces that one request covers at most. */
  readonly b: number
  /** Milliseconds of the tracker's time. */
  readonly issued: number
  readonly spendUntil: number
  readonly claimUntil: number
  /** Ascending; a supplementary grant pays for these pieces alone (D8). Absent: for all of them. */
  readonly only?: readonly PieceIndex[]
}

/** A position in the payments of one buyer to one seller under one grant (D2). */
export interface Progress {
  /** Pieces paid so far: the counter of the last token. */
  readonly k: number
  /** What the scheme chains from one payment to the next. */
  readonly chain: Uint8Array
}

/** A piece and the bytes that paid for it. */
export interface PaidPiece {
  readonly piece: PieceIndex
  readonly token: Uint8Array
}

/** What a payer is asked to produce. */
export type PayStep =
  /** What introduces the grant to a seller. */
  | { readonly step: 'open' }
  /** What the seller must hold before the piece can be paid; a scheme without pages gives no bytes
   * and no `page`, and nothing is sent. */
  | { readonly step: 'page'; readonly piece: PieceIndex }
  /** The payment of one piece. */
  | { readonly step: 'token'; readonly piece: PieceIndex }
  /** The signature that names the payee and covers everything up to `progress`. */
  | { readonly step: 'payment' }

/** What a payer produced: the bytes to send, and where the payments stand after it. */
export interface Paid {
  readonly bytes: Uint8Array
  /** For a page: which one it is, so that it is sent once. */
  readonly page?: number
  readonly progress: Progress
}

/** A grant in the buyer's hands; made by `accept`, never changed. */
export interface Purse {
  readonly facts: GrantFacts
}

/** The buyer's side. */
export interface Payer<P extends Purse = Purse> {
  /** The scheme's part of a purchase request; empty when it has nothing to say. */
  order(): Uint8Array
  /** Verifies what the broker issued, as it was saved, and makes a purse of it. */
  accept(issued: Issued, context: AcceptContext): P | Refusal
  /** Pure: a buyer tries it before it asks for a piece, and never takes what it cannot pay. */
  pay(
    purse: P,
    seller: Uid,
    at: Progress | undefined,
    step: PayStep,
    signer: Signer,
  ): Paid | Refusal
}

/** What surrounds the broker's answer: who bought what, from which provider. */
export interface AcceptContext {
  readonly keyring: Keyring
  readonly buyer: Uid
  readonly cid: Cid
}

/** What the seller has to do with one incoming payment. */
export type CheckStep =
  | { readonly step: 'page'; readonly page: number }
  | { readonly step: 'token'; readonly piece: PieceIndex }
  | { readonly step: 'payment' }

/** A grant in the seller's eyes. */
export interface Till {
  readonly facts: GrantFacts
  readonly progress: Progress
  /** The latest payment that checked out, and the counter it covers. */
  readonly payment: { readonly k: number; readonly bytes: Uint8Array } | undefined
  /** Whether the till can check a payment of this piece, or needs a page first. */
  readonly covers: (piece: PieceIndex) => boolean
  /** Whether the piece is paid: it is not sold twice under one grant. */
  readonly paidFor: (piece: PieceIndex) => boolean
}

/** What a seller knows when a buyer introduces its grant. */
export interface StartContext {
  readonly keyring: Keyring
  readonly buyer: Uid
  readonly buyerKey: KeyObject
  readonly seller: Uid
  readonly cid: Cid
  /** What this buyer paid under this grant before, in payment order, and the latest payment. */
  readonly paid: readonly PaidPiece[]
  readonly payment: Uint8Array | undefined
}

/** The seller's side. */
export interface Payee<T extends Till = Till> {
  /** Verifies what `open` brought and takes up earlier payments where they stand. */
  start(opening: Uint8Array, context: StartContext): T | Refusal
  /** Checks one page, token or payment; gives the till as it stands after it. */
  check(till: T, step: CheckStep, bytes: Uint8Array): T | Refusal
  /** The claim of everything the latest payment covers beyond `after`; undefined when nothing. */
  claim(earned: Earned): Uint8Array | undefined
  /** The hash by which a broker acknowledges that it was shown this payment of a piece (§III.F). */
  acknowledgement(rid: Rid, paid: PaidPiece): Uint8Array
}

/** What a seller saved of one grant's payments. */
export interface Earned {
  readonly rid: Rid
  readonly seller: Uid
  /** Paid pieces in payment order, those beyond a counter: read only as far as a scheme needs. */
  readonly paidBeyond: (k: number) => readonly PaidPiece[]
  /** The latest payment and the counter it covers. */
  readonly payment: { readonly k: number; readonly bytes: Uint8Array }
  /** Counter up to which the tracker has settled. */
  readonly after: number
  /** Whether to show what paid for each piece, since the broker found the claim mismatched. */
  readonly shown?: boolean
}

/** What the broker hands to the buyer: what anyone may see, and what only the buyer may. */
export interface Issued {
  readonly open: Uint8Array
  readonly secret: Uint8Array
}

/** A purchase as the broker sees it. */
export interface IssueContext {
  readonly facts: GrantFacts
  readonly price: Amount
  /** The payer's `order`. */
  readonly order: Uint8Array
  /** 32 random bytes kept with the grant; the same seed issues the same grant again. */
  readonly seed: Uint8Array
  readonly signer: ProviderSigner
}

/** The provider's signing key and the digest of its certificate. */
export interface ProviderSigner extends Signer {
  readonly certificate: Uint8Array
}

/** What a broker wants done with money; the ledger does all of it or nothing. */
export interface Settlement {
  readonly transfers: readonly Transfer[]
  /** Pieces of the grant that are spent once and for all. */
  readonly spends: readonly PieceIndex[]
  /** Where the claimant's payments stand now: a compare-and-set against `settled`. */
  readonly settled: Progress | undefined
}

/** What a claim is judged by. */
export interface RedeemContext {
  readonly facts: GrantFacts
  readonly seed: Uint8Array
  readonly buyerKey: KeyObject
  readonly fingerprint: Signer['fingerprint']
  readonly claimant: Uid
  /** Where this claimant's settled payments stand; undefined before its first claim. */
  readonly settled: Progress | undefined
  /** Whether a piece of the grant was paid out, and to whom. */
  readonly spentTo: (piece: PieceIndex) => Uid | undefined
}

/** A claim that was judged: the settlement, and per claimed piece the hash that acknowledges it. */
export interface Redeemed {
  readonly settlement: Settlement
  readonly accepted: readonly { readonly piece: PieceIndex; readonly hash: Uint8Array }[]
  /** Pieces that were paid to another seller before. */
  readonly alreadyPaid: readonly PieceIndex[]
  /** Pieces whose payment was shown and is wrong: they pay nothing, the others do. */
  readonly failed: readonly PieceIndex[]
}

/**
 * What one buyer signed under one grant, as anyone can check it: nothing here is the broker's
 * secret.
 */
export interface Evidence {
  readonly keyring: Keyring
  readonly buyer: Uid
  readonly buyerKey: KeyObject
  readonly cid: Cid
  /** What introduces the grant to a seller, the payer's `open`. */
  readonly opening: Uint8Array
  /** The payer's pages of every piece that is claimed, in any order. */
  readonly pages: readonly { readonly page: number; readonly body: Uint8Array }[]
  /** As `claim` made them; those of one seller in order, from its first payment on. */
  readonly claims: readonly { readonly seller: Uid; readonly claim: Uint8Array }[]
}

/** What the buyer's signatures prove to whoever sees the evidence (D12). */
export interface Findings {
  readonly facts: GrantFacts
  /** For each seller the pieces that the buyer signed over to it, and the payment that does so. */
  readonly paid: readonly {
    readonly seller: Uid
    readonly pieces: readonly PieceIndex[]
    readonly payment: Uint8Array
  }[]
  /** Pieces that the buyer signed over to more than one seller, ascending. */
  readonly doubleSpent: readonly PieceIndex[]
}

/** The provider's side. */
export interface Broker {
  /** Makes a grant: deterministic in its context, so that asking again gives the same. */
  issue(
    context: IssueContext,
  ): { readonly issued: Issued; readonly settlement: Settlement } | Refusal
  /** Judges a claim against the grant; moves nothing itself. */
  redeem(claim: Uint8Array, context: RedeemContext): Redeemed | Refusal
  /** Reads evidence without any secret: the same evidence gives the same findings anywhere. */
  arbitrate(evidence: Evidence): Findings | Refusal
}

/** A payment scheme: one row of the tables in client/main.ts and tracker/main.ts. */
export interface Scheme {
  /** The name that terms carry. */
  readonly name: string
  readonly payer: Payer
  readonly payee: Payee
  readonly broker: Broker
}
