/**
 * Effects leave in order, and what a save protects leaves only after the save is durable.
 *
 * The saves of one turn of the event loop share one transaction (group commit, D13): one fsync
 * serves all pieces that moved in that turn, and their sends follow it.
 */
import type { SaveEffect } from './wallet/wallet.js'

/** An entry: something to write, or something to do once all before it is written. */
type Entry = { readonly save: SaveEffect } | { readonly perform: () => void }

/** The one queue of a gate. */
export class Outbox {
  readonly #commit: (saves: readonly SaveEffect[]) => void
  readonly #failed: (error: unknown) => void
  #entries: Entry[] = []
  #scheduled = false
  /**
   * A save failed: the machines are ahead of the books, and nothing more may be said or written.
   */
  #broken = false

  /** `commit` makes saves durable; `failed` is told when it throws, and nothing leaves then. */
  constructor(commit: (saves: readonly SaveEffect[]) => void, failed: (error: unknown) => void) {
    this.#commit = commit
    this.#failed = failed
  }

  /** Queues a save; what is done after this call waits for it. */
  save(save: SaveEffect): void {
    if (this.#broken) return
    this.#entries.push({ save })
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** Does something now, or after the saves that were queued before it. */
  perform(action: () => void): void {
    if (this.#broken) return
    if (this.#entries.length === 0) action()
    else this.#entries.push({ perform: action })
  }

  /** Writes what is queued and does what waited for it. */
  flush(): void {
    this.#scheduled = false
    const entries = this.#entries
    if (entries.length === 0) return
    const saves = entries.flatMap((entry) => ('save' in entry ? [entry.save] : []))
    try {
      this.#commit(saves)
    } catch (error) {
      this.#broken = true
      this.#entries = []
      this.#failed(error)
      return
    }
    this.#entries = []
    for (const entry of entries) if ('perform' in entry) entry.perform()
  }
}
