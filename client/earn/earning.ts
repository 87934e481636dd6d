/**
 * Earn at work in a household: watches rules and traffic every second, and every few minutes looks
 * at what sells, buys, and gives up.
 *
 * Whatever money depends on is in the wallet before it happens (pay/wallet/earn.ts), so a process
 * may die at any point: an order without an answer is asked for again, free of charge, and what was
 * bought is taken up. It deletes only what lies in a folder of its own and was taken up by itself.
 */

import { refusalOf } from '../../shared/command.js'
import {
  EARN_COUNT_MS,
  EARN_LOOK_MS,
  EARN_SHOW_MS,
  EARN_TICK_MS,
  EARN_USE_MS,
} from '../../shared/earn-limits.js'
import { type Refusal, refused } from '../../shared/errors.js'
import { providerOf } from '../customer.js'
import type { Household } from '../daemon/household.js'
import { writeJson } from '../local/records.js'
import { EarnState } from '../local/rows.js'
import type { Agreement } from '../pay/wallet/earn.js'
import type { Choice } from './chooser.js'
import { Dealing } from './dealing.js'
import { readHours, wallTime } from './hours.js'
import { Meter } from './meter.js'
import { whyRest } from './rest.js'
import { earnState } from './state.js'
import { Traffic } from './traffic.js'
import { UseWatch } from './use-watch.js'

/** Earn in one household. */
export class Earning {
  readonly #household: Household
  readonly #meter: Meter
  readonly #use: UseWatch
  readonly #traffic: Traffic
  readonly #timer: NodeJS.Timeout
  #agreement: Agreement | undefined
  #dealing: Dealing | undefined
  #resting: string | undefined
  #problem: Refusal | undefined
  #choices: readonly Choice[] = []
  #shown: EarnState | undefined
  #json = ''
  #showAt = Number.NEGATIVE_INFINITY
  #lookAt = 0
  #usedAt = Number.NEGATIVE_INFINITY
  #countAt = 0
  #busy: Promise<void> | undefined
  #stopped = false

  constructor(household: Household) {
    const { now, wallet } = household.customer
    this.#household = household
    this.#meter = new Meter(household)
    this.#use = new UseWatch(household.customer)
    this.#traffic = new Traffic(wallet.earn, now())
    this.#timer = setInterval(() => this.#tick(), EARN_TICK_MS)
  }

  /** What it does and why; the same object until it is something else. */
  state(): EarnState {
    const { monotonic, wallet } = this.#household.customer
    if (this.#shown !== undefined && monotonic() < this.#showAt) return this.#shown
    this.#showAt = monotonic() + EARN_SHOW_MS
    const state = earnState({
      wallet,
      agreement: this.#agreement ?? wallet.earn.agreement(),
      traffic: this.#traffic.bytes,
      resting: this.#resting,
      problem: this.#problem,
      choices: this.#choices,
    })
    const json = writeJson(EarnState, state)
    if (this.#shown === undefined || json !== this.#json) this.#shown = state
    this.#json = json
    return this.#shown
  }

  /** Goes by what was just agreed to, or ended: who asks next is told of that. */
  async heed(): Promise<void> {
    const agreement = this.#household.customer.wallet.earn.agreement()
    if (agreement === undefined || this.#stopped) return
    if (agreement.on && watches(agreement)) await this.#use.look()
    this.#agree(agreement)
    this.#turn(this.#whyRest(agreement, 0))
    this.#showAt = Number.NEGATIVE_INFINITY
  }

  #agree(agreement: Agreement): Agreement {
    const known = this.#agreement
    if (known !== undefined && JSON.stringify(agreement, text) === JSON.stringify(known, text)) {
      return known
    }
    this.#agreement = agreement
    this.#lookAt = 0
    return agreement
  }

  #tick(): void {
    const { customer } = this.#household
    const read = customer.wallet.earn.agreement()
    if (read === undefined || this.#stopped) return
    const agreement = this.#agree(read)
    const { moved, sent } = this.#meter.take()
    this.#fails(this.#traffic.moved(moved, customer.now()))
    this.#meter.pace(agreement.upLimit, sent)
    this.#busy ??= this.#work(agreement, moved)
      .catch((error) => this.#fails(refusalOf(error)))
      .finally(() => {
        this.#busy = undefined
      })
  }

  async #work(agreement: Agreement, moved: number): Promise<void> {
    const dealing = this.#dealingFor(agreement)
    if (dealing === undefined) return
    const { monotonic } = this.#household.customer
    if (watches(agreement) && monotonic() - this.#usedAt >= EARN_USE_MS) {
      await this.#use.look()
      this.#usedAt = monotonic()
    }
    // What was agreed to meanwhile holds from the next second on, and was told already.
    if (agreement !== this.#agreement) return
    this.#turn(this.#whyRest(agreement, moved))
    await dealing.settle(this.#resting !== undefined)
    if (monotonic() >= this.#countAt) {
      this.#countAt = monotonic() + EARN_COUNT_MS
      dealing.count()
    }
    if (!agreement.on || monotonic() < this.#lookAt || this.#stopped) return
    this.#lookAt = monotonic() + EARN_LOOK_MS
    const result = await dealing.look(this.#resting === undefined)
    this.#problem = refused(result) ? result : undefined
    if (!refused(result)) this.#choices = result
  }

  /** Keeps what went wrong, which may do so every second; the log hears of it once. */
  #fails(problem: Refusal | undefined): void {
    if (problem === undefined) return
    const { code, message } = problem
    if (code !== this.#problem?.code) this.#household.log.tell('error', `earn: ${message}`, code)
    this.#problem = problem
  }

  #whyRest(agreement: Agreement, lastSecond: number): string | undefined {
    const hours = readHours(agreement.hours ?? undefined)
    const rules = { ...agreement, hours: refused(hours) ? null : (hours ?? null) }
    const wall = wallTime(this.#household.customer.now())
    const { idleMs, load } = this.#use
    return whyRest(rules, { wall, idleMs, load, traffic: this.#traffic.bytes, lastSecond })
  }

  /** Tells when it begins to rest or to work, once. */
  #turn(resting: string | undefined): void {
    if ((resting === undefined) !== (this.#resting === undefined)) {
      const { log } = this.#household
      log.tell('info', resting === undefined ? 'earn works' : `earn rests: ${resting}`)
      if (resting === undefined) this.#lookAt = 0
    }
    this.#resting = resting
  }

  #dealingFor(agreement: Agreement): Dealing | undefined {
    const household = this.#household
    const { fingerprint } = agreement
    if (this.#dealing?.fingerprint !== fingerprint) {
      const row = household.customer.wallet.providers.get(fingerprint)
      this.#dealing =
        row === undefined
          ? undefined
          : new Dealing(household, providerOf(household.customer, row), agreement)
    }
    if (this.#dealing !== undefined) this.#dealing.agreement = agreement
    return this.#dealing
  }

  /** Works no more; contents stay as they are. Waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#dealing?.stop()
    await this.#busy
    this.#traffic.moved(this.#meter.take().moved, this.#household.customer.now())
    this.#traffic.settle()
  }
}

/** Whether its rules look at people or other programs. */
function watches({ idleMs, load }: Agreement): boolean {
  return idleMs !== null || load !== null
}

/** Amounts have no JSON form of their own. */
function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
