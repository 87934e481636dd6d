/**
 * Byte strings: the few operations every layer needs, over plain Uint8Array.
 *
 * Buffers from sockets and SQLite are Uint8Arrays too; nothing here copies unless it must.
 */

/** Joins byte strings into one new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Lower-case hexadecimal of a byte string. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** Bytes of a hexadecimal string of even length; undefined when it is not one. */
export function fromHex(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** ASCII (and UTF-8) bytes of a text. */
export function fromText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Whether two public byte strings are equal; secrets go through crypto.equalSecret. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** A 32-bit unsigned integer as four big-endian bytes. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** Reads a big-endian 32-bit unsigned integer at a byte offset; the caller checked the length. */
export function readU32(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset)
}
