/** When a member claims: as client/trade/claim-loop.ts, only oftener. */
import { Claimer } from '../../client/pay/claiming.js'
import type { Provider } from '../../client/pay/provider.js'
import { Failure } from '../../shared/errors.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import type { SimMember } from './member.js'
import { PASSING } from './passing.js'

const INTERVAL_MS = 20_000

/** The claims of one member's life. */
export class Claims {
  readonly #member: SimMember
  readonly #claimer: Claimer
  #dueAt = 0
  #claiming = false

  constructor(member: SimMember, provider: Provider, schemes: ReadonlyMap<string, Scheme>) {
    const { dice, wallet } = member
    this.#member = member
    this.#claimer = new Claimer({ provider, wallet, schemes, random: dice.bytes })
  }

  /** Claims when it is time to; throws what does not pass by itself. */
  async look(): Promise<void> {
    const { clock } = this.#member.stage
    if (this.#claiming || !this.#claimer.due) return
    if (clock.now < this.#dueAt && !this.#claimer.early) return
    this.#tell()
    this.#claiming = true
    this.#dueAt = clock.now + INTERVAL_MS
    const { problem } = await this.#claimer.claim()
    this.#claiming = false
    if (problem !== undefined && !PASSING.has(problem.code)) throw new Failure(problem)
  }

  /** Now as much is unclaimed as can be: another may be paid for it first. */
  #tell(): void {
    const { stage, wallet } = this.#member
    for (const { fingerprint } of wallet.providers.all()) {
      for (const { rid, settled, signed } of wallet.claims.open(fingerprint, new Set())) {
        stage.claims(this.#member, rid, signed - settled)
      }
    }
  }

  /** Whether everything that was earned and signed is claimed. */
  get settled(): boolean {
    return !this.#claimer.due && !this.#claiming
  }
}
