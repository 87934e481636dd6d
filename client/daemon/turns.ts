/** Jobs that wait for each other where they concern the same thing. */
export class Turns<K> {
  readonly #turns = new Map<K, Promise<unknown>>()

  /** Runs a job behind all that were given for this thing before. */
  take<T>(thing: K, job: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(thing) ?? Promise.resolve()
    const made = before.then(job)
    const settled = made
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(thing) === settled) this.#turns.delete(thing)
      })
    this.#turns.set(thing, settled)
    return made
  }

  /** Resolves when nothing that was given by now is under way. */
  async over(): Promise<void> {
    await Promise.all(this.#turns.values())
  }
}
