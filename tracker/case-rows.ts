/**
 * What the tracker keeps of cases, as rows, and the questions it asks of them.
 */
import type { Amount } from '../shared/amount.js'
import type { ComplaintState, Outcome } from '../shared/mediation/verdict.js'

/** What a case is about: `refund` is decided by people, the others by rule (shared/mediation/). */
export type CaseKind = 'refund' | 'unpaid' | 'double-spent' | 'false-complaint' | 'marks'

/**
 * Of a refund: `open`, the desk has not decided; `granted`, it has, and the money moves at the
 * deadline; `paid` and `rejected` are the ends. Of other kinds see ComplaintState.
 */
export type CaseState = 'open' | 'granted' | 'paid' | 'rejected' | ComplaintState

/** What a case begins with. */
export interface NewCase {
  readonly kind: CaseKind
  readonly state: CaseState
  /** Row of the grant it is about. */
  readonly grant: number
  /** Member rows: who asks, and of whom; nobody is accused by a refund. */
  readonly plaintiff: number
  readonly accused: number | undefined
  /** Bitmap of the pieces it is about. */
  readonly pieces: Uint8Array
  readonly opened: number
  /** Until when others may act before a verdict against their interest takes effect. */
  readonly deadline: number
  /** What the plaintiff signed, as it came, or what its kind has instead. */
  readonly evidence: Uint8Array
  /** What the tracker knew when a refund was asked for (case-facts.ts). */
  readonly known: Uint8Array
  /** Of a complaint: SHA-256 of the signed request, and its counter. */
  readonly request?: Uint8Array
  readonly counter?: number
}

/** What was shown in a case: up to some MiB, so it is read for one case at a time. */
export interface CasePapers {
  readonly evidence: Uint8Array
  /** The signed call by which the accused answered. */
  readonly answer: Uint8Array | undefined
  /** The case file that was judged. */
  readonly file: Uint8Array | undefined
}

/** A case at the provider's desk, without its papers. */
export interface CaseRow extends Omit<NewCase, 'evidence'> {
  readonly id: number
  /** When the accused fetched the notice, and when the plaintiff was told how it ended. */
  readonly fetched: number | undefined
  readonly told: number | undefined
  /** The verdict that its file gave (encoded), and its outcome. */
  readonly verdict: Uint8Array | undefined
  readonly outcome: Outcome | undefined
  readonly markPlaintiff: boolean
  readonly markAccused: boolean
  /** Commit that carried the verdict out. */
  readonly settled: number | undefined
  /** What it moved out of the grant's escrow and held money; 0 before. */
  readonly fromEscrow: Amount
  readonly fromHeld: Amount
  /** What the grant lacked then, and what of that was left when it closed. */
  readonly short: Amount
  readonly fromRest: Amount
}

/** One line of a case's audit trail. */
export interface CaseEventRow {
  readonly at: number
  /** A member's uid, `desk NAME`, or `tracker`. */
  readonly who: string
  /** The state that the case came to, or stayed in. */
  readonly what: CaseState
  readonly reason: string
}

/** A case that was judged by its file. */
export interface Judgement {
  readonly file: Uint8Array
  readonly verdict: Uint8Array
  readonly outcome: Outcome
  readonly markPlaintiff: boolean
  readonly markAccused: boolean
}

/** Marks against one member in one content (D12). */
export interface Tally {
  /** Counterparties with a mark against it that have spent money. */
  readonly marks: number
  /** All its counterparties that have. */
  readonly counterparties: number
}

/** Cases and their audit trails, which only ever grow. */
export interface CaseRows {
  insert(row: NewCase, event: CaseEventRow): Promise<number>
  byId(id: number): Promise<CaseRow | undefined>
  /** What was shown in a case that there is. */
  papers(id: number): Promise<CasePapers>
  /** The newest case of a kind about a grant. */
  latest(grant: number, kind: CaseKind): Promise<CaseRow | undefined>
  /** The complaint of a member about one request. */
  ofRequest(grant: number, plaintiff: number, request: Uint8Array): Promise<CaseRow | undefined>
  /** Cases about a grant, oldest first. */
  ofGrant(grant: number): Promise<CaseRow[]>
  /**
   * Cases of a member on either side: notices that it has not fetched, what else waits by its
   * deadline, then the newest.
   */
  ofMember(member: number, maxCount: number): Promise<CaseRow[]>
  /**
   * Complaints of a member, made after a moment, that its own signature refuted: those that it was
   * told of first before others, those that it was not told of last.
   */
  refuted(member: number, since: number, maxCount: number): Promise<CaseRow[]>
  /** How many cases have something for a member that it has not fetched yet. */
  unread(member: number): Promise<number>
  /** Whether a notice to a member has waited to be fetched since before a moment. */
  ignored(member: number, before: number): Promise<boolean>
  /** Cases from the newest on; those the desk is done with only when asked for. */
  all(done: boolean, maxCount: number): Promise<CaseRow[]>
  /** Cases whose deadline has come: granted or proved to be paid, complaints to be judged. */
  due(nowMs: number, maxCount: number): Promise<CaseRow[]>
  events(id: number): Promise<CaseEventRow[]>
  /** Brings a case to the state that the event names. */
  advance(id: number, event: CaseEventRow): Promise<void>
  /** The accused has the notice now; from here its time runs. */
  fetched(id: number, nowMs: number, deadline: number): Promise<void>
  told(id: number, nowMs: number): Promise<void>
  answered(id: number, answer: Uint8Array): Promise<void>
  judged(id: number, judgement: Judgement): Promise<void>
  /** Notes what carried the verdict out. */
  carriedOut(
    id: number,
    done: {
      readonly commit: number
      readonly fromEscrow: Amount
      readonly fromHeld: Amount
      readonly short: Amount
    },
  ): Promise<void>
  /** Notes what was left for it when its grant closed. */
  closed(id: number, fromRest: Amount, short: Amount): Promise<void>
  /** Whether trading of a content is stopped for a member by its marks. */
  stopped(member: number, content: number): Promise<boolean>
  /** Marks since the desk last lifted a stop of this member in this content. */
  tally(member: number, content: number): Promise<Tally>
  /** Whether a member took part in a purchase other than as the counterparty of `except`. */
  traded(member: number, except: number): Promise<boolean>
  /** When the tracker was last at work; undefined in new books. */
  awake(): Promise<number | undefined>
  /** Notes that it is at work now. */
  setAwake(nowMs: number): Promise<void>
  /** Cases that have a deadline still to come, as of a moment. */
  pending(nowMs: number): Promise<CaseRow[]>
  setDeadline(id: number, deadline: number): Promise<void>
}
