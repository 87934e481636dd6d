/**
 * The tracker's HTTP door against clients that send what they should not, or do not go on: one test
 * per row of its table in docs/DESIGN.md, over real sockets, beside an honest announce.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { CALLS } from '../../shared/api.js'
import type { Cid } from '../../shared/identifier.js'
import { API_BODY_MAX_BYTES, CALL_BODY_MAX_BYTES, METAINFO_MAX_BYTES } from '../../shared/limits.js'
import {
  HTTP_HEADERS_MAX_BYTES,
  HTTP_HEADERS_MAX_COUNT,
  HTTP_PIPELINED_MAX_COUNT,
  TARGET_MAX_BYTES,
} from '../../shared/tracker-limits.js'
import { WAIT_MAX_MS, within } from '../until.js'
import { World } from './tracker-world.js'

const CID = 'a5'.repeat(20) as Cid
/** Short enough for a test; which one strikes is told by the others being long. */
const SHORT_MS = 200
/** Longer than any test waits. */
const LONG_MS = 2 * WAIT_MAX_MS

let world: World
let hostile: Hostile[] = []
beforeEach(async () => {
  world = await World.start()
  await world.tracker.store.write((rows) => rows.free.put({ cid: CID, name: undefined, listed: 1 }))
})
afterEach(async () => {
  for (const { socket } of hostile) socket.destroy()
  hostile = []
  await world.close()
})

/** Opens the port anew with other bounds. */
async function reopen(where: Parameters<World['open']>[0]): Promise<void> {
  await world.stop()
  await world.open(where)
}

/** A client that sends what we say; its answer is what came until the connection was closed. */
interface Hostile {
  readonly socket: Socket
  readonly answer: Promise<string>
}

function client(from: string, text = ''): Hostile {
  const port = Number(new URL(world.url).port)
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const answer = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
  if (text !== '') socket.write(text, 'latin1')
  hostile.push({ socket, answer })
  return { socket, answer }
}

/** Resolves when a client is connected, or was closed again. */
const connected = ({ answer, socket }: Hostile): Promise<unknown> =>
  socket.connecting ? Promise.race([once(socket, 'ready'), answer]) : Promise.resolve()

/** An ordinary client's announce is answered, whatever goes on. */
async function announces(): Promise<void> {
  const hash = CID.replace(/../g, '%$&')
  const target = `/announce?info_hash=${hash}&peer_id=${'x'.repeat(20)}&port=1&left=1`
  const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  assert.match(await client('127.0.0.1', request).answer, /\r\n\r\nd8:complete/)
}

const post = (path: string, headers: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
const close = 'Connection: close\r\n'

test('500 clients that send headers byte by byte are closed and hurt nobody', async () => {
  await reopen({ timeouts: { headersMs: SHORT_MS } })
  const slow = Array.from({ length: 500 }, () => client('127.0.0.2', 'GET / HTTP/1.1\r\nX: '))
  await Promise.all(slow.map(connected))
  const drip = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write('x')
  }, 20)
  await announces()
  const answers = await Promise.all(slow.map(({ answer }) => answer))
  clearInterval(drip)
  // Those beyond the places of one address are cut without a word.
  assert.ok(answers.every((answer) => answer === '' || /^HTTP\/1\.1 408 /.test(answer)))
  assert.ok(answers.some((answer) => answer !== ''))
  await announces()
})

test('who says nothing at all is closed', async () => {
  await reopen({ timeouts: { headersMs: SHORT_MS } })
  assert.match(await client('127.0.0.1').answer, /^(HTTP\/1\.1 408 |$)/)
})

