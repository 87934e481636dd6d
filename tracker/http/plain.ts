/**
 * The plain tracker: `GET /announce` and `GET /scrape` (BEP 3, 7, 23, 48) for ordinary clients.
 *
 * Requests are read as bytes, answers written as bytes, and nothing that came in is repeated in
 * what goes out. The `ip` parameter is ignored: whoever could name another's address could send a
 * swarm to a victim; a peer is where its announce came from. `key` and `trackerid` have no use,
 * because a peer is known by address and port. Every answer has status 200: clients read a reason
 * only then.
 */
import { toHex } from '../../shared/bytes.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  PLAIN_INTERVAL_MIN_MS,
  PLAIN_INTERVAL_MS,
  PLAIN_WANTED_COUNT,
  PLAIN_WANTED_MAX_COUNT,
  SCRAPE_MAX_COUNT,
} from '../../shared/tracker-limits.js'
import { type Encodable, encodeValue } from '../../shared/wire/bencode.js'
import { addressBytes, addressText } from '../network.js'
import type { PlainAnnounce, PlainAnswer, PlainPeers } from '../plain-swarms.js'
import type { Tracker } from '../tracker.js'
import { Query } from './query.js'

const ID_BYTES = 20
const PORT_MAX = 65_535
const EVENTS: Readonly<Record<string, PlainAnnounce['event']>> = {
  started: 'started',
  completed: 'completed',
  stopped: 'stopped',
  // BEP 21: a partial seed, which is a downloader here.
  paused: undefined,
  empty: undefined,
  '': undefined,
}

/** The body of a failure (BEP 3). */
export function failureBody(reason: string): Uint8Array {
  return encodeValue({ 'failure reason': reason })
}

/** A body, at once unless the list has to be read first. */
type Body = Uint8Array | Promise<Uint8Array>

/** Answers an announce that came from the address `host`. */
export function answerAnnounce(tracker: Tracker, target: string, host: string | undefined): Body {
  const query = new Query(target)
  const announce = readAnnounce(query, host)
  if (refused(announce)) return failureBody(announce.message)
  return whenListed(tracker, () => {
    const problem = standingProblem(tracker, announce.cid)
    if (problem !== undefined) return failureBody(problem)
    const answer = tracker.plain.announce(announce, tracker.now())
    return refused(answer) ? failureBody(answer.message) : announceBody(answer, query)
  })
}

/** Answers a scrape: the figures of each info hash that is listed (BEP 48). */
export function answerScrape(tracker: Tracker, target: string): Body {
  const hashes = new Query(target).all('info_hash')
  if (hashes === undefined || hashes.some(({ length }) => length !== ID_BYTES)) {
    return failureBody('info_hash must have 20 bytes, percent-encoded')
  }
  if (hashes.length === 0)
    return failureBody('name the info_hash: there is no scrape of everything')
  if (hashes.length > SCRAPE_MAX_COUNT)
    return failureBody(`more than ${SCRAPE_MAX_COUNT} info_hash`)
  return whenListed(tracker, () => scrapeBody(tracker, hashes))
}

function scrapeBody(tracker: Tracker, hashes: readonly Uint8Array[]): Uint8Array {
  const files = new Map<string, [Uint8Array, Encodable]>()
  for (const hash of hashes) {
    const cid = toHex(hash) as Cid
    const standing = tracker.listing.standingOf(cid)
    if (standing === 'paid') return failureBody(howToBuy(tracker, cid))
    if (standing === 'free') files.set(cid, [hash, { ...tracker.plain.counts(cid, tracker.now()) }])
  }
  return encodeValue({ files: new Map(files.values()) })
}

/** Answers on a list that is recent; after reading it, swarms that are listed no more are gone. */
function whenListed({ listing, plain }: Tracker, answer: () => Uint8Array): Body {
  const reading = listing.refresh()
  if (reading === undefined) return answer()
  return reading.then((changed) => {
    if (changed) plain.retain((cid) => listing.standingOf(cid) === 'free')
    return answer()
  })
}

