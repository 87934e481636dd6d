/**
 * JSON of the local API: kinds that check a value as it is read and write it in its one form; pure.
 *
 * Amounts are decimal strings in millionths on the wire and bigint behind it. What a reader does
 * not know is skipped, so a later minor version may add fields; what it knows must be right.
 */
import { type Refusal, refuse } from '../../shared/errors.js'

/** One kind of value: how it is read, written, and named in docs/LOCAL-API.md. */
export interface Kind<T> {
  readonly shape: string
  /** Throws a Misfit where the value is not of this kind. */
  read(value: unknown): T
  write(value: T): unknown
}
/** What a kind reads. */
export type Of<K> = K extends Kind<infer T> ? T : never

/** A value that is not of its kind; `path` leads to it. */
class Misfit extends Error {
  path = ''
}

function misfit(shape: string): never {
  throw new Misfit(`is not ${shape}`)
}

function missing(): never {
  throw new Misfit('is missing')
}

function plain<T>(shape: string, fits: (value: unknown) => boolean): Kind<T> {
  const read = (value: unknown): T => (fits(value) ? (value as T) : misfit(shape))
  return { shape, read, write: (value) => value }
}

/** Any text. */
export const text: Kind<string> = plain('text', (value) => typeof value === 'string')
/** True or false. */
export const flag: Kind<boolean> = plain('true or false', (value) => typeof value === 'boolean')
/** A whole number from 0: bytes, pieces, milliseconds. */
export const count: Kind<number> = plain(
  'a whole number',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
)
/** A finite number. */
export const number: Kind<number> = plain('a number', (value) => Number.isFinite(value))

/** Money: bigint millionths, a decimal string on the wire. */
export const money: Kind<bigint> = {
  shape: 'amount',
  read: (value) =>
    typeof value === 'string' && /^-?\d{1,24}$/.test(value) ? BigInt(value) : misfit('an amount'),
  write: (value) => value.toString(),
}

/** A text of a fixed form: a cid, a uid. */
export function id<T extends string>(shape: string, form: RegExp): Kind<T> {
  return plain(shape, (value) => typeof value === 'string' && form.test(value))
}

/** One of these words. */
export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return plain(words.join(' | '), (value) => words.includes(value as W))
}

/** A list, at most `most` long. */
export function list<T>(
  kind: Kind<T>,
  most: number,
): Kind<readonly T[]> & { readonly item: Kind<T> } {
  return {
    item: kind,
    shape: `[${kind.shape}, ...]`,
    read: (value) => {
      if (!Array.isArray(value) || value.length > most) misfit(`a list of at most ${most}`)
      return (value as unknown[]).map((each, at) => under(`[${at}]`, () => kind.read(each)))
    },
    write: (value) => value.map((each) => kind.write(each)),
  }
}

/** Marks a field that may be missing. */
export interface Optional<T> extends Kind<T | undefined> {
  readonly optional: true
  /** The kind of the field where it is not missing. */
  readonly there: Kind<T>
}
/** A field that may be missing. */
export function optional<T>(kind: Kind<T>): Optional<T> {
  return {
    optional: true,
    there: kind,
    shape: kind.shape,
    read: (value) => (value === undefined ? undefined : kind.read(value)),
    write: (value) => (value === undefined ? undefined : kind.write(value)),
  }
}

type Fields = Readonly<Record<string, Kind<unknown>>>
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { optional: true } ? K : never }[keyof F]
type Flat<T> = { readonly [K in keyof T]: T[K] }
/** What a record of these fields reads. */
export type RecordOf<F> = Flat<
  { [K in Exclude<keyof F, OptionalKeys<F>>]: Of<F[K]> } & {
    [K in OptionalKeys<F>]?: Of<F[K]>
  }
>

/** An object with these fields. */
export function record<const F extends { readonly [K in keyof F]: Kind<never> | Kind<unknown> }>(
  fields: F,
): Kind<RecordOf<F>> & { readonly fields: F } {
  const entries = Object.entries(fields as unknown as Fields)
  return {
    fields,
    shape: `{ ${entries.map(([name, kind]) => nameOf(name, kind)).join(', ')} }`,
    read: (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) misfit('an object')
      const given = value as Readonly<Record<string, unknown>>
      const found: Record<string, unknown> = {}
      for (const [name, kind] of entries) {
        const own = Object.hasOwn(given, name) ? given[name] : undefined
        const lacks = own === undefined && !('optional' in kind)
        const read = under(`.${name}`, () => (lacks ? missing() : kind.read(own)))
        if (read !== undefined) found[name] = read
      }
      return found as RecordOf<F>
    },
    write: (value) => {
      const given = value as Readonly<Record<string, unknown>>
      const written: Record<string, unknown> = {}
      for (const [name, kind] of entries) {
        if (given[name] !== undefined) written[name] = kind.write(given[name])
      }
      return written
    },
  }
}

function nameOf(name: string, kind: Kind<unknown>): string {
  return `${name}${'optional' in kind ? '?' : ''}: ${kind.shape}`
}

function under<T>(step: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Misfit) error.path = `${step}${error.path}`
    throw error
  }
}

/** Reads one JSON text; refuses as malformed with the place that is wrong. */
export function readJson<T>(kind: Kind<T>, json: string): T | Refusal {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return refuse('malformed', 'this is not JSON')
  }
  try {
    return kind.read(value)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    return refuse('malformed', `${error.path.replace(/^\./, '') || 'the value'} ${error.message}`)
  }
}

/** Writes one value as JSON, without a line break. */
export function writeJson<T>(kind: Kind<T>, value: T): string {
  return JSON.stringify(kind.write(value))
}
