/** Network addresses as text, as bytes, and as what one line has as a whole; pure. */
import { isIP } from 'node:net'

const NETWORK_BYTES = 8
const SITE_BYTES = 6

/** An address without IPv6's mapping of IPv4 and without a zone. */
export function plainAddress(address: string): string {
  return address
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '')
}

/** The 4 or 16 bytes of an address that isIP knows. */
export function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.'), Number)
  const [head = '', tail] = address.split('::')
  const words = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((word) => {
          if (!word.includes('.')) return [Number.parseInt(word, 16)]
          const [a = 0, b = 0, c = 0, d = 0] = word.split('.').map(Number)
          return [a * 256 + b, c * 256 + d]
        })
  const [front, back] = [words(head), words(tail ?? '')]
  const zeros = new Array<number>(8 - front.length - back.length).fill(0)
  const bytes = Buffer.alloc(16)
  for (const [index, word] of [...front, ...zeros, ...back].entries()) {
    bytes.writeUInt16BE(word, index * 2)
  }
  return bytes
}

/** An address as text. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words: string[] = []
  for (let at = 0; at < bytes.length; at += 2) {
    words.push((((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16))
  }
  return words.join(':')
}

/** What one line has as a whole: an IPv4 address, or an IPv6 network of 64 bits, as a key. */
export function networkOf(remoteAddress: string | undefined): string {
  return partOf(remoteAddress, NETWORK_BYTES)
}

/**
 * What one customer may have as a whole: an IPv4 address, or the IPv6 network of 48 bits that a
 * site can be given (RFC 6177), as a key. For what lasts: with 65,536 lines to each site, a count
 * of lines would bound nothing there.
 */
export function siteOf(remoteAddress: string | undefined): string {
  return partOf(remoteAddress, SITE_BYTES)
}

function partOf(remoteAddress: string | undefined, bytes: number): string {
  const address = plainAddress(remoteAddress ?? '')
  if (isIP(address) !== 6) return address
  return Buffer.from(addressBytes(address)).toString('hex', 0, bytes)
}
