/**
 * One run: a tracker, contents, members and what happens to them, all drawn from a seed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { amount } from '../../shared/amount.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { publish } from '../../tracker/publish.js'
import { installCalls } from './calls.js'
import { Clock, START_MS } from './clock.js'
import { Dice } from './dice.js'
import { type Part, SimMember, type Stage } from './member.js'
import { Network } from './network.js'
import type { SimContent } from './torrent.js'
import { Trace } from './trace.js'
import { TrackerHost } from './tracker-host.js'
import { FAIR, type Weather } from './weather.js'

/** What a run is drawn from. */
export interface Setting {
  readonly seed: number
  readonly peers: number
  readonly print?: (line: string) => void
}

/** A content and the terms that bound what it may lose. */
export interface SoldContent extends SimContent {
  readonly n: number
  readonly b: number
}

/** A block that left a seller: whose, for whom, of which piece. */
export interface Delivery {
  readonly seller: SimMember
  /** Address of the buyer. */
  readonly to: string
  readonly cid: Cid
  readonly piece: number
}

const PIECE_BYTES = 32 * 1024
/** What one piece of every content earns; millionths. */
export const REWARD = 10_000n
/** Windows of every content; milliseconds. */
const COMPLAINT_MS = 600_000
const ANSWER_MS = 60_000
const LONGEST_MS = 900_000
const LOOK_MS = 1000
/** Where files cost no disk, when the machine has such a place. */
const MEMORY = '/dev/shm'

/** A run at work. */
export class Market {
  readonly setting: Setting
  readonly clock = new Clock()
  readonly trace: Trace
  readonly dice: Dice
  readonly network: Network
  readonly host: TrackerHost
  readonly contents: SoldContent[] = []
  readonly members: SimMember[] = []
  readonly deliveries: Delivery[] = []
  /** Most pieces of a grant that a seller ever held payments for unclaimed, by name and rid. */
  readonly unclaimed = new Map<string, number>()
  weather: Weather = FAIR
  readonly #folder: string
  readonly #uninstall: () => void
  #bug: unknown

  constructor(setting: Setting) {
    const { peers, print, seed } = setting
    this.setting = setting
    this.#folder = mkdtempSync(join(memoryFolder(), 'floodgate-sim-'))
    this.trace = new Trace(this.clock, print)
    this.dice = new Dice(`run ${seed} of ${peers}`)
    const common = { clock: this.clock, trace: this.trace, weather: () => this.weather }
    this.network = new Network({ ...common, dice: this.diceOf('network') })
    const home = join(this.#folder, 'tracker')
    this.host = new TrackerHost({
      ...{ folder: home, clock: this.clock, trace: this.trace, dice: this.diceOf('tracker') },
      proves: ({ host }, { cid, key }) => this.network.answers(host, cid, key),
    })
    this.#uninstall = installCalls({
      ...{ ...common, dice: this.diceOf('calls'), network: this.network, host: this.host },
      lifeAt: (address) => this.#at(address)?.lives,
      answered: (address) => this.#at(address)?.heard(),
    })
  }

  #at(address: string): SimMember | undefined {
    return this.members.find((member) => member.address === address)
  }

  /** Dice of one owner in this run. */
  diceOf(whose: string): Dice {
    return new Dice(`${whose} of run ${this.setting.seed} of ${this.setting.peers}`)
  }

  /** Publishes a content of random bytes. */
  async publish(pieces: number, n: number, b: number): Promise<SoldContent> {
    const bytes = this.dice.bytes(pieces * PIECE_BYTES)
    const path = join(this.#folder, `content-${this.contents.length}`)
    writeFileSync(path, bytes)
    const published = must(
      await publish(this.host.tracker, path, {
        price: amount(REWARD * BigInt(2 * pieces)),
        reward: amount(REWARD),
        ...{ scheme: 'floodgate', n, b, pieceLength: PIECE_BYTES },
        ...{ complaint: COMPLAINT_MS, answer: ANSWER_MS },
        progress: () => undefined,
      }),
    )
    const content = { metainfo: must(parseMetainfo(published.torrent)), bytes, n, b }
    this.contents.push(content)
    return content
  }

  /** Adds a member that will come. */
  add(part: Part): SimMember {
    const at = this.members.length + 1
    const folder = join(this.#folder, 'members')
    mkdirSync(folder, { recursive: true })
    const { clock, host, network, trace } = this
    const stage: Stage = {
      ...{ folder, clock, host, network, trace },
      broken: (error) => {
        this.#bug ??= error
      },
      claims: (seller, rid, pieces) => {
        const key = `${seller.name} ${rid}`
        this.unclaimed.set(key, Math.max(pieces, this.unclaimed.get(key) ?? 0))
      },
      delivered: (seller, to, cid, piece) => this.deliveries.push({ seller, to, cid, piece }),
    }
    const member = new SimMember(stage, at, part, this.diceOf(`member ${at}`))
    this.members.push(member)
    clock.after(part.comesAfterMs, () => member.start())
    return member
  }

  /** The tracker's process ends and comes back. */
  interrupt(ms: number): void {
    if (this.host.away) return
    this.host.stop()
    this.clock.after(ms, () => this.host.start())
  }

  /** Lets everything happen; throws the first bug that shows itself. */
  async run(done: () => boolean, longestMs = LONGEST_MS): Promise<void> {
    const until = this.clock.now + longestMs
    while (this.#bug === undefined && !done() && this.clock.now < until) {
      await this.clock.run(this.clock.now + LOOK_MS, () => this.#bug !== undefined)
    }
    if (this.#bug !== undefined) throw this.#bug
  }

  /** Everybody is gone, and the desk decides and pays what is left to decide and to pay. */
  async wind(): Promise<void> {
    for (const member of this.members) member.leave()
    await this.run(() => false, 2 * (COMPLAINT_MS + ANSWER_MS))
  }

  /** Those to whom the design's promises are made. */
  get honest(): SimMember[] {
    return this.members.filter(({ part }) => part.conduct.honest)
  }

  /** Those who also have all that they ever knew, and so can be held to their books. */
  get whole(): SimMember[] {
    return this.honest.filter(({ restored }) => !restored)
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.clock.now - START_MS
  }

  close(): void {
    for (const member of this.members) member.close()
    if (!this.host.away) this.host.stop()
    this.#uninstall()
    rmSync(this.#folder, { recursive: true })
  }
}

function memoryFolder(): string {
  try {
    rmSync(mkdtempSync(join(MEMORY, 'floodgate-sim-')), { recursive: true })
    return MEMORY
  } catch {
    return tmpdir()
  }
}
