/**
 * The peer wire's door against peers that send what they should not, or do not go on: over real
 * sockets, and an honest download beside them.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { Gate } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
import { Listener } from '../../client/net/listener.js'
import { concat, fromHex, fromText, u32 } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import {
  ADDRESS_CONNECTIONS_MAX_COUNT,
  CONNECTIONS_MAX_COUNT,
  EXTENSION_MAX_BYTES,
  GREETING_MAX_COUNT,
  HANDSHAKE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  INCOMING_MAX_COUNT,
  PEER_REQUESTS_MAX_COUNT,
  UNASKED_MAX_BYTES,
} from '../../shared/limits.js'
import { folder, makeContent, startNode } from '../engine-content.js'
import { Hostile, message, PIECES, scene } from './hostile-peer.js'

const KIB = 1024
const CHOKE = 0
const UNCHOKE = 1
const INTERESTED = 2
const REQUEST = 6
const PIECE = 7
const EXTENDED = 20
const REJECT = 16

const request = (piece: number, offset: number, length: number): Uint8Array =>
  message(REQUEST, u32(piece), u32(offset), u32(length))

const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array

/** What ends a connection at once, sent after a handshake. */
const CLOSED: Record<string, Uint8Array[]> = {
  'a length of 2^32 - 1': [hex('ffffffff')],
  'a length of 2^31': [hex('80000000')],
  'a choke with a body': [hex('0000000200')],
  'a have beyond the last piece': [message(4, u32(PIECES))],
  'a request beyond the last piece': [request(PIECES, 0, 1)],
  'a block longer than 128 KiB': [message(INTERESTED), request(0, 0, 128 * KIB + 1)],
  'a request past the end of its piece': [message(INTERESTED), request(0, 1, 16 * KIB)],
  'a request for nothing': [message(INTERESTED), request(0, 0, 0)],
  'a block of nothing': [hex('000000090700000000'), u32(0)],
  'a bitfield too long': [hex('0000000405')],
  'bits beyond the last piece': [hex('0000000305ffff')],
  'a have-all too many': new Array<Uint8Array>(17).fill(message(14)),
  'an extension handshake that never ends': [message(EXTENDED, hex('00'), fromText('l-3:'))],
  'an extension handshake that is a number': [message(EXTENDED, hex('00'), fromText('i1e'))],
  'an extension id that is no byte': [message(EXTENDED, hex('00'), fromText('d1:md1:xi256eee'))],
  'an extension handshake twice': [
    message(EXTENDED, hex('00'), fromText('de')),
    message(EXTENDED, hex('00'), fromText('de')),
  ],
  'an extension message longer than 64 KiB': [concat(u32(EXTENSION_MAX_BYTES + 3), hex('14'))],
  'an unknown message longer than that': [concat(u32(EXTENSION_MAX_BYTES + 1), hex('63'))],
}

test('what breaks the protocol ends the connection, and no other', async (t) => {
  const { content, seed, honest } = await scene(t)
  for (const [name, parts] of Object.entries(CLOSED)) {
    await t.test(name, () => new Hostile(t, seed).greet(content, 'hostile').say(...parts).closed)
  }
  await honest()
})

test('another protocol, another content and silence end it before it begins', async (t) => {
  const { seed, honest } = await scene(t)
  await new Hostile(t, seed).say(fromText('GET / HTTP/1.1\r\n')).closed
  const other = makeContent({ 'other.bin': 5 }, 16 * KIB)
  await new Hostile(t, seed).greet(other, 'stranger').closed
  await honest()
})

test('who does not finish a handshake in time is closed', async (t) => {
  const { content, seed, ahead } = await scene(t)
  const listener = must(await Listener.open('127.0.0.1', 0, 50))
  t.after(() => listener.close())
  const slow = new Hostile(t, { ...seed, port: listener.port })
  await slow.say(fromText('\x13BitTorrent')).closed
  // The BEP 3 handshake is through, but the connection is forgotten about after that.
  const half = new Hostile(t, seed).greet(content, 'half')
  await half.until(() => half.messages.length > 0)
  ahead(IDLE_TIMEOUT_MS + HANDSHAKE_TIMEOUT_MS)
  await half.closed
})

test('those who have not said hello make room, the oldest first', async (t) => {
  const { seed, honest } = await scene(t)
  const silent: Hostile[] = []
  for (let count = 0; count < GREETING_MAX_COUNT; count++) silent.push(new Hostile(t, seed))
  await Promise.all(silent.map(({ socket }) => socket.connecting && ready(socket)))
  await honest()
  await silent[0]?.closed
  assert.equal(silent.at(-1)?.socket.closed, false)
})

const ready = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('connect', () => resolve()))

test('one address has not all the connections', async (t) => {
  const { content, seed, honest } = await scene(t)
  const same: Hostile[] = []
  for (let count = 0; count < ADDRESS_CONNECTIONS_MAX_COUNT; count++) {
    const each = new Hostile(t, seed, '127.0.0.2').greet(content, `peer ${count}`)
    await each.until(() => each.messages.length > 0)
    same.push(each)
  }
  await new Hostile(t, seed, '127.0.0.2').greet(content, 'one too many').closed
  await honest()
  assert.ok(same.every(({ socket }) => !socket.closed))
})

/** Knows a peer by its first message, as a paid gate does by the hello. */
const knowingGate: Gate = {
  ...openGate,
  extension: 'test_who',
  open: (connection, act) => {
    let met = false
    return {
      ...openGate.open(connection, act),
      handshaken: () => act({ do: 'send', payload: new Uint8Array(1) }),
      message: () => {
        met = true
      },
      met: () => met,
    }
  },
}
const WHO = message(EXTENDED, new Uint8Array(1), fromText('d1:md8:test_whoi1eee'))

