/** Which bytes of a file an HTTP request asks for (RFC 9110 §14). */

/** What is answered: all of it, a part, or that there is no such part. */
export type Asked =
  | { readonly status: 200 | 206; readonly start: number; readonly end: number }
  | { readonly status: 416 }

/**
 * Reads a Range header for a file of so many bytes; `end` is one behind the last. A form that we do
 * not know is ignored, as it says there; several ranges at once are refused, for players ask one.
 */
export function rangeOf(header: string | undefined, length: number): Asked {
  const whole = { status: 200, start: 0, end: length } as const
  const [, list] = /^bytes=(.+)$/i.exec(header?.trim() ?? '') ?? []
  if (list === undefined) return whole
  if (list.includes(',')) return { status: 416 }
  const [, first, last] = /^\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/.exec(list) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return whole
  if (first === '') return part(Math.max(0, length - Number(last)), length, length)
  if (last !== '' && Number(last) < Number(first)) return whole
  return part(Number(first), last === '' ? length : Math.min(length, Number(last) + 1), length)
}

function part(start: number, end: number, length: number): Asked {
  return start < end && start < length ? { status: 206, start, end } : { status: 416 }
}
