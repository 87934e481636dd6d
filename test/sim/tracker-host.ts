/**
 * The real tracker of a run: its database, calls, ledger and ticks; only HTTP is left out.
 *
 * Members reach it through `fetch` (see `answer`), with the weather of the run between; it can be
 * away, and its store can fail as a disk does: before a transaction, at its end (all of it is
 * undone), or after it (it stands, and nobody is told).
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FUNDING, spendable } from '../../shared/account.js'
import type { Amount } from '../../shared/amount.js'
import { CALLS, type Call } from '../../shared/api.js'
import { fromHex, fromText } from '../../shared/bytes.js'
import { refusalOf } from '../../shared/command.js'
import { Failure, must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { type Cid, parseCid, type Uid } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { openTracker } from '../../tracker/assembly.js'
import { createAuthority } from '../../tracker/authority.js'
import { answerCall } from '../../tracker/calls.js'
import { signedTime } from '../../tracker/clock.js'
import { type Home, homeAt, makeHome, writeConfig, writeKey } from '../../tracker/config.js'
import { statusOf } from '../../tracker/http/status.js'
import { commit, commitKey } from '../../tracker/ledger.js'
import { anythingDue, settleDue } from '../../tracker/maturity.js'
import { stayAwake, wakeUp } from '../../tracker/outage.js'
import type { Prove, Prover } from '../../tracker/proof.js'
import type { Later } from '../../tracker/reach.js'
import type { Store } from '../../tracker/rows.js'
import { openStore } from '../../tracker/store.js'
import type { Tracker } from '../../tracker/tracker.js'
import type { Clock } from './clock.js'
import type { Dice } from './dice.js'
import type { Trace } from './trace.js'

/** Where every member finds the tracker, behind the member's own name. */
export const TRACKER_PORT = 6969
const TICK_MS = 1000

/** What a tracker answers to a request. */
export interface HostAnswer {
  readonly status: number
  readonly bytes: Uint8Array
}

/** How the store of a tracker fails, as probabilities per transaction. */
export interface DiskFaults {
  readonly before: number
  readonly undone: number
  readonly untold: number
}
export const SOUND_DISK: DiskFaults = { before: 0, undone: 0, untold: 0 }

const CALL_OF = new Map<string, Call>(
  (Object.keys(CALLS) as Call[]).map((name) => [CALLS[name].path, name]),
)

/** What a tracker runs on. */
export interface HostOptions {
  readonly folder: string
  readonly clock: Clock
  readonly dice: Dice
  readonly trace: Trace
  /** Whether a member answers at its address; the hello that proves it is not simulated. */
  readonly proves: Prove
}

/** The tracker, as a process that can end and begin again. */
export class TrackerHost {
  readonly home: Home
  disk: DiskFaults = SOUND_DISK
  #tracker: Tracker | undefined
  #close: () => void = () => undefined
  #awakeMs = 0
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #trace: Trace
  readonly #proves: Prove

  constructor({ clock, dice, folder, proves, trace }: HostOptions) {
    this.#clock = clock
    this.#dice = dice
    this.#trace = trace
    this.#proves = proves
    mkdirSync(folder, { recursive: true })
    this.home = homeAt(join(folder, 'home'))
    makeHome(this.home)
    writeKey(this.home.vaultKey, dice.bytes(32))
    createAuthority(this.home, 'Simulated provider', clock.now, dice.bytes)
    must(openStore(this.home.database)).close()
    const url = `http://127.0.0.1:${TRACKER_PORT}`
    writeConfig(this.home, { name: 'Simulated provider', url, currency: 'credit' })
  }

