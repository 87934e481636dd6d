/** The plain tracker over HTTP: the exact bytes of every kind of answer (BEP 3, 7, 23, 48). */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, test } from 'node:test'
import { fromHex, toHex } from '../../shared/bytes.js'
import type { Cid } from '../../shared/identifier.js'
import { SCRAPE_MAX_COUNT, TARGET_MAX_BYTES } from '../../shared/tracker-limits.js'
import { World } from './tracker-world.js'

const CID = `ff00e92026${'3d'.repeat(15)}` as Cid
const SECOND_CID = `0025${'7e'.repeat(18)}` as Cid

let world: World
beforeEach(async () => {
  world = await World.start()
  await list(CID, SECOND_CID)
})
afterEach(() => world.close())

async function list(...cids: Cid[]): Promise<void> {
  for (const cid of cids) {
    await world.tracker.store.write((rows) => rows.free.put({ cid, name: undefined, listed: 1 }))
  }
  world.aheadMs += 2000
}

const percent = (hex: string): string => hex.replace(/../g, '%$&')

/** Sends a request byte for byte and gives the body's bytes as Latin-1 text. */
async function get(target: string, from = '127.0.0.1', headers = ''): Promise<string> {
  const { port } = new URL(world.url)
  const host = from.includes(':') ? '::1' : '127.0.0.1'
  const socket = connect({ port: Number(port), host, localAddress: from })
  socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`, 'latin1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString('latin1')
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

interface Fields {
  [name: string]: string | number
}

function announce(fields: Fields = {}, from = '127.0.0.1'): Promise<string> {
  const all: Fields = {
    ...{ info_hash: percent(CID), peer_id: percent('2d'.repeat(20)), port: 6881 },
    ...{ uploaded: 0, downloaded: 0, left: 5, compact: 1, ...fields },
  }
  const query = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  return get(`/announce?${query.join('&')}`, from)
}

const head = (complete: number, incomplete: number): string =>
  `d8:completei${complete}e10:incompletei${incomplete}e8:intervali900e12:min intervali60e`
const failure = (text: string): string => `d14:failure reason${text.length}:${text}e`

test('compact answers: peers in 6 bytes each, not the asker, seeds not for seeds', async () => {
  assert.equal(await announce(), `${head(0, 1)}5:peers0:e`)
  const first = '\x7f\0\0\x01\x1a\xe1'
  assert.equal(await announce({ port: 256 }), `${head(0, 2)}5:peers6:${first}e`)
  assert.equal(await announce({ port: 257, left: 0 }, '127.0.0.2'), await bothOf(1, 2))
  assert.equal(await announce({ port: 258, left: 0, event: 'stopped' }), `${head(1, 2)}5:peers0:e`)
})

/** The answer to a seed that two downloaders are handed out to, in either order. */
async function bothOf(complete: number, incomplete: number): Promise<string> {
  const answer = await announce({ port: 257, left: 0 }, '127.0.0.2')
  const prefix = `${head(complete, incomplete)}5:peers12:`
  assert.equal(answer.slice(0, prefix.length), prefix)
  const peers = answer.slice(prefix.length, -1).match(/.{6}/gs) ?? []
  assert.deepEqual(new Set(peers), new Set(['\x7f\0\0\x01\x1a\xe1', '\x7f\0\0\x01\x01\0']))
  return answer
}

test('the list of dictionaries, with and without peer ids', async () => {
  await announce({ peer_id: percent('ff'.repeat(20)) })
  const asked = { port: 1, compact: 0, event: 'started' }
  const id = `7:peer id20:${'\xff'.repeat(20)}`
  const peer = (middle: string): string => `d2:ip9:127.0.0.1${middle}4:porti6881ee`
  assert.equal(await announce(asked), `${head(0, 2)}5:peersl${peer(id)}ee`)
  assert.equal(await announce({ ...asked, no_peer_id: 1 }), `${head(0, 2)}5:peersl${peer('')}ee`)
})

test('numwant bounds the peers, and an ip parameter names nobody', async () => {
  for (let port = 1; port <= 4; port++) await announce({ port, ip: '203.0.113.9' })
  assert.match(await announce({ port: 5, numwant: 2 }), /5:peers12:/)
  assert.match(await announce({ port: 5, numwant: 0 }), /5:peers0:e$/)
  assert.match(await announce({ port: 5, numwant: -1 }), /5:peers24:/)
  assert.match(await announce({ port: 5, numwant: 999_999_999 }), /5:peers24:/)
})

test('each wrong parameter has its reason, and none of it is repeated', async () => {
  const cases: [Fields, string][] = [
    [{ info_hash: percent(CID).slice(3) }, 'info_hash must have 20 bytes'],
    [{ info_hash: `${percent(CID)}%00` }, 'info_hash must have 20 bytes'],
    [{ info_hash: `${percent(CID).slice(0, -1)}g` }, 'info_hash must have 20 bytes'],
    [{ info_hash: CID }, 'info_hash must have 20 bytes'],
    [{ peer_id: 'x' }, 'peer_id must have 20 bytes'],
    [{ port: 0 }, 'port must be 1 to 65535'],
    [{ port: 65536 }, 'port must be 1 to 65535'],
    [{ port: '+1' }, 'port must be 1 to 65535'],
    [{ left: -1 }, 'left must be a number of bytes'],
    [{ left: '' }, 'left must be a number of bytes'],
    [{ left: '1e3' }, 'left must be a number of bytes'],
    [{ event: 'dance' }, 'event must be started, completed or stopped'],
    [{ event: '__proto__' }, 'event must be started, completed or stopped'],
    [{ numwant: '1e9' }, 'numwant must be a number'],
    [{ numwant: -2 }, 'numwant must be a number'],
    [{ info_hash: percent('11'.repeat(20)) }, 'this tracker does not list this torrent'],
  ]
  for (const [fields, reason] of cases) assert.equal(await announce(fields), failure(reason))
  assert.equal(world.tracker.plain.count, 0)
})

test('what other clients send is understood', async () => {
  const known = { left: '9223372036854775807', key: 'a1b2c3', supportcrypto: 1, corrupt: 0 }
  assert.equal(await announce(known), `${head(0, 1)}5:peers0:e`)
  assert.equal(await announce({ event: 'paused' }), `${head(0, 1)}5:peers0:e`)
  assert.equal(await announce({ event: 'empty', left: '000' }), `${head(1, 0)}5:peers0:e`)
})

test('peers of both address families (BEP 7), told apart by X-Forwarded-For', async () => {
  await world.stop()
  await world.open({ behindProxy: true })
  const target = (port: number) =>
    `/announce?info_hash=${percent(CID)}&peer_id=${'x'.repeat(20)}&port=${port}&left=1&compact=1`
  const from = (port: number, address: string) =>
    get(target(port), '127.0.0.1', `X-Forwarded-For: 6.6.6.6, ${address}\r\n`)
  await from(1, '2001:db8::7')
  const six = Buffer.from(fromHex('20010db80000000000000000000000070001') ?? []).toString('latin1')
  assert.equal(await from(2, '192.0.2.5'), `${head(0, 2)}5:peers0:6:peers618:${six}e`)
  assert.equal(await from(1, '2001:db8::7'), `${head(0, 2)}5:peers6:\xc0\0\x02\x05\0\x02e`)
})

test('one socket for both families: an IPv4 peer stays one (BEP 7)', async (t) => {
  if (!(networkInterfaces().lo ?? []).some(({ address }) => address === '::1')) {
    return t.skip('needs IPv6 on the loopback')
  }
  await world.stop()
  await world.open({ host: '::' })
  await announce({ port: 256 })
  const four = '5:peers6:\x7f\0\0\x01\x01\0'
  const six = `6:peers618:${'\0'.repeat(15)}\x01\x01\0`
  assert.equal(await announce({ port: 256 }, '::1'), `${head(0, 2)}${four}e`)
  assert.equal(await announce({ port: 257 }), `${head(0, 3)}${four}${six}e`)
})

test('a header that anybody can write moves nobody when there is no proxy', async () => {
  const target = `/announce?info_hash=${percent(CID)}&peer_id=${'x'.repeat(20)}&left=1&port=`
  await get(`${target}1`, '127.0.0.1', 'X-Forwarded-For: 203.0.113.1\r\n')
  assert.equal(await get(`${target}2`), `${head(0, 2)}5:peers6:\x7f\0\0\x01\0\x01e`)
})

test('scrape: figures by raw info hash, in order; the unknown are left out', async () => {
  await announce({ port: 1 })
  await announce({ port: 1, left: 0, event: 'completed' })
  await announce({ port: 2 })
  const raw = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1')
  const figures = (complete: number, downloaded: number, incomplete: number): string =>
    `d8:completei${complete}e10:downloadedi${downloaded}e10:incompletei${incomplete}ee`
  const hashes = [CID, '22'.repeat(20), SECOND_CID].map((cid) => `info_hash=${percent(cid)}`)
  assert.equal(
    await get(`/scrape?${hashes.join('&')}`),
    `d5:filesd20:${raw(SECOND_CID)}${figures(0, 0, 0)}20:${raw(CID)}${figures(1, 1, 1)}ee`,
  )
  assert.equal(await get(`/scrape?info_hash=${percent('22'.repeat(20))}`), 'd5:filesdee')
})

test('a scrape names what it wants, within bounds', async () => {
  const hash = `info_hash=${percent(CID)}`
  const many = (count: number): string => new Array(count).fill(hash).join('&')
  assert.match(await get('/scrape'), /^d14:failure reason\d+:name the info_hash/)
  assert.match(await get(`/scrape?${hash}&info_hash=%41`), /must have 20 bytes/)
  assert.match(await get(`/scrape?${many(SCRAPE_MAX_COUNT)}`), /^d5:files/)
  assert.match(await get(`/scrape?${many(SCRAPE_MAX_COUNT + 1)}`), /more than 64 info_hash/)
  assert.ok(`/scrape?${many(SCRAPE_MAX_COUNT)}`.length < TARGET_MAX_BYTES)
})

test('a sold content says how to buy it, whatever the list says', async () => {
  const { cid } = await world.publish(2)
  await list(cid)
  const told = await announce({ info_hash: percent(cid) })
  assert.match(told, new RegExp(`^d14:failure reason\\d+:this content is sold: .*get ${cid}`))
  const scraped = await get(`/scrape?info_hash=${percent(cid)}`)
  assert.match(scraped, /^d14:failure reason\d+:this content is sold/)
})

test('the list is followed while the tracker serves', async () => {
  const cid = toHex(randomBytes(20)) as Cid
  assert.match(await announce({ info_hash: percent(cid) }), /does not list/)
  await list(cid)
  assert.match(await announce({ info_hash: percent(cid) }), /^d8:complete/)
  await world.tracker.store.write((rows) => rows.free.remove(cid))
  world.aheadMs += 2000
  assert.match(await announce({ info_hash: percent(cid) }), /does not list/)
  assert.equal(world.tracker.plain.count, 0)
})
