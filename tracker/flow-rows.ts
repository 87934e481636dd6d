/**
 * What the tracker keeps of payment sources and of flows that the desk looks at, as rows.
 */
import type { Amount } from '../shared/amount.js'
import type { Cid, Uid } from '../shared/identifier.js'

/**
 * `held`: the desk has not decided; `released`: what was held matures, and so does what follows;
 * `withheld`: it went to the carrier funds of its contents.
 */
export type FlowState = 'held' | 'released' | 'withheld'

/** What binds accounts together: `payment`, what topped them up; `invitation`, what let them in. */
export type SourceKind = 'payment' | 'invitation'

/** A source; the bytes are a digest (Vault.pseudonym). */
export interface Source {
  readonly kind: SourceKind
  readonly bytes: Uint8Array
}

/** Claims of one member under grants of members who share a payment source. */
export interface FlowRow {
  readonly id: number
  /** Member row. */
  readonly payee: number
  /** Digest of the source. */
  readonly source: Uint8Array
  readonly state: FlowState
}

/** One line of a flow's audit trail. */
export interface FlowEventRow {
  readonly at: number
  /** `desk NAME`, or `tracker`. */
  readonly who: string
  readonly what: FlowState
  readonly reason: string
}

/** What one member was paid so far under the grants of all who share a source: claims, awards. */
export interface FlowShare {
  readonly payee: number
  /** Distinct buyers. */
  readonly buyers: number
  readonly amount: Amount
}

/** A claim that is held, with what withholding it needs to know. */
export interface HeldClaim {
  readonly id: number
  readonly cid: Cid
  readonly amount: Amount
  /** Of the buyer. */
  readonly buyer: Uid
  readonly withheld: boolean
}

/** What paid for members. */
export interface SourceRows {
  /** Notes that a member was paid for, or invited, by a source. */
  add(source: Source, member: number): Promise<void>
  /** Sources of a grant's buyer. */
  ofBuyer(grant: number): Promise<Source[]>
  /** Who was paid under grants of a source's members, the house not counted. */
  shares(source: Uint8Array): Promise<FlowShare[]>
  /** What verdicts ever paid to a member. */
  awarded(payee: number): Promise<Amount>
}

/** Flows; their trails only ever grow. */
export interface FlowRows {
  insert(row: Omit<FlowRow, 'id'>, event: FlowEventRow): Promise<number>
  byId(id: number): Promise<FlowRow | undefined>
  /** The newest flow of a source to a member. */
  latest(payee: number, source: Uint8Array): Promise<FlowRow | undefined>
  /** Flows from the newest on; those the desk is done with only when asked for. */
  all(done: boolean, maxCount: number): Promise<FlowRow[]>
  events(id: number): Promise<FlowEventRow[]>
  /** Brings a flow to the state that the event names. */
  advance(id: number, event: FlowEventRow): Promise<void>
  /** Holds every claim of the flow that nothing holds and that has not matured. */
  hold(flow: FlowRow): Promise<void>
  /** Claims that carry the flow's number: held, or withheld by it. */
  claimsOf(id: number): Promise<HeldClaim[]>
  /** What of a member's claims waits for the desk, and what it withheld. */
  ofPayee(payee: number): Promise<{ readonly held: Amount; readonly withheld: Amount }>
  /** Lets the held claims mature. */
  release(id: number): Promise<void>
  /** Notes that the money of a held claim has gone elsewhere. */
  withheld(claim: number, commit: number): Promise<void>
}
