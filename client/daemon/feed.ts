/**
 * `updates`: first everything, then whatever is no longer as it was told. Each reader has its own
 * memory of what it was told; the rows themselves are made once for all that look at the same time.
 */
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { UPDATES_MAX_MS, UPDATES_MIN_MS } from '../../shared/local-limits.js'
import type { Update } from '../local/calls.js'
import { writeJson } from '../local/records.js'
import { Account, type EarnState, type LogRow, Totals } from '../local/rows.js'
import type { Transfer } from '../local/transfer-rows.js'

/** What is asked again when it changed. */
export type Changing = NonNullable<Update['changed']>

/** Everything that is shown, as of now. */
export interface Shown {
  readonly totals: Totals
  readonly transfers: readonly Transfer[]
  readonly accounts: readonly Account[]
  /** Missing where earn is no chore; the same object until it changes. */
  readonly earn?: EarnState | undefined
}

/** Where the rows come from. */
export interface Source {
  shown(): Shown
  logAfter(number: number): readonly LogRow[]
  /** How often each of these has changed. */
  changes(): Readonly<Record<Changing, number>>
}

/** Whether two rows say the same: all fields are plain values but `problem`. */
function same(one: Transfer, other: Transfer): boolean {
  const keys = Object.keys(one) as (keyof Transfer)[]
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => {
    const [mine, theirs] = [one[key], other[key]]
    if (mine === theirs) return true
    return key === 'problem' && JSON.stringify(mine) === JSON.stringify(theirs)
  })
}

/** One reader's memory. */
class Reader {
  readonly #source: Source
  readonly #told: (update: Update) => void
  readonly #transfers = new Map<Cid, Transfer>()
  readonly #accounts = new Map<Fingerprint, string>()
  #totals = ''
  #earn: EarnState | undefined
  #log = 0
  #changes: Readonly<Record<Changing, number>>

  constructor(source: Source, told: (update: Update) => void) {
    this.#source = source
    this.#told = told
    this.#changes = source.changes()
  }

  /** Tells what is no longer as it was told. */
  look(): void {
    const { accounts, earn, totals, transfers } = this.#source.shown()
    const now = writeJson(Totals, totals)
    if (now !== this.#totals) this.#told({ totals })
    this.#totals = now
    for (const account of accounts) this.#account(account)
    if (earn !== undefined && earn !== this.#earn) this.#told({ earn })
    this.#earn = earn
    this.#rows(transfers)
    for (const log of this.#source.logAfter(this.#log)) {
      this.#told({ log })
      this.#log = log.number
    }
    const changes = this.#source.changes()
    for (const changed of Object.keys(changes) as Changing[]) {
      if (changes[changed] !== this.#changes[changed]) this.#told({ changed })
    }
    this.#changes = changes
  }

  #account(account: Account): void {
    const now = writeJson(Account, account)
    if (now === this.#accounts.get(account.provider)) return
    this.#accounts.set(account.provider, now)
    this.#told({ account })
  }

  #rows(transfers: readonly Transfer[]): void {
    for (const transfer of transfers) {
      const before = this.#transfers.get(transfer.cid)
      if (before !== undefined && (before === transfer || same(before, transfer))) continue
      this.#transfers.set(transfer.cid, transfer)
      this.#told({ transfer })
    }
    if (this.#transfers.size === transfers.length) return
    const here = new Set(transfers.map(({ cid }) => cid))
    for (const cid of this.#transfers.keys()) {
      if (here.has(cid)) continue
      this.#transfers.delete(cid)
      this.#told({ gone: cid })
    }
  }
}

/** Tells a reader everything and then what changes, until the returned function is called. */
export function feed(source: Source, everyMs: number, told: (update: Update) => void): () => void {
  const reader = new Reader(source, told)
  reader.look()
  const pause = Math.min(UPDATES_MAX_MS, Math.max(UPDATES_MIN_MS, everyMs))
  const timer = setInterval(() => reader.look(), pause)
  return () => clearInterval(timer)
}
