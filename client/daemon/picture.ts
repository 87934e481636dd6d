/** A household as it is shown, for all who look: made at most so often as an eye follows. */
import { stringOption } from '../../shared/command.js'
import type { Refusal } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import { UPDATES_MIN_MS } from '../../shared/local-limits.js'
import type { LogRow, Totals } from '../local/rows.js'
import type { Problem, Transfer } from '../local/transfer-rows.js'
import { problemOf } from '../ui/advice.js'
import { Books } from './books.js'
import { roomOf } from './disks.js'
import { Earnings } from './earnings.js'
import type { Changing, Shown, Source } from './feed.js'
import type { Household } from './household.js'
import { QuietRows } from './quiet-rows.js'
import { Rates } from './rates.js'
import { Resting, transferRow, unopenedRow } from './transfers.js'
import { troublesOf } from './troubles.js'

/** Free space, and whatever is wrong with the home, is looked up this often, in milliseconds. */
const SLOW_MS = 2000

/** What was looked up last; times are monotonic. */
interface Slow {
  readonly at: number
  /** Free bytes on the disk of the download folder, else of the home. */
  readonly free: number | undefined
  readonly problems: Totals['problems']
}

/** What keeps one content from work and is no matter of that content alone. */
const WHOLE: ReadonlySet<string> = new Set([
  'disk-full',
  'clock-wrong',
  'stale-time',
  'certificate-early',
  'certificate-expired',
  'certificate-revoked',
  'home-copied',
])

/** The picture of one household. */
export class Picture implements Source {
  readonly books: Books
  readonly rates: Rates
  readonly earnings: Earnings
  readonly #household: Household
  readonly #resting: Resting
  readonly #quiet = new QuietRows()
  readonly #changes: Record<Changing, number> = { blacklist: 0, cases: 0, settings: 0, history: 0 }
  readonly #unlisten: () => void
  #shown: Shown | undefined
  #at = Number.NEGATIVE_INFINITY
  #slow: Slow | undefined
  #reached: boolean | undefined
  readonly #memberships = new Map<Fingerprint, Refusal>()

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
      membership: ({ row }, problem) => {
        if (problem === undefined) this.#memberships.delete(row.fingerprint)
        else this.#memberships.set(row.fingerprint, problem)
      },
    })
  }

  /** Something is no longer as it was told; whoever shows it asks again. */
  changed(what: Changing): void {
    this.#changes[what]++
  }

  /** Somebody did something that may concern all that is shown. */
  everythingChanged(): void {
    for (const what of Object.keys(this.#changes) as Changing[]) this.changed(what)
    this.books.moved()
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
      const { metainfo, paid } = held.content
      const money = paid ? this.books.moneyOf(metainfo.cid) : undefined
      return this.#quiet.of(held, money, now, () => transferRow(held, this.#resting))
    })
    for (const unopened of this.#household.unopened.values()) {
      transfers.push(unopenedRow(unopened))
    }
    const earn = this.#household.earning?.state()
    return { totals: this.#totals(transfers, now), transfers, accounts, earn }
  }

  #totals(transfers: readonly Transfer[], now: number): Totals {
    const { customer, started, station } = this.#household
    const sum = (rate: (row: Transfer) => number): number =>
      transfers.reduce((total, row) => total + rate(row), 0)
    const { downLimit, upLimit } = station.limits
    const { free, problems } = this.#slowAt(now, transfers)
    return {
      ...{ version: customer.version, pid: process.pid, started, port: station.port },
      ...(this.#reached !== undefined && { reached: this.#reached }),
      ...{ downRate: sum((row) => row.downRate), upRate: sum((row) => row.upRate) },
      ...(upLimit !== undefined && { upLimit }),
      ...(downLimit !== undefined && { downLimit }),
      ...(free !== undefined && { free }),
      ...{ transfers: transfers.length, problems: this.#problemsIn(transfers, problems) },
    }
  }

  /** What concerns more than one content, each once. */
  #problemsIn(transfers: readonly Transfer[], troubles: readonly Problem[]): readonly Problem[] {
    const found = new Map(troubles.map((problem) => [problem.code, problem]))
    const more = transfers.flatMap(({ problem }) =>
      problem !== undefined && WHOLE.has(problem.code) ? [problem] : [],
    )
    for (const problem of [...more, ...[...this.#memberships.values()].map(problemOf)]) {
      if (!found.has(problem.code)) found.set(problem.code, problem)
    }
    return [...found.values()]
  }

  /** What is slow to look up, looked up now and then. */
  #slowAt(now: number, transfers: readonly Transfer[]): Slow {
    if (this.#slow !== undefined && now - this.#slow.at < SLOW_MS) return this.#slow
    const { customer, values } = this.#household
    const free = roomOf(stringOption(values, 'out') ?? customer.home.folder)
    const problems = troublesOf(this.#household, transfers, Date.now())
    this.#slow = { at: now, free, problems }
    return this.#slow
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
