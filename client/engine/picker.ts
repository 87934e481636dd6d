/**
 * Which pieces to ask a peer for next: the more wanted first, of these the rarest first. Pure;
 * randomness is passed in.
 *
 * Every piece that nobody works on lies in the shelf of its level (selection.ts) and availability
 * (how many connected peers that lack some pieces have it; complete peers count for all alike and
 * are left out). A pick walks the shelves of a level from the rarest, each from a random place.
 * Every move is one swap, so a swarm of two million pieces costs no more than one of ten. What must
 * hold:
 * - a piece that is wanted is on a shelf, or taken, or here; `take` and `done` remove it, `putBack`
 *   returns it; one that is not wanted is on no shelf;
 * - a taken piece is tied to one peer (design D7): no other pick returns it until it is put back.
 */
import { assert } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Bitfield } from './bitfield.js'
import { LEVELS, NORMAL, UNWANTED } from './selection.js'

const HERE = 1
const TAKEN = 2

/** A place from which pieces are had in order: the first of them that is still to be had. */
export interface Cursor {
  readonly from: number
  /** Pieces of this level alone; undefined: of any. */
  readonly level: number | undefined
  /** No piece between `from` and this one is to be had. */
  at: number
}

/** The pieces that are still to be had. */
export class Picker {
  readonly #random: () => number
  /** How much each piece is wanted. */
  readonly #levels: Uint8Array
  /** By level, then by availability. */
  readonly #shelves: number[][][]
  /** Place on its shelf; -1 for a piece that is on none. */
  readonly #place: Int32Array
  readonly #availability: Uint16Array
  /** 0, HERE or TAKEN. */
  readonly #state: Uint8Array
  readonly #cursors = new Set<Cursor>()
  #missing = 0
  #free = 0

  /** `levels` has one level a piece (selection.ts), and is copied. */
  constructor(have: Bitfield, levels: Uint8Array, random: () => number) {
    this.#levels = levels.slice()
    this.#random = random
    this.#shelves = [UNWANTED, ...LEVELS].map(() => [])
    this.#place = new Int32Array(have.size).fill(-1)
    this.#availability = new Uint16Array(have.size)
    this.#state = new Uint8Array(have.size)
    for (let piece = 0; piece < have.size; piece++) {
      if (have.has(piece)) this.#state[piece] = HERE
      else if (this.#levels[piece] !== UNWANTED) {
        this.#missing++
        this.#shelve(piece)
      }
    }
  }

  /** Wanted pieces that are not here yet, taken ones included. */
  get missing(): number {
    return this.#missing
  }

  /** Wanted pieces that nobody works on. */
  get free(): number {
    return this.#free
  }

  /** How many connected peers (complete ones not counted) have the piece. */
  availability(piece: PieceIndex): number {
    return this.#availability[piece] as number
  }

  /** How much a piece is wanted. */
  level(piece: PieceIndex): number {
    return this.#levels[piece] as number
  }

  /** Whether the piece is wanted and nobody works on it. */
  isFree(piece: PieceIndex): boolean {
    return this.#place[piece] !== -1
  }

  /** Whether somebody works on the piece. */
  isTaken(piece: PieceIndex): boolean {
    return this.#state[piece] === TAKEN
  }

  /** A peer that lacks some pieces came with these, or goes with them. */
  join(pieces: Bitfield): void {
    this.#change(pieces, 1)
  }

  leave(pieces: Bitfield): void {
    this.#change(pieces, -1)
  }

  /** A peer that lacks some pieces got one more. */
  gained(piece: PieceIndex): void {
    this.#setAvailability(piece, (this.#availability[piece] as number) + 1)
  }

