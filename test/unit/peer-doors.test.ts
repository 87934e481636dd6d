/**
 * The peer wire's door against peers that send what they should not, or do not go on: over real
 * sockets, and an honest download beside them.
 */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Listener } from '../../client/net/listener.js'
import { concat, fromHex, fromText, readU32, u32 } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import {
  ADDRESS_CONNECTIONS_MAX_COUNT,
  EXTENSION_MAX_BYTES,
  GREETING_MAX_COUNT,
  HANDSHAKE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  INCOMING_MAX_COUNT,
  PEER_REQUESTS_MAX_COUNT,
  UNASKED_MAX_BYTES,
} from '../../shared/limits.js'
import {
  at,
  type Content,
  folder,
  makeContent,
  type Node,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'

const KIB = 1024
const PIECES = 15
const CHOKE = 0
const UNCHOKE = 1
const INTERESTED = 2
const REQUEST = 6
const PIECE = 7
const EXTENDED = 20
const REJECT = 16

function message(id: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(new Uint8Array([id]), ...parts)
  return concat(u32(body.length), body)
}

const request = (piece: number, offset: number, length: number): Uint8Array =>
  message(REQUEST, u32(piece), u32(offset), u32(length))

/** A peer that says what we tell it. */
class Hostile {
  readonly socket: Socket
  readonly closed: Promise<void>
  #received: Uint8Array = new Uint8Array(0)

  constructor(t: TestContext, node: Node, from = '127.0.0.1') {
    this.socket = connect({ port: node.port, host: '127.0.0.1', localAddress: from })
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = concat(this.#received, chunk)
    })
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    t.after(() => this.socket.destroy())
  }

  /** Sends a handshake with BEP 6 and BEP 10. */
  greet(content: Content, name: string): this {
    const reserved = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x04])
    const cid = fromHex(content.metainfo.cid) as Uint8Array
    const id = fromText(name.padEnd(20, '-'))
    return this.say(fromText('\x13BitTorrent protocol'), reserved, cid, id)
  }

  say(...parts: Uint8Array[]): this {
    this.socket.write(concat(...parts))
    return this
  }

  /** Messages that came after the handshake, keep-alives left out. */
  get messages(): Uint8Array[] {
    const found: Uint8Array[] = []
    for (let start = 68; start + 4 <= this.#received.length; ) {
      const end = start + 4 + readU32(this.#received, start)
      if (end > this.#received.length) break
      if (end > start + 4) found.push(this.#received.subarray(start + 4, end))
      start = end
    }
    return found
  }

  count(id: number): number {
    return this.messages.filter((each) => each[0] === id).length
  }

  /** Waits until something is true of what came in. */
  async until(what: () => boolean): Promise<void> {
    while (!what()) {
      assert.ok(!this.socket.closed, 'closed too early')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

interface Scene {
  readonly content: Content
  readonly seed: Node
  /** Moves the seed's clock. */
  readonly ahead: (ms: number) => void
  /** A whole honest download from the seed. */
  readonly honest: () => Promise<void>
}

async function scene(t: TestContext): Promise<Scene> {
  const content = makeContent({ 'file.bin': PIECES * 16 * KIB }, 16 * KIB)
  const from = await folder(t)
  await writeContent(content, from)
  let aheadMs = 0
  const seed = await startNode(t, content, from, { now: () => performance.now() + aheadMs })
  const honest = async (): Promise<void> => {
    const to = await folder(t)
    const leech = await startNode(t, content, to)
    leech.swarm.addPeers([at(seed)])
    await leech.done
    await leech.stop()
    assert.deepEqual(await wrongFiles(content, to), [])
  }
  return { content, seed, honest, ahead: (ms) => (aheadMs += ms) }
}

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
