/**
 * The strict bencode check (BEP 3) that stands in front of the `bencode` package (design §6).
 *
 * The package accepts what is not bencode, never ends on `l-3:`, and hands out values that are not
 * what the bytes say. So everything from outside is walked here first: syntax, canonical numbers,
 * sorted unique keys, depth, count and size, in linear time, without recursion and without copying.
 * In the other direction the package drops or bends values silently; here that is a bug that
 * throws.
 */
import bencode from 'bencode'
import { equal, fromText, toHex } from '../bytes.js'
import { assert, Refusal, refuse } from '../errors.js'
import { BENCODE_MAX_DEPTH, BENCODE_MAX_VALUES_COUNT } from '../limits.js'

/** Bounds on one value: bytes it may take, and containers that may lie inside each other. */
export interface Limits {
  readonly maxBytes: number
  /** BENCODE_MAX_DEPTH when absent. */
  readonly maxDepth?: number
}

/** What decoding yields: byte strings stay bytes, integers are safe, dictionaries plain objects.
 * A binary key reads as its hex digits there; look keys up by Object.hasOwn. */
export type Value = number | Uint8Array | readonly Value[] | { readonly [key: string]: Value }

/** What can be encoded: text is UTF-8; a Map carries a dictionary with binary keys. */
export type Encodable =
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<Uint8Array | string, Encodable>
  | { readonly [key: string]: Encodable }

const [ZERO, NINE, COLON, MINUS] = [0x30, 0x39, 0x3a, 0x2d]
const [DICTIONARY, LIST, INTEGER, END] = [0x64, 0x6c, 0x69, 0x65]
/** As a key it would set the prototype of the object that the package builds. */
const PROTO = fromText('__proto__')

/** An open container. For a dictionary: its last key, and whether that key waits for its value. */
interface Frame {
  readonly dictionary: boolean
  keyStart: number
  keyEnd: number
  waiting: boolean
}

/** One pass over one value; `at` is the byte that is looked at next. */
class Walk {
  at = 0
  /** Start of the body of the string that was read last; its end is `at`. */
  #bodyStart = 0
  readonly #open: Frame[] = []
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #maxDepth: number
  /** Offsets of the top-level entries, four each: key start, key end, value start, value end. */
  readonly #entries: number[] | undefined

  constructor(bytes: Uint8Array, limits: Limits, entries: number[] | undefined) {
    this.#bytes = bytes
    this.#end = Math.min(bytes.length, limits.maxBytes)
    this.#maxDepth = limits.maxDepth ?? BENCODE_MAX_DEPTH
    this.#entries = entries
  }

  /** Walks one value from the first byte; on success `at` is the byte after it. */
  run(): Refusal | undefined {
    for (let count = 0; count < BENCODE_MAX_VALUES_COUNT; count++) {
      const problem = this.#step()
      if (problem !== undefined) return problem
      if (this.#open.length === 0) return undefined
    }
    return refuse('too-large', `more than ${BENCODE_MAX_VALUES_COUNT} bencoded values`)
  }

  #step(): Refusal | undefined {
    const frame = this.#open.at(-1)
    if (this.at >= this.#end) return this.#cutShort()
    const byte = this.#bytes[this.at] as number
    if (frame !== undefined && byte === END && !frame.waiting) {
      this.#open.pop()
      this.at++
      return this.#completed()
    }
    if (frame?.dictionary && !frame.waiting) return this.#key(frame)
    if (byte === DICTIONARY || byte === LIST) return this.#enter(byte === DICTIONARY)
    return (byte === INTEGER ? this.#integer() : this.#string()) ?? this.#completed()
  }

  #enter(dictionary: boolean): Refusal | undefined {
    if (this.#open.length === this.#maxDepth) return this.#wrong('nested too deep')
    this.#open.push({ dictionary, keyStart: -1, keyEnd: -1, waiting: false })
    this.at++
    return undefined
  }

  /** A value has ended at `at`: the key that waited for it has it now. */
  #completed(): undefined {
    const parent = this.#open.at(-1)
    if (parent === undefined) return
    parent.waiting = false
    if (this.#open.length === 1) this.#entries?.push(this.at)
  }

  #key(frame: Frame): Refusal | undefined {
    const keyAt = this.at
    const problem = this.#string()
    if (problem !== undefined) return problem
    const [start, end] = [this.#bodyStart, this.at]
    if (frame.keyStart >= 0 && !this.#ascends(frame, start, end)) {
      return this.#wrong('key out of order or repeated', keyAt)
    }
    if (end - start === PROTO.length && equal(this.#bytes.subarray(start, end), PROTO)) {
      return this.#wrong('key __proto__', keyAt)
    }
    frame.keyStart = start
    frame.keyEnd = end
    frame.waiting = true
    if (this.#open.length === 1) this.#entries?.push(start, end, end)
    return undefined
  }

  /** Whether the key at start..end comes after the frame's last key in raw byte order (BEP 3). */
  #ascends(frame: Frame, start: number, end: number): boolean {
    const last = this.#bytes.subarray(frame.keyStart, frame.keyEnd)
    return Buffer.compare(last, this.#bytes.subarray(start, end)) < 0
  }

  #integer(): Refusal | undefined {
    this.at++
    const negative = this.#bytes[this.at] === MINUS
    if (negative) this.at++
    const value = this.#digits(END)
    if (value instanceof Refusal) return value
    return negative && value === 0 ? this.#wrong('minus zero') : undefined
  }

  #string(): Refusal | undefined {
    const length = this.#digits(COLON)
    if (length instanceof Refusal) return length
    if (length > this.#bytes.length - this.at) {
      return this.#wrong(`string of ${length} bytes runs past the end`)
    }
    if (length > this.#end - this.at) return this.#cutShort()
    this.#bodyStart = this.at
    this.at += length
    return undefined
  }

  /** A canonical decimal number up to its terminator; `at` moves past the terminator. */
  #digits(terminator: number): number | Refusal {
    const start = this.at
    for (let value = 0; this.at < this.#end; this.at++) {
      const byte = this.#bytes[this.at] as number
      if (byte === terminator && this.at > start) {
        this.at++
        return value
      }
      if (byte < ZERO || byte > NINE) return this.#wrong('digit expected')
      if (this.at > start && value === 0) return this.#wrong('leading zero')
      value = value * 10 + (byte - ZERO)
      if (value > Number.MAX_SAFE_INTEGER) return this.#wrong('number beyond 2^53 - 1')
    }
    return this.#cutShort()
  }

  #cutShort(): Refusal {
    if (this.#end === this.#bytes.length) return this.#wrong('ends in the middle of a value')
    return refuse('too-large', `bencoded value longer than ${this.#end} bytes`)
  }

  #wrong(what: string, at = this.at): Refusal {
    return refuse('malformed', `bencode: ${what}, at byte ${at}`)
  }
}

/** A checked value and the bytes it was checked in. */
export class Scan {
  readonly #bytes: Uint8Array
  readonly #entries: readonly number[]

