/**
 * Blocks of lost pieces, which earn nothing: they leave behind whatever is being paid for (D8).
 *
 * While a delivery that will be paid is under way, one block leaves with each tick: enough that its
 * buyer's patience lasts, too little to slow down one who pays.
 */

/** The one lane of a gate. */
export class SpareLane {
  readonly #busy: () => boolean
  readonly #waiting: (() => void)[] = []

  /** `busy` tells whether a piece that will be paid is being delivered. */
  constructor(busy: () => boolean) {
    this.#busy = busy
  }

  /** Serves a block now, or when its turn comes. */
  add(serve: () => void): void {
    if (this.#waiting.length > 0 || this.#busy()) this.#waiting.push(serve)
    else serve()
  }

  /** Lets one block pass, or all of them when nothing else is under way. */
  tick(): void {
    const count = this.#busy() ? 1 : this.#waiting.length
    for (const serve of this.#waiting.splice(0, count)) serve()
  }
}