/** A key and a certificate of this machine. */
function tlsFiles(): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = [join(world.folder, 'tls.key'), join(world.folder, 'tls.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const out = ['-keyout', key, '-out', cert, '-subj', '/CN=localhost']
  const made = spawnSync('openssl', ['req', '-x509', ...curve, '-nodes', ...out])
  assert.equal(made.status, 0, String(made.stderr))
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

test('so is who begins no TLS where there is TLS', async () => {
  await reopen({ tls: tlsFiles(), timeouts: { headersMs: SHORT_MS } })
  assert.equal(await client('127.0.0.1').answer, '')
  assert.equal(await client('127.0.0.1', 'GET / HTTP/1.1\r\n\r\n').answer, '')
  const port = Number(new URL(world.url).port)
  const slow = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  slow.on('error', () => undefined)
  await once(slow, 'secureConnect')
  slow.write('GET / HTTP/1.1\r\nX: ')
  const [answer] = (await once(slow, 'data')) as [Buffer]
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 408 /)
})

test('a tracker that stops waits for nobody who begins no TLS', async () => {
  await reopen({ tls: tlsFiles(), timeouts: { headersMs: LONG_MS, requestMs: LONG_MS } })
  const silent = client('127.0.0.1')
  await connected(silent)
  await within('the end of the server', reopen({}))
  assert.equal(await silent.answer, '')
})

test('a body that comes byte by byte is cut off', async () => {
  await reopen({ timeouts: { headersMs: SHORT_MS, requestMs: 2 * SHORT_MS } })
  const slow = client('127.0.0.1', post(CALLS.claim.path, 'Content-Length: 1000\r\n'))
  const drip = setInterval(() => slow.socket.write('x'), 20)
  assert.match(await slow.answer, /^HTTP\/1\.1 408 |^$/)
  clearInterval(drip)
  await announces()
})

test('an idle connection is closed', async () => {
  await reopen({ timeouts: { keepAliveMs: SHORT_MS } })
  const idle = client('127.0.0.1', 'GET /fg/v1/none HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(await idle.answer, /^HTTP\/1\.1 404 /)
})

test('headers are bounded in bytes and in number, an address in bytes', async () => {
  const get = (target: string, headers: string): Promise<string> =>
    client('127.0.0.1', `GET ${target} HTTP/1.1\r\nHost: x\r\n${close}${headers}\r\n`).answer
  const long = `X: ${'x'.repeat(HTTP_HEADERS_MAX_BYTES)}\r\n`
  assert.match(await get('/fg/v1/none', long), /^HTTP\/1\.1 431 /)
  const many = (count: number): string => 'X: x\r\n'.repeat(count - 2)
  assert.match(await get('/fg/v1/none', many(HTTP_HEADERS_MAX_COUNT)), /^HTTP\/1\.1 404 /)
  assert.match(await get('/fg/v1/none', many(HTTP_HEADERS_MAX_COUNT + 1)), /^HTTP\/1\.1 413 /)
  assert.match(await get(`/${'x'.repeat(TARGET_MAX_BYTES - 1)}`, ''), /^HTTP\/1\.1 404 /)
  assert.match(await get(`/${'x'.repeat(TARGET_MAX_BYTES)}`, ''), /^HTTP\/1\.1 413 /)
})

test('a body is judged by its length before a byte of it comes', async () => {
  const said = (path: string, length: number | string): Promise<string> =>
    client('127.0.0.1', post(path, `${close}Content-Length: ${length}\r\n`)).answer
  assert.match(await said(CALLS.claim.path, API_BODY_MAX_BYTES + 1), /^HTTP\/1\.1 413 /)
  assert.match(await said(CALLS.purchase.path, CALL_BODY_MAX_BYTES + 1), /^HTTP\/1\.1 413 /)
  assert.match(await said('/announce', 1), /^HTTP\/1\.1 413 /)
  assert.match(await said('/__proto__', 1), /^HTTP\/1\.1 413 /)
  assert.match(await said(CALLS.claim.path, '1e3'), /^HTTP\/1\.1 400 /)
})

test('bodies of unknown length, encoded ones, and bodies of a GET are refused', async () => {
  const told = (request: string): Promise<string> => client('127.0.0.1', request).answer
  const chunked = `${close}Transfer-Encoding: chunked\r\n`
  assert.match(await told(post(CALLS.claim.path, chunked)), /^HTTP\/1\.1 400 .*malformed/s)
  const gzip = `${close}Content-Encoding: gzip\r\nContent-Length: 5\r\n`
  assert.match(await told(post(CALLS.claim.path, gzip)), /^HTTP\/1\.1 400 .*malformed/s)
  const get = `GET /announce HTTP/1.1\r\nHost: x\r\n${close}Content-Length: 5\r\n\r\n`
  assert.match(await told(get), /^HTTP\/1\.1 400 .*only a POST/s)
  const both = `${close}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`
  assert.match(await told(post(CALLS.claim.path, both)), /^HTTP\/1\.1 400 /)
})

test('leave to send a body is given after it was judged', async () => {
  const asked = (length: number): Hostile =>
    client(
      '127.0.0.1',
      post(CALLS.claim.path, `Expect: 100-continue\r\nContent-Length: ${length}\r\n`),
    )
  const long = asked(API_BODY_MAX_BYTES + 1)
  const [refused] = (await once(long.socket, 'data')) as [Buffer]
  assert.match(refused.toString('latin1'), /^HTTP\/1\.1 413 /)
  const short = asked(3)
  const [leave] = (await once(short.socket, 'data')) as [Buffer]
  assert.match(leave.toString('latin1'), /^HTTP\/1\.1 100 /)
  short.socket.write('abc')
  const [answer] = (await once(short.socket, 'data')) as [Buffer]
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 400 /)
})

test('other methods, other protocols and other addresses are told no', async () => {
  const told = (request: string): Promise<string> => client('127.0.0.1', request).answer
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
    const text = `${method} /announce HTTP/1.1\r\nHost: x\r\n${close}\r\n`
    assert.match(await told(text), /^HTTP\/1\.1 404 /, method)
  }
  assert.equal(await told('CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n'), '')
  assert.match(await told('\x13BitTorrent protocol\0\0\0\0'), /^HTTP\/1\.1 400 /)
  assert.match(await told('GET /announce HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /, 'no Host')
  assert.match(await told(`GET /../x HTTP/1.1\r\nHost: x\r\n${close}\r\n`), /^HTTP\/1\.1 404 /)
})

test('who asks faster than it is answered is closed', async () => {
  const get = 'GET /fg/v1/catalogue HTTP/1.1\r\nHost: x\r\n\r\n'
  // The catalogue is read in a turn of its own, so none of them is answered yet.
  const some = client('127.0.0.1', get.repeat(HTTP_PIPELINED_MAX_COUNT))
  await once(some.socket, 'data')
  const flood = client('127.0.0.1', get.repeat(HTTP_PIPELINED_MAX_COUNT + 1))
  assert.equal(await flood.answer, '')
  assert.equal(some.socket.closed, false)
})

test('a new connection makes the idle one of its address go', async () => {
  await reopen({ connections: { total: 100, perAddress: 3 } })
  const clients = [1, 2, 3].map(() => client('127.0.0.2'))
  await Promise.all(clients.map(connected))
  const other = client('127.0.0.3')
  await connected(other)
  const fourth = client('127.0.0.2')
  assert.equal(await clients[0]?.answer, '')
  await announces()
  assert.deepEqual(
    [clients[1], clients[2], fourth, other].map((each) => each?.socket.closed),
    [false, false, false, false],
  )
})

test('when every place is taken, who waits longest goes; who is at work stays', async () => {
  await reopen({ connections: { total: 3, perAddress: undefined } })
  const [first, second, third] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((from) => client(from))
  await Promise.all([first, second, third].map((each) => connected(each as Hostile)))
  // The first has spoken last, and the second still owes most of a body.
  second?.socket.write(post(CALLS.claim.path, 'Content-Length: 1000\r\n'))
  await wait(50)
  first?.socket.write('GET /fg/v1/none HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(first?.socket as Socket, 'data')
  await announces()
  assert.equal(await third?.answer, '')
  assert.equal(first?.socket.closed, false)
})

/** A content whose torrent file is as large as one may be, and a request for it. */
async function largeTorrent(): Promise<string> {
  const content = { cid: CID, name: 'large', size: 1, files: 1, terms: 1, published: 1 }
  const torrent = new Uint8Array(METAINFO_MAX_BYTES)
  await world.tracker.store.write((rows) => rows.catalog.putContent(content, torrent))
  return `GET /fg/v1/torrents/${CID} HTTP/1.1\r\nHost: x\r\n\r\n`
}

test('an answer that nobody reads makes way for others', async () => {
  await reopen({ answersMaxBytes: 1.5 * METAINFO_MAX_BYTES })
  const get = await largeTorrent()
  const first = client('127.0.0.1', get)
  await once(first.socket, 'data')
  first.socket.pause()
  const second = client('127.0.0.1', get)
  await once(second.socket, 'data')
  first.socket.resume()
  assert.ok((await first.answer).length < METAINFO_MAX_BYTES)
})

test('who does not read its answer is closed', async () => {
  await reopen({ timeouts: { idleMs: SHORT_MS } })
  const lazy = client('127.0.0.1', await largeTorrent())
  await once(lazy.socket, 'data')
  lazy.socket.pause()
  await wait(10 * SHORT_MS)
  lazy.socket.resume()
  assert.ok((await lazy.answer).length < METAINFO_MAX_BYTES)
})
