/**
 * A program that floods a tracker from addresses of its own until it is killed: connections that
 * send headers byte by byte, registrations under signatures that do not verify, and ordinary
 * announces as fast as they are answered. `node flooder.js PORT FINGERPRINT`; writes `ready`.
 */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { CALLS, callBody, RegisterCall } from '../../shared/api.js'
import { signString } from '../../shared/crypto.js'
import type { Fingerprint } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { encode } from '../../shared/wire/record.js'

const SLOW_COUNT = 1000
const SLOW_BYTE_MS = 1000
const REGISTRATIONS_PER_SECOND = 200
const BUSY_COUNT = 64
/** How soon a connection that was cut comes back. */
const AGAIN_MS = 500
/** Three crowds, each behind an address of its own. */
const FROM = { slow: '127.0.0.2', registering: '127.0.0.3', busy: '127.0.0.4' }

const port = Number(process.argv[2])
const fingerprint = process.argv[3] as Fingerprint
const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

function slow(): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: FROM.slow })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-')
  const drip = setInterval(() => socket.write('x'), SLOW_BYTE_MS)
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearInterval(drip)
    setTimeout(slow, AGAIN_MS)
  })
}

/** A registration of a key, signed with another. */
function badRegistration(): Uint8Array {
  const key = ed25519PublicKey(random(32))
  const head = { counter: 0, nonce: random(16), time: Date.now(), reply: random(32) }
  const payload = encode(RegisterCall, { ...head, name: 'nobody', key })
  const privateKey = privateKeyFromSeed(random(32))
  return callBody(key, signString('register', payload, { fingerprint, privateKey }))
}

const bodies = Array.from({ length: REGISTRATIONS_PER_SECOND }, badRegistration)
const registering = new Agent({ keepAlive: true, maxSockets: 16 })
let registered = 0

function register(): void {
  const body = bodies[registered++ % bodies.length] as Uint8Array
  const options = { port, host: '127.0.0.1', localAddress: FROM.registering, agent: registering }
  const headers = { 'content-length': body.length }
  const call = request({ ...options, path: CALLS.register.path, method: 'POST', headers })
  call.on('error', () => undefined)
  call.on('response', (response) => response.resume())
  call.end(body)
}

const announce = [
  `GET /announce?info_hash=${'%a5'.repeat(20)}&peer_id=${'x'.repeat(20)}&port=1&left=1`,
  'HTTP/1.1\r\nHost: x\r\n\r\n',
].join(' ')

function busy(): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: FROM.busy })
  socket.write(announce)
  // Each answer is one packet, and brings the next question.
  socket.on('data', () => socket.write(announce))
  socket.on('error', () => undefined)
  socket.once('close', () => setTimeout(busy, AGAIN_MS))
}

for (let count = 0; count < SLOW_COUNT; count++) slow()
for (let count = 0; count < BUSY_COUNT; count++) busy()
setInterval(register, 1000 / REGISTRATIONS_PER_SECOND)
setTimeout(() => process.stdout.write('ready\n'), 1000)
