/**
 * What the tracker keeps, as rows, and the questions it asks of them (design D13).
 *
 * The interface is asynchronous, so that a server database can implement it as well as SQLite does.
 * Every read and write happens inside one transaction that the store opens; what is written in it
 * becomes durable as a whole or not at all.
 */
import type { Account } from '../shared/account.js'
import type { Amount } from '../shared/amount.js'
import type { Cid, Rid, Uid } from '../shared/identifier.js'
import type { Progress } from '../shared/schemes/scheme.js'
import type { CaseRows } from './case-rows.js'
import type { ClaimRows } from './claim-rows.js'
import type { DemandRows } from './demand-rows.js'
import type { FlowRows, SourceRows } from './flow-rows.js'
import type { FreeRows } from './free-rows.js'
import type { InvitationRows } from './invitation-rows.js'
import type { LetterRows } from './letter-rows.js'
import type { ListRows } from './list-rows.js'
import type { PayoutRows } from './payout-rows.js'
import type { StatementRows } from './statement-rows.js'
import type { VoucherRows } from './voucher-rows.js'

/** A registered member; `key` is its raw Ed25519 public key, `counter` that of its last call. */
export interface MemberRow {
  readonly id: number
  readonly uid: Uid
  readonly key: Uint8Array
  readonly name: string
  readonly counter: number
  readonly house: boolean
  readonly registered: number
  /** Row of the invitation that it registered with. */
  readonly invitation: number | undefined
}

/** A member on its way into the store. */
export type NewMember = Pick<MemberRow, 'uid' | 'key' | 'name' | 'registered'> &
  Partial<Pick<MemberRow, 'invitation'>>

/** A published content; `terms` is the row of the terms it is sold on now. */
export interface ContentRow {
  readonly id: number
  readonly cid: Cid
  readonly name: string
  readonly size: number
  readonly files: number
  readonly terms: number
  readonly published: number
}

/** A grant: what was bought, on which terms, and what became of its pieces. */
export interface GrantRow {
  readonly id: number
  readonly rid: Rid
  readonly cid: Cid
  /** Member row of the buyer. */
  readonly buyer: number
  readonly content: number
  readonly terms: number
  /** Commit that paid for it. */
  readonly bought: number
  /** The grant's seed, sealed (tracker/vault.ts). */
  readonly seed: Uint8Array
  /** The payer's order, which the same grant is issued from again. */
  readonly ask: Uint8Array
  readonly issued: number
  readonly spendUntil: number
  readonly claimUntil: number
  /** When the held part of the price becomes revenue; undefined once it has. */
  readonly heldDue: number | undefined
  /** Bitmap of the pieces of a supplementary grant (D8); undefined covers the whole content. */
  readonly only: Uint8Array | undefined
  readonly closed: boolean
  /** Since when its tokens are not to be spent; undefined while `spendUntil` alone says. */
  readonly ended: number | undefined
  /** Number of the last peer list, and when it was signed; 0 when there is none to go by. */
  readonly list: number
  readonly listed: number
  /** Bitmap of the pieces that were paid out; empty before the first. */
  readonly spent: Uint8Array
}

/** A member that pieces of a grant were paid to: a seller, or by a refund the buyer itself. */
export interface PayeeRow {
  /** Member row. */
  readonly id: number
  readonly uid: Uid
  /** Bitmap. */
  readonly pieces: Uint8Array
}

/** A commit of the ledger that was made already; `answer` is what its caller kept with it. */
export interface CommitRow {
  readonly id: number
  readonly at: number
  readonly answer: Uint8Array | undefined
}

/** An account's running totals; its balance is credits minus debits. */
export interface AccountRow {
  readonly id: number
  readonly name: Account
  readonly debits: Amount
  readonly credits: Amount
}

/** One posting between two account rows. */
export interface TransferRow {
  readonly debit: number
  readonly credit: number
  readonly amount: Amount
}

/** One posting as people read it, with the kind and date of its commit. */
export interface PostingRow {
  readonly kind: string
  readonly at: number
  readonly debit: Account
  readonly credit: Account
  readonly amount: Amount
}

/** Postings and balances; tracker/ledger.ts alone uses the four that write. */
export interface LedgerRows {
  findCommit(key: Uint8Array): Promise<CommitRow | undefined>
  /** When the newest commit was made; undefined while there is none. */
  newest(): Promise<number | undefined>
  account(name: Account): Promise<AccountRow | undefined>
  accounts(): Promise<AccountRow[]>
  /** Totals per account row, added up from the postings. */
  totals(): Promise<{ account: number; debits: Amount; credits: Amount }[]>
  /** The postings of a commit. */
  postings(commit: number): Promise<PostingRow[]>
  /** What all grants of a buyer hold in escrow. */
  escrowOf(buyer: number): Promise<Amount>
  /** How many postings there are, and how many of them are top-ups of a member. */
  countPostings(): Promise<{ readonly all: number; readonly topups: number }>
  insertCommit(key: Uint8Array, kind: string, at: number): Promise<number>
  insertTransfers(commit: number, transfers: readonly TransferRow[]): Promise<void>
  /** Opens the account when it is new; gives its row. */
  openAccount(name: Account): Promise<number>
  addTotals(account: number, debits: Amount, credits: Amount): Promise<void>
  /** Keeps the answer that a repeat of the commit is given. */
  keepAnswer(commit: number, answer: Uint8Array): Promise<void>
}

