/** The downloads of one `get`. */
import { type Input, visible } from '../../shared/command.js'
import { Failure, type Refusal, refuse } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import type { Household } from '../daemon/household.js'
import type { Content } from '../trade/content.js'
import type { Trade } from '../trade/trade.js'
import type { Money } from '../ui/money.js'
import type { Complete, Download } from './fetching.js'
import { moneyOf } from './trading.js'

/** The downloads of one run, and what became of those that failed. */
export class Downloads {
  readonly begun: Download[] = []
  readonly done: (Complete & { readonly download: Download })[] = []
  /** Contents that wait for room on their disk. */
  readonly waiting = new Set<Cid>()
  readonly #failures: Refusal[] = []
  readonly #input: Input

  constructor(input: Input) {
    this.#input = input
  }

  /** What was bought with by now. */
  get spent(): Money[] {
    return this.begun.flatMap(({ content, grants }) => {
      if (!content.paid) return []
      const spent = grants.reduce((sum, { price }) => sum + price, 0n)
      return [moneyOf(content, { spent, earned: 0n })]
    })
  }

  /** Whether a content is one of these. */
  has(cid: Cid): boolean {
    return this.begun.some(({ content }) => content.metainfo.cid === cid)
  }

  /** The trades of these among all of a household, also of those that are being checked. */
  tradesIn({ station }: Household): Trade[] {
    const cids = new Set(this.begun.map(({ content }) => content.metainfo.cid))
    return station.trades.filter(({ content }) => cids.has(content.metainfo.cid))
  }

  get #alone(): boolean {
    return this.#input.positionals.length === 1
  }

  /** A content waits for room on its disk, or (undefined) goes on. */
  waits(content: Content, problem: Refusal | undefined): void {
    const { cid, name } = content.metainfo
    const shown = visible(name)
    if (problem !== undefined) {
      this.waiting.add(cid)
      const { code, message } = problem
      const line = `${shown} waits: ${message}; it goes on when there is room, Ctrl-C ends it`
      this.#input.report.event({ event: 'waiting', cid, code, message }, line)
    } else if (this.waiting.delete(cid)) {
      this.#input.report.event({ event: 'goes-on', cid }, `${shown} goes on`)
    }
  }

  /** One content failed: alone it ends the run, else the others go on. */
  failed(name: string, problem: Refusal): void {
    if (this.#alone) throw new Failure(problem)
    this.#failures.push(problem)
    const { code, message } = problem
    const shown = visible(name)
    this.#input.report.event(
      { event: 'failed', name: shown, code, message },
      `${shown}: ${message}`,
    )
  }

  /** Ends the run with what failed, if anything did. */
  judge(): void {
    const [first] = this.#failures
    if (first === undefined) return
    const { length: all } = this.#input.positionals
    const text = `${this.#failures.length} of ${all} downloads failed; the first: ${first.message}`
    throw new Failure(refuse(first.code, text))
  }
}
