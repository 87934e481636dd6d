/**
 * Records: the typed form of our bencoded dictionaries, one schema for both directions.
 *
 * A message is declared once by the kinds of its fields; `decode` checks the bytes strictly
 * (wire/bencode.ts), then every field, and `encode` throws on a value that the schema does not
 * carry. Unknown keys are ignored, so that a later version can add some. bencode and the package
 * lose large numbers, hence amounts are decimal byte strings, and identifiers raw bytes.
 */
import { AMOUNT_MAX, type Amount, amount } from '../amount.js'
import { fromHex, fromText, readU32, toHex } from '../bytes.js'
import { assert, Refusal, refuse } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { decodeValue, type Encodable, encodeValue, type Value } from './bencode.js'

/** One kind of value: how it is put into bencode and how it is checked on the way out. */
export interface Field<T> {
  /** Throws on a value that the field does not carry: a bug of ours. */
  toWire(value: T): Encodable
  fromWire(wire: Value): T | Refusal
}

/** A field whose key may be absent, and with it the property. */
export interface OptionalField<T> extends Field<T> {
  readonly optional: true
}

type Shape = Readonly<Record<string, Field<unknown>>>
type OptionalKey<S extends Shape> = {
  [K in keyof S]: S[K] extends OptionalField<unknown> ? K : never
}[keyof S]
type Required<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKey<S>>]: TypeOf<S[K]>
}
type Optional<S extends Shape> = { readonly [K in OptionalKey<S>]?: TypeOf<S[K]> }
type Flat<T> = { [K in keyof T]: T[K] }

/** The TypeScript type of what a field carries. */
export type TypeOf<F extends Field<unknown>> = F extends Field<infer T> ? T : never
/** The TypeScript type of what a record with these fields carries. */
export type RecordOf<S extends Shape> = Flat<Required<S> & Optional<S>>

/** Keys are ASCII, so that the order of JavaScript and of bencode is the same. */
const KEY = /^[a-z][a-zA-Z0-9_-]*$/
/** The package names a binary key by its hex digits: such a name could be impersonated. */
const HEX_PAIRS = /^([0-9a-f]{2})+$/
const DECIMAL = /^(0|[1-9][0-9]{0,18})$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A dictionary with these keys, each bencoded under its property's name. */
export function record<S extends Shape>(shape: S): Field<RecordOf<S>> {
  const fields = Object.entries(shape)
  for (const [key] of fields) {
    assert(KEY.test(key) && !HEX_PAIRS.test(key), `"${key}" is not a safe name for a key`)
  }
  return {
    toWire: (value) => {
      const wire = new Map<string, Encodable>()
      for (const [key, field] of fields) {
        const item = (value as Readonly<Record<string, unknown>>)[key]
        if (item === undefined && isOptional(field)) continue
        assert(item !== undefined, `key "${key}" has no value`)
        wire.set(key, field.toWire(item))
      }
      return wire
    },
    fromWire: (wire) => readRecord(fields, wire) as RecordOf<S> | Refusal,
  }
}

function readRecord(fields: readonly [string, Field<unknown>][], wire: Value): object | Refusal {
  if (!isDictionary(wire)) return refuse('malformed', 'must be a dictionary')
  const value: Record<string, unknown> = {}
  for (const [key, field] of fields) {
    if (!Object.hasOwn(wire, key)) {
      if (isOptional(field)) continue
      return refuse('malformed', `key "${key}" is missing`)
    }
    const item = field.fromWire(wire[key] as Value)
    if (item instanceof Refusal) return refuse(item.code, `key "${key}" ${item.detail}`)
    value[key] = item
  }
  return value
}

function isOptional(field: Field<unknown>): field is OptionalField<unknown> {
  return 'optional' in field
}

function isDictionary(wire: Value): wire is { readonly [key: string]: Value } {
  return typeof wire === 'object' && !(wire instanceof Uint8Array) && !Array.isArray(wire)
}

/** Canonical bencode of a record; throws (a bug) on a value that its schema does not carry. */
export function encode<T>(schema: Field<T>, value: T): Uint8Array {
  return encodeValue(schema.toWire(value))
}

/** Checks and decodes a record; refuses as too-large or malformed, naming byte offset or key. */
export function decode<T>(schema: Field<T>, bytes: Uint8Array, maxBytes: number): T | Refusal {
  const wire = decodeValue(bytes, { maxBytes })
  return wire instanceof Refusal ? wire : schema.fromWire(wire)
}

/** Makes the key optional: absent on the wire as a property absent here. */
export function optional<T>(field: Field<T>): OptionalField<T> {
  return { ...field, optional: true }
}

