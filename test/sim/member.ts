/**
 * A member of a run: the shipped client's wallet, signed calls, purchase, gate and claims, on a
 * simulated network, disk and clock. It crashes and starts again from wallet and disk alone.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bitfield } from '../../client/engine/bitfield.js'
import { type Journal, openJournal } from '../../client/pay/wallet/journal.js'
import { openWallet, type SaveEffect, type Wallet } from '../../client/pay/wallet/wallet.js'
import { amount } from '../../shared/amount.js'
import { Failure, refuse } from '../../shared/errors.js'
import { Debtors } from '../../shared/exchange/debtors.js'
import type { Cid, Fingerprint, Rid, Uid } from '../../shared/identifier.js'
import type { Clock } from './clock.js'
import type { Conduct } from './conduct.js'
import type { Dice } from './dice.js'
import { Life } from './life.js'
import type { Network } from './network.js'
import type { SimContent } from './torrent.js'
import type { Trace } from './trace.js'
import type { TrackerHost } from './tracker-host.js'

/** What a member is to do. */
export interface Part {
  readonly conduct: Conduct
  /** The provider's own seller. */
  readonly house: boolean
  /** Contents on its disk from the beginning. */
  readonly holds: readonly SimContent[]
  /** Contents that it buys. */
  readonly buys: readonly SimContent[]
  /** When it comes, from the beginning of the run; milliseconds. */
  readonly comesAfterMs: number
  /** Another member of which it is a second machine: with a copy of its home, and its tokens. */
  readonly twinOf?: SimMember
  /** Another member that it pays everything to, before it pays anyone else. */
  readonly accomplice?: SimMember
}

/** What all members of a run share. */
export interface Stage {
  readonly folder: string
  readonly clock: Clock
  readonly trace: Trace
  readonly network: Network
  readonly host: TrackerHost
  /** A bug that showed itself; it ends the run. */
  readonly broken: (error: unknown) => void
  /** A seller is about to claim: so many pieces of a grant are signed and not settled. */
  readonly claims: (seller: SimMember, rid: Rid, pieces: number) => void
  /** A block of a piece leaves a seller. */
  readonly delivered: (seller: SimMember, to: string, cid: Cid, piece: number) => void
}

/** How often a save of the exchanges fails, and what a write takes; milliseconds. */
export interface MemberDisk {
  readonly fails: number
  readonly writesMs: readonly [number, number]
}
export const SOUND_MEMBER_DISK: MemberDisk = { fails: 0, writesMs: [0, 4] }

const CREDIT = 1_000_000_000n
const AWAY_MS = [500, 20_000] as const
const SKEW_MAX_MS = 60_000
const TWIN_LOOK_MS = 1000

/** One member. */
export class SimMember {
  readonly name: string
  /** Where it is reached. */
  readonly address: string
  readonly part: Part
  readonly stage: Stage
  readonly dice: Dice
  readonly seed: Uint8Array
  /** Pieces on disk, by content. */
  readonly disks = new Map<Cid, Bitfield>()
  readonly skewMs: number
  uid: Uid | undefined
  enrolled = false
  disk = SOUND_MEMBER_DISK
  #life: Life | undefined
  #lives = 0
  readonly #debtors = new Map<Fingerprint, Debtors>()
  #path: string
  #backup: { readonly image: Uint8Array; readonly calls: number } | undefined
  #calls = 0
  /** Its home came back from a backup: whatever it did since is in nobody's books but others'. */
  restored = false
  readonly #key: Uint8Array
  #home: { readonly wallet: Wallet; readonly journal: Journal } | undefined

  constructor(stage: Stage, at: number, part: Part, dice: Dice) {
    this.name = `${part.conduct.name} ${at}`
    this.address = `10.0.${at >> 8}.${at & 255}`
    this.part = part
    this.stage = stage
    this.dice = dice
    this.seed = part.twinOf?.seed ?? dice.bytes(32)
    this.skewMs = Math.round(dice.between(-SKEW_MAX_MS, SKEW_MAX_MS))
    this.#path = join(stage.folder, `${at}.db`)
    this.#key = part.twinOf === undefined ? dice.bytes(32) : part.twinOf.#key
    if (part.twinOf === undefined) this.#open()
    for (const { metainfo } of part.holds) {
      this.disks.set(metainfo.cid, Bitfield.full(metainfo.pieceCount))
    }
  }

