/**
 * What a vector is, and how values of ours are written in its JSON: bytes as hex, amounts as text.
 */
import { toHex } from '../../shared/bytes.js'
import type { Code } from '../../shared/errors.js'

/** What JSON can hold. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** What must come out: values, or exactly this code; `rest` is what else a refusal shows. */
export type Expected = { readonly ok: Json } | ({ readonly refuse: Code } & JsonObject)

/** One example of the protocol (docs/PROTOCOL.md §18). */
export interface Vector {
  readonly name: string
  readonly kind: string
  /** Section of docs/PROTOCOL.md. */
  readonly section: string
  /** What is done with the input. */
  readonly what: string
  readonly input: JsonObject
  readonly expect: Expected
}

/** An example before it has been run: `refuse` is the code that it must be refused with. */
export interface Case extends Omit<Vector, 'expect' | 'what'> {
  readonly refuse?: Code
}

/** A value of ours as JSON; undefined properties are left out. */
export function json(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  if (Array.isArray(value)) return value.map(json)
  if (typeof value !== 'object' || value === null) throw new Error(`no JSON for ${value}`)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, json(item)]))
}

/** A JSON object of ours. */
export const object = (value: object): JsonObject => json(value) as JsonObject

/** The bytes of a hex string in a vector. */
export function hex(value: Json | undefined): Uint8Array {
  if (typeof value !== 'string') throw new Error(`no bytes: ${JSON.stringify(value)}`)
  return new Uint8Array(Buffer.from(value, 'hex'))
}

/** Makes cases of one kind and section. */
export function caseMaker(kind: string, section: string) {
  return (name: string, input: object, refuse?: Code): Case => ({
    ...{ name, kind, section, input: object(input) },
    ...(refuse === undefined ? {} : { refuse }),
  })
}

/** A copy with one bit of one byte changed; a negative place counts from the end. */
export function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const place = (at + copy.length) % copy.length
  copy[place] = (copy[place] as number) ^ 1
  return copy
}
