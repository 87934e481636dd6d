/**
 * Puts a tracker together from its home: keys, database, schemes.
 */
import { type Refusal, refused } from '../shared/errors.js'
import { PURSES_MAX_PIECES } from '../shared/limits.js'
import type { Scheme } from '../shared/schemes/scheme.js'
import { ISSUED_MAX_COUNT } from '../shared/tracker-limits.js'
import { openAuthority } from './authority.js'
import { createTermsShelf } from './catalog.js'
import { type Home, readConfig, readKey } from './config.js'
import { DemandShelf } from './demand.js'
import { Doors } from './doors.js'
import { Guesses } from './guesses.js'
import { Listing } from './listing.js'
import { PlainSwarms } from './plain-swarms.js'
import type { Prover } from './proof.js'
import { type Later, Reach } from './reach.js'
import { createRevocationShelf } from './revocations.js'
import { Shelf } from './shelf.js'
import { openStore } from './store.js'
import { createSwarm } from './swarm.js'
import { createMemberKeys, type Tracker } from './tracker.js'
import { createVault } from './vault.js'

/** What comes from outside: the tables of schemes, the network, the clock, and randomness (D16). */
export interface Outside {
  readonly schemes: readonly Scheme[]
  /** How announced addresses are proved. */
  readonly prover: Prover
  readonly now: () => number
  /** Waits in milliseconds of that clock; the process's own timers when absent. */
  readonly later?: Later
  readonly random: (bytes: number) => Uint8Array
}

/** Opens the tracker of a home; the caller closes its store. Refuses what is missing or broken. */
export function openTracker(home: Home, outside: Outside): Tracker | Refusal {
  const config = readConfig(home)
  if (refused(config)) return config
  const authority = openAuthority(home, outside.now)
  if (refused(authority)) return authority
  const vaultKey = readKey(home.vaultKey)
  if (refused(vaultKey)) return vaultKey
  const store = openStore(home.database)
  if (refused(store)) return store
  const { later, now, random } = outside
  const reach = new Reach(outside.prover({ authority, now, random }), config.url, now, later)
  const swarm = createSwarm(({ id, host, port }) => reach.standing(id, { host, port }) === 'proved')
  return {
    config,
    authority,
    store,
    vault: createVault(vaultKey),
    swarm,
    reach,
    revocations: createRevocationShelf(swarm, now),
    plain: new PlainSwarms(random),
    listing: new Listing(store, now),
    terms: createTermsShelf(authority.fingerprint),
    demand: new DemandShelf(),
    keys: createMemberKeys(),
    doors: new Doors(outside.now),
    issued: new Shelf(ISSUED_MAX_COUNT),
    purses: new Shelf(PURSES_MAX_PIECES),
    schemes: new Map(outside.schemes.map((scheme) => [scheme.name, scheme])),
    guesses: new Guesses(now),
    registration: 'open',
    startedMs: now(),
    now,
    random,
  }
}