test('who shows handshakes and never says who it is makes room for others', async (t) => {
  const { content, seed, honest } = await scene(t, knowingGate)
  const idle: Hostile[] = []
  for (let count = 0; count < CONNECTIONS_MAX_COUNT; count++) {
    const from = `127.0.0.${2 + Math.floor(count / ADDRESS_CONNECTIONS_MAX_COUNT)}`
    const each = new Hostile(t, seed, from).greet(content, `idle ${count}`).say(WHO)
    await each.until(() => each.count(EXTENDED) > 1)
    idle.push(each)
  }
  await honest()
  await idle[0]?.closed
  // Of one address as well, for its neighbours.
  for (let count = 0; count < ADDRESS_CONNECTIONS_MAX_COUNT; count++) {
    const each = new Hostile(t, seed).greet(content, `near ${count}`).say(WHO)
    await each.until(() => each.count(EXTENDED) > 1)
  }
  await honest()
})

test('nor does it stay for its keep-alives', async (t) => {
  const { content, seed, ahead } = await scene(t, knowingGate)
  const idle = new Hostile(t, seed).greet(content, 'idle').say(WHO)
  await idle.until(() => idle.count(EXTENDED) > 1)
  ahead(HANDSHAKE_TIMEOUT_MS)
  idle.say(u32(0))
  ahead(1)
  await idle.closed
})

test('a process has so many connections for all its contents', async (t) => {
  const { content, seed } = await scene(t)
  const listener = must(await Listener.open('127.0.0.1', 0))
  t.after(() => listener.close())
  const taken: Socket[] = []
  listener.serve(content.metainfo.cid, (socket) => taken.push(socket))
  t.after(() => {
    for (const socket of taken) socket.destroy()
  })
  const other = { ...seed, port: listener.port }
  while (taken.length < INCOMING_MAX_COUNT) {
    const before = taken.length
    const next = new Hostile(t, other).greet(content, 'one of many')
    await next.until(() => taken.length > before)
  }
  await new Hostile(t, other).greet(content, 'one too many').closed
  const gone = taken.pop()
  gone?.destroy()
  await new Promise((resolve) => gone?.once('close', resolve))
  const late = new Hostile(t, other).greet(content, 'in its place')
  await late.until(() => taken.length === INCOMING_MAX_COUNT)
})

test('what is not known, and floods of what is harmless, change nothing', async (t) => {
  const { content, seed, honest } = await scene(t)
  const peer = new Hostile(t, seed).greet(content, 'noisy')
  const many = (count: number, each: Uint8Array): Uint8Array =>
    concat(...new Array<Uint8Array>(count).fill(each))
  peer.say(message(99, new Uint8Array(EXTENSION_MAX_BYTES - 1)))
  peer.say(message(EXTENDED, hex('00'), fromText('d1:md1:zi9eee')))
  peer.say(message(EXTENDED, hex('07'), new Uint8Array(EXTENSION_MAX_BYTES)))
  peer.say(many(20_000, message(17, u32(3))), many(20_000, message(13, u32(3))))
  peer.say(many(20_000, message(4, u32(3))), many(20_000, new Uint8Array(4)))
  peer.say(many(5000, message(8, u32(0), u32(0), u32(16 * KIB))))
  peer.say(many(5000, concat(message(INTERESTED), message(3))))
  await honest()
  peer.say(message(INTERESTED), request(0, 0, 16 * KIB))
  await peer.until(() => peer.count(PIECE) === 1)
  assert.ok(peer.count(UNCHOKE) >= 1 && peer.count(CHOKE) <= 1)
})

test('of a flood of requests each is answered once, by its block or a reject', async (t) => {
  const { content, seed } = await scene(t)
  const peer = new Hostile(t, seed).greet(content, 'greedy').say(message(INTERESTED))
  await peer.until(() => peer.count(UNCHOKE) === 1)
  const asked = 5 * PEER_REQUESTS_MAX_COUNT
  peer.say(...new Array<Uint8Array>(asked).fill(request(1, 0, KIB)))
  await peer.until(() => peer.count(PIECE) + peer.count(REJECT) >= asked)
  assert.equal(peer.count(PIECE) + peer.count(REJECT), asked)
  assert.ok(peer.count(PIECE) >= PEER_REQUESTS_MAX_COUNT && peer.count(REJECT) > 0)
})

test('who sends blocks that nobody asked for is left, after a while', async (t) => {
  const content = makeContent({ 'file.bin': PIECES * 16 * KIB }, 16 * KIB)
  const leech = await startNode(t, content, await folder(t))
  const peer = new Hostile(t, leech).greet(content, 'generous')
  await peer.until(() => peer.messages.length > 0)
  const block = message(PIECE, u32(0), u32(0), new Uint8Array(16 * KIB))
  const before = Math.floor(UNASKED_MAX_BYTES / (16 * KIB))
  for (let sent = 0; sent < before; sent++) peer.say(block)
  peer.say(message(INTERESTED))
  await peer.until(() => peer.count(UNCHOKE) === 1)
  await peer.say(block).closed
  assert.equal(leech.swarm.stats().downloadedBytes, 0)
})

test('who says nothing for three minutes is left', async (t) => {
  const { content, seed, ahead } = await scene(t)
  const peer = new Hostile(t, seed).greet(content, 'asleep')
  await peer.until(() => peer.messages.length > 0)
  ahead(IDLE_TIMEOUT_MS - 10_000)
  peer.say(new Uint8Array(4), message(INTERESTED))
  await peer.until(() => peer.count(UNCHOKE) === 1)
  ahead(IDLE_TIMEOUT_MS + 1)
  await peer.closed
})
