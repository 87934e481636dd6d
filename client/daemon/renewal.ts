/**
 * A wallet that could not be written is written again once there is room: nobody has to restart.
 *
 * What its trades said is then ahead of the books (client/pay/wallet/writer.ts). So all of them end
 * first, and each begins from what the books hold; those that have failed have ended already, and
 * are tried again like whatever is kept from work (mending.ts).
 */
import { refusalOf } from '../../shared/command.js'
import {
  DISK_ROOM_MIN_BYTES,
  TAKE_AGAIN_MAX_MS,
  TAKE_AGAIN_MIN_MS,
  TAKE_LOOK_MS,
} from '../../shared/local-limits.js'
import { roomOf } from './disks.js'
import type { Household } from './household.js'

/** Renews the wallet of a household when it has to be. */
export class Renewal {
  readonly #household: Household
  readonly #timer: NodeJS.Timeout
  #working: Promise<void> = Promise.resolve()
  #busy = false
  #failures = 0
  /** Monotonic: nothing is tried before. */
  #due = 0

  constructor(household: Household) {
    this.#household = household
    this.#timer = setInterval(() => this.#look(), TAKE_LOOK_MS)
  }

  #look(): void {
    const { customer, log } = this.#household
    const { broken } = customer.wallet
    const now = customer.monotonic()
    // What has worked for a while has no past.
    if (now > this.#due + TAKE_AGAIN_MAX_MS) [this.#failures, this.#due] = [0, 0]
    if (this.#busy || broken === undefined || this.#household.stopping.aborted) return
    if (this.#due === 0) {
      const text = `the wallet cannot be written, all paid trade rests: ${broken.message}`
      log.tell('error', text, broken.code)
      this.#due = now + TAKE_AGAIN_MIN_MS
    }
    const room = roomOf(customer.home.folder)
    if (now < this.#due || (room !== undefined && room < DISK_ROOM_MIN_BYTES)) return
    this.#busy = true
    this.#working = this.#renew()
      .catch((error) => log.tell('error', refusalOf(error).message, refusalOf(error).code))
      .finally(() => {
        this.#busy = false
      })
  }

  async #renew(): Promise<void> {
    const { customer, log } = this.#household
    this.#failures++
    const pause = Math.min(TAKE_AGAIN_MAX_MS, TAKE_AGAIN_MIN_MS * 2 ** this.#failures)
    this.#due = customer.monotonic() + pause
    const working = this.#household.transfers().filter(({ problem }) => problem === undefined)
    const renewed = working.reduce(
      (inner, { content }) =>
        () =>
          this.#household.aside(content.metainfo.cid, inner),
      () => customer.wallet.renew(),
    )
    await renewed()
    log.tell('info', 'the wallet is written again; trade goes on')
  }

  /** Renews nothing more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
  }
}
