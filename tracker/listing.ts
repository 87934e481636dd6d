/**
 * Which info hashes the plain tracker speaks of: free ones that the provider listed, and sold ones,
 * of which it says how to buy them.
 *
 * Both sets are kept in memory, so that an announce never waits for the database that money is
 * written to, and a flood of unknown hashes costs it nothing. Other processes change them (`free`,
 * `publish`), so they are looked at again once they are older than LISTING_REFRESH_MS.
 */
import type { Cid } from '../shared/identifier.js'
import { LISTING_REFRESH_MS } from '../shared/tracker-limits.js'
import type { Store } from './rows.js'

/** What an info hash is to this tracker. */
export type Standing = 'free' | 'paid' | 'unknown'

/** The two sets, as they stood not long ago. */
export class Listing {
  readonly #store: Store
  readonly #now: () => number
  #free: ReadonlySet<Cid> = new Set()
  #revision: number | undefined
  readonly #paid = new Set<Cid>()
  /** Highest content row that is in #paid. */
  #lastContent = 0
  #readMs: number | undefined
  #reading: Promise<boolean> | undefined

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** What a hash is; a sold content is never free, whatever was listed. */
  standingOf(cid: Cid): Standing {
    if (this.#paid.has(cid)) return 'paid'
    return this.#free.has(cid) ? 'free' : 'unknown'
  }

  /** Undefined while what is known is recent enough; else resolves when it is, to whether anything
   * has changed. */
  refresh(): Promise<boolean> | undefined {
    const age = this.#readMs === undefined ? undefined : this.#now() - this.#readMs
    if (age !== undefined && Math.abs(age) < LISTING_REFRESH_MS) return undefined
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  #read(): Promise<boolean> {
    const nowMs = this.#now()
    return this.#store.read(async ({ catalog, free }) => {
      const before = this.#lastContent
      for (const { id, cid } of await catalog.cidsAfter(this.#lastContent)) {
        this.#paid.add(cid)
        this.#lastContent = id
      }
      const revision = await free.revision()
      const relisted = revision !== this.#revision
      if (relisted) this.#free = new Set((await free.all()).map(({ cid }) => cid))
      this.#revision = revision
      this.#readMs = nowMs
      return relisted || this.#lastContent !== before
    })
  }
}
