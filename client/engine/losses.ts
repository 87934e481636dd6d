/**
 * Pieces that we had and that are gone from the disk: a file was deleted, cut or cannot be read.
 *
 * What shares a file with such a piece may be gone as well (and a file that is made anew has holes
 * that read as zeros), so none of it is served until it is hashed again. What is then not whole is
 * missing like any other piece.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { Bitfield } from './bitfield.js'
import { type Checking, checkPieces } from './check.js'
import type { Scheduler } from './scheduler.js'
import { suspects } from './stock.js'
import type { Torrent } from './torrent.js'

/** What is done about lost pieces. */
export interface LossEvents {
  /** These pieces are missing now. */
  lost(pieces: readonly PieceIndex[]): void
  failed(refusal: Refusal): void
}

/** Watches over the pieces that a torrent had. */
export class Losses {
  readonly #torrent: Torrent
  readonly #scheduler: Scheduler
  readonly #events: LossEvents
  #looking: Promise<void> = Promise.resolve()
  #stopped = false
  /** Whether it was stopped before every suspect was looked at. */
  cutShort = false

  constructor(torrent: Torrent, scheduler: Scheduler, events: LossEvents) {
    this.#torrent = torrent
    this.#scheduler = scheduler
    this.#events = events
  }

  /** A piece could not be read. */
  found(piece: PieceIndex): void {
    const { have, storage } = this.#torrent
    if (!have.has(piece)) return
    const doubtful = new Set([...suspects(storage, piece)].filter((other) => have.has(other)))
    this.#scheduler.doubt(doubtful)
    this.#looking = this.#looking.then(() => this.#look(doubtful))
  }

  /** Looks at everything on the disk while the work goes on: what is bad there is lost, what is
   * good and was missing is here; `checking` counts. Refuses as the disk does. */
  recheck(checking: Checking): Promise<Refusal | undefined> {
    const looked = this.#looking.then(() => this.#lookAtAll(checking))
    this.#looking = looked.then(() => undefined)
    return looked
  }

  async #lookAtAll(checking: Checking): Promise<Refusal | undefined> {
    const { have, metainfo, resources, storage } = this.#torrent
    const had = new Bitfield(have.size, have.bytes)
    const files = await storage.survey()
    if (refused(files)) return files
    const { hasher } = resources
    const found = await checkPieces({
      ...{ metainfo, storage, hasher, files, checking, stopped: () => this.#stopped },
    })
    if (refused(found) || this.#stopped) return refused(found) ? found : undefined
    const bad: PieceIndex[] = []
    for (let piece = 0 as PieceIndex; piece < have.size; piece++) {
      // What came in meanwhile may have been looked at too early.
      if (had.has(piece) && have.has(piece) && !found.has(piece)) bad.push(piece)
      if (!had.has(piece) && !have.has(piece) && found.has(piece)) this.#scheduler.found(piece)
    }
    this.#scheduler.doubt(bad)
    this.#scheduler.judged(bad, found)
    if (bad.length > 0) this.#events.lost(bad)
    return undefined
  }

  /** Looks no further; resolves when nothing is being read. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#looking
  }

  async #look(doubtful: ReadonlySet<PieceIndex>): Promise<void> {
    const { metainfo, resources, storage } = this.#torrent
    const files = await storage.survey()
    if (refused(files)) return this.#events.failed(files)
    const { hasher } = resources
    const found = await checkPieces({
      ...{ metainfo, storage, hasher, files, stopped: () => this.#stopped },
      among: (piece) => doubtful.has(piece),
    })
    if (this.#stopped) this.cutShort = true
    if (refused(found)) return this.#events.failed(found)
    if (this.#stopped) return
    const lost = [...doubtful].filter((piece) => !found.has(piece))
    this.#scheduler.judged(doubtful, found)
    if (lost.length > 0) this.#events.lost(lost)
  }
}