  /** Opens the wallet; a twin's is a copy, and the two draw call counters from one source. */
  #open(): void {
    const twin = this.part.twinOf
    if (twin !== undefined) writeFileSync(this.#path, twin.wallet.image())
    const wallet = openWallet(this.#path, this.#key)
    if (twin !== undefined) {
      wallet.providers.nextCounter = (provider) => twin.wallet.providers.nextCounter(provider)
    }
    const commit: Wallet['commit'] = (provider, saves) => this.#commit(provider, saves)
    const journal = openJournal(this.#path, this.#key)
    const debtors: Wallet['debtors'] = (provider) => this.#debtorsOf(provider)
    this.#home = { wallet: { ...wallet, commit, debtors }, journal }
  }

  get wallet(): Wallet {
    if (this.#home === undefined) throw new Error(`${this.name} has no wallet yet`)
    return this.#home.wallet
  }

  get life(): Life | undefined {
    return this.#life
  }

  /** Another number after each start and each crash. */
  get lives(): number {
    return this.#lives
  }

  /** Starts the program, or starts it again. */
  start(): void {
    const { twinOf } = this.part
    if (twinOf !== undefined && this.#home === undefined) {
      if (twinOf.wallet.grants.all().length === 0) {
        this.stage.clock.after(TWIN_LOOK_MS, () => this.start())
        return
      }
      this.uid = twinOf.uid
      this.#open()
    }
    this.#lives++
    this.#debtors.clear()
    this.stage.trace.note(this.name, 'starts')
    this.#life = new Life(this)
  }

  /** The power goes; what was not saved is lost. */
  crash(): void {
    if (this.#life === undefined) return
    this.stage.trace.note(this.name, 'crashes')
    this.#life.end()
    this.#life = undefined
    this.#lives++
    this.stage.clock.after(this.dice.between(...AWAY_MS), () => this.start())
  }

  /** The tracker knows of one more call of it. */
  heard(): void {
    this.#calls++
  }

  /** Keeps a copy of its home as it is now. */
  backUp(): void {
    if (this.#home === undefined) return
    this.#backup = { image: this.#home.wallet.image(), calls: this.#calls }
  }

  /**
   * Loses its home, and puts the copy in its place; it is not started again. Only when the tracker
   * has heard of it since, or nobody could tell (design D17).
   */
  restore(): void {
    const backup = this.#backup
    // The copy may hold the counter of the call that was under way.
    const told = backup !== undefined && this.#calls > backup.calls + 1
    if (!told || this.#life === undefined) return
    this.leave()
    this.#life = undefined
    this.restored = true
    this.stage.trace.note(this.name, 'is restored from a backup')
    this.#home?.journal.close()
    void this.#home?.wallet.close()
    this.#path = `${this.#path}-restored`
    writeFileSync(this.#path, backup.image)
    this.#open()
  }

  /** Ends for good. */
  leave(): void {
    this.#life?.end()
    this.#lives++
  }

  /** Its buyers: every life learns of them anew, from the books. */
  #debtorsOf(provider: Fingerprint): Debtors {
    const rows = () => this.wallet.history(provider).debtors()
    const known = this.#debtors.get(provider) ?? new Debtors(rows(), () => this.stage.clock.now)
    this.#debtors.set(provider, known)
    return known
  }

  /** Writes saves as the writing thread does: later, all or none. */
  #commit(provider: Fingerprint, saves: readonly SaveEffect[]): Promise<void> {
    const life = this.#life
    const { clock } = this.stage
    const kept = saves.map((save) => structuredClone(save))
    return new Promise((resolve, reject) => {
      clock.after(this.dice.between(...this.disk.writesMs), () => {
        if (this.#life !== life) return
        if (this.dice.chance(this.disk.fails)) {
          reject(new Failure(refuse('disk-full', 'the simulated disk fails')))
          return
        }
        this.#home?.journal.commit([{ provider, saves: kept }])
        resolve()
      })
    })
  }

  /** Has money on its account as soon as the tracker takes it. */
  async enrol(uid: Uid): Promise<void> {
    this.uid = uid
    while (!this.enrolled) {
      this.enrolled = await this.stage.host.enrol(uid, amount(CREDIT), this.part.house)
      if (!this.enrolled) await this.stage.clock.wait(1000)
    }
  }

  /** Whether everything that it buys is on its disk. */
  get complete(): boolean {
    return this.part.buys.every(({ metainfo }) => this.disks.get(metainfo.cid)?.full === true)
  }

  close(): void {
    this.#life?.end()
    this.#home?.journal.close()
    void this.#home?.wallet.close()
  }
}
