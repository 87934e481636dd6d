/** A piece on its way: which of its blocks are in, which are still to be asked for. */

import type { PieceIndex } from '../../shared/identifier.js'
import { BLOCK_BYTES } from '../../shared/limits.js'
import type { Block } from './gate.js'

const MISSING = 0
const ASKED = 1
const HERE = 2

/** What ties a piece to the peer that is to bring it. */
export interface Tie {
  phase: 'offered' | 'fetching' | 'checking'
  assembly: Assembly | undefined
  /** Freed while it was being checked. */
  freed: boolean
  /** Some of its blocks came from another peer. */
  mixed: boolean
}

/** The blocks of one piece; memory is taken when the first block comes in. */
export class Assembly {
  readonly piece: PieceIndex
  readonly size: number
  /** Other peers were asked for some of its blocks as well. */
  helped = false
  #data: Uint8Array | undefined
  readonly #states: Uint8Array
  #here = 0
  #asked = 0
  /** No block below this one is missing. */
  #from = 0

  constructor(piece: PieceIndex, size: number) {
    this.piece = piece
    this.size = size
    this.#states = new Uint8Array(Math.ceil(size / BLOCK_BYTES))
  }

  get whole(): boolean {
    return this.#here === this.#states.length
  }

  get started(): boolean {
    return this.#data !== undefined
  }

  /** The whole piece. */
  get data(): Uint8Array {
    return this.#data ?? new Uint8Array(0)
  }

  /** Blocks not asked for yet. */
  get missing(): number {
    return this.#states.length - this.#here - this.#asked
  }

  /** The next block to ask for, now counted as asked; undefined when none is left. */
  ask(): Block | undefined {
    while (this.#from < this.#states.length && this.#states[this.#from] !== MISSING) this.#from++
    if (this.#from === this.#states.length) return undefined
    this.#states[this.#from] = ASKED
    this.#asked++
    return this.#blockAt(this.#from)
  }

  /** Takes a block that was asked for; false when it was not, or is not one of our blocks. */
  put(offset: number, bytes: Uint8Array): boolean {
    const at = offset / BLOCK_BYTES
    if (this.#states[at] !== ASKED || bytes.length !== this.#blockAt(at).length) return false
    this.#data ??= Buffer.allocUnsafeSlow(this.size)
    this.#data.set(bytes, offset)
    this.#states[at] = HERE
    this.#asked--
    this.#here++
    return true
  }

  /** Blocks that are not here, asked for or not. */
  lacking(): Block[] {
    const blocks: Block[] = []
    for (let at = 0; at < this.#states.length; at++) {
      if (this.#states[at] !== HERE) blocks.push(this.#blockAt(at))
    }
    return blocks
  }

  /** Takes a block that another peer brought; what it was before, undefined when it is here. */
  bring(offset: number, bytes: Uint8Array): 'asked' | 'missing' | undefined {
    const at = offset / BLOCK_BYTES
    const state = this.#states[at]
    if (state !== ASKED && state !== MISSING) return undefined
    if (state === MISSING) {
      this.#states[at] = ASKED
      this.#asked++
    }
    if (!this.put(offset, bytes)) return undefined
    return state === ASKED ? 'asked' : 'missing'
  }

  /** A block that was asked for will not come; false when it was not asked for. */
  unask(offset: number): boolean {
    const at = offset / BLOCK_BYTES
    if (this.#states[at] !== ASKED) return false
    this.#states[at] = MISSING
    this.#asked--
    this.#from = Math.min(this.#from, at)
    return true
  }

  /** Blocks that were asked for and did not come yet. */
  asked(): Block[] {
    const blocks: Block[] = []
    for (let at = 0; at < this.#states.length; at++) {
      if (this.#states[at] === ASKED) blocks.push(this.#blockAt(at))
    }
    return blocks
  }

  #blockAt(at: number): Block {
    const offset = at * BLOCK_BYTES
    return { piece: this.piece, offset, length: Math.min(BLOCK_BYTES, this.size - offset) }
  }
}
