/**
 * Torrents with terms, grants, tokens, and claims of one grant.
 */

import { amount } from '../../shared/amount.js'
import { fromText, toHex } from '../../shared/bytes.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { Rid } from '../../shared/identifier.js'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { Grant, HashList, Opening } from '../../shared/schemes/floodgate/records.js'
import { sourceMark, Terms } from '../../shared/terms.js'
import { decodeValue, type Encodable, encodeValue } from '../../shared/wire/bencode.js'
import { decode, encode } from '../../shared/wire/record.js'
import { type Case, caseMaker, flip } from './vector.js'
import {
  alice,
  buyer,
  CID,
  DAY,
  FACTS,
  FINGERPRINT,
  FOREIGN,
  HASHES,
  INFO,
  ISSUED,
  issue,
  LAST_BYTES,
  NOW,
  named,
  PIECE_BYTES,
  PIECES,
  PROVIDER,
  RID,
  SEED,
  SIGNED_TERMS,
  TERMS,
  TORRENT,
  torrentOf,
} from './world.js'

const { root, signing, signer } = PROVIDER
const ring = { root, signers: [signing], now: NOW }

function infoWith(change: object) {
  return encodeInfo({
    ...{ name: 'film.mkv', singleFile: true, pieceLength: PIECE_BYTES, hashes: HASHES },
    ...{ files: [{ path: ['film.mkv'], length: (PIECES - 1) * PIECE_BYTES + LAST_BYTES }] },
    ...{ private: true, source: sourceMark(FINGERPRINT), ...change },
  })
}

/** The torrent with other values at its top level. */
function reTop(change: Readonly<Record<string, Encodable>>): Uint8Array {
  const top = must(decodeValue(TORRENT, { maxBytes: TORRENT.length })) as object
  return encodeValue({ ...top, ...change } as Encodable)
}

function torrentCases(): Case[] {
  const torrent = caseMaker('torrent', '5.2')
  const given = { fingerprint: FINGERPRINT, root, now: NOW }
  const bad = (name: string, refuse: Case['refuse'], bytes: Uint8Array, more: object = {}) =>
    torrent(name, { ...given, ...more, bytes }, refuse)
  const terms = (change: Partial<Terms>, by = signer) =>
    torrentOf(signString('terms', encode(Terms, { ...TERMS, ...change }), by))
  const open = infoWith({ private: false })
  const openTerms = signString('terms', encode(Terms, { ...TERMS, cid: open.cid }), signer)
  const theirs = infoWith({ source: sourceMark(FOREIGN.signer.fingerprint) })
  const climbing = infoWith({ name: '..' })
  const stripped = encodeTorrent({ infoBytes: INFO, announce: [] })
  const members = { ...signer, privateKey: alice.signer.privateKey }
  return [
    torrent('a paid torrent', { ...given, bytes: TORRENT }),
    bad(
      'of another provider',
      'wrong-provider',
      torrentOf(SIGNED_TERMS, signing, theirs.infoBytes),
    ),
    bad('terms stripped', 'terms-missing', stripped),
    bad('terms altered', 'bad-signature', torrentOf(flip(SIGNED_TERMS, 100))),
    bad('terms signed by a member', 'bad-signature', terms({}, members)),
    bad('terms of another provider', 'wrong-provider', terms({}, FOREIGN.signer)),
    bad(
      'a foreign signing certificate',
      'certificate-invalid',
      torrentOf(SIGNED_TERMS, FOREIGN.signing),
    ),
    bad('terms of another content', 'terms-invalid', terms({ cid: open.cid })),
    bad('terms of another number of pieces', 'terms-invalid', terms({ pieces: PIECES - 1 })),
    bad('rewards above the price', 'terms-invalid', terms({ price: amount(2_999_999n) })),
    bad('an unknown mode', 'terms-invalid', terms({ mode: 'shut' })),
    bad('not private', 'terms-invalid', torrentOf(openTerms, signing, open.infoBytes)),
    bad('n beyond its range', 'malformed', torrentOf(bentTerms())),
    bad('terms longer than their limit', 'too-large', torrentOf(new Uint8Array(8193))),
    bad(
      'a peer list in the place of terms',
      'bad-label',
      torrentOf(signString('peers', encode(Terms, TERMS), signer)),
    ),
    bad('l-3:', 'torrent-invalid', fromText('l-3:')),
    bad('trailing junk', 'torrent-invalid', Uint8Array.of(...TORRENT, 0)),
    bad(
      'a name that climbs',
      'torrent-invalid',
      encodeTorrent({ infoBytes: climbing.infoBytes, announce: [] }),
    ),
    bad('no info', 'torrent-invalid', fromText('d4:spami1ee')),
    bad('floodgate without terms', 'torrent-invalid', reTop({ floodgate: { signer: signing } })),
    bad('a signing certificate that expired', 'certificate-expired', TORRENT, {
      now: NOW + 2 * DAY,
    }),
  ]
}

