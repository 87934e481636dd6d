/** How much other people and programs use this machine, as it was last looked at. */
import type { Customer } from '../customer.js'
import { lookAtUse } from './idle.js'

const CPU_PER_MS = 1000

/** The last look; before the first one somebody may be here. */
export class UseWatch {
  /** Milliseconds since somebody typed. */
  idleMs = 0
  /** Load of other programs. */
  load = 0
  readonly #clocks: Pick<Customer, 'monotonic' | 'now'>
  #cpu = process.cpuUsage()
  #at: number

  constructor(clocks: Pick<Customer, 'monotonic' | 'now'>) {
    this.#clocks = clocks
    this.#at = clocks.monotonic()
  }

  /** Looks again. What this process itself computes is no reason to rest. */
  async look(): Promise<void> {
    const { monotonic, now } = this.#clocks
    const { idleMs, load } = await lookAtUse(now())
    const { system, user } = process.cpuUsage(this.#cpu)
    const own = (system + user) / CPU_PER_MS / Math.max(1, monotonic() - this.#at)
    this.#cpu = process.cpuUsage()
    this.#at = monotonic()
    this.idleMs = idleMs
    this.load = Math.max(0, load - own)
  }
}
