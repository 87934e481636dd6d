/** One announce to an HTTP tracker, for free torrents (BEP 3, 7, 23). */
import { isIP } from 'node:net'
import { fromHex } from '../../shared/bytes.js'
import { Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  ADDRESSES_MAX_COUNT,
  ANNOUNCE_BODY_MAX_BYTES,
  REASON_MAX_CHARACTERS,
} from '../../shared/limits.js'
import { decodeValue, type Value } from '../../shared/wire/bencode.js'
import type { Address } from './address-book.js'
import { getBytes, isHttp } from './http.js'

/** What a peer tells the tracker; counts in bytes. */
export interface AnnounceQuery {
  readonly cid: Cid
  readonly peerId: Uint8Array
  /** Where we listen. */
  readonly port: number
  readonly uploaded: number
  readonly downloaded: number
  readonly left: number
  readonly event: 'started' | 'completed' | 'stopped' | undefined
}

/** What the tracker answers. */
export interface AnnounceAnswer {
  /** Wait before the next announce. */
  readonly intervalMs: number
  readonly peers: readonly Address[]
}

/** Every byte as %XX: what BEP 3 asks of raw ids in a query. */
function percent(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/** The address to fetch for an announce, or a refusal of what is no HTTP tracker. */
export function announceUrl(tracker: string, query: AnnounceQuery): string | Refusal {
  if (!isHttp(tracker)) {
    return refuse('unreachable', `not the address of an HTTP tracker: ${tracker}`)
  }
  const url = new URL(tracker)
  const { event } = query
  const fields = [
    url.search.slice(1),
    `info_hash=${percent(fromHex(query.cid) ?? new Uint8Array(0))}`,
    `peer_id=${percent(query.peerId)}`,
    `port=${query.port}`,
    `uploaded=${query.uploaded}`,
    `downloaded=${query.downloaded}`,
    `left=${query.left}`,
    'compact=1',
    event === undefined ? '' : `event=${event}`,
  ]
  url.search = ''
  url.hash = ''
  return `${url.href}?${fields.filter((field) => field !== '').join('&')}`
}

/** Announces once; refuses as unreachable, with the tracker's own reason if it gives one, or as
 * malformed or too-large for what is no tracker's answer. */
export async function announce(
  tracker: string,
  query: AnnounceQuery,
): Promise<AnnounceAnswer | Refusal> {
  const url = announceUrl(tracker, query)
  if (refused(url)) return url
  const response = await getBytes(url, ANNOUNCE_BODY_MAX_BYTES)
  if (refused(response)) return response
  const { body, status } = response
  const answer = parseAnswer(body)
  const failed = status !== 200 && refused(answer) && answer.code === 'malformed'
  return failed ? refuse('unreachable', `${tracker} answers ${status}`) : answer
}

/** Reads a tracker's answer: compact peers (BEP 23), IPv6 peers (BEP 7), or the list of BEP 3. */
export function parseAnswer(body: Uint8Array): AnnounceAnswer | Refusal {
  const value = decodeValue(body, { maxBytes: ANNOUNCE_BODY_MAX_BYTES })
  if (value instanceof Refusal) return value
  if (!isDictionary(value)) return refuse('malformed', "the tracker's answer is no dictionary")
  const reason = value['failure reason']
  if (reason instanceof Uint8Array) {
    const text = new TextDecoder().decode(reason).slice(0, REASON_MAX_CHARACTERS)
    return refuse('unreachable', `the tracker refuses: ${text}`)
  }
  const { interval, peers, peers6 } = value
  if (typeof interval !== 'number' || interval < 0) return refuse('malformed', 'no interval')
  const found = [
    ...(peers instanceof Uint8Array ? compact(peers, 4) : listed(peers)),
    ...(peers6 instanceof Uint8Array ? compact(peers6, 16) : []),
  ]
  return { intervalMs: interval * 1000, peers: found.filter(isPeer).slice(0, ADDRESSES_MAX_COUNT) }
}

/** Whether somebody can be there: a port, and neither "this network" nor a whole group. */
function isPeer({ host, port }: Address): boolean {
  return port > 0 && !/^(0|22[4-9]|23\d|24\d|25[0-5])\.|^ff|^[0:]+$/i.test(host)
}

function isDictionary(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && !(value instanceof Uint8Array) && !Array.isArray(value)
}

/** Address bytes and a big-endian port, again and again; a rest that is too short is left out. */
function compact(bytes: Uint8Array, size: 4 | 16): Address[] {
  const addresses: Address[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + size + 2 <= bytes.length; at += size + 2) {
    const parts: string[] = []
    for (let part = at; part < at + size; part += size === 4 ? 1 : 2) {
      parts.push(size === 4 ? `${view.getUint8(part)}` : view.getUint16(part).toString(16))
    }
    addresses.push({ host: parts.join(size === 4 ? '.' : ':'), port: view.getUint16(at + size) })
  }
  return addresses
}

/** The list of dictionaries; names are not resolved, only addresses taken. */
function listed(peers: Value | undefined): Address[] {
  if (!Array.isArray(peers)) return []
  const addresses: Address[] = []
  for (const peer of peers as Value[]) {
    if (!isDictionary(peer) || !(peer.ip instanceof Uint8Array)) continue
    const host = new TextDecoder().decode(peer.ip)
    const { port } = peer
    if (isIP(host) === 0 || typeof port !== 'number' || port < 0 || port > 65_535) continue
    addresses.push({ host, port })
  }
  return addresses
}
