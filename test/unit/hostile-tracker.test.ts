/** Our side of HTTP against trackers that answer what they should not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseAnswer } from '../../client/net/announce.js'
import { getBytes } from '../../client/net/http.js'
import { must, refused } from '../../shared/errors.js'
import { encodeValue } from '../../shared/wire/bencode.js'
import { startServer } from '../plain-tracker.js'

test('a hostile answer takes no more memory, time or trust than it may', async (t) => {
  const get = async (url: string, timeoutMs = 10_000): Promise<string> => {
    const answer = await getBytes(url, 1000, timeoutMs)
    return refused(answer) ? answer.message : `${answer.status} ${answer.body.length}`
  }
  const fine = await startServer(t, (_, response) => response.end(new Uint8Array(1000)))
  assert.equal(await get(fine), '200 1000')
  const endless = await startServer(t, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(new Uint8Array(16_384)));
    }
    response.on('drain', more)
    more()
  })
  assert.match(await get(endless), /^the answer of /)
  const bomb = gzipSync(new Uint8Array(2 ** 24))
  const packed = await startServer(t, (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  )
  assert.match(await get(packed), /an encoding that was not asked for/)
  const slow = await startServer(t, (_, response) => {
    const drip = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(drip))
  })
  assert.match(await get(slow, 200), /aborted/)
  const silent = await startServer(t, () => undefined)
  assert.match(await get(silent, 200), /aborted/)
  const cutOff = await startServer(t, (_, response) => {
    response.writeHead(200, { 'content-length': 500 }).write('x', () => response.destroy())
  })
  assert.match(await get(cutOff), /aborted|hang up/)
  const headers = await startServer(t, (_, response) =>
    response.writeHead(200, { x: 'x'.repeat(20_000) }).end(),
  )
  assert.match(await get(headers), /Header overflow/)
})

test('redirects are few, and lead to HTTP only', async (t) => {
  const to = (location: string) =>
    startServer(t, (_, response) => response.writeHead(302, { location }).end())
  const result = async (url: string): Promise<string> => {
    const answer = await getBytes(url, 1000)
    return refused(answer) ? answer.message : `${answer.status}`
  }
  let next = await startServer(t, (_, response) => response.end('x'))
  for (let hops = 0; hops < 3; hops++) next = await to(next)
  assert.equal(await result(next), '200')
  assert.match(await result(await to(next)), /from one address to the next/)
  assert.match(await result(await to('/announce')), /from one address to the next/)
  assert.match(await result(await to('file:///etc/passwd')), /not an address of HTTP/)
  assert.match(await result(await to('http://')), /from one address to the next/)
})

test('of a flood of peers some are taken, and none that nobody can be', () => {
  const peers = new Uint8Array(6 * 10_000)
  for (let at = 0; at < peers.length; at += 6) peers.set([10, 1, at >> 16, at >> 8, 1, at], at)
  const flood = must(parseAnswer(encodeValue({ interval: 1, peers })))
  assert.equal(flood.peers.length, 2000)
  const nobody = ['0.0.0.0', '224.0.0.1', '239.255.255.255', '255.255.255.255', '::', 'ff02::1']
  const list = [...nobody, '192.0.2.1', '2001:db8::1'].map((ip) => ({ ip, port: 9 }))
  const answer = must(parseAnswer(encodeValue({ interval: 1, peers: list })))
  assert.deepEqual(
    answer.peers.map(({ host }) => host),
    ['192.0.2.1', '2001:db8::1'],
  )
  const reason = parseAnswer(encodeValue({ 'failure reason': 'x'.repeat(100_000) }))
  assert.ok(refused(reason) && reason.message.length < 250)
})
