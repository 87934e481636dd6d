/** The one source of chance of a simulated run: numbered draws that follow from a text alone. */
import { fromText } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'

/** Dice of one owner; what another owner draws does not change what these show. */
export class Dice {
  readonly #state: Uint32Array

  /** Dice that the text decides. */
  constructor(text: string) {
    const seed = sha256(fromText(text))
    const view = new DataView(seed.buffer, seed.byteOffset, 16)
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at))
  }

  /** 32 random bits: xoshiro128** (Blackman and Vigna, 2018). */
  #draw(): number {
    const state = this.#state
    const [a = 0, b = 0, c = 0, d = 0] = state
    const mixed = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    state.set([a ^ d ^ b, b ^ c ^ a, c ^ a ^ (b << 9), rotated(d ^ b, 11)])
    return mixed
  }

  /** Uniform in [0, 1). */
  readonly next = (): number => this.#draw() / 2 ** 32

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** Uniform between two numbers. */
  between(least: number, most: number): number {
    return least + this.next() * (most - least)
  }

  /** Whether something that happens with this probability happens now. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  /** One of several. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** As many bytes; keys and nonces of a run are these. */
  readonly bytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => this.#draw() & 0xff)
}

const rotated = (bits: number, by: number): number => (bits << by) | (bits >>> (32 - by))
