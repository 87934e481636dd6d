/**
 * Keeps a free torrent announced: the first tracker that answers, again at its interval (BEP 3,
 * 12).
 */
import { type Refusal, refused } from '../../shared/errors.js'
import { ANNOUNCE_FREE_MAX_MS, ANNOUNCE_FREE_MIN_MS, REDIAL_MAX_MS } from '../../shared/limits.js'
import type { Address } from './address-book.js'
import { type AnnounceAnswer, type AnnounceQuery, announce } from './announce.js'

/** How it stands with one tracker. */
export interface TrackerStatus {
  readonly url: string
  readonly state: 'working' | 'asking' | 'away' | 'refused'
  /** Why it does not work. */
  readonly problem: Refusal | undefined
  /** Milliseconds until it is asked again; undefined when another one is. */
  readonly nextMs: number | undefined
  /** Whether it can connect to us, where it says so. */
  readonly reached: boolean | undefined
}

/** What a refusal makes of a tracker. */
export function stateAfter(problem: Refusal | undefined): TrackerStatus['state'] {
  if (problem === undefined) return 'working'
  return problem.code === 'unreachable' ? 'away' : 'refused'
}

/** What is announced, and who is told of the peers found. */
export interface AnnouncerOptions {
  /** Trackers in order of preference. */
  readonly trackers: readonly string[]
  readonly describe: () => Omit<AnnounceQuery, 'event'>
  readonly found: (peers: readonly Address[]) => void
  /** Why no tracker answers, or undefined: one did. */
  readonly told: (problem: Refusal | undefined) => void
}

/** The announces of one free torrent. */
export class Announcer {
  readonly #options: AnnouncerOptions
  /** What each tracker last came to. */
  readonly #known = new Map<string, Refusal | undefined>()
  #nextAt = 0
  /** The tracker that answered last. */
  #tracker: string | undefined
  #started = false
  #completed = false
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#completed = options.describe().left === 0
    this.#schedule(0)
  }

  /** Tells the tracker at once that nothing is left to download. */
  completed(): void {
    if (this.#completed || this.#stopped) return
    this.#completed = true
    this.#running = this.#running.then(() => this.#round('completed'))
  }

  /** Asks for peers at once: there is something to download again. */
  again(): void {
    this.#schedule(0)
  }

  /** The same, because a person asks for it. */
  now(): void {
    this.again()
  }

  /** How it stands with each tracker, in order of preference. */
  status(): TrackerStatus[] {
    const wait = Math.max(0, this.#nextAt - performance.now())
    return this.#options.trackers.map((url) => {
      const problem = this.#known.get(url)
      const state = this.#known.has(url) ? stateAfter(problem) : 'asking'
      const nextMs = (this.#tracker ?? url) === url ? wait : undefined
      return { url, state, problem, nextMs, reached: undefined }
    })
  }

  /** Takes our leave from the tracker; resolves when it knows, or does not answer. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
    if (this.#tracker === undefined) return
    await announce(this.#tracker, { ...this.#options.describe(), event: 'stopped' })
  }

  #schedule(waitMs: number): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#nextAt = performance.now() + waitMs
    this.#timer = setTimeout(() => {
      this.#running = this.#running.then(() => this.#round(undefined))
    }, waitMs)
  }

  async #round(event: 'completed' | undefined): Promise<void> {
    const answer = await this.#ask(this.#started ? event : 'started')
    if (answer === undefined || refused(answer)) {
      if (answer !== undefined && !this.#stopped) this.#options.told(answer)
      this.#schedule(REDIAL_MAX_MS)
      return
    }
    this.#started = true
    if (!this.#stopped) {
      this.#options.told(undefined)
      this.#options.found(answer.peers)
    }
    const wait = Math.max(ANNOUNCE_FREE_MIN_MS, answer.intervalMs)
    this.#schedule(Math.min(ANNOUNCE_FREE_MAX_MS, wait))
  }

  /** The first tracker that answers, that of last time asked first; else what the last one said,
   * undefined when there is none to ask. */
  async #ask(event: AnnounceQuery['event']): Promise<AnnounceAnswer | Refusal | undefined> {
    const order = new Set([this.#tracker, ...this.#options.trackers])
    let problem: Refusal | undefined
    for (const tracker of order) {
      if (tracker === undefined || this.#stopped) continue
      const answer = await announce(tracker, { ...this.#options.describe(), event })
      this.#known.set(tracker, refused(answer) ? answer : undefined)
      if (refused(answer)) {
        problem = answer
        continue
      }
      this.#tracker = tracker
      return answer
    }
    return problem
  }
}
