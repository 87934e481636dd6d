/**
 * Rows of contents with which nothing happens: made again once a second, not for every look. Of a
 * thousand contents that are sold most have nobody connected, and rows are looked at ten times a
 * second while a screen is open.
 */
import { QUIET_MS } from '../../shared/local-limits.js'
import type { Transfer } from '../local/transfer-rows.js'
import type { MoneyFields } from './books.js'
import type { Held } from './held.js'

/** A row, and what it was made of. */
interface Quiet {
  readonly row: Transfer
  readonly of: Pick<Held, 'trade' | 'paused' | 'problem' | 'sequential' | 'chosen'>
  readonly money: MoneyFields | undefined
  /** Monotonic milliseconds: it holds until then. */
  readonly until: number
}

/** The quiet rows of a household. */
export class QuietRows {
  readonly #known = new WeakMap<Held, Quiet>()

  /** The row of a content as of now (monotonic milliseconds), made anew where that is needed. */
  of(held: Held, money: MoneyFields | undefined, now: number, make: () => Transfer): Transfer {
    const known = this.#known.get(held)
    if (known !== undefined && now < known.until && fits(known, held, money)) return known.row
    const made = make()
    const row = money === undefined ? made : { ...made, ...money }
    if (isQuiet(row)) {
      const { chosen, paused, problem, sequential, trade } = held
      const of = { chosen, paused, problem, sequential, trade } as Quiet['of']
      this.#known.set(held, { row, of, money, until: now + QUIET_MS })
    } else this.#known.delete(held)
    return row
  }
}

function fits({ money: before, of }: Quiet, held: Held, money: MoneyFields | undefined): boolean {
  return (
    before === money &&
    of.trade === held.trade &&
    of.paused === held.paused &&
    of.problem === held.problem &&
    of.sequential === held.sequential &&
    of.chosen === held.chosen
  )
}

function isQuiet({ downRate, peers, state, upRate }: Transfer): boolean {
  return state !== 'checking' && peers === 0 && downRate === 0 && upRate === 0
}