/** A byte string field with a check of its length and a conversion each way. */
function byteString<T>(
  fits: (length: number) => boolean,
  what: string,
  toBytes: (value: T) => Uint8Array | undefined,
  fromBytes: (bytes: Uint8Array) => T | undefined,
): Field<T> {
  return {
    toWire: (value) => {
      const bytes = toBytes(value)
      assert(bytes !== undefined && fits(bytes.length), `must be ${what}`)
      return bytes
    },
    fromWire: (wire) => {
      const fitting = wire instanceof Uint8Array && fits(wire.length)
      const value = fitting ? fromBytes(wire) : undefined
      return value === undefined ? refuse('malformed', `must be ${what}`) : value
    },
  }
}

const same = (bytes: Uint8Array): Uint8Array | undefined =>
  bytes instanceof Uint8Array ? bytes : undefined

/** Exactly n bytes. */
export function bytes(n: number): Field<Uint8Array> {
  return byteString((length) => length === n, `a string of ${n} bytes`, same, same)
}

/** At most maxBytes bytes. */
export function blob(maxBytes: number): Field<Uint8Array> {
  return byteString((length) => length <= maxBytes, `at most ${maxBytes} bytes`, same, same)
}

/** UTF-8 text of at most maxBytes bytes. */
export function text(maxBytes: number): Field<string> {
  return byteString(
    (length) => length <= maxBytes,
    `UTF-8 text of at most ${maxBytes} bytes`,
    (value) => {
      const encoded = fromText(value)
      return readText(encoded) === value ? encoded : undefined
    },
    readText,
  )
}

function readText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** An identifier: n raw bytes on the wire, lower-case hex digits here. */
export function hexId<T extends string>(n: number): Field<T> {
  return byteString(
    (length) => length === n,
    `an identifier of ${n} bytes`,
    (id) => (id === id.toLowerCase() ? fromHex(id) : undefined),
    (raw) => toHex(raw) as T,
  )
}

/** Money, 0 to AMOUNT_MAX: the decimal digits of its millionths, without leading zeros. */
export const amountField: Field<Amount> = byteString(
  (length) => length <= 19,
  'an amount in decimal digits',
  (value) => (value >= 0n && value <= AMOUNT_MAX ? fromText(value.toString()) : undefined),
  (digits) => {
    const written = Buffer.from(digits).toString('latin1')
    const value = DECIMAL.test(written) ? BigInt(written) : undefined
    return value !== undefined && value <= AMOUNT_MAX ? amount(value) : undefined
  },
)

/** Piece indexes in order, at most maxCount: four bytes each, big-endian, packed in one string. */
export function indexes(maxCount: number): Field<readonly PieceIndex[]> {
  return byteString(
    (length) => length % 4 === 0 && length <= 4 * maxCount,
    `at most ${maxCount} piece indexes of 4 bytes`,
    packIndexes,
    (packed) => {
      const pieces: PieceIndex[] = []
      for (let at = 0; at < packed.length; at += 4) pieces.push(readU32(packed, at) as PieceIndex)
      return pieces
    },
  )
}

function packIndexes(pieces: readonly PieceIndex[]): Uint8Array | undefined {
  const packed = new Uint8Array(4 * pieces.length)
  const view = new DataView(packed.buffer)
  for (const [place, piece] of pieces.entries()) {
    if (!Number.isInteger(piece) || piece < 0 || piece > 0xffffffff) return undefined
    view.setUint32(4 * place, piece)
  }
  return packed
}

/** An integer from min to max; at most 2^53 - 1 in magnitude. */
export function int(min = 0, max = Number.MAX_SAFE_INTEGER): Field<number> {
  const fits = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
  return {
    toWire: (value) => {
      assert(fits(value), `must be an integer from ${min} to ${max}`)
      return value
    },
    fromWire: (wire) =>
      fits(wire) ? wire : refuse('malformed', `must be an integer from ${min} to ${max}`),
  }
}

/** A list of at most maxCount values of one kind. */
export function list<T>(field: Field<T>, maxCount: number): Field<readonly T[]> {
  return {
    toWire: (items) => {
      assert(items.length <= maxCount, `must be a list of at most ${maxCount}`)
      return items.map((item) => field.toWire(item))
    },
    fromWire: (wire) => {
      if (!Array.isArray(wire) || wire.length > maxCount) {
        return refuse('malformed', `must be a list of at most ${maxCount}`)
      }
      const items: T[] = []
      for (const [place, item] of wire.entries()) {
        const value = field.fromWire(item)
        if (value instanceof Refusal) return refuse(value.code, `item ${place} ${value.detail}`)
        items.push(value)
      }
      return items
    },
  }
}
