/**
 * Publishing: a file or folder becomes a torrent with signed terms, and enters the catalogue (D10).
 *
 * `info` is private (BEP 27) and carries the provider's source mark, so the cid itself says that
 * the content is paid. Publishing the same content on the same terms again changes nothing, and on
 * terms of before brings these back as they were signed then: a purchase names the signed string,
 * so the torrent files of then are good again. Only another signing certificate gives a new date.
 */
import { type Amount, formatAmount } from '../shared/amount.js'
import { sha256 } from '../shared/crypto.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { Cid } from '../shared/identifier.js'
import {
  ANSWER_WINDOW_MS,
  CLAIM_WINDOW_MS,
  MARKS_COUNT,
  MARKS_SHARE_PERCENT,
  PAID_PIECES_MAX_COUNT,
  PIECE_MAX_BYTES,
  SPEND_WINDOW_MS,
} from '../shared/limits.js'
import { encodeInfo, encodeTorrent, parseMetainfo } from '../shared/metainfo.js'
import { type Mode, placesIn, readTerms, signTerms, sourceMark, Terms } from '../shared/terms.js'
import { encode } from '../shared/wire/record.js'
import { counted } from '../shared/words.js'
import type { Authority } from './authority.js'
import { findSource, hashPieces, type Source } from './hashing.js'
import type { Tracker } from './tracker.js'

/** What the provider decides about a content. Windows in milliseconds. */
export interface Offer {
  readonly price: Amount
  readonly reward: Amount
  readonly scheme: string
  readonly n: number
  readonly b: number
  /** Bytes, or undefined to choose by size. */
  readonly pieceLength: number | undefined
  readonly complaint: number
  /** From the purchase; the defaults when absent. */
  readonly spend?: number
  readonly claim?: number
  /** From when the accused of a case fetched the notice. */
  readonly answer?: number
  /** Marks, and the share of counterparties in percent, beyond which a member's trade stops. */
  readonly marks?: number
  readonly share?: number
  readonly mode?: Mode
  readonly progress: (done: number, total: number) => void
}

/** What was published. */
export interface Published {
  readonly cid: Cid
  readonly name: string
  readonly size: number
  readonly pieces: number
  readonly files: number
  readonly torrent: Uint8Array
  /** Whether it was in the catalogue already, on the same terms. */
  readonly again: boolean
  /** Whether it was on sale on other terms. */
  readonly changed: boolean
  readonly leftOut: readonly string[]
}

/** Pieces an automatic piece length aims at: few signatures for a film, sharing even of a song. */
const PIECES_AIM_COUNT = 600
const PIECE_AUTO_MIN_BYTES = 64 * 1024

/** The piece length for a content: the smallest power of two that gives at most 600 pieces. */
export function choosePieceLength(length: number): number {
  let pieceLength = PIECE_AUTO_MIN_BYTES
  while (length / pieceLength > PIECES_AIM_COUNT && pieceLength < PIECE_MAX_BYTES) pieceLength *= 2
  return pieceLength
}

/** A closed swarm has room for a seller and a buyer. */
const PLACES_MIN_COUNT = 2

type Deps = Pick<Tracker, 'store' | 'authority' | 'config' | 'now'>

/**
 * Hashes and publishes a path.
 *
 * Refusals: not-readable, torrent-invalid (nothing in it, or names that a torrent cannot carry),
 * too-large (more than PAID_PIECES_MAX_COUNT pieces), terms-invalid (the rewards exceed the price,
 * or a closed swarm would have no place for a buyer).
 */