  /** The running tracker; fails while it is away. */
  get tracker(): Tracker {
    if (this.#tracker === undefined) throw new Error('the tracker is away')
    return this.#tracker
  }

  get away(): boolean {
    return this.#tracker === undefined
  }

  /** Starts the process: only what its home holds is known to it. */
  start(): void {
    this.#trace.note('tracker', 'starts')
    const now = (): number => this.#clock.now
    const later: Later = (ms, work) => {
      let off = false
      this.#clock.after(ms, () => (off ? undefined : work()))
      return () => {
        off = true
      }
    }
    const prover: Prover = () => this.#proves
    const outside = { schemes: [floodgate], prover, now, later, random: this.#dice.bytes }
    const opened = must(openTracker(this.home, outside))
    const tracker = { ...opened, store: this.#frail(opened.store) }
    this.#awakeMs = this.#clock.now
    void this.#wake(tracker)
    const untick = this.#clock.every(TICK_MS, () => void this.#tick(tracker))
    this.#tracker = tracker
    this.#close = () => {
      untick()
      opened.store.close()
    }
  }

  /** Ends the process, as a power cut does. */
  stop(): void {
    this.#trace.note('tracker', 'ends')
    this.#tracker = undefined
    this.#close()
  }

  /** Until it is told how long it was away it tries again: no deadline may run before. */
  async #wake(tracker: Tracker): Promise<void> {
    try {
      await wakeUp(tracker.store, this.#clock.now)
    } catch (error) {
      this.#excuse(error)
      if (this.#tracker === tracker) await this.#wake(tracker)
    }
  }

  async #tick(tracker: Tracker): Promise<void> {
    try {
      this.#awakeMs = await stayAwake(tracker.store, this.#clock.now, this.#awakeMs)
      if (await anythingDue(tracker.store, this.#clock.now)) {
        await settleDue(tracker, this.#clock.now)
      }
    } catch (error) {
      this.#excuse(error)
    }
  }

  /** The store of a tracker on a disk that may fail. */
  #frail(store: Store): Store {
    const failed = (): Failure => new Failure(refuse('disk-full', 'the simulated disk fails'))
    return {
      ...store,
      write: async (work) => {
        const { before, undone, untold } = this.disk
        if (this.#dice.chance(before)) throw failed()
        const undo = this.#dice.chance(undone)
        const result = await store.write(async (rows) => {
          const made = await work(rows)
          if (undo) throw failed()
          return made
        })
        if (this.#dice.chance(untold)) throw failed()
        return result
      },
    }
  }

  /** An error that the disk explains is answered as HTTP does; any other ends the run. */
  #excuse(error: unknown): Refusal {
    const known = refusalOf(error)
    if (known.code !== 'disk-full') throw error
    this.#trace.note('tracker', 'disk fails')
    return known
  }

  /** Answers a request as tracker/http does; undefined when nobody does. */
  async answer(host: string, url: URL, body?: Uint8Array): Promise<HostAnswer | undefined> {
    const tracker = this.#tracker
    if (tracker === undefined) return undefined
    try {
      const answer = await this.#route(tracker, host, url, body)
      return this.#tracker === tracker ? answer : undefined
    } catch (error) {
      if (this.#tracker !== tracker) return undefined
      return refusal(this.#excuse(error))
    }
  }

  async #route(
    tracker: Tracker,
    host: string,
    url: URL,
    body: Uint8Array | undefined,
  ): Promise<HostAnswer> {
    const call = CALL_OF.get(url.pathname)
    if (call !== undefined && body !== undefined) {
      const answered = await answerCall(tracker, call, body, host)
      if (refused(answered)) return refusal(answered)
      return { status: statusOf(answered.code), bytes: answered.bytes }
    }
    if (url.pathname === '/fg/v1/time') {
      const nonce = fromHex(url.searchParams.get('nonce') ?? '')
      if (nonce !== undefined) return found(signedTime(tracker, nonce))
    }
    if (url.pathname === '/fg/v1/revocations')
      return found(await tracker.revocations.signed(tracker))
    const cid = parseCid(url.pathname.replace('/fg/v1/torrents/', ''))
    const torrent = refused(cid)
      ? undefined
      : await tracker.store.read((rows) => rows.catalog.torrent(cid as Cid))
    return torrent === undefined ? refusal(refuse('not-found')) : found(torrent)
  }

  /** Credits a member as `topup` does, and says who is the provider's own seller. */
  async enrol(uid: Uid, credit: Amount, house: boolean): Promise<boolean> {
    if (this.away) return false
    const transfers = [{ debit: FUNDING, credit: spendable(uid), amount: credit }]
    const key = commitKey('topup', uid)
    try {
      await this.tracker.store.write(async (rows) => {
        must(await commit(rows, { key, kind: 'topup', at: this.#clock.now, transfers }))
        const member = await rows.members.byUid(uid)
        if (house && member !== undefined) await rows.members.setHouse(member.id, true)
      })
      return true
    } catch (error) {
      this.#excuse(error)
      return false
    }
  }
}

const found = (bytes: Uint8Array): HostAnswer => ({ status: 200, bytes })

function refusal({ code, message }: Refusal): HostAnswer {
  return { status: statusOf(code), bytes: fromText(JSON.stringify({ code, message })) }
}