  constructor(bytes: Uint8Array, entries: readonly number[]) {
    this.#bytes = bytes
    this.#entries = entries
  }

  /** Raw bytes of the value of a key of the top-level dictionary, as they stand in the input (a
   * view, not a copy): what a hash or a signature covers. Undefined without such a key. */
  span(key: string): Uint8Array | undefined {
    const name = fromText(key)
    for (let i = 0; i < this.#entries.length; i += 4) {
      const [keyStart, keyEnd, start, end] = this.#entries.slice(i, i + 4)
      if (equal(this.#bytes.subarray(keyStart, keyEnd), name)) {
        return this.#bytes.subarray(start, end)
      }
    }
    return undefined
  }
}

/** Checks that the bytes are exactly one canonical bencoded value; refuses them as malformed or
 * too-large, with the byte offset of the fault. */
export function scan(bytes: Uint8Array, limits: Limits): Scan | Refusal {
  if (bytes.length > limits.maxBytes) {
    return refuse('too-large', `${bytes.length} bytes where ${limits.maxBytes} are allowed`)
  }
  const entries: number[] = []
  const walk = new Walk(bytes, limits, entries)
  const problem = walk.run()
  if (problem !== undefined) return problem
  if (walk.at < bytes.length) {
    return refuse('malformed', `bencode: bytes after the end of the value, at byte ${walk.at}`)
  }
  return new Scan(bytes, entries)
}

/** Scans, then decodes with the package. */
export function decodeValue(bytes: Uint8Array, limits: Limits): Value | Refusal {
  const scanned = scan(bytes, limits)
  return scanned instanceof Refusal ? scanned : (bencode.decode(bytes) as Value)
}

/** Canonical bencode of a value; throws on what bencode or the package cannot carry: null, unsafe
 * or broken numbers, ill-formed text, `__proto__`, a repeated key. */
export function encodeValue(value: Encodable): Uint8Array {
  return bencode.encode(toPackage(value))
}

/** A dictionary key for the package, which sorts keys by what toString gives: two hex digits a byte
 * sort like the raw bytes, where the package's own order is that of UTF-16 or of decimal lists. */
class Key extends Uint8Array {
  override toString(): string {
    return toHex(this)
  }
}

function toPackage(value: Encodable): unknown {
  if (typeof value === 'number') {
    assert(Number.isSafeInteger(value), `bencode cannot carry the number ${value}`)
    return value
  }
  if (typeof value === 'string') return wellFormed(value)
  assert(typeof value === 'object' && value !== null, `bencode cannot carry a ${typeof value}`)
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(toPackage)
  const entries = value instanceof Map ? value.entries() : Object.entries(value)
  const dictionary = new Map<Key, unknown>()
  const seen = new Set<string>()
  for (const [name, item] of entries) {
    const key = new Key(typeof name === 'string' ? wellFormed(name) : name)
    assert(!equal(key, PROTO) && !seen.has(`${key}`), 'bencode key __proto__ or repeated')
    seen.add(`${key}`)
    dictionary.set(key, toPackage(item))
  }
  return dictionary
}

/** UTF-8 of a text without lone surrogates, which UTF-8 replaces. */
function wellFormed(text: string): Uint8Array {
  const bytes = fromText(text)
  assert(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === text, 'ill-formed text')
  return bytes
}
