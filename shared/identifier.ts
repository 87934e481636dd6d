/**
 * Names of things on the wire and in the ledger, as branded types: one name, one form.
 *
 * Everything is parsed once at the edge. Byte identifiers are carried as lower-case hex strings,
 * because they are map keys, SQL keys and log text far more often than they are bytes.
 */
import { fromHex } from './bytes.js'
import { type Refusal, refuse } from './errors.js'

declare const brand: unique symbol
type Brand<T, B extends string> = T & { readonly [brand]: B }

/** Member: 128 random bits chosen by the provider, 32 hex digits (paper §III.B). */
export type Uid = Brand<string, 'Uid'>
/** Content: the v1 info hash of its torrent, 40 hex digits (BEP 3). */
export type Cid = Brand<string, 'Cid'>
/** Grant: the request id of one purchase, 128 random bits, 32 hex digits (paper §III.C). */
export type Rid = Brand<string, 'Rid'>
/** Provider: SHA-256 of the root certificate's SubjectPublicKeyInfo DER, 64 hex digits. */
export type Fingerprint = Brand<string, 'Fingerprint'>
/** Zero-based piece index, below the content's piece count. */
export type PieceIndex = Brand<number, 'PieceIndex'>

const HEX = { Uid: 32, Cid: 40, Fingerprint: 64 } as const

function parser<T extends string>(what: keyof typeof HEX) {
  return (text: string): T | Refusal => {
    const hex = text.toLowerCase()
    if (hex.length === HEX[what] && fromHex(hex) !== undefined) return hex as T
    return refuse('malformed', `a ${what.toLowerCase()} has ${HEX[what]} hex digits, not "${text}"`)
  }
}

/** Parses 32 hex digits as a member's uid; refuses anything else as malformed. */
export const parseUid = parser<Uid>('Uid')
/** Parses 40 hex digits as a content id; refuses anything else as malformed. */
export const parseCid = parser<Cid>('Cid')
/** Parses 64 hex digits as a provider fingerprint; refuses anything else as malformed. */
export const parseFingerprint = parser<Fingerprint>('Fingerprint')

/** Bytes of an identifier; it was checked when it was parsed. */
export function idBytes(id: Uid | Cid | Rid | Fingerprint): Uint8Array {
  return new Uint8Array(Buffer.from(id, 'hex'))
}
