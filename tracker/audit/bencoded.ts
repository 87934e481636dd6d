/** Reads what the tracker wrote: bencode without the checks that a stranger's bytes need. */

/** A value as the tracker wrote it. */
export type Bencoded = bigint | Buffer | Bencoded[] | Map<string, Bencoded>

/** Reads one value at an offset. */
function read(bytes: Buffer, at: number): { value: Bencoded; end: number } {
  const kind = String.fromCharCode(bytes[at] ?? 0)
  if (kind === 'i') {
    const end = bytes.indexOf('e', at)
    return { value: BigInt(bytes.toString('latin1', at + 1, end)), end: end + 1 }
  }
  if (kind === 'l' || kind === 'd') {
    const items: Bencoded[] = []
    let next = at + 1
    while (bytes[next] !== 0x65) {
      const item = read(bytes, next)
      items.push(item.value)
      next = item.end
    }
    if (kind === 'l') return { value: items, end: next + 1 }
    const entries = new Map<string, Bencoded>()
    for (let i = 0; i < items.length; i += 2) {
      entries.set(String(items[i]), items[i + 1] as Bencoded)
    }
    return { value: entries, end: next + 1 }
  }
  const colon = bytes.indexOf(':', at)
  const end = colon + 1 + Number(bytes.toString('latin1', at, colon))
  if (!(colon > at && end <= bytes.length)) throw new Error('not bencoded')
  return { value: bytes.subarray(colon + 1, end), end }
}

/** Reads a whole dictionary; throws when it is none. */
export function dictionary(bytes: Buffer): Map<string, Bencoded> {
  const { value } = read(bytes, 0)
  if (!(value instanceof Map)) throw new Error('not a dictionary')
  return value
}