/** Members and their certificates. */
export interface MemberRows {
  byUid(uid: Uid): Promise<MemberRow | undefined>
  byKey(key: Uint8Array): Promise<MemberRow | undefined>
  byId(id: number): Promise<MemberRow | undefined>
  all(): Promise<MemberRow[]>
  insert(member: NewMember): Promise<number>
  /**
   * Compare-and-set: moves the counter up to that of a call, which 16 bytes stand for; false when
   * it is there or beyond.
   */
  advance(id: number, counter: number, call: Uint8Array): Promise<boolean>
  /** Whether this is the call that moved the counter last. */
  isLast(id: number, call: Uint8Array): Promise<boolean>
  setHouse(id: number, house: boolean): Promise<void>
  insertCertificate(row: CertificateRow): Promise<void>
  /** The certificate of a member that lasts longest, when it lasts beyond `until`. */
  certificate(member: number, until: number): Promise<Uint8Array | undefined>
  /** Forgets a member's certificates that expired before `nowMs`. */
  pruneCertificates(member: number, nowMs: number): Promise<void>
}

/** Revoked members (D11). */
export interface RevocationRows {
  insert(row: RevocationRow): Promise<void>
  of(member: number): Promise<RevocationRow | undefined>
  /** The highest number; 0 when nobody is revoked. */
  number(): Promise<number>
  /** All, in the order in which they were revoked. */
  all(): Promise<RevocationRow[]>
  /** Serials of revoked members' certificates that expire after `until`, at most so many. */
  serials(until: number, maxCount: number): Promise<string[]>
}

/** A member whose certificates are revoked. */
export interface RevocationRow {
  readonly number: number
  readonly member: number
  readonly at: number
  readonly reason: string
}

/** A certificate that was issued to a member. */
export interface CertificateRow {
  readonly serial: string
  readonly member: number
  readonly until: number
  readonly der: Uint8Array
}

/** Terms as they were signed. */
export interface TermsRow {
  readonly id: number
  /** SHA-256 of the signed string. */
  readonly digest: Uint8Array
  /** SHA-256 of what they say beside their date. */
  readonly says: Uint8Array
  readonly signed: Uint8Array
}

/** Contents and terms. */
export interface CatalogRows {
  byCid(cid: Cid): Promise<ContentRow | undefined>
  /** Contents whose name contains the text, newest first. */
  search(text: string, maxCount: number): Promise<ContentRow[]>
  torrent(cid: Cid): Promise<Uint8Array | undefined>
  /** Contents whose row is above `id`, in the order of their rows. */
  cidsAfter(id: number): Promise<{ id: number; cid: Cid }[]>
  /** The signed string of a row of terms. */
  terms(id: number): Promise<Uint8Array | undefined>
  /** The row of terms that say the same (TermsRow). */
  termsSaying(says: Uint8Array): Promise<Pick<TermsRow, 'id' | 'signed'> | undefined>
  insertTerms(row: Omit<TermsRow, 'id'>): Promise<number>
  /** Inserts a content, or puts new terms and torrent in the place of the old ones. */
  putContent(content: Omit<ContentRow, 'id'>, torrent: Uint8Array): Promise<void>
}

/** Grants, what they named, and their claims. */
export interface GrantRows extends ListRows {
  byRid(rid: Rid): Promise<GrantRow | undefined>
  byId(id: number): Promise<GrantRow | undefined>
  byCommit(commit: number): Promise<GrantRow | undefined>
  /** The latest grant of a buyer for a whole content. */
  latest(buyer: number, content: number): Promise<GrantRow | undefined>
  /** Supplementary grants of a buyer whose tokens can still be spent, the oldest first. */
  supplements(buyer: number, content: number, nowMs: number): Promise<GrantRow[]>
  /** Supplementary grants bought under a whole one, until its buyer bought another whole. */
  supplementsOf(whole: GrantRow): Promise<GrantRow[]>
  all(): Promise<GrantRow[]>
  insert(
    grant: Omit<GrantRow, 'id' | 'cid' | 'closed' | 'ended' | 'list' | 'listed' | 'spent'>,
  ): Promise<void>
  /** Replaces the bitmap of spent pieces. */
  setSpent(id: number, spent: Uint8Array): Promise<void>
  released(id: number): Promise<void>
  close(id: number): Promise<void>
  /** Ends spending, or with undefined lets it go on. */
  setEnded(id: number, nowMs: number | undefined): Promise<void>
  /** Grants whose held money is due, and no case waits for it. */
  heldDue(nowMs: number, maxCount: number): Promise<GrantRow[]>
  /** Grants that can no longer be claimed from, and no case waits for their escrow. */
  closingDue(nowMs: number, maxCount: number): Promise<GrantRow[]>
  settled(id: number, seller: number): Promise<Progress | undefined>
  /** The same of all its sellers, by member row. */
  allSettled(id: number): Promise<ReadonlyMap<number, Progress>>
  setSettled(id: number, seller: number, progress: Progress): Promise<void>
  /** To whom pieces of the grant were paid; one row each, however many claims there were. */
  payees(id: number): Promise<PayeeRow[]>
  /** Replaces the bitmap of the pieces that were paid to a member. */
  setPaid(id: number, payee: number, pieces: Uint8Array): Promise<void>
}

/** Everything that can be asked within one transaction. */
export interface Rows {
  readonly ledger: LedgerRows
  readonly members: MemberRows
  readonly invitations: InvitationRows
  readonly revocations: RevocationRows
  readonly catalog: CatalogRows
  readonly demand: DemandRows
  readonly grants: GrantRows
  readonly claims: ClaimRows
  readonly sources: SourceRows
  readonly flows: FlowRows
  readonly free: FreeRows
  readonly cases: CaseRows
  readonly letters: LetterRows
  readonly vouchers: VoucherRows
  readonly payouts: PayoutRows
  readonly statements: StatementRows
}

/** The database: one transaction at a time, whole or not at all. */
export interface Store {
  /** Runs `work` in a transaction; commits when it returns, rolls back when it throws. */
  write<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  /** Runs `work`, which only reads, on one consistent state. */
  read<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  close(): void
}
