/** Open files of all contents of the process: who was used longest ago is closed for a new one. */

/** Bounds how many files are open at a time. */
export class Handles {
  readonly #most: number
  /** How to close each, in order of use, the least recent first. */
  readonly #open = new Map<object, () => boolean>()

  /** When all are in use one more is opened nevertheless: uses are short, and bounded elsewhere. */
  constructor(most: number) {
    this.#most = most
  }

  /** A file is used; `close` closes it unless somebody uses it then, and tells whether it did. */
  used(file: object, close: () => boolean): void {
    if (!this.#open.delete(file)) this.#makeRoom()
    this.#open.set(file, close)
  }

  /** A file is closed. */
  closed(file: object): void {
    this.#open.delete(file)
  }

  get size(): number {
    return this.#open.size
  }

  #makeRoom(): void {
    if (this.#open.size < this.#most) return
    for (const [file, close] of this.#open) {
      if (!close()) continue
      this.#open.delete(file)
      return
    }
  }
}
