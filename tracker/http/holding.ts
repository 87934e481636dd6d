/**
 * Memory that strangers can make us hold, with an upper bound: who has held longest makes room.
 *
 * Refusing newcomers instead would let a few connections that neither finish nor read lock out
 * everybody; so it is those that are cut off, the oldest first.
 */

/** What one holder has taken. */
export interface Held {
  /** Takes more bytes; others, or this one, may be cut off for it. */
  add(bytes: number): void
  /** Gives everything back. */
  release(): void
}

/** A bounded store of bytes that many hold. */
export class Holding {
  readonly #maxBytes: number
  /** In the order in which they came. */
  readonly #holders = new Map<Held, { bytes: number; readonly cut: () => void }>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Begins to hold nothing; `cut` ends the connection that the bytes belong to. */
  begin(cut: () => void): Held {
    const held: Held = {
      add: (bytes) => {
        const holder = this.#holders.get(held)
        if (holder === undefined) return
        holder.bytes += bytes
        this.#bytes += bytes
        this.#makeRoom()
      },
      release: () => {
        this.#bytes -= this.#holders.get(held)?.bytes ?? 0
        this.#holders.delete(held)
      },
    }
    this.#holders.set(held, { bytes: 0, cut })
    return held
  }

  #makeRoom(): void {
    for (const [held, { cut }] of this.#holders) {
      if (this.#bytes <= this.#maxBytes) return
      held.release()
      cut()
    }
  }
}
