/**
 * Effects leave in order, and what a save protects leaves only after the save is durable.
 *
 * The saves of one turn of the event loop are written together, and while a group is being written
 * the next one gathers (group commit, D13): one fsync serves all pieces that moved meanwhile. A
 * thread writes, so the books on disk lag behind the machines; who takes up a trade from them waits
 * here until they have caught up (`look`).
 */
import { setImmediate } from 'node:timers/promises'
import type { Rid, Uid } from '../../shared/identifier.js'
import type { SaveEffect } from './wallet/wallet.js'

/** The books of one grant with one counterpart. */
export interface BooksOf {
  readonly rid: Rid
  readonly peer: Uid
}

/** Something to write, something to do, or a look into some books. */
type Entry =
  | { readonly save: SaveEffect }
  | { readonly perform: () => void }
  | { readonly books: BooksOf; readonly look: () => void }

/** The one queue of a gate. */
export class Outbox {
  readonly #commit: (saves: readonly SaveEffect[]) => Promise<void>
  readonly #failed: (error: unknown) => void
  #entries: Entry[] = []
  /** Works off the queue; undefined while it is empty. */
  #working: Promise<void> | undefined
  /**
   * A save failed: the machines are ahead of the books, and nothing more may be said or written.
   */
  #broken = false

  /** `commit` makes saves durable; `failed` is told when it rejects, and nothing leaves then. */
  constructor(
    commit: (saves: readonly SaveEffect[]) => Promise<void>,
    failed: (error: unknown) => void,
  ) {
    this.#commit = commit
    this.#failed = failed
  }

  /** Queues a save; what is done after this call waits for it. */
  save(save: SaveEffect): void {
    this.#queue({ save })
  }

  /** Does something now, or after everything that was queued before it. */
  perform(action: () => void): void {
    if (this.#working === undefined && !this.#broken) action()
    else this.#queue({ perform: action })
  }

  /**
   * Looks into books when no save of them is on its way, and everything queued before is done; now,
   * if that is so now.
   */
  look(books: BooksOf, look: () => void): void {
    if (this.#working === undefined && !this.#broken) look()
    else this.#queue({ books, look })
  }

  /** Resolves when nothing is queued any more, or nothing can leave. */
  async drained(): Promise<void> {
    await this.#working
  }

  /** Whether something is queued. */
  get busy(): boolean {
    return this.#working !== undefined
  }

  #queue(entry: Entry): void {
    if (this.#broken) return
    this.#entries.push(entry)
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    await setImmediate()
    while (this.#entries.length > 0) {
      const entries = this.#entries
      this.#entries = []
      const saves = entries.flatMap((entry) => ('save' in entry ? [entry.save] : []))
      try {
        if (saves.length > 0) await this.#commit(saves)
      } catch (error) {
        this.#broken = true
        this.#entries = []
        this.#failed(error)
      }
      if (!this.#broken) for (const entry of entries) this.#leave(entry)
    }
    // In the same breath as the last look at the queue: what comes later begins anew.
    this.#working = undefined
  }

  #leave(entry: Entry): void {
    if ('perform' in entry) entry.perform()
    else if ('look' in entry) {
      // Its books have moved on meanwhile: it waits for those saves, too.
      if (this.#isQueued(entry.books)) this.#entries.push(entry)
      else entry.look()
    }
  }

  #isQueued({ rid, peer }: BooksOf): boolean {
    return this.#entries.some(
      (entry) => 'save' in entry && entry.save.rid === rid && entry.save.peer === peer,
    )
  }
}
