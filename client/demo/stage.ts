/**
 * What is on stage: everything that a view shows and that the checks look at, as plain data.
 *
 * The demo writes it while it goes on; views only read.
 */
import type { Item } from './contents.js'

/** Who plays; the names are those in the output's `peer` and `pieces`. */
export const SELLER = 'house'
export const BUYERS = ['alice', 'bob'] as const
export const MEMBERS = [SELLER, ...BUYERS] as const

/** A content in the catalogue. */
export interface Published extends Item {
  readonly cid: string
}

/** A member, and how its present transfer goes. Rates in bytes per second. */
export interface Player {
  readonly name: string
  uid: string
  /** The content it is fetching. */
  fetching: Published | undefined
  /** Prices paid so far. */
  spent: bigint
  left: number
  downRate: number
  upRate: number
  /** Pieces paid in this download, by the seller's name. */
  pieces: Record<string, number>
}

/** One finished download of one content by one buyer. */
export interface Download {
  readonly content: Published
  readonly peer: string
  readonly files: readonly { path: string; bytes: number; sha256: string }[]
  readonly seconds: number
  readonly paid: bigint
  /** By member's name. */
  readonly pieces: Readonly<Record<string, number>>
  readonly sold: Readonly<Record<string, number>>
}

/** The provider's books at a moment. */
export interface Books {
  readonly sum: bigint
  readonly balances: Readonly<Record<string, bigint>>
}

/** The whole. */
export interface Stage {
  /** What is going on, for a person. */
  phase: string
  url: string
  readonly published: Published[]
  readonly players: Readonly<Record<string, Player>>
  readonly downloads: Download[]
  books: Books
  /** Limit of the provider's own seller, as it was given. */
  readonly upLimit: string
  /** What every buyer got from outside. */
  credit: bigint
}

/** An empty stage. */
export function createStage(upLimit: string): Stage {
  const players = Object.fromEntries(MEMBERS.map((name) => [name, createPlayer(name)]))
  return {
    phase: 'setting up',
    url: '',
    published: [],
    players,
    downloads: [],
    books: { sum: 0n, balances: {} },
    upLimit,
    credit: 0n,
  }
}

function createPlayer(name: string): Player {
  const rates = { left: 0, downRate: 0, upRate: 0 }
  return { name, uid: '', fetching: undefined, spent: 0n, ...rates, pieces: {} }
}

/** A balance by account, 0 when there is no such account. */
export function balance({ balances }: Books, account: string): bigint {
  return balances[account] ?? 0n
}

/** Sum of the balances of all accounts that a pattern matches. */
export function sumOf({ balances }: Books, pattern: RegExp): bigint {
  return Object.entries(balances).reduce(
    (sum, [account, amount]) => (pattern.test(account) ? sum + amount : sum),
    0n,
  )
}

/** Names in place of uids; a uid that nobody has stays. */
export function byName(stage: Stage, counts: unknown): Record<string, number> {
  const names = new Map(Object.values(stage.players).map(({ name, uid }) => [uid, name]))
  const entries = Object.entries((counts ?? {}) as Record<string, number>)
  return Object.fromEntries(entries.map(([uid, count]) => [names.get(uid) ?? uid, count]))
}
