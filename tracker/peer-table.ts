/**
 * The peers of one free torrent and one address family, in flat arrays.
 *
 * An announce is answered by copying records, so a record is kept as BEP 23 (IPv4) or BEP 7 (IPv6)
 * writes it: address, then port. Seeds come first, so that seeds, downloaders and both together are
 * each one range. A peer is its address and port: whoever announces can speak for no other.
 */

const ID_BYTES = 20
const PORT_BYTES = 2
const FIRST_CAPACITY = 4
const DICE_BYTES = 16_384

/** What announces left: one record per peer. */
export class PeerTable {
  /** Bytes of one record: 6 or 18. */
  readonly recordBytes: number
  #records: Buffer
  #ids: Buffer
  /** Milliseconds. */
  #seen: Float64Array
  /** Slot by record, as Latin-1 text. */
  readonly #slots = new Map<string, number>()
  #seeds = 0
  /** The round in which a sample took a place last. */
  #marks = new Uint32Array(FIRST_CAPACITY)
  #round = 0

  constructor(addressBytes: 4 | 16) {
    this.recordBytes = addressBytes + PORT_BYTES
    this.#records = Buffer.alloc(FIRST_CAPACITY * this.recordBytes)
    this.#ids = Buffer.alloc(FIRST_CAPACITY * ID_BYTES)
    this.#seen = new Float64Array(FIRST_CAPACITY)
  }

  get count(): number {
    return this.#slots.size
  }

  get seeds(): number {
    return this.#seeds
  }

  /** The slot of a peer, or -1. */
  slotOf(record: Buffer): number {
    return this.#slots.get(record.toString('latin1')) ?? -1
  }

  /** Whether the peer in a slot has everything. */
  isSeed(slot: number): boolean {
    return slot < this.#seeds
  }

  /** A copy of the record in a slot. */
  recordAt(slot: number): Buffer {
    return Buffer.from(this.#recordView(slot))
  }

  /** A copy of the peer id in a slot. */
  idAt(slot: number): Buffer {
    return Buffer.from(this.#ids.subarray(slot * ID_BYTES, (slot + 1) * ID_BYTES))
  }

  /** Puts a peer in, or brings what is known of it up to date. */
  put(record: Buffer, id: Uint8Array, seed: boolean, nowMs: number): void {
    let slot = this.slotOf(record)
    if (slot < 0) {
      slot = this.count
      if (slot === this.#seen.length) this.#resize(slot * 2)
      this.#records.set(record, slot * this.recordBytes)
      this.#slots.set(record.toString('latin1'), slot)
    }
    this.#ids.set(id, slot * ID_BYTES)
    this.#seen[slot] = nowMs
    if (seed && !this.isSeed(slot)) this.#swap(slot, this.#seeds++)
    else if (!seed && this.isSeed(slot)) this.#swap(slot, --this.#seeds)
  }

  /** Takes the peer in a slot out; the slot belongs to another one then. */
  remove(slot: number): void {
    let last = slot
    if (this.isSeed(last)) {
      this.#swap(last, --this.#seeds)
      last = this.#seeds
    }
    this.#swap(last, this.count - 1)
    this.#slots.delete(this.#recordView(this.count - 1).toString('latin1'))
  }

  /** Takes out every peer that was not heard since; `gone` hears the record of each. */
  expire(sinceMs: number, gone: (record: Buffer) => void): void {
    for (let slot = this.count - 1; slot >= 0; slot--) {
      if ((this.#seen[slot] as number) >= sinceMs) continue
      gone(this.recordAt(slot))
      this.remove(slot)
    }
    const capacity = this.#seen.length
    if (capacity > FIRST_CAPACITY && this.count < capacity / 4) this.#resize(capacity / 2)
  }

  /** Copies the records of slots, one after the other. */
  records(slots: readonly number[]): Buffer {
    const size = this.recordBytes
    const copy = Buffer.allocUnsafe(slots.length * size)
    let to = 0
    for (const slot of slots) {
      // Byte by byte: for so few of them a call of copy costs more than the copying.
      for (let from = slot * size; from < (slot + 1) * size; from++) {
        copy[to++] = this.#records[from] as number
      }
    }
    return copy
  }

  /**
   * `wanted` different slots out of from..to, each as likely as any other, without `own` (-1 for
   * nobody); all of them when there are no more. Robert Floyd's sampling: no shuffle of the whole.
   */
  sample(
    { from, to }: { readonly from: number; readonly to: number },
    own: number,
    wanted: number,
    dice: Dice,
  ): number[] {
    const inside = own >= from && own < to
    const count = to - from - (inside ? 1 : 0)
    const slots: number[] = []
    this.#round = (this.#round + 1) >>> 0
    for (let upper = Math.max(0, count - wanted); upper < count; upper++) {
      const pick = count <= wanted ? upper : dice.below(upper + 1)
      const chosen = this.#marks[pick] === this.#round ? upper : pick
      this.#marks[chosen] = this.#round
      slots.push(from + chosen + (inside && from + chosen >= own ? 1 : 0))
    }
    return slots
  }

  #recordView(slot: number): Buffer {
    return this.#records.subarray(slot * this.recordBytes, (slot + 1) * this.recordBytes)
  }

  /** Exchanges two slots. */
  #swap(a: number, b: number): void {
    if (a === b) return
    const [record, id, seen] = [this.recordAt(a), this.idAt(a), this.#seen[a] as number]
    this.#slots.set(record.toString('latin1'), b)
    this.#slots.set(this.#recordView(b).toString('latin1'), a)
    const size = this.recordBytes
    this.#records.copyWithin(a * size, b * size, (b + 1) * size)
    this.#ids.copyWithin(a * ID_BYTES, b * ID_BYTES, (b + 1) * ID_BYTES)
    this.#seen[a] = this.#seen[b] as number
    this.#records.set(record, b * size)
    this.#ids.set(id, b * ID_BYTES)
    this.#seen[b] = seen
  }

  #resize(capacity: number): void {
    const [records, ids, seen] = [this.#records, this.#ids, this.#seen]
    const { count } = this
    this.#records = Buffer.alloc(capacity * this.recordBytes)
    this.#ids = Buffer.alloc(capacity * ID_BYTES)
    this.#seen = new Float64Array(capacity)
    this.#marks = new Uint32Array(capacity)
    records.copy(this.#records, 0, 0, count * this.recordBytes)
    ids.copy(this.#ids, 0, 0, count * ID_BYTES)
    this.#seen.set(seen.subarray(0, count))
  }
}

/** Random numbers, drawn from a store of bytes that is filled by the thousand. */
export class Dice {
  readonly #random: (bytes: number) => Uint8Array
  #store = Buffer.alloc(0)
  #at = 0

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random
  }

  /** A number from 0 to `bound` - 1; of 2^32 cases no number has more than one above its share. */
  below(bound: number): number {
    if (this.#at === this.#store.length) {
      this.#store = Buffer.from(this.#random(DICE_BYTES))
      this.#at = 0
    }
    const value = this.#store.readUInt32LE(this.#at)
    this.#at += 4
    return value % bound
  }
}
