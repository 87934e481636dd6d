/** How fast bytes flow: a total, and an average over about the last five seconds. */

const SLOT_MS = 250
const SLOTS = 20

/** Counts bytes of one direction. */
export class Rate {
  total = 0
  readonly #slots = new Float64Array(SLOTS)
  #slot = 0
  #sum = 0
  #since: number | undefined

  /** Counts bytes that have just moved. */
  add(bytes: number): void {
    this.total += bytes
    this.#sum += bytes
    this.#slots[this.#slot % SLOTS] = (this.#slots[this.#slot % SLOTS] as number) + bytes
  }

  /** Bytes per second at this monotonic millisecond; to be asked at least every SLOT_MS for a
   * smooth figure. */
  at(nowMs: number): number {
    this.#since ??= nowMs
    const slot = Math.floor(nowMs / SLOT_MS)
    for (let step = 0; this.#slot < slot && step < SLOTS; step++) this.#advance()
    this.#slot = slot
    const spanMs = Math.min(SLOTS * SLOT_MS, Math.max(SLOT_MS, nowMs - this.#since))
    return (this.#sum * 1000) / spanMs
  }

  #advance(): void {
    this.#slot++
    this.#sum -= this.#slots[this.#slot % SLOTS] as number
    this.#slots[this.#slot % SLOTS] = 0
  }
}
