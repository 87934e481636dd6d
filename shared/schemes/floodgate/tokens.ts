/**
 * Tokens from a seed, the list of their hashes in pages, and the chain of payments (D2, D3, D4).
 *
 * The tracker keeps a seed, the buyer a key, the seller only hashes; each computes from what it
 * has. Token hashes and chain links are made once per piece, so both avoid needless copies.
 */
import { createCipheriv } from 'node:crypto'
import { concat, fromText, u32 } from '../../bytes.js'
import { digest, sha256 } from '../../crypto.js'
import { assert } from '../../errors.js'
import { hkdf } from '../../hpke.js'
import { type Fingerprint, idBytes, type PieceIndex, type Rid, type Uid } from '../../identifier.js'
import { PAGE_HASHES_COUNT } from '../../limits.js'
import type { GrantFacts, PaidPiece, Progress } from '../scheme.js'

/** Length of a token, of its hash and of a chain link, in bytes. */
export const TOKEN_BYTES = 32
const PAGE_BYTES = PAGE_HASHES_COUNT * TOKEN_BYTES

/** The grant key: HKDF-SHA256 (RFC 5869), salt = rid, info = `floodgate/1 grant key`, 32 bytes. */
export function grantKey(seed: Uint8Array, rid: Rid): Uint8Array {
  const info = fromText('floodgate/1 grant key')
  return hkdf(idBytes(rid), seed, info, 32)
}

/**
 * All tokens of a grant in one string: the AES-256-CTR keystream from a zero counter block.
 *
 * Token i is bytes 32i to 32i + 31, so it can be had alone by starting at counter block 2i.
 */
export function deriveTokens(key: Uint8Array, pieces: number): Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  // Not a Buffer: its slice would not copy, and whoever got one token would hold them all.
  return new Uint8Array(cipher.update(new Uint8Array(pieces * TOKEN_BYTES)))
}

/** The i-th of strings of 32 bytes laid end to end, not copied. */
export function nth(strings: Uint8Array, i: number): Uint8Array {
  return strings.subarray(i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES)
}

/** Hashes a token in its place: digest(`token hash`, rid, piece u32, token). */
export type TokenHasher = (piece: number, token: Uint8Array) => Uint8Array

/** A hasher for one grant; it reuses one input buffer, for it runs once per piece and grant. */
export function tokenHasher(rid: Rid): TokenHasher {
  const lead = concat(fromText('floodgate/1 token hash\n'), idBytes(rid))
  const input = concat(lead, new Uint8Array(4 + TOKEN_BYTES))
  const view = new DataView(input.buffer)
  return (piece, token) => {
    assert(token.length === TOKEN_BYTES, 'a token has 32 bytes')
    view.setUint32(lead.length, piece)
    input.set(token, lead.length + 4)
    return sha256(input)
  }
}

/** The hashes of all tokens in piece order, 32 bytes each. */
export function hashTokens(rid: Rid, tokens: Uint8Array): Uint8Array {
  const hashOf = tokenHasher(rid)
  const hashes = new Uint8Array(tokens.length)
  for (let piece = 0; piece * TOKEN_BYTES < tokens.length; piece++) {
    hashes.set(hashOf(piece, nth(tokens, piece)), piece * TOKEN_BYTES)
  }
  return hashes
}

/** The page that holds a piece's hash. */
export function pageOf(piece: PieceIndex): number {
  return Math.floor(piece / PAGE_HASHES_COUNT)
}

/** Number of pages of a list of that many hashes. */
export function pageCount(pieces: number): number {
  return Math.ceil(pieces / PAGE_HASHES_COUNT)
}

/** One page out of all hashes; the last one may be shorter. */
export function pageBytes(hashes: Uint8Array, page: number): Uint8Array {
  return hashes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
}

/** The digest of one page: digest(`page`, its bytes). */
export function pageDigest(page: Uint8Array): Uint8Array {
  return digest('page', page)
}

/** The digests of all pages in order, 32 bytes each. */
export function pageDigests(hashes: Uint8Array): Uint8Array {
  const count = pageCount(hashes.length / TOKEN_BYTES)
  const pages = Array.from({ length: count }, (_, page) => pageDigest(pageBytes(hashes, page)))
  return concat(...pages)
}

/** The digest that the provider signs: digest(`hash list`, all page digests). */
export function listDigest(digests: Uint8Array): Uint8Array {
  return digest('hash list', digests)
}

/**
 * Before the first payment: k = 0, chain_0 = digest(`chain`, fingerprint, rid, seller uid) (D15).
 */
export function noProgress(fingerprint: Fingerprint, rid: Rid, seller: Uid): Progress {
  return { k: 0, chain: digest('chain', idBytes(fingerprint), idBytes(rid), idBytes(seller)) }
}

/** After one more piece: chain_(k+1) = SHA-256(chain_k | piece u32 | token hash) (D2). */
export function advance(at: Progress, piece: PieceIndex, tokenHash: Uint8Array): Progress {
  return { k: at.k + 1, chain: sha256(at.chain, u32(piece), tokenHash) }
}

/** Whether the grant covers a piece: any of the content, or those of a supplementary grant (D8). */
export function inGrant(facts: GrantFacts, piece: PieceIndex): boolean {
  if (!Number.isInteger(piece) || piece < 0 || piece >= facts.pieces) return false
  return facts.only === undefined || facts.only.includes(piece)
}

/** The same for many pieces, in time that does not grow with what the grant covers. */
export function coverage(facts: GrantFacts): (piece: PieceIndex) => boolean {
  const only = facts.only && new Set(facts.only)
  return (piece) => (only === undefined ? inGrant(facts, piece) : only.has(piece))
}

/** Number of pieces that the grant pays for. */
export function coveredCount(facts: GrantFacts): number {
  return facts.only?.length ?? facts.pieces
}

/** What acknowledges a token: digest(`accepted`, rid, piece u32, token) (§III.F). */
export function acknowledgement(rid: Rid, { piece, token }: PaidPiece): Uint8Array {
  return digest('accepted', idBytes(rid), u32(piece), token)
}

/** What a claim shows: digest(`claim`, seller uid, rid, pieces (u32 each), tokens (32 each)). */
export function claimDigest(seller: Uid, rid: Rid, paid: readonly PaidPiece[]): Uint8Array {
  const tokensAt = 4 * paid.length
  const input = new Uint8Array(tokensAt + TOKEN_BYTES * paid.length)
  const view = new DataView(input.buffer)
  for (const [place, { piece, token }] of paid.entries()) {
    assert(token.length === TOKEN_BYTES, 'a token has 32 bytes')
    view.setUint32(4 * place, piece)
    input.set(token, tokensAt + TOKEN_BYTES * place)
  }
  return digest('claim', idBytes(seller), idBytes(rid), input)
}