export async function publish(
  tracker: Deps,
  path: string,
  offer: Offer,
): Promise<Published | Refusal> {
  const source = await findSource(path)
  if (refused(source)) return source
  const pieceLength = offer.pieceLength ?? choosePieceLength(source.length)
  const pieces = Math.ceil(source.length / pieceLength)
  if (pieces > PAID_PIECES_MAX_COUNT) {
    return refuse('too-large', `${pieces} pieces; choose a larger --piece-length`)
  }
  const rewards = offer.reward * BigInt(pieces)
  if (rewards > offer.price) {
    const sum = `${pieces} pieces at ${formatAmount(offer.reward)} are ${formatAmount(rewards)}`
    return refuse('terms-invalid', `${sum}, more than the price ${formatAmount(offer.price)}`)
  }
  const places = placesIn({ n: offer.n, pieces })
  if (offer.mode === 'closed' && places < PLACES_MIN_COUNT) {
    const room = `${counted(pieces, 'piece')} and n = ${offer.n} leave ${counted(places, 'place')}`
    return refuse('terms-invalid', `${room} in a closed swarm; choose a smaller --piece-length`)
  }
  const progress = (done: number): void => offer.progress(done, source.length)
  const hashes = await hashPieces(source.files, pieceLength, progress)
  if (refused(hashes)) return hashes
  const { cid, infoBytes } = encodeInfo({
    ...source,
    pieceLength,
    hashes,
    private: true,
    source: sourceMark(tracker.authority.fingerprint),
  })
  return enter(tracker, source, { cid, infoBytes, pieces }, offer)
}

async function enter(
  tracker: Deps,
  source: Source,
  { cid, infoBytes, pieces }: { cid: Cid; infoBytes: Uint8Array; pieces: number },
  offer: Offer,
): Promise<Published | Refusal> {
  const { authority, config, store } = tracker
  const nowMs = tracker.now()
  const terms: Terms = {
    cid,
    tracker: config.url,
    price: offer.price,
    reward: offer.reward,
    scheme: offer.scheme,
    n: offer.n,
    b: offer.b,
    pieces,
    mode: offer.mode ?? 'open',
    complaint: offer.complaint,
    answer: offer.answer ?? ANSWER_WINDOW_MS,
    marks: offer.marks ?? MARKS_COUNT,
    share: offer.share ?? MARKS_SHARE_PERCENT,
    spend: offer.spend ?? SPEND_WINDOW_MS,
    claim: offer.claim ?? CLAIM_WINDOW_MS,
    issued: nowMs,
    signer: authority.signer.certificate,
  }
  const { name, length: size, files, leftOut } = source
  const published = { cid, name, size, pieces, files: files.length, leftOut }
  return store.write(async (rows) => {
    // What was on sale on the same terms before is again, and so are the torrent files of then.
    const says = sha256(encode(Terms, { ...terms, issued: 0 }))
    const known = await rows.catalog.termsSaying(says)
    const signed = known?.signed ?? signTerms(terms, authority.signer)
    const torrent = encodeTorrent({
      infoBytes,
      announce: [`${config.url}/announce`],
      floodgate: { terms: signed, signer: authority.signing },
    })
    const problem = checkTorrent(torrent, authority, cid)
    if (problem !== undefined) return problem
    const id =
      known?.id ?? (await rows.catalog.insertTerms({ digest: sha256(signed), says, signed }))
    const before = await rows.catalog.byCid(cid)
    const again = before?.terms === id
    const content = { cid, name, size, files: files.length, terms: id, published: nowMs }
    if (!again) await rows.catalog.putContent(content, torrent)
    return { ...published, torrent, again, changed: before !== undefined && !again }
  })
}

/** Reads the torrent as a customer would; names that no torrent may carry are found here. */
function checkTorrent(torrent: Uint8Array, authority: Authority, cid: Cid): Refusal | undefined {
  const metainfo = parseMetainfo(torrent)
  if (refused(metainfo)) {
    return refuse(metainfo.code, `${metainfo.message}; rename it and publish again`)
  }
  assert(metainfo.cid === cid, 'a torrent parses to the cid it was made with')
  const terms = readTerms(metainfo, authority.keyring)
  return refused(terms) ? terms : undefined
}
