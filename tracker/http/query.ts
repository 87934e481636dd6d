/**
 * The query of a request as bytes.
 *
 * An announce carries 20 raw bytes of info hash, percent-encoded (BEP 3); the framework's own
 * parser takes the query for UTF-8 and replaces every byte that is not (design §6). Here nothing is
 * replaced: what is not an exact encoding of bytes has no value at all.
 */

const [PERCENT, PLUS, SPACE, LAST_ASCII] = [0x25, 0x2b, 0x20, 0x7e]

/** The value of a hex digit, or -1. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Bytes of a percent-encoded text, `+` for a space (RFC 3986 §2.1, HTML forms); undefined when an
 * escape is broken or a byte stands unescaped that no URL may hold. */
function unescaped(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code <= SPACE || code > LAST_ASCII) return undefined
    if (code === PLUS) code = SPACE
    else if (code === PERCENT) {
      const [high, low] = [digit(text.charCodeAt(at + 1)), digit(text.charCodeAt(at + 2))]
      if (!(high >= 0 && low >= 0)) return undefined
      code = high * 16 + low
      at += 2
    }
    bytes[length++] = code
  }
  return bytes.subarray(0, length)
}

/** Parameters of a request's target, decoded when they are asked for. */
export class Query {
  readonly #values = new Map<string, string[]>()

  /** Takes a target such as `/announce?port=1&port=2`. */
  constructor(target: string) {
    const start = target.indexOf('?')
    if (start < 0) return
    for (const part of target.slice(start + 1).split('&')) {
      const equals = part.indexOf('=')
      const name = equals < 0 ? part : part.slice(0, equals)
      const value = equals < 0 ? '' : part.slice(equals + 1)
      const values = this.#values.get(name)
      if (values === undefined) this.#values.set(name, [value])
      else values.push(value)
    }
  }

  /** The first value of a name as it stands in the target. */
  raw(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  /** The bytes of the first value; undefined when there is none or it is broken. */
  bytes(name: string): Uint8Array | undefined {
    const value = this.raw(name)
    return value === undefined ? undefined : unescaped(value)
  }

  /** The bytes of every value; undefined when one of them is broken. */
  all(name: string): Uint8Array[] | undefined {
    const values = (this.#values.get(name) ?? []).map(unescaped)
    return values.includes(undefined) ? undefined : (values as Uint8Array[])
  }
}
