/** What a tracker shows to everybody, as it is checked: its catalogue and its torrent files. */
import { Catalogue } from '../../../shared/api.js'
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import type { Cid } from '../../../shared/identifier.js'
import { type Keyring, openProviderString } from '../../../shared/keyring.js'
import { API_ANSWER_MAX_BYTES, CLOCK_SKEW_MAX_MS } from '../../../shared/limits.js'
import { type Metainfo, parseMetainfo } from '../../../shared/metainfo.js'
import { decode, type TypeOf } from '../../../shared/wire/record.js'

/** Contents of a catalogue, as it lists them. */
export type Listed = TypeOf<typeof Catalogue>['contents']

/** Verifies a signed catalogue; refuses an old one, or one of another question, as bad-answer. */
export function openCatalogue(
  signed: Uint8Array,
  text: string,
  keyring: Keyring,
  nowMs: number,
): Listed | Refusal {
  const payload = openProviderString('catalogue', signed, keyring, API_ANSWER_MAX_BYTES)
  if (refused(payload)) return payload
  const catalogue = decode(Catalogue, payload, API_ANSWER_MAX_BYTES)
  if (refused(catalogue)) return catalogue
  const off = Math.abs(nowMs - catalogue.time)
  if (catalogue.query === text && off <= CLOCK_SKEW_MAX_MS) return catalogue.contents
  return refuse('bad-answer', 'the catalogue is an old one, or answers another question')
}

/** A torrent file whose cid was checked; its terms were not. */
export interface ShownTorrent {
  readonly bytes: Uint8Array
  readonly metainfo: Metainfo
}

/** Reads the torrent file of a content; refuses another content's as bad-answer. */
export function openTorrentFile(bytes: Uint8Array, cid: Cid): ShownTorrent | Refusal {
  const metainfo = parseMetainfo(bytes)
  if (refused(metainfo)) return metainfo
  if (metainfo.cid === cid) return { bytes, metainfo }
  return refuse('bad-answer', `the tracker gave the torrent ${metainfo.cid} instead of ${cid}`)
}
