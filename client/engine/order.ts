/**
 * In which order free pieces are handed out: what somebody reads now, what was begun, and then
 * level by level (selection.ts), in order or the rarest first.
 */
import type { PieceIndex } from '../../shared/identifier.js'
import {
  LOOK_AHEAD_BYTES,
  LOOK_AHEAD_MIN_PIECES,
  READER_PATIENCE_MS,
} from '../../shared/swarm-limits.js'
import type { Cursor, Picker } from './picker.js'
import { LEVELS } from './selection.js'
import type { Torrent } from './torrent.js'

/** Somebody who reads a content while it comes in. */
export interface Reader {
  /** From here on it is read: the pieces that follow come first, in order. */
  moveTo(piece: PieceIndex): void
  /** Resolves when a piece has come, and when none comes any more. */
  arrival(piece: PieceIndex): Promise<void>
  /** Reads no more. */
  close(): void
}

const NOBODY: ReadonlySet<number> = new Set()

interface Place {
  cursor: Cursor
  /** When it came there; monotonic milliseconds. */
  since: number
}

/** Hands out the pieces of a picker. */
export class Order {
  /** In order, so that the beginning can be used before the end is there. */
  sequential: boolean
  readonly #picker: Picker
  readonly #now: () => number
  /** Pieces from the first missing one on that come in order. */
  readonly #window: number
  /** One for each level. */
  readonly #inOrder: readonly (readonly [level: number, cursor: Cursor])[]
  readonly #places = new Set<Place>()
  /** Who waits for which piece. */
  readonly #waiting = new Map<PieceIndex, (() => void)[]>()
  #over = false

  constructor(picker: Picker, sequential: boolean, { metainfo, now }: Torrent) {
    this.#picker = picker
    this.sequential = sequential
    this.#now = now
    const window = Math.ceil(LOOK_AHEAD_BYTES / metainfo.pieceLength)
    this.#window = Math.max(LOOK_AHEAD_MIN_PIECES, window)
    this.#inOrder = LEVELS.map((level) => [level, picker.follow(0, level)])
  }

  /** Begins to read at a piece. */
  read(piece: PieceIndex): Reader {
    const place: Place = { cursor: this.#picker.follow(piece), since: this.#now() }
    this.#places.add(place)
    const leave = () => this.#picker.unfollow(place.cursor)
    return {
      moveTo: (next) => {
        if (next === place.cursor.from) return
        leave()
        place.cursor = this.#picker.follow(next)
        place.since = this.#now()
      },
      arrival: (next) =>
        this.#over
          ? Promise.resolve()
          : new Promise((resolve) => {
              this.#waiting.set(next, [...(this.#waiting.get(next) ?? []), resolve])
            }),
      close: () => {
        leave()
        this.#places.delete(place)
      },
    }
  }

  /** A piece is here. */
  came(piece: PieceIndex): void {
    for (const resolve of this.#waiting.get(piece) ?? []) resolve()
    this.#waiting.delete(piece)
  }

  /** No piece comes any more. */
  stop(): void {
    this.#over = true
    for (const piece of [...this.#waiting.keys()]) this.came(piece)
  }

  /** Pieces that somebody has been waiting for so long that one peer is too few to bring them. */
  get awaited(): ReadonlySet<number> {
    if (this.#places.size === 0) return NOBODY
    const late = [...this.#places].filter(({ since }) => this.#now() - since > READER_PATIENCE_MS)
    return new Set(late.map(({ cursor }) => cursor.from))
  }

  /**
   * Ties up to `count` pieces that the filter lets pass. `begun` are those that have blocks
   * already, `atLeast` the least availability that the peer can have (picker.ts).
   */
  take(
    count: number,
    allowed: (piece: PieceIndex) => boolean,
    begun: Iterable<PieceIndex>,
    atLeast: number,
  ): PieceIndex[] {
    const taken: PieceIndex[] = []
    const tie = (pieces: readonly PieceIndex[]): boolean => {
      for (const piece of pieces) this.#picker.take(piece)
      taken.push(...pieces)
      return pieces.length > 0
    }
    const inOrder = (cursor: Cursor, most: number) =>
      tie(
        this.#picker.pickInOrder(
          cursor,
          Math.min(most, count - taken.length),
          this.#window,
          allowed,
        ),
      )
    // One piece for each reader in turn: none waits until another has its whole look-ahead.
    let reading = [...this.#places]
    while (reading.length > 0 && taken.length < count) {
      reading = reading.filter(({ cursor }) => inOrder(cursor, 1))
    }
    const free = [...begun].filter((piece) => this.#picker.isFree(piece) && allowed(piece))
    tie(free.slice(0, count - taken.length))
    for (const [level, cursor] of this.#inOrder) {
      if (taken.length >= count) break
      if (this.sequential) inOrder(cursor, count)
      tie(this.#picker.pick(count - taken.length, allowed, atLeast, level))
    }
    return taken
  }
}