function standingProblem(tracker: Tracker, cid: Cid): string | undefined {
  const standing = tracker.listing.standingOf(cid)
  if (standing === 'free') return undefined
  return standing === 'paid' ? howToBuy(tracker, cid) : 'this tracker does not list this torrent'
}

/** What an ordinary client is told: a paid content is not given to announces without a grant. */
function howToBuy({ config }: Tracker, cid: Cid): string {
  const register = `floodgate register --tracker ${config.url} --name NAME`
  return `this content is sold: ${register}, then floodgate get ${cid} --out DIR`
}

/** Checks every parameter that has a meaning here; refuses as malformed, with the reason. */
function readAnnounce(query: Query, host: string | undefined): PlainAnnounce | Refusal {
  if (host === undefined) return refuse('malformed', 'your address is not known')
  const hash = query.bytes('info_hash')
  if (hash?.length !== ID_BYTES) return refuse('malformed', 'info_hash must have 20 bytes')
  const peerId = query.bytes('peer_id')
  if (peerId?.length !== ID_BYTES) return refuse('malformed', 'peer_id must have 20 bytes')
  const port = Number(/^\d{1,5}$/.exec(query.raw('port') ?? '')?.[0])
  if (!(port >= 1 && port <= PORT_MAX)) return refuse('malformed', 'port must be 1 to 65535')
  // Some clients send 2^63 - 1 while they do not know; only "nothing left" matters.
  const left = query.raw('left') ?? ''
  if (!/^\d{1,20}$/.test(left)) return refuse('malformed', 'left must be a number of bytes')
  const name = query.raw('event') ?? ''
  if (!Object.hasOwn(EVENTS, name)) {
    return refuse('malformed', 'event must be started, completed or stopped')
  }
  const numwant = query.raw('numwant') ?? '-1'
  if (!/^(-1|\d{1,9})$/.test(numwant)) return refuse('malformed', 'numwant must be a number')
  const address = addressBytes(host)
  const record = Buffer.alloc(address.length + 2)
  record.set(address)
  record.writeUInt16BE(port, address.length)
  return {
    cid: toHex(hash) as Cid,
    record,
    peerId,
    seed: /^0+$/.test(left),
    event: EVENTS[name],
    wanted:
      numwant === '-1' ? PLAIN_WANTED_COUNT : Math.min(Number(numwant), PLAIN_WANTED_MAX_COUNT),
  }
}

/** The answer in bencode, keys in order; written by hand, since the peers are most of it. */
function announceBody(answer: PlainAnswer, query: Query): Uint8Array {
  const { complete, incomplete, v4, v6 } = answer
  const figures = [
    `d8:completei${complete}e10:incompletei${incomplete}e`,
    `8:intervali${PLAIN_INTERVAL_MS / 1000}e12:min intervali${PLAIN_INTERVAL_MIN_MS / 1000}e`,
  ]
  const head = Buffer.from(figures.join(''), 'latin1')
  if (query.raw('compact') === '0') {
    const withId = query.raw('no_peer_id') !== '1'
    const peers = encodeValue([...dictionaries(v4, withId), ...dictionaries(v6, withId)])
    return Buffer.concat([head, Buffer.from('5:peers'), peers, Buffer.from('e')])
  }
  const parts = [head, ...compact('5:peers', v4)]
  if (v6.slots.length > 0) parts.push(...compact('6:peers6', v6))
  parts.push(Buffer.from('e'))
  return Buffer.concat(parts)
}

/** Addresses and ports, one after the other (BEP 23, BEP 7). */
function compact(key: string, { table, slots }: PlainPeers): Buffer[] {
  const records = table.records(slots)
  return [Buffer.from(`${key}${records.length}:`, 'latin1'), records]
}

/** The list of dictionaries of BEP 3. */
function dictionaries({ table, slots }: PlainPeers, withId: boolean): Encodable[] {
  return slots.map((slot) => {
    const record = table.recordAt(slot)
    const ip = addressText(record.subarray(0, -2))
    const port = record.readUInt16BE(record.length - 2)
    return withId ? { ip, 'peer id': table.idAt(slot), port } : { ip, port }
  })
}
