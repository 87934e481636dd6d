/**
 * The query of a request as bytes.
 *
 * An announce carries 20 raw bytes of info hash, percent-encoded (BEP 3); the framework's own
 * parser takes the query for UTF-8 and replaces every byte that is not (design §6).
 */

/** Bytes of a percent-encoded string; undefined when an escape is broken. */
function unescaped(text: string): Uint8Array | undefined {
  const latin1 = text.replaceAll('+', ' ')
  if (/%(?![0-9a-fA-F]{2})/.test(latin1)) return undefined
  const raw = latin1.replace(/%(..)/g, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return new Uint8Array(Buffer.from(raw, 'latin1'))
}

/** Parameters of a request's target by name, the first of each; broken ones are left out. */
export function readQuery(target: string): ReadonlyMap<string, Uint8Array> {
  const values = new Map<string, Uint8Array>()
  const start = target.indexOf('?')
  if (start < 0) return values
  for (const part of target.slice(start + 1).split('&')) {
    const [name = '', ...rest] = part.split('=')
    const value = unescaped(rest.join('='))
    if (value !== undefined && !values.has(name)) values.set(name, value)
  }
  return values
}
