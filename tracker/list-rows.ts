/**
 * What the tracker keeps of the peer lists that it gave to a grant, as rows.
 */
import type { Rid } from '../shared/identifier.js'
import type { GrantRow } from './rows.js'

/** A seller that a grant's lists have named. */
export interface NamedRow {
  /** Member row. */
  readonly seller: number
  /** Whether it told of a request under the grant, or claimed. */
  readonly asked: boolean
  /** Whether its place was given to others; who tells of a request after that has it back. */
  readonly replaced: boolean
  /** When a list last named it, within NAMED_REFRESH_MS. */
  readonly listed: number
}

/** Peer lists, and whom they named (D5). */
export interface ListRows {
  setList(id: number, list: number, nowMs: number): Promise<void>
  /** The buyer goes by none of its lists any more. */
  unlist(id: number): Promise<void>
  /** Buyers of a whole content that can spend now and were given a list since. */
  listedTo(content: number, since: number, nowMs: number): Promise<number[]>
  /** Whom its lists ever named; of a supplementary grant those of its buyer's others too. */
  named(grant: GrantRow): Promise<NamedRow[]>
  /** Dates sellers that a list names now, new ones too. */
  setNamed(id: number, sellers: readonly number[], nowMs: number): Promise<void>
  /** Gives the places of sellers to others, in all grants that share them. */
  replaceNamed(grant: GrantRow, sellers: readonly number[]): Promise<void>
  /** A seller holds a request under a grant; nothing changes when no list of it named it. */
  setAsked(rid: Rid, seller: number): Promise<void>
}