/** Terms with n = 65, signed: the record's own range refuses them. */
function bentTerms(): Uint8Array {
  const value = must(decodeValue(encode(Terms, TERMS), { maxBytes: 8192 })) as object
  return signString('terms', encodeValue({ ...value, n: 65 } as Encodable), signer)
}

const opening = must(decode(Opening, ISSUED.open, 20_000))
/** The opening with some parts changed; the list is signed again when facts change. */
export function openingWith(facts: object, parts: Partial<typeof opening> = {}, by = signer) {
  const payload = opening.list.subarray('floodgate/1 hash-list\n'.length + 32, -64)
  const list = { ...must(decode(HashList, payload, 20_000)), ...facts }
  const signed = signString('hash-list', encode(HashList, list), by)
  return encode(Opening, { list: signed, digests: opening.digests, ...parts })
}

function grantCases(): Case[] {
  const tokens = caseMaker('tokens', '6.1')
  const grant = caseMaker('grant', '6.4')
  const given = { ...ISSUED, buyer: buyer.uid, cid: CID, ...ring }
  const bad = (name: string, refuse: Case['refuse'], change: object) =>
    grant(name, { ...given, ...change }, refuse)
  const otherRid = toHex(named('another grant', 16)) as Rid
  const payload = ISSUED.secret.subarray('floodgate/1 grant\n'.length + 32, -64)
  const secretWith = (change: object, by = signer) => {
    const value = { ...must(decode(Grant, payload, 20_000)), ...change }
    return signString('grant', encode(Grant, value), by)
  }
  const one = { ...FACTS, pieces: 1 }
  return [
    tokens('tokens, hashes and pages', { seed: SEED, rid: RID, pieces: PIECES }),
    tokens('a grant of one piece', { seed: SEED, rid: RID, pieces: 1 }),
    grant('a grant', given),
    grant('a supplementary grant', { ...given, ...issue({ ...FACTS, only: [3, 299] as never }) }),
    bad('bought by another', 'wrong-buyer', { buyer: alice.uid }),
    bad('of another content', 'wrong-grant', { cid: toHex(named('other', 20)) }),
    bad('secret of another grant', 'wrong-grant', { secret: secretWith({ rid: otherRid }) }),
    bad('secret of another size', 'wrong-grant', { secret: issue(one).secret }),
    bad('a key that does not fit the list', 'page-invalid', { secret: secretWith({ key: SEED }) }),
    bad('a page digest altered', 'page-invalid', {
      open: openingWith({}, { digests: flip(opening.digests, 40) }),
    }),
    bad('a page digest missing', 'page-invalid', {
      open: openingWith({}, { digests: opening.digests.subarray(0, 32) }),
    }),
    bad('a list altered', 'bad-signature', {
      open: openingWith({}, { list: flip(opening.list, 90) }),
    }),
    bad('the secret in the place of the list', 'bad-label', {
      open: openingWith({}, { list: ISSUED.secret }),
    }),
    bad('the list in the place of the secret', 'bad-label', { secret: opening.list }),
    bad('a secret altered', 'bad-signature', { secret: flip(ISSUED.secret, -1) }),
    bad('a secret of another provider', 'wrong-provider', {
      secret: secretWith({}, FOREIGN.signer),
    }),
    bad('an opening that is no record', 'malformed', { open: fromText('l-3:') }),
    bad('an opening beyond its limit', 'too-large', { open: new Uint8Array(13_377) }),
  ]
}

export const torrentAndGrantCases = (): Record<string, Case[]> => ({
  torrents: torrentCases(),
  grants: grantCases(),
})
