/**
 * Rarest first: which pieces to ask a peer for next. Pure; randomness is passed in.
 *
 * Every piece that nobody works on lies in the shelf of its availability (how many connected peers
 * that lack some pieces have it; complete peers count for all alike and are left out). A pick walks
 * the shelves from the rarest, each from a random place. Every move is one swap, so a swarm of two
 * million pieces costs no more than one of ten. What must hold:
 * - a piece is on a shelf, or taken, or done; `take` and `done` remove it, `putBack` returns it;
 * - a taken piece is tied to one peer (design D7): no other pick returns it until it is put back.
 */
import { assert } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Bitfield } from './bitfield.js'

/** The pieces that are still to be had. */
export class Picker {
  readonly #random: () => number
  readonly #wanted: Bitfield
  readonly #shelves: number[][] = [[]]
  /** Place on its shelf; -1 for a piece that is taken or done. */
  readonly #place: Int32Array
  readonly #availability: Uint16Array
  /** 1 for a piece that is done, or not wanted. */
  readonly #done: Uint8Array
  /** No piece below this one is to be had. */
  #first = 0
  #missing = 0
  #free = 0

  constructor(have: Bitfield, wanted: Bitfield, random: () => number) {
    this.#wanted = wanted
    this.#random = random
    this.#place = new Int32Array(have.size).fill(-1)
    this.#availability = new Uint16Array(have.size)
    this.#done = new Uint8Array(have.size)
    for (let piece = 0; piece < have.size; piece++) {
      if (have.has(piece) || !wanted.has(piece)) {
        this.#done[piece] = 1
        continue
      }
      this.#missing++
      this.#shelve(piece)
    }
  }

  /** Pieces not done yet, taken ones included. */
  get missing(): number {
    return this.#missing
  }

  /** Pieces that nobody works on. */
  get free(): number {
    return this.#free
  }

  /** How many connected peers (complete ones not counted) have the piece. */
  availability(piece: PieceIndex): number {
    return this.#availability[piece] as number
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
   * Up to `count` free pieces that the filter lets pass, rarest first, ties at random. `atLeast` is
   * the least availability worth looking at: 1 for a peer that is itself counted.
   */
  pick(count: number, allowed: (piece: PieceIndex) => boolean, atLeast = 0): PieceIndex[] {
    const picked: PieceIndex[] = []
    for (let level = atLeast; level < this.#shelves.length; level++) {
      const shelf = this.#shelves[level] as number[]
      const start = Math.floor(this.#random() * shelf.length)
      for (let step = 0; step < shelf.length; step++) {
        if (picked.length >= count) return picked
        const piece = shelf[(start + step) % shelf.length] as PieceIndex
        if (allowed(piece)) picked.push(piece)
      }
    }
    return picked
  }

  /**
   * Up to `count` free pieces that the filter lets pass, in order, of the `window` pieces that
   * begin with the first one that is still to be had.
   */
  pickInOrder(
    count: number,
    window: number,
    allowed: (piece: PieceIndex) => boolean,
  ): PieceIndex[] {
    const picked: PieceIndex[] = []
    while (this.#done[this.#first] === 1) this.#first++
    const end = Math.min(this.#done.length, this.#first + window)
    for (let piece = this.#first; piece < end && picked.length < count; piece++) {
      if (this.#place[piece] !== -1 && allowed(piece as PieceIndex))
        picked.push(piece as PieceIndex)
    }
    return picked
  }

  /** Ties a free piece: no pick returns it any more. */
  take(piece: PieceIndex): void {
    this.#unshelve(piece)
  }

  /** A taken piece is free again. */
  putBack(piece: PieceIndex): void {
    if (this.#place[piece] === -1 && this.#done[piece] === 0) this.#shelve(piece)
  }

  /** The piece is verified and stored. */
  done(piece: PieceIndex): void {
    if (this.#done[piece] === 1) return
    this.#unshelve(piece)
    this.#done[piece] = 1
    this.#missing--
  }

  /** A piece that was done is gone from the disk; it is taken until it is put back or done. */
  lost(piece: PieceIndex): void {
    assert(this.#place[piece] === -1, 'a lost piece on a shelf')
    if (!this.#wanted.has(piece)) return
    this.#done[piece] = 0
    this.#first = Math.min(this.#first, piece)
    this.#missing++
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

  /** Puts a piece at a random place of its shelf. */
  #shelve(piece: number): void {
    const level = this.#availability[piece] as number
    while (this.#shelves.length <= level) this.#shelves.push([])
    const shelf = this.#shelves[level] as number[]
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
    const shelf = this.#shelves[this.#availability[piece] as number] as number[]
    const last = shelf.pop() as number
    if (last !== piece) {
      shelf[place] = last
      this.#place[last] = place
    }
    this.#place[piece] = -1
    this.#free--
  }
}
