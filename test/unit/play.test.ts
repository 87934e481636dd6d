/** What is played: which file, which bytes of it, and who may ask for them over HTTP. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { likelyFile, mediaType } from '../../client/play/media.js'
import { rangeOf } from '../../client/play/range.js'
import { StreamServer } from '../../client/play/stream-server.js'
import { must } from '../../shared/errors.js'
import { makeContent } from '../engine-content.js'

const curl = promisify(execFile)

test('a range of bytes: whole, part, from the end, none', () => {
  const part = (start: number, end: number) => ({ status: 206, start, end })
  const whole = { status: 200, start: 0, end: 1000 }
  const cases: readonly (readonly [string | undefined, object])[] = [
    [undefined, whole],
    ['bytes=0-', part(0, 1000)],
    ['bytes=0-0', part(0, 1)],
    ['bytes=999-', part(999, 1000)],
    ['bytes=500-99999', part(500, 1000)],
    ['bytes=-1', part(999, 1000)],
    ['bytes=-5000', part(0, 1000)],
    ['Bytes= 10 - 19 ', part(10, 20)],
    ['bytes=1000-', { status: 416 }],
    ['bytes=-0', { status: 416 }],
    ['bytes=0-1,5-6', { status: 416 }],
    // What is not a range, or of another unit, counts as not asked (RFC 9110 §14.2).
    ['bytes=5-4', whole],
    ['bytes=a-b', whole],
    ['bytes=-', whole],
    ['items=0-5', whole],
    ['bytes=99999999999999999999-', whole],
  ]
  for (const [header, expected] of cases) assert.deepEqual(rangeOf(header, 1000), expected, header)
  assert.deepEqual(rangeOf(undefined, 0), { status: 200, start: 0, end: 0 })
  assert.deepEqual(rangeOf('bytes=0-', 0), { status: 416 })
})

test('the file that is meant is the largest that a player takes', () => {
  const filesOf = (sizes: Record<string, number>) => makeContent(sizes, 16_384).metainfo.files
  const film = filesOf({ 'cover.jpg': 90_000, 'film.MKV': 50_000, 'trailer.mp4': 10_000 })
  assert.equal(film[likelyFile(film) ?? -1]?.path.at(-1), 'film.MKV')
  const other = filesOf({ 'a.txt': 10, 'b.bin': 20_000 })
  assert.equal(other[likelyFile(other) ?? -1]?.path.at(-1), 'b.bin')
  assert.equal(likelyFile([]), undefined)
  assert.deepEqual(['film.MKV', 'a.flac', 'a.constructor', 'name'].map(mediaType), [
    'video/x-matroska',
    'audio/flac',
    'application/octet-stream',
    'application/octet-stream',
  ])
})

const body = randomBytes(600_000)

/** A server of `body` that ends with the test; `most` bytes come, and then nothing more. */
async function serverOf(t: TestContext, most = body.length): Promise<StreamServer> {
  const file = {
    ...{ name: 'a film #1.mkv', length: body.length, tag: 'tag' },
    async *read(start: number, end: number, stop: AbortSignal) {
      for (let at = start; at < Math.min(end, most); at += 65_536) {
        yield body.subarray(at, Math.min(at + 65_536, end, most))
      }
      if (end > most && !stop.aborted) await once(stop, 'abort')
    },
  }
  const server = must(await StreamServer.open(file, (bytes) => randomBytes(bytes)))
  t.after(() => server.close())
  return server
}

/** What curl gets. */
async function get(url: string, ...args: string[]): Promise<{ head: string; bytes: Buffer }> {
  const options = { encoding: 'buffer' as const, maxBuffer: 10_000_000 }
  const { stdout } = await curl('curl', ['-s', '-i', ...args, url], options)
  const end = stdout.indexOf('\r\n\r\n') + 4
  return {
    head: stdout.subarray(0, end).toString('latin1').toLowerCase(),
    bytes: stdout.subarray(end),
  }
}

test('curl gets it whole, in parts, and only its head', async (t) => {
  const { url } = await serverOf(t)
  const whole = await get(url)
  assert.match(whole.head, /^http\/1.1 200 /)
  for (const line of ['accept-ranges: bytes', 'content-length: 600000', 'video/x-matroska']) {
    assert.ok(whole.head.includes(line), line)
  }
  assert.ok(whole.bytes.equals(body))
  const part = await get(url, '-r', '1000-1999')
  assert.match(part.head, /^http\/1.1 206 [\s\S]*content-range: bytes 1000-1999\/600000\r\n/)
  assert.ok(part.bytes.equals(body.subarray(1000, 2000)))
  const tail = await get(url, '-r', '-7')
  assert.ok(tail.bytes.equals(body.subarray(-7)))
  const head = await get(url, '-I', '-r', '5-')
  assert.match(head.head, /^http\/1.1 206 [\s\S]*content-length: 599995\r\n/)
  assert.equal(head.bytes.length, 0)
  const beyond = await get(url, '-r', '600000-')
  assert.match(beyond.head, /^http\/1.1 416 [\s\S]*content-range: bytes \*\/600000\r\n/)
  assert.match((await get(url, '-r', '0-1,3-4')).head, /^http\/1.1 416 /)
  // A part of what may be another file by now is not a part of it.
  assert.match((await get(url, '-r', '0-1', '-H', 'If-Range: "other"')).head, /^http\/1.1 200 /)
  assert.match((await get(url, '-r', '0-1', '-H', 'If-Range: "tag"')).head, /^http\/1.1 206 /)
})

test('without the token, or from elsewhere, there is nothing', async (t) => {
  const { url } = await serverOf(t)
  const { origin, pathname, port } = new URL(url)
  const [, token = ''] = pathname.split('/')
  assert.match(token, /^[0-9a-f]{32}$/)
  const statusOf = async (to: string, ...args: string[]) =>
    /^http\/1.1 (\d+)/.exec((await get(to, ...args)).head)?.[1]
  assert.equal(await statusOf(`${origin}/`), '404')
  assert.equal(await statusOf(`${origin}/${'0'.repeat(32)}/a%20film%20%231.mkv`), '404')
  assert.equal(await statusOf(`${origin}/${token}/other.mkv`), '404')
  assert.equal(await statusOf(url, '-H', 'Host: evil.example'), '403')
  assert.equal(await statusOf(url, '-H', `Host: evil.example:${port}`), '403')
  assert.equal(await statusOf(url, '-H', 'Origin: http://evil.example'), '403')
  assert.equal(await statusOf(url, '-H', `Host: localhost:${port}`, '-r', '0-0'), '206')
  assert.equal(await statusOf(url, '-X', 'POST'), '405')
  const socket = connect(Number(port), '127.0.0.1')
  socket.end('GET / HTTP/1.0\r\n\r\n')
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 403 /)
})

test('a player hears at once what it gets, and one that goes away is not read for', async (t) => {
  const server = await serverOf(t, 100_000)
  const { host, pathname, port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nRange: bytes=200000-\r\n\r\n`)
  const [head] = await once(socket, 'data')
  assert.match(String(head), /^HTTP\/1.1 206 /)
  socket.destroy()
  await once(socket, 'close')
  const whole = connect(Number(port), '127.0.0.1')
  whole.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  let got = 0
  for await (const chunk of whole) {
    got += chunk.length
    if (got > 100_000) break
  }
  assert.equal(server.served, 100_000)
})