  /**
   * Up to `count` free pieces of a level that the filter lets pass, rarest first, ties at random.
   * `atLeast` is the least availability worth looking at: 1 for a peer that is itself counted.
   */
  pick(
    count: number,
    allowed: (piece: PieceIndex) => boolean,
    atLeast = 0,
    level: number = NORMAL,
  ): PieceIndex[] {
    const picked: PieceIndex[] = []
    const shelves = this.#shelves[level] as number[][]
    for (let rank = atLeast; rank < shelves.length; rank++) {
      const shelf = shelves[rank] as number[]
      const start = Math.floor(this.#random() * shelf.length)
      for (let step = 0; step < shelf.length; step++) {
        if (picked.length >= count) return picked
        const piece = shelf[(start + step) % shelf.length] as PieceIndex
        if (allowed(piece)) picked.push(piece)
      }
    }
    return picked
  }

  /** Begins to have pieces in order from this one on, of a level or of any. */
  follow(from: number, level?: number): Cursor {
    const cursor = { from, level, at: from }
    this.#cursors.add(cursor)
    return cursor
  }

  /** Ends it. */
  unfollow(cursor: Cursor): void {
    this.#cursors.delete(cursor)
  }

  /**
   * Up to `count` free pieces that the filter lets pass, in order, of the `window` pieces that
   * begin with the cursor's first one that is still to be had.
   */
  pickInOrder(
    cursor: Cursor,
    count: number,
    window: number,
    allowed: (piece: PieceIndex) => boolean,
  ): PieceIndex[] {
    const picked: PieceIndex[] = []
    const size = this.#levels.length
    while (cursor.at < size && !this.#isDue(cursor.at, cursor)) cursor.at++
    const end = Math.min(size, cursor.at + window)
    for (let piece = cursor.at; piece < end && picked.length < count; piece++) {
      const free = this.#place[piece] !== -1 && this.#isDue(piece, cursor)
      if (free && allowed(piece as PieceIndex)) picked.push(piece as PieceIndex)
    }
    return picked
  }

  /** Whether a piece is still to be had by who follows this cursor. */
  #isDue(piece: number, { level }: Cursor): boolean {
    const own = this.#levels[piece]
    return this.#state[piece] !== HERE && own !== UNWANTED && (level ?? own) === own
  }

  /** Ties a free piece: no pick returns it any more. */
  take(piece: PieceIndex): void {
    this.#unshelve(piece)
    this.#state[piece] = TAKEN
  }

  /** A taken piece is free again. */
  putBack(piece: PieceIndex): void {
    if (this.#state[piece] !== TAKEN) return
    this.#state[piece] = 0
    if (this.#levels[piece] !== UNWANTED) this.#shelve(piece)
  }

  /** The piece is verified and stored. */
  done(piece: PieceIndex): void {
    if (this.#state[piece] === HERE) return
    this.#unshelve(piece)
    this.#state[piece] = HERE
    if (this.#levels[piece] !== UNWANTED) this.#missing--
  }

  /** A piece that was done is gone from the disk; it is taken until it is put back or done. */
  lost(piece: PieceIndex): void {
    assert(this.#state[piece] === HERE, 'a lost piece that was not here')
    this.#state[piece] = TAKEN
    if (this.#levels[piece] === UNWANTED) return
    this.#missing++
    this.#rewind(piece)
  }

  /** The piece is wanted otherwise than before. */
  rank(piece: PieceIndex, level: number): void {
    const before = this.#levels[piece]
    if (before === level) return
    this.#unshelve(piece)
    this.#levels[piece] = level
    if (this.#state[piece] === HERE) return
    if (before === UNWANTED) this.#missing++
    if (level === UNWANTED) this.#missing--
    else if (this.#state[piece] !== TAKEN) this.#shelve(piece)
    this.#rewind(piece)
  }

  /** A piece is to be had again: who has passed it looks there once more. */
  #rewind(piece: number): void {
    for (const cursor of this.#cursors) {
      if (piece >= cursor.from) cursor.at = Math.min(cursor.at, piece)
    }
  }

  #change(pieces: Bitfield, by: 1 | -1): void {
    for (let piece = 0; piece < pieces.size; piece++) {
      if (!pieces.has(piece)) continue
      this.#setAvailability(piece, (this.#availability[piece] as number) + by)
    }
  }

  #setAvailability(piece: number, availability: number): void {
    const shelved = this.#place[piece] !== -1
    if (shelved) this.#unshelve(piece)
    this.#availability[piece] = availability
    if (shelved) this.#shelve(piece)
  }

  #shelfOf(piece: number): number[] {
    const shelves = this.#shelves[this.#levels[piece] as number] as number[][]
    const rank = this.#availability[piece] as number
    while (shelves.length <= rank) shelves.push([])
    return shelves[rank] as number[]
  }

  /** Puts a piece at a random place of its shelf. */
  #shelve(piece: number): void {
    const shelf = this.#shelfOf(piece)
    const place = Math.floor(this.#random() * (shelf.length + 1))
    const moved = shelf[place]
    if (moved !== undefined) {
      this.#place[moved] = shelf.length
      shelf.push(moved)
    }
    shelf[place] = piece
    this.#free++
    this.#place[piece] = place
  }

  #unshelve(piece: number): void {
    const place = this.#place[piece] as number
    if (place === -1) return
    const shelf = this.#shelfOf(piece)
    const last = shelf.pop() as number
    if (last !== piece) {
      shelf[place] = last
      this.#place[last] = place
    }
    this.#place[piece] = -1
    this.#free--
  }
}
