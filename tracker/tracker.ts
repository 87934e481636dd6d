/**
 * What the parts of the tracker are given: keys, database, swarms, schemes, clock and randomness.
 *
 * main.ts assembles it once; a test assembles it with its own clock (design D16).
 */
import type { KeyObject } from 'node:crypto'
import type { Uid } from '../shared/identifier.js'
import { publicKeyFromRaw } from '../shared/keys.js'
import type { Issued, Purse, Scheme } from '../shared/schemes/scheme.js'
import type { Authority } from './authority.js'
import type { TermsShelf } from './catalog.js'
import type { Config } from './config.js'
import type { DemandShelf } from './demand.js'
import type { Doors } from './doors.js'
import type { Guesses } from './guesses.js'
import type { Listing } from './listing.js'
import type { PlainSwarms } from './plain-swarms.js'
import type { Reach } from './reach.js'
import type { RevocationShelf } from './revocations.js'
import type { MemberRow, Rows, Store } from './rows.js'
import type { Shelf } from './shelf.js'
import type { Swarm } from './swarm.js'
import type { Vault } from './vault.js'

/** Who may become a member. */
export type Registration = 'open' | 'invited'

/** A running tracker without its HTTP side. */
export interface Tracker {
  readonly config: Config
  readonly authority: Authority
  readonly store: Store
  readonly vault: Vault
  readonly swarm: Swarm
  readonly reach: Reach
  readonly revocations: RevocationShelf
  readonly plain: PlainSwarms
  readonly listing: Listing
  readonly terms: TermsShelf
  readonly demand: DemandShelf
  readonly keys: MemberKeys
  readonly doors: Doors
  /** Grants issued or issued again lately; who asks again costs no derivation. */
  readonly issued: Shelf<Issued>
  /** Purses of grants that sellers asked about lately. */
  readonly purses: Shelf<Purse>
  /** Calls of members that failed. */
  readonly guesses: Guesses
  /** Whether anybody may register, or only who was invited. */
  readonly registration: Registration
  /** When this process began to hear of members, in milliseconds of the tracker's clock. */
  readonly startedMs: number
  /** Payment schemes by the name that terms carry. */
  readonly schemes: ReadonlyMap<string, Scheme>
  /** Milliseconds of the tracker's clock, which is everyone's. */
  readonly now: () => number
  /** That many random bytes. */
  readonly random: (bytes: number) => Uint8Array
}

/** An authenticated call on its way through one transaction. */
export interface CallContext {
  readonly tracker: Tracker
  readonly rows: Rows
  readonly member: MemberRow
  /** Address that the call came from, without a port. */
  readonly host: string
  /** The call as its caller signed it, for what has to be kept as evidence. */
  readonly signed: Uint8Array
  readonly nowMs: number
}

/** Public keys of members as key objects; parsing one costs as much as a signature. */
export interface MemberKeys {
  of(member: Pick<MemberRow, 'uid' | 'key'>): KeyObject
}

const KEYS_MAX_COUNT = 10_000

/** Makes an empty cache of members' keys. */
export function createMemberKeys(): MemberKeys {
  const keys = new Map<Uid, KeyObject>()
  return {
    of: ({ uid, key }) => {
      const known = keys.get(uid)
      if (known !== undefined) return known
      if (keys.size >= KEYS_MAX_COUNT) keys.clear()
      const parsed = publicKeyFromRaw(key)
      keys.set(uid, parsed)
      return parsed
    },
  }
}
