/** A household as it is shown, for all who look: made at most so often as an eye follows. */
import { statfsSync } from 'node:fs'
import { stringOption } from '../../shared/command.js'
import { UPDATES_MIN_MS } from '../../shared/local-limits.js'
import type { LogRow, Totals } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'
import { Books } from './books.js'
import { Earnings } from './earnings.js'
import type { Changing, Shown, Source } from './feed.js'
import type { Household } from './household.js'
import { Rates } from './rates.js'
import { Resting, transferRow } from './transfers.js'

/** The free space of a disk is asked for this often, in milliseconds. */
const FREE_MS = 5000

/** The picture of one household. */
export class Picture implements Source {
  readonly books: Books
  readonly rates: Rates
  readonly earnings: Earnings
  readonly #household: Household
  readonly #resting: Resting
  readonly #changes: Record<Changing, number> = { blacklist: 0, cases: 0, settings: 0, history: 0 }
  readonly #unlisten: () => void
  #shown: Shown | undefined
  #at = Number.NEGATIVE_INFINITY
  #free: { readonly at: number; readonly bytes: number | undefined } | undefined
  #reached: boolean | undefined

  constructor(household: Household) {
    this.#household = household
    this.#resting = new Resting(household)
    this.books = new Books(household)
    this.rates = new Rates(household)
    this.earnings = new Earnings(household)
    this.#unlisten = household.listen({
      trade: (_content, event) => {
        if (event.event === 'blacklisted') this.changed('blacklist')
        if (event.event === 'reach') this.#reached = event.reached
      },
      claimed: () => this.changed('history'),
      corresponded: (_provider, { news }) => this.changed(news === 'cases' ? news : 'history'),
      membership: () => undefined,
    })
  }

  /** Something is no longer as it was told; whoever shows it asks again. */
  changed(what: Changing): void {
    this.#changes[what]++
  }

  shown(): Shown {
    const now = this.#household.customer.monotonic()
    if (this.#shown === undefined || now - this.#at >= UPDATES_MIN_MS / 2) {
      this.#shown = this.#look(now)
      this.#at = now
    }
    return this.#shown
  }

  #look(now: number): Shown {
    const accounts = this.books.accounts()
    const transfers: Transfer[] = this.#household.transfers().map((held) => {
      const row = transferRow(held, this.#resting)
      return row.paid ? { ...row, ...this.books.moneyOf(row.cid) } : row
    })
    return { totals: this.#totals(transfers, now), transfers, accounts }
  }

  #totals(transfers: readonly Transfer[], now: number): Totals {
    const { customer, started, station } = this.#household
    const sum = (rate: (row: Transfer) => number): number =>
      transfers.reduce((total, row) => total + rate(row), 0)
    const { downLimit, upLimit } = station.limits
    const free = this.#freeAt(now)
    return {
      ...{ version: customer.version, pid: process.pid, started, port: station.port },
      ...(this.#reached !== undefined && { reached: this.#reached }),
      ...{ downRate: sum((row) => row.downRate), upRate: sum((row) => row.upRate) },
      ...(upLimit !== undefined && { upLimit }),
      ...(downLimit !== undefined && { downLimit }),
      ...(free !== undefined && { free }),
      ...{ transfers: transfers.length, problems: [] },
    }
  }

  /** Free bytes on the disk of the download folder, else of the home. */
  #freeAt(now: number): number | undefined {
    if (this.#free !== undefined && now - this.#free.at < FREE_MS) return this.#free.bytes
    const { customer, values } = this.#household
    const folder = stringOption(values, 'out') ?? customer.home.folder
    let bytes: number | undefined
    try {
      const { bavail, bsize } = statfsSync(folder)
      bytes = bavail * bsize
    } catch {
      bytes = undefined
    }
    this.#free = { at: now, bytes }
    return bytes
  }

  logAfter(number: number): readonly LogRow[] {
    return this.#household.log.after(number)
  }

  changes(): Readonly<Record<Changing, number>> {
    return { ...this.#changes }
  }

  /** Looks no more; what was earned to the end is noted. */
  async stop(): Promise<void> {
    this.#unlisten()
    this.rates.stop()
    this.earnings.stop()
    await this.books.stop()
  }
}
