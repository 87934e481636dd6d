/**
 * Types of the two functions that we use of the `bencode` package, which has none of its own.
 *
 * Never call `decode` on bytes that wire/bencode.ts has not scanned (design §6).
 */
declare module 'bencode' {
  const bencode: {
    encode(value: unknown): Uint8Array
    decode(bytes: Uint8Array): unknown
  }

  // biome-ignore lint/style/noDefaultExport: the package has no other export
  export { bencode as default }
}
