/**
 * Where the pages of a seller's hash lists come from: the buyers, or the tracker while it answers;
 * and how many came from where (§III.E; D4).
 */
import { type Code, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Page } from '../../shared/exchange/pages.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { PAGES_PAUSE_MS, PAGES_TIMEOUT_MS } from '../../shared/limits.js'
import { inTime, PROCESS_TIMERS, type Timers } from './timers.js'

/** What the tracker is asked: pages of pieces that a buyer's signed request names. */
export interface PageCall {
  readonly rid: Rid
  readonly request: Uint8Array
  readonly pieces: readonly PieceIndex[]
}

/** What came of it: pages, or a code when the tracker speaks of the grant. */
interface Fetched {
  readonly pages: readonly Page[]
  readonly code?: Code
}

/** Asks the tracker. */
export type AskPages = (call: PageCall) => Promise<readonly Page[] | Refusal>

/** Pages that came, and their bytes. */
export interface PageCount {
  readonly pages: number
  readonly bytes: number
}

/** Pages by where they came from; `cache` is our own disk. */
export type PageCounts = Readonly<Record<PageOrigin, PageCount>>
export type PageOrigin = 'buyer' | 'tracker' | 'cache'

const NONE: PageCount = { pages: 0, bytes: 0 }

/** Codes by which the tracker speaks of the grant: no buyer's page would change them. */
const OF_THE_GRANT: ReadonlySet<Code> = new Set(['grant-closed', 'unknown-grant'])

/** Adds counts, as those of several contents. */
export function addCounts(counts: readonly PageCounts[]): PageCounts {
  const sum = (origin: PageOrigin): PageCount =>
    counts.reduce((all, each) => add(all, each[origin]), NONE)
  return { buyer: sum('buyer'), tracker: sum('tracker'), cache: sum('cache') }
}

const add = (one: PageCount, other: PageCount): PageCount => ({
  pages: one.pages + other.pages,
  bytes: one.bytes + other.bytes,
})

/** The pages of one content. */
export class PageSource {
  readonly #ask: AskPages | undefined
  readonly #now: () => number
  readonly #told: (problem: Refusal | undefined) => void
  readonly #timers: Timers
  #counts: PageCounts = { buyer: NONE, tracker: NONE, cache: NONE }
  #pausedUntil = Number.NEGATIVE_INFINITY
  #isAway = false

  /**
   * Without `ask` pages come from the buyers. `now` is in milliseconds; `told` hears when the
   * tracker gives no more pages, with the reason, and when it does again.
   */
  constructor(
    ask: AskPages | undefined,
    now: () => number,
    told: (problem: Refusal | undefined) => void,
    timers = PROCESS_TIMERS,
  ) {
    this.#timers = timers
    this.#ask = ask
    this.#now = now
    this.#told = told
  }

  /** Whether the tracker is asked now: not for a while after it gave no answer. */
  get fetches(): boolean {
    return this.#ask !== undefined && this.#now() >= this.#pausedUntil
  }

  get counts(): PageCounts {
    return this.#counts
  }

  /** Counts pages that were checked and kept. */
  count(origin: PageOrigin, pages: readonly Page[]): void {
    const bytes = pages.reduce((sum, { body }) => sum + body.length, 0)
    const more = { pages: pages.length, bytes }
    this.#counts = { ...this.#counts, [origin]: add(this.#counts[origin], more) }
  }

  /** Asks the tracker: no pages when it does not answer, a code when it speaks of the grant. */
  async fetch(call: PageCall): Promise<Fetched> {
    const asking = this.#ask?.(call) ?? Promise.resolve([])
    const said = await inTime(PAGES_TIMEOUT_MS, asking, this.#timers)
    const answer =
      said === 'late' ? refuse('unreachable', 'the tracker does not answer in time') : said
    if (!refused(answer)) {
      this.#heard(undefined)
      return { pages: answer }
    }
    if (OF_THE_GRANT.has(answer.code)) return { pages: [], code: answer.code }
    this.#pausedUntil = this.#now() + PAGES_PAUSE_MS
    this.#heard(answer)
    return { pages: [] }
  }

  #heard(problem: Refusal | undefined): void {
    const isAway = problem !== undefined
    if (isAway === this.#isAway) return
    this.#isAway = isAway
    this.#told(problem)
  }
}
