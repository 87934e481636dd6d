/** What buyers paid by the hour: noted while pieces are paid, kept in the wallet for the charts. */
import { refused } from '../../shared/errors.js'
import { EARNINGS_HOURS_COUNT, EARNINGS_NOTED_MS } from '../../shared/local-limits.js'
import { tryDatabase } from '../../shared/thrown.js'
import { HOUR_MS } from '../../shared/units.js'
import type { AnswerOf } from '../local/calls.js'
import type { EarningsRow } from '../local/rows.js'
import type { EarnedHour } from '../pay/wallet/earnings.js'
import type { Content } from '../trade/content.js'
import type { Household } from './household.js'

/** The notes of a household. */
export class Earnings {
  readonly #household: Household
  readonly #fresh = new Map<string, EarnedHour>()
  readonly #timer: NodeJS.Timeout
  readonly #unlisten: () => void

  constructor(household: Household) {
    this.#household = household
    this.#unlisten = household.listen({
      trade: (content, event) => {
        if (event.event === 'earned') this.#note(content, event.reward)
      },
      claimed: () => undefined,
      corresponded: () => undefined,
      membership: () => undefined,
    })
    this.#timer = setInterval(() => this.#keep(), EARNINGS_NOTED_MS)
  }

  get #hour(): number {
    return Math.floor(this.#household.customer.now() / HOUR_MS)
  }

  #note(content: Content, reward: bigint): void {
    if (!content.paid) return
    const { cid } = content.metainfo
    const provider = content.provider.row.fingerprint
    const hour = this.#hour
    const key = `${provider} ${cid} ${hour}`
    const amount = (this.#fresh.get(key)?.amount ?? 0n) + reward
    this.#fresh.set(key, { provider, cid, hour, amount })
  }

  #keep(): void {
    if (this.#fresh.size === 0) return
    const oldest = this.#hour - EARNINGS_HOURS_COUNT
    const { earnings } = this.#household.customer.wallet
    const kept = tryDatabase(() => earnings.add([...this.#fresh.values()], oldest))
    // On a full disk it is noted later.
    if (!refused(kept)) this.#fresh.clear()
  }

  /** The last so many hours of each content that earned something in them. */
  of(hours: number): AnswerOf<'earnings'> {
    this.#keep()
    const count = Math.max(1, Math.min(EARNINGS_HOURS_COUNT, hours))
    const first = this.#hour - count + 1
    const rows = new Map<string, { head: Omit<EarningsRow, 'hours'>; hours: bigint[] }>()
    const kept = this.#household.customer.wallet.earnings.since(first)
    for (const { amount, cid, hour, provider } of [...kept, ...this.#fresh.values()]) {
      const key = `${provider} ${cid}`
      const row = rows.get(key) ?? {
        head: { cid, provider, ...this.#titleOf(cid, provider) },
        hours: new Array<bigint>(count).fill(0n),
      }
      row.hours[hour - first] = (row.hours[hour - first] ?? 0n) + amount
      rows.set(key, row)
    }
    return {
      from: first * HOUR_MS,
      rows: [...rows.values()].map(({ head, hours }) => ({ ...head, hours })),
    }
  }

  #titleOf(cid: EarnedHour['cid'], provider: EarnedHour['provider']) {
    const { customer } = this.#household
    const held = this.#household.find(cid)
    const currency = customer.wallet.providers.get(provider)?.currency ?? ''
    return { name: held?.content.metainfo.name ?? cid, currency }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#unlisten()
    this.#keep()
  }
}
