/**
 * The HTTP side by itself: unknown addresses, broken bodies, slow clients.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { CALLS } from '../../shared/api.js'
import { must } from '../../shared/errors.js'
import { API_BODY_MAX_BYTES } from '../../shared/limits.js'
import { createRoutes } from '../../tracker/http/routes.js'
import { listen } from '../../tracker/http/server.js'
import { World } from './tracker-world.js'

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

test('what is no call is answered in JSON with a status', async () => {
  const post = (path: string, body: Uint8Array) =>
    fetch(`${world.url}${path}`, { method: 'POST', body: Buffer.from(body) })
  const cases: readonly (readonly [Response, number, string])[] = [
    [await fetch(`${world.url}/fg/v1/nothing`), 404, 'not-found'],
    [await fetch(`${world.url}/fg/v1/torrents/xyz`), 400, 'malformed'],
    [await fetch(`${world.url}/fg/v1/torrents/${'0'.repeat(40)}`), 404, 'unknown-cid'],
    [await fetch(`${world.url}/fg/v1/time?nonce=12`), 400, 'malformed'],
    [await post(CALLS.purchase.path, new Uint8Array(3)), 400, 'malformed'],
    [await post(CALLS.claim.path, new Uint8Array(100)), 400, 'weak-key'],
    [await post(CALLS.purchase.path, new Uint8Array(API_BODY_MAX_BYTES + 1)), 413, 'too-large'],
  ]
  for (const [response, status, code] of cases) {
    const answer = (await response.json()) as { code: string; message: string }
    assert.deepEqual([response.status, answer.code], [status, code])
    assert.equal(typeof answer.message, 'string')
  }
  assert.deepEqual(world.errors, [])
})

test('who sends its headers byte by byte is cut off', async () => {
  const app = createRoutes(world.tracker, { behindProxy: false, onError: () => undefined })
  const where = { host: '127.0.0.1', port: 0, tls: undefined, timeouts: { headersMs: 100 } }
  const listener = must(await listen(app, where))
  const socket = connect(listener.port, '127.0.0.1')
  socket.write('GET /fg/v1/time HTTP/1.1\r\nX-Slow: ')
  const drip = setInterval(() => socket.write('x'), 20)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await once(socket, 'close')
  clearInterval(drip)
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 408 /)
  await listener.close()
})
