/**
 * Plays a recorded market to a strategy, day by day, and counts what it earns.
 *
 * A strategy sees what the tracker would tell it, and its own books; a day's purchases come
 * afterwards. Who is named to each buyer is decided by the tracker's own code, newcomers' places
 * and all; the named share its pieces by the line that each happens to have, which no strategy
 * knows.
 */

import type { Means, Stake } from '../../client/earn/chooser.js'
import type { DayOfDemand, Ware } from '../../client/earn/forecast.js'
import { type Amount, amount } from '../../shared/amount.js'
import type { Cid, Uid } from '../../shared/identifier.js'
import { chooseSellers, namedBound } from '../../tracker/peer-list.js'
import type { Presence } from '../../tracker/swarm.js'
import { Dice } from '../sim/dice.js'
import { MARKET_DAYS, type RecordedContent, type Recording } from './demand.js'

/** What a strategy sees on one day. */
export interface View {
  readonly wares: readonly Ware[]
  readonly past: (cid: Cid) => readonly DayOfDemand[]
  readonly stakes: readonly Stake[]
  readonly means: Means
  /** Bought before and given up: to fetch it again, its pieces would have to be paid again. */
  readonly dropped: ReadonlySet<Cid>
}

/** What a strategy holds from this day on; what it lacks of it is bought, all else dropped. */
export type Strategy = (view: View, dice: Dice) => readonly Cid[]

/** What a strategy made of a market: millionths. */
export interface Outcome {
  readonly earned: bigint
  readonly spent: bigint
  readonly purchases: number
  /** Net income for each GB of the quota, in units of the currency. */
  readonly perGb: number
}

/** What every strategy has. */
export const QUOTA = 2_000_000_000
export const BUDGET = amount(60_000_000n)
const UPLINK = 20_000_000_000
const HORIZON_DAYS = 30
/** Terms of the contents: the window and the run. */
const TERMS = { n: 8, b: 8 }
const WEEK_DAYS = 7
/** Other sellers have lines from one to eight times the slowest, and so have we. */
const OUR_LINE = 3

interface Held {
  readonly content: RecordedContent
  since: number
  earnedOn: number
  earned: bigint
  fair: number
}

/** One market as one strategy plays it. */
export class Replay {
  readonly #recording: Recording
  readonly #dice: Dice
  readonly #held = new Map<Cid, Held>()
  readonly #owned = new Set<Cid>()
  #earned = 0n
  #spent = 0n

  constructor(recording: Recording, name: string) {
    this.#recording = recording
    this.#dice = new Dice(`replay ${recording.seed} ${name}`)
  }

  /** Plays all days. */
  run(strategy: Strategy): Outcome {
    for (let day = 0; day < MARKET_DAYS; day++) {
      this.#change(strategy(this.#view(day), this.#dice), day)
      for (const content of this.#onSale(day)) this.#sell(content, day)
    }
    const net = Number(this.#earned - this.#spent) / 1e6
    const perGb = net / (QUOTA / 1e9)
    return { earned: this.#earned, spent: this.#spent, purchases: this.#owned.size, perGb }
  }

  #onSale(day: number): readonly RecordedContent[] {
    return this.#recording.contents.filter(({ from }) => from <= day)
  }

  #view(day: number): View {
    const past = (content: RecordedContent) => content.days.slice(0, day - content.from)
    const byCid = new Map(this.#onSale(day).map((content) => [content.cid, past(content)]))
    const wares = this.#onSale(day).map((content) => {
      const days = past(content)
      const sum = (count: number) => days.slice(-count).reduce((all, { bought }) => all + bought, 0)
      const { bytes, cid, from, pieces, price, reward } = content
      const { sellers = 1 } = content.days[day - from] ?? {}
      return {
        cid,
        name: cid,
        bytes,
        pieces,
        price,
        reward,
        sellers,
        day: sum(1),
        week: sum(WEEK_DAYS),
      }
    })
    const stakes = [...this.#held.values()].map(({ content, earned, earnedOn, fair, since }) => {
      const { cid, price } = content
      return { cid, days: day - since, idleDays: day - earnedOn, price, earned, fair }
    })
    const budget = amount(BUDGET - this.#spent)
    const means = { quota: QUOTA, budget, uplink: UPLINK, horizonDays: HORIZON_DAYS }
    const dropped = new Set([...this.#owned].filter((cid) => !this.#held.has(cid)))
    return { wares, past: (cid) => byCid.get(cid) ?? [], stakes, means, dropped }
  }

  /** Buys and drops; holds a strategy to its quota and budget. */
  #change(wanted: readonly Cid[], day: number): void {
    for (const cid of this.#held.keys()) if (!wanted.includes(cid)) this.#held.delete(cid)
    for (const cid of wanted) {
      if (this.#held.has(cid)) continue
      const content = this.#recording.contents.find((one) => one.cid === cid) as RecordedContent
      if (this.#owned.has(cid)) throw new Error('bought twice')
      this.#spent += content.price
      this.#owned.add(cid)
      this.#held.set(cid, { content, since: day, earnedOn: day, earned: 0n, fair: 0 })
    }
    const used = [...this.#held.values()].reduce((sum, { content }) => sum + content.bytes, 0)
    if (used > QUOTA || this.#spent > BUDGET) throw new Error('beyond quota or budget')
  }

  /** A day's purchases of one content, as far as they come to us. */
  #sell(content: RecordedContent, day: number): void {
    const held = this.#held.get(content.cid)
    const today = content.days[day - content.from]
    if (held === undefined || today === undefined) return
    let earned = 0n
    for (let sale = 0; sale < today.bought; sale++) {
      earned += BigInt(this.#piecesOfSale(content, today.sellers)) * content.reward
    }
    held.earned += earned
    if (earned > 0n) held.earnedOn = day
    const worth = Number(content.reward) * content.pieces
    held.fair += (today.bought * worth) / (today.sellers + 1)
    this.#earned += earned
  }

  /** Pieces of one sale that a buyer takes from us: it asks who is named, each by its line. */
  #piecesOfSale({ bytes, pieces }: RecordedContent, sellers: number): number {
    const us = this.#presence(0, { size: bytes, earned: amount(this.#earned) })
    const others = Array.from({ length: sellers }, (_, number) => {
      const earned = amount(BigInt(Math.floor(this.#dice.between(0, 2e7))))
      return this.#presence(number + 1, { size: bytes, earned: number === 0 ? amount(0n) : earned })
    })
    const bound = namedBound({ pieces, ...TERMS }, 0)
    const named = chooseSellers([us, ...others], new Set(), bound, this.#dice.bytes)
    const lines = named.map(({ id }) => (id === 0 ? OUR_LINE : 2 ** this.#dice.between(0, 3)))
    const all = lines.reduce((sum, line) => sum + line, 0)
    const at = named.findIndex(({ id }) => id === 0)
    return at === -1 ? 0 : Math.floor((pieces * (lines[at] as number)) / all)
  }

  #presence(id: number, { earned, size }: { earned: Amount; size: number }): Presence {
    const host = `10.0.${id >> 8}.${id & 255}`
    const uid = id.toString(16).padStart(32, '0') as Uid
    return { id, uid, house: id === 1, host, port: 6881, left: 0, size, earned, seenMs: 0 }
  }
}
